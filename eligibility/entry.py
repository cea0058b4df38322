"""The browser forms of the screening log."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.entry import Entry, day_field
from accounts.models import Site
from eligibility.rules.screening import OLDEST
from eligibility.states import Assessed
from protocol.trial import TRIAL

SEXES = [("", _("not recorded")), ("male", _("Male")), ("female", _("Female"))]


class SeveralEntry(Entry):
    """A form in which one field may come several times."""

    several: tuple[str, ...] = ()

    def strangers(self, posted: Any) -> list[str]:
        """Return the names of posted fields that this form does not have, or that came twice without leave."""
        return [name for name in super().strangers(posted) if name not in self.several]


class LineEntry(SeveralEntry):
    """Somebody assessed who is no subject."""

    several = ("criteria",)
    assessed_on = day_field(_("Assessed on"))
    outcome = forms.ChoiceField(label=_("What became of it"), choices=Assessed.choices)
    criteria = forms.MultipleChoiceField(
        label=_("Criteria not met, all of them"), required=False, widget=forms.CheckboxSelectMultiple
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("No name, no number of the hospital, no date of birth."),
    )
    sex = forms.ChoiceField(label=_("Sex"), choices=SEXES, required=False)
    age = forms.IntegerField(label=_("Age in years"), min_value=0, max_value=OLDEST, required=False)

    before = forms.CharField(
        label=_("Attempt before"),
        max_length=32,
        required=False,
        help_text=_(
            "Of somebody assessed again: the number of the line before, such as GZ1-L001, or of the subject that was a screen failure, such as GZ1-001."
        ),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        named = [(each.code, f"{each.code} {gettext(each.title)}") for each in TRIAL.criteria]
        self.fields["criteria"].choices = named  # type: ignore[attr-defined]


class NewLineEntry(LineEntry):
    """A new line of a site's log."""

    site = forms.ModelChoiceField(label=_("Site"), queryset=Site.objects.none(), empty_label=None)
    key = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)  # one page adds one line
    field_order = ["site"]

    def __init__(self, *args: Any, sites: list[Site], **options: Any) -> None:
        super().__init__(*args, **options)
        keys = [site.pk for site in sites]
        self.fields["site"].queryset = Site.objects.filter(pk__in=keys).order_by("code")  # type: ignore[attr-defined]


class CorrectionEntry(LineEntry):
    """A correction of a line, with its reason."""

    number = forms.CharField(
        label=_("Became subject"), max_length=32, required=False, help_text=_("The number of the subject, if so.")
    )
    why = forms.CharField(label=_("Reason for the correction"), max_length=400)


class WeeksEntry(SeveralEntry):
    """Weeks of one site in which nobody was assessed."""

    several = ("monday",)
    site = forms.IntegerField()
    monday = forms.CharField(required=False)
