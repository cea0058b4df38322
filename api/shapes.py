"""What a row looks like as JSON. Declared field by field: a new column of a model is told to nobody by itself."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.answers import kept
from casebook.models import Form, Subject, Visit
from casebook.selectors.sight import NOT_SHOWN, tells_arm
from casebook.selectors.signatures import signatures_on
from casebook.selectors.standing import day_at
from casebook.states import FormState, Stage, VisitState
from eligibility.models import CriterionVerdict
from eligibility.selectors.veiled import HIDDEN, until_signed
from followup.status import VisitStatus, status_of
from protocol.language import Verdict
from protocol.trial import TRIAL

# Named in the settings: the description tells the states of forms and of visits apart by these names.
FORM_STATES = list(FormState.values)
VISIT_STATES = list(VisitState.values)
VISIT_CODES = [visit.code for visit in TRIAL.visits]


class OfSubject(serializers.Serializer[Any]):
    """Whose row it is."""

    subject = serializers.UUIDField(source="subject_id", help_text="Key of the subject.")
    number = serializers.CharField(source="subject.number", help_text="Number of the subject.")
    site = serializers.CharField(source="site.code", help_text="Code of the site.")


class SubjectShape(serializers.Serializer[Subject]):
    """One subject."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    site = serializers.CharField(source="site.code", help_text="Code of the site.")
    stage = serializers.SerializerMethodField(
        help_text="To a second reader no more than screening or randomized, while scans wait to be read again.",
    )
    synthetic = serializers.BooleanField(help_text="Made by the rehearsal; counts for nothing.")
    added_at = serializers.DateTimeField()
    arm = serializers.SerializerMethodField(help_text="Null before the allocation, and for whoever may not see it.")

    @extend_schema_field(serializers.ChoiceField(choices=Stage.values))
    def get_stage(self, subject: Subject) -> str:
        """Return how far the subject has come, as the reader may know it."""
        stages: dict[Any, Stage] = self.context["stages"]
        return stages[subject.pk].value

    def get_arm(self, subject: Subject) -> str | None:
        """Return the arm, if the reader may know it."""
        arms: dict[Any, str] = self.context["arms"]
        return arms.get(subject.pk)


class FormShape(OfSubject):
    """One form, without its answers."""

    id = serializers.UUIDField()
    crf = serializers.CharField(help_text="Code of the CRF, as in the data dictionary.")
    repeat = serializers.IntegerField()
    visit = serializers.CharField(source="visit.code", default=None, allow_null=True, help_text="Code of the visit.")
    visit_repeat = serializers.IntegerField(source="visit.repeat", default=None, allow_null=True)
    state = serializers.ChoiceField(choices=FORM_STATES)
    version = serializers.IntegerField(help_text="Grows by one with every save.")
    protocol_version = serializers.CharField()
    entered_at = serializers.DateTimeField(allow_null=True)
    completed_at = serializers.DateTimeField(allow_null=True)


class SignatureShape(serializers.Serializer[Any]):
    """One signature on a form."""

    name = serializers.CharField(source="signature.printed_name")
    meaning = serializers.CharField(source="signature.meaning")
    signed_at = serializers.DateTimeField(source="signature.signed_at")
    form_version = serializers.IntegerField(source="signature.form_version", allow_null=True)
    stands = serializers.BooleanField(help_text="Whether the form still has the content that was signed.")


class WholeFormShape(FormShape):
    """One form with its answers as they are stored, and its signatures."""

    not_done_reason = serializers.CharField()
    answers = serializers.SerializerMethodField(
        help_text="An answer by path: value as text with unit and comparator, or a missing code with its reason.",
    )
    signatures = serializers.SerializerMethodField()

    @extend_schema_field(serializers.DictField(child=serializers.DictField()))
    def get_answers(self, form: Form) -> dict[str, Any]:
        """Return the answers as the reader may read them."""
        reader = self.context["reader"]
        return {
            path: NOT_SHOWN.to_json() if tells_arm(form, path, reader) else said for path, said in form.answers.items()
        }

    @extend_schema_field(SignatureShape(many=True))
    def get_signatures(self, form: Form) -> list[dict[str, Any]]:
        """Return all signatures the form ever got, the latest first."""
        return list(SignatureShape(signatures_on(form), many=True).data)


