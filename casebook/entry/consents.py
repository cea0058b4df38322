"""The browser form of a version of the consent form."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.entry import Entry, day_field
from accounts.models import Site
from casebook.states import Reconsent
from protocol.assumptions import RECONSENT_DAYS


class VersionEntry(Entry):
    """What is said of a version of the consent form."""

    version = forms.CharField(label=_("Version"), max_length=32, help_text=_("As printed on the form."))
    approved_on = day_field(_("Approved by the ethics committee on"))
    effective_on = day_field(_("Takes effect on"))
    note = forms.CharField(label=_("Language, and what changed"), max_length=300, required=False)
    reconsent = forms.ChoiceField(label=_("Who signs it again"), choices=Reconsent.choices)
    reconsent_by = day_field(_("To be signed again by"), required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["reconsent_by"].help_text = _(
            "Only where somebody signs again; %(days)s days after it takes effect, unless the ethics committee says otherwise."
        ) % {"days": RECONSENT_DAYS}

    def clean(self) -> dict[str, Any]:
        """Propose the last day where somebody signs again and no day was written."""
        said = super().clean() or self.cleaned_data
        if said.get("reconsent") not in (None, Reconsent.NOBODY) and said.get("effective_on"):
            said["reconsent_by"] = said.get("reconsent_by") or said["effective_on"] + timedelta(days=RECONSENT_DAYS)
        return said


class ConsentFormEntry(VersionEntry):
    """A new version of the consent form at a site."""

    site = forms.ModelChoiceField(label=_("Site"), queryset=Site.objects.none(), empty_label=None)
    field_order = ["site"]

    def __init__(self, *args: Any, sites: Iterable[Site], **options: Any) -> None:
        super().__init__(*args, **options)
        keys = [site.pk for site in sites]
        self.fields["site"].queryset = Site.objects.filter(pk__in=keys).order_by("code")  # type: ignore[attr-defined]


class VersionCorrection(VersionEntry):
    """A correction of a version that nobody used yet, with its reason."""

    why = forms.CharField(label=_("Reason for the correction"), max_length=400)


class VersionWithdrawal(Entry):
    """Why a version that nobody used is withdrawn."""

    why = forms.CharField(label=_("Reason for the withdrawal"), max_length=400)
