"""Browser forms of the administration pages. Each names its fields; a field it does not name is refused."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import BadRequest
from django.http import QueryDict
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import Site, User, validate_time_zone
from accounts.roles import TRIAL_ROLES
from protocol.roles import Role, Task
from protocol.trial import TRIALS

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

ALWAYS_ALLOWED = frozenset({"csrfmiddlewaretoken", "next"})
DAY_FORMATS = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d")


class StrangeField(BadRequest):
    """A request carries a field that the form does not have; it is never silently dropped."""


class Entry(forms.Form):
    """A form that knows what does not belong to it."""

    def strangers(self, posted: QueryDict) -> list[str]:
        """Return the names of posted fields that this form does not have, or that came twice."""
        known = set(self.fields) | ALWAYS_ALLOWED
        return sorted(name for name in posted if name not in known or len(posted.getlist(name)) > 1)


def day_field(label: StrOrPromise, **options: Any) -> forms.DateField:
    """Return a field for a day, typed in any order that is not ambiguous."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, input_formats=DAY_FORMATS, widget=widget, **options)


def titled(choices: Iterable[Role | Task]) -> list[tuple[str, str]]:
    """Return choices of a field, their titles in the reader's language."""
    return [("", "—"), *((choice.value, gettext(choice.title)) for choice in choices)]


class UserEntry(Entry):
    """A new person."""

    email = forms.EmailField(label=_("E-mail address"), max_length=254)
    name = forms.CharField(label=_("Name, as printed beside a signature"), max_length=200)
    organisation = forms.CharField(label=_("Organisation"), max_length=200, required=False)
    language = forms.ChoiceField(label=_("Language"), choices=User.Language.choices)


class GrantEntry(Entry):
    """A role for a person."""

    role = forms.ChoiceField(label=_("Role"))
    site = forms.ModelChoiceField(
        label=_("Site"), queryset=Site.objects.none(), required=False, empty_label=_("All sites")
    )

    def __init__(self, *args: Any, sites: Iterable[Site], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["role"].choices = titled(Role)  # type: ignore[attr-defined]
        self.fields["site"].queryset = sites  # type: ignore[attr-defined]
        trial_roles = ", ".join(gettext(role.title) for role in Role if role in TRIAL_ROLES)
        self.fields["site"].help_text = gettext("For all sites only: %(roles)s.") % {"roles": trial_roles}


class TrainingEntry(Entry):
    """A training of a person."""

    role = forms.ChoiceField(label=_("Trained as"))
    protocol_version = forms.ChoiceField(label=_("Protocol version"))
    trained_on = day_field(_("Trained on"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["role"].choices = titled(Role)  # type: ignore[attr-defined]
        versions = [(trial.version, trial.version) for trial in reversed(TRIALS)]
        self.fields["protocol_version"].choices = versions  # type: ignore[attr-defined]


class DelegationEntry(Entry):
    """A task that is delegated, with the signature of whoever delegates it."""

    to = forms.ModelChoiceField(label=pgettext_lazy("staff", "Person"), queryset=User.objects.none())
    task = forms.ChoiceField(label=_("Task"))
    from_on = day_field(_("From"), help_text=_("The first day."))
    to_on = day_field(_("To"), required=False, help_text=_("The last day; empty while no end is known."))
    email = forms.EmailField(
        label=_("Your e-mail address"),
        required=False,
        help_text=_("Needed for the first signature after logging in."),
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )
    password = forms.CharField(
        label=_("Your password, to sign"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, people: Iterable[User], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["to"].queryset = people  # type: ignore[attr-defined]
        self.fields["task"].choices = titled(Task)  # type: ignore[attr-defined]


class ReasonEntry(Entry):
    """The reason for taking something away."""

    reason = forms.CharField(label=_("Reason"), max_length=400)


class ZoneField(forms.CharField):
    """A field for a time zone, with the known ones offered."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=64, validators=[validate_time_zone], **options)
        self.widget.attrs["list"] = "time-zones"


class SiteEntry(Entry):
    """A new site."""

    code = forms.SlugField(label=_("Code"), max_length=12, help_text=_("Stands in front of subject numbers."))
    name = forms.CharField(label=_("Name"), max_length=200)
    time_zone = ZoneField(label=_("Time zone"), initial="Asia/Shanghai")
    country = forms.RegexField(label=_("Country, two letters"), regex=r"^[A-Z]{2}$", required=False, max_length=2)
    counts = forms.BooleanField(
        label=_("Counts in the trial's figures"),
        required=False,
        initial=True,
        help_text=_("Off for an exercise, such as a trial import."),
    )
    synthetic = forms.BooleanField(label=_("Synthetic subjects only"), required=False)


class SiteChangeEntry(Entry):
    """What may change of a site."""

    name = forms.CharField(label=_("Name"), max_length=200)
    time_zone = ZoneField(label=_("Time zone"))
    country = forms.RegexField(label=_("Country, two letters"), regex=r"^[A-Z]{2}$", required=False, max_length=2)
    is_open = forms.BooleanField(
        label=pgettext_lazy("site", "Open"),
        required=False,
        help_text=_("A closed site can be read, but no longer changed."),
    )
    reason = forms.CharField(label=_("Reason for the change"), max_length=400)


class SiteProtocolEntry(Entry):
    """From which day a site works under a version of the protocol."""

    version = forms.ChoiceField(label=_("Protocol version"))
    effective_on = day_field(_("Effective on"), help_text=_("The day the ethics committee's approval names."))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        versions = [(trial.version, trial.version) for trial in reversed(TRIALS)]
        self.fields["version"].choices = versions  # type: ignore[attr-defined]


def time_zones() -> list[str]:
    """Return the names of all time zones, for the list a browser offers."""
    return sorted(name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith("Etc"))


class ReviewEntry(Entry):
    """What a review of who has access at a site found."""

    findings = forms.CharField(label=_("What the review found, and what is changed"), max_length=1000)


class OnEntry(Entry):
    """The day a list is asked for."""

    on = day_field(_("As at"), required=False)
