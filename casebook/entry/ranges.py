"""The browser forms of laboratories, their ranges and their conversion factors."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.entry import Entry, day_field
from casebook.models import Laboratory, ReferenceRange
from casebook.rules.reference import LONGEST_REASON, SEXES, UNITS, is_known
from casebook.words import plain, said, unit_in_words
from protocol.reading_numbers import NumberUnreadable, read_number
from protocol.units import NEVER_CONVERTED
from protocol.words import sentence

SEX_TITLES = (_("both"), _("male"), _("female"))
OLDEST = 130


class LimitField(forms.DecimalField):
    """A number with a point or a comma."""

    widget = forms.TextInput

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=14, decimal_places=5, **options)
        self.widget.attrs |= {"inputmode": "decimal", "maxlength": "20"}

    def to_python(self, value: Any) -> Any:
        """Return the number, whichever sign stands before its fraction; what can mean two numbers is asked."""
        if not isinstance(value, str) or not value.strip():
            return super().to_python(value)
        try:
            _none, number = read_number(value.strip(), decimals=None, comparators=False)
        except NumberUnreadable as fault:
            raise ValidationError(said(sentence(fault.message, title=str(self.label), **fault.params))) from fault
        return super().to_python(number)


class LaboratoryEntry(Entry):
    """A new laboratory."""

    code = forms.SlugField(
        label=_("Code"),
        max_length=Laboratory._meta.get_field("code").max_length,
        help_text=_("Letters, digits and hyphens; it is kept with every result and never changes."),
    )
    name = forms.CharField(label=_("Name"), max_length=Laboratory._meta.get_field("name").max_length)


class RangeEntry(Entry):
    """A new range of a laboratory."""

    analyte = forms.ChoiceField(label=_("Analyte"))
    unit = forms.ChoiceField(label=_("Unit"), required=False)
    method = forms.CharField(
        label=_("Method"), max_length=60, required=False, help_text=_("Empty where the range holds for every method.")
    )
    sex = forms.ChoiceField(label=_("Sex"), required=False)
    age_from = forms.IntegerField(label=_("From this age"), min_value=0, max_value=OLDEST, required=False)
    age_to = forms.IntegerField(label=_("Up to this age"), min_value=0, max_value=OLDEST, required=False)
    low = LimitField(label=_("Lower limit"), required=False)
    high = LimitField(label=_("Upper limit"), required=False)
    valid_from = day_field(_("Valid from"))
    valid_to = day_field(_("Valid to"), required=False, help_text=_("The last day; empty while in force."))
    note = forms.CharField(
        label=_("Note"),
        max_length=ReferenceRange._meta.get_field("note").max_length,
        required=False,
        help_text=_("Its document. “assumed” where the laboratory has given none: then every page says so."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["analyte"].choices = _analytes()  # type: ignore[attr-defined]
        self.fields["unit"].choices = _units()  # type: ignore[attr-defined]
        self.fields["sex"].choices = list(zip(SEXES, SEX_TITLES, strict=True))  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Say beside the unit where no form asks for the analyte in it."""
        typed = super().clean() or self.cleaned_data
        decision = is_known(typed.get("analyte", ""), typed.get("unit", ""))
        if typed.get("analyte") and "unit" in typed and not decision:
            self.add_error("unit", said(decision.why))
        return typed


class CorrectionEntry(Entry):
    """What is otherwise in the range that replaces another, and why."""

    low = LimitField(label=_("Lower limit"), required=False)
    high = LimitField(label=_("Upper limit"), required=False)
    valid_from = day_field(_("Valid from"))
    valid_to = day_field(_("Valid to"), required=False, help_text=_("A last day ends the range."))
    note = forms.CharField(
        label=_("Note"), max_length=ReferenceRange._meta.get_field("note").max_length, required=False
    )
    reason = forms.CharField(
        label=_("Reason, and from which document"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    foreseen_of = forms.CharField(required=False, widget=forms.HiddenInput)

    @classmethod
    def of(cls, held: ReferenceRange) -> CorrectionEntry:
        """Return the form with the range as it stands."""
        names = ("low", "high", "valid_from", "valid_to", "note")
        initial = {name: getattr(held, name) for name in names}
        limits = {name: plain(initial[name]) for name in ("low", "high")}
        return cls(initial=initial | limits, auto_id="correct-%s")

    def said_of(self) -> dict[str, Any]:
        """Return what the correction says, without the mark of what was shown."""
        return {name: value for name, value in self.cleaned_data.items() if name != "foreseen_of"}


class ConversionEntry(Entry):
    """A factor that the laboratory itself gives."""

    analyte = forms.ChoiceField(label=_("Analyte"))
    unit_from = forms.ChoiceField(label=_("From unit"))
    unit_to = forms.ChoiceField(label=_("To unit"))
    factor = forms.DecimalField(
        label=_("Factor"),
        max_digits=14,
        decimal_places=6,
        help_text=_("Value in the second unit = value in the first × factor. Only as the laboratory gives it."),
    )
    foreseen_of = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [(analyte, word) for analyte, word in _analytes() if analyte not in NEVER_CONVERTED]
        self.fields["analyte"].choices = choices  # type: ignore[attr-defined]
        for name in ("unit_from", "unit_to"):
            self.fields[name].choices = [pair for pair in _units() if pair[0]]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Say beside a unit where no form asks for the analyte in it."""
        typed = super().clean() or self.cleaned_data
        for name in ("unit_from", "unit_to"):
            if typed.get("analyte") and typed.get(name) and not (known := is_known(typed["analyte"], typed[name])):
                self.add_error(name, said(known.why))
        return typed

    def said_of(self) -> dict[str, Any]:
        """Return what the factor says, without the mark of what was shown."""
        return {name: value for name, value in self.cleaned_data.items() if name != "foreseen_of"}


class UploadEntry(Entry):
    """A file of ranges, chosen or pasted."""

    file = forms.FileField(label=_("CSV file"), required=False, widget=forms.FileInput(attrs={"accept": ".csv"}))
    text = forms.CharField(
        label=_("Or its text"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        help_text=_("After the trial run the text of the file stands here and can be put right at once."),
    )
    foreseen_of = forms.CharField(required=False, widget=forms.HiddenInput)
    act = forms.CharField(required=False, widget=forms.HiddenInput)


def fingerprint(*parts: object) -> str:
    """Return what the effect was shown for: the same values give the same."""
    return hashlib.sha256("\0".join(map(repr, parts)).encode()).hexdigest()[:32]


def _analytes() -> list[tuple[str, str]]:
    return [("", "—"), *((analyte, gettext(analyte)) for analyte in UNITS)]


def _units() -> list[tuple[str, str]]:
    units: Iterable[str] = dict.fromkeys(unit for each in UNITS.values() for unit in each if unit)
    return [("", "—"), *((unit, unit_in_words(unit)) for unit in units)]