class SentenceShape(serializers.Serializer[Any]):
    """A sentence, and what it is made of."""

    sentence = serializers.CharField()
    message = serializers.CharField(help_text="The sentence with its named places, as the catalogue knows it.")
    params = serializers.DictField()


class NeedShape(serializers.Serializer[Any]):
    """What must still be entered; a field that is empty is left out."""

    crf = serializers.CharField()
    item = serializers.CharField(required=False)
    not_before = serializers.DateField(required=False)
    not_after = serializers.DateField(required=False)
    signature = serializers.BooleanField(required=False)


VERDICTS = (*(verdict.value for verdict in Verdict), HIDDEN)


class VerdictShape(OfSubject):
    """What is known of one criterion for one subject."""

    criterion = serializers.CharField(help_text="I and a number for inclusion, E for exclusion.")
    verdict = serializers.ChoiceField(
        choices=VERDICTS,
        source="shown",
        help_text="As it was judged; hidden from a surgeon who has still to evaluate alone what the verdict would tell.",
    )
    reviewed = serializers.SerializerMethodField(
        help_text="What two persons settled of a verdict that needs review; empty for nothing."
    )
    reason = serializers.SerializerMethodField()
    needs = serializers.SerializerMethodField()
    valid_until = serializers.SerializerMethodField(help_text="The last day it holds, inclusive.")
    judged_on = serializers.DateField(help_text="The day of the site it was judged for.")

    @extend_schema_field(SentenceShape)
    def get_reason(self, verdict: CriterionVerdict) -> dict[str, Any]:
        """Return why, in English."""
        return kept(until_signed().to_json() if _is_hidden(verdict) else verdict.reason)

    @extend_schema_field(NeedShape(many=True))
    def get_needs(self, verdict: CriterionVerdict) -> list[dict[str, Any]]:
        """Return what is missing; nothing of what two persons settled that it passes, as on the board."""
        settled = verdict.reviewed == Verdict.PASS
        return [] if settled or _is_hidden(verdict) else list(verdict.needs)

    @extend_schema_field(serializers.ChoiceField(choices=["", "pass", "fail"]))
    def get_reviewed(self, verdict: CriterionVerdict) -> str:
        """Return what two persons settled."""
        return "" if _is_hidden(verdict) else verdict.reviewed

    @extend_schema_field(serializers.DateField(allow_null=True))
    def get_valid_until(self, verdict: CriterionVerdict) -> str | None:
        """Return the last day it holds."""
        until = None if _is_hidden(verdict) else verdict.valid_until
        return until.isoformat() if until else None


def _is_hidden(verdict: CriterionVerdict) -> bool:
    return bool(verdict.shown == HIDDEN)  # type: ignore[attr-defined]  # annotated by the selector


class VisitShape(OfSubject):
    """One visit."""

    id = serializers.UUIDField()
    code = serializers.ChoiceField(choices=VISIT_CODES)
    repeat = serializers.IntegerField()
    target_on = serializers.DateField(allow_null=True)
    opens_on = serializers.DateField(allow_null=True, help_text="First day of the window, inclusive.")
    closes_on = serializers.DateField(allow_null=True, help_text="Last day of the window, inclusive.")
    attended_on = serializers.DateField(allow_null=True)
    state = serializers.ChoiceField(choices=VISIT_STATES)
    status = serializers.SerializerMethodField(help_text="What the visit is today, by the calendar of its site.")

    @extend_schema_field(serializers.ChoiceField(choices=[status.value for status in VisitStatus]))
    def get_status(self, visit: Visit) -> str:
        """Return the word for the site's day."""
        return status_of(visit, on=day_at(visit.site, self.context["at"])).value
