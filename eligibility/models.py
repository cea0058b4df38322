"""The judgements of the day, kept for the board and for lists. The gate never reads them: it judges again."""

from __future__ import annotations

from django.db import models
from django.db.models import CASCADE, Q

from protocol.language import Verdict

# Derived from the answers, and at any time recomputed from them: there is nothing in it to protect but the site.
CLASSES = {"CriterionVerdict": "machinery"}

VERDICTS = [verdict.value for verdict in Verdict]


class CriterionVerdict(models.Model):
    """What is known of one criterion for one subject, as of `judged_on` at the site."""

    # Follows its subject: a judgement of a subject that does not exist says nothing.
    subject = models.ForeignKey("casebook.Subject", CASCADE, related_name="verdicts")
    site = models.ForeignKey("accounts.Site", CASCADE, related_name="+")
    criterion = models.CharField(max_length=12)
    verdict = models.CharField(max_length=8)
    reason = models.JSONField()  # protocol.words.Sentence
    evidence = models.JSONField(default=list)  # protocol.record.Evidence: value as entered, limit, day, source form
    needs = models.JSONField(default=list)  # protocol.record.Need: what must still be entered, and from when on
    valid_until = models.DateField(null=True, blank=True)  # inclusive
    judged_on = models.DateField()
    judged_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject", "criterion"], name="verdict_once_per_criterion"),
            models.CheckConstraint(condition=Q(verdict__in=VERDICTS), name="verdict_known"),
        ]
        indexes = [
            models.Index(fields=["verdict", "criterion"], name="verdict_by_criterion"),
            models.Index(fields=["valid_until"], name="verdict_valid_until"),
        ]

    def __str__(self) -> str:
        return f"{self.criterion} {self.verdict}"
