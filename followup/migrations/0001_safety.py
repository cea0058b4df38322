"""Signs of relapse, and deviations that follow from the record."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_accounts"),
        ("casebook", "0002_walls"),
    ]

    operations = [
        migrations.CreateModel(
            name="Deviation",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("visit early", "Visit before its window"),
                            ("visit late", "Visit after its window"),
                            ("visit missed", "Visit missed"),
                            ("assessment missed", "Assessment not done"),
                            ("surgery late", "Surgery late"),
                            ("resected without PD", "Resection in watch and wait without progression"),
                            ("ineligible", "Randomized, but not eligible"),
                            ("early scan", "Scan soon after surgery"),
                        ],
                        max_length=24,
                    ),
                ),
                ("about", models.CharField(blank=True, max_length=64)),
                ("severity", models.CharField(choices=[("minor", "Minor"), ("important", "Important")], max_length=12)),
                ("occurred_on", models.DateField()),
                ("sentence", models.JSONField()),
                ("reveals_arm", models.BooleanField(default=False)),
                ("detected_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("cause", models.CharField(blank=True, max_length=2000)),
                ("action", models.CharField(blank=True, max_length=2000)),
                ("explained_at", models.DateTimeField(blank=True, null=True)),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "detected_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "explained_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.site"
                    ),
                ),
                (
                    "subject",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="deviations", to="casebook.subject"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("closed_at__isnull", True)),
                        fields=["site", "occurred_on"],
                        name="deviation_standing",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("subject", "kind", "about"), name="deviation_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "visit early",
                                    "visit late",
                                    "visit missed",
                                    "assessment missed",
                                    "surgery late",
                                    "resected without PD",
                                    "ineligible",
                                    "early scan",
                                ],
                            )
                        ),
                        name="deviation_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("severity__in", ["minor", "important"])), name="deviation_severity_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_at__isnull", True), ("closed_by__isnull", True)),
                            models.Q(("closed_at__isnull", False), ("closed_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="deviation_closed_at_and_by",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("explained_at__isnull", True), ("explained_by__isnull", True)),
                            models.Q(("explained_at__isnull", False), ("explained_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="deviation_explained_at_and_by",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("explained_at__isnull", True), models.Q(("cause", ""), _negated=True), _connector="OR"
                        ),
                        name="deviation_explained_with_cause",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RelapseSign",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("afp", "AFP above its upper limit"),
                            ("pivka", "PIVKA-II above its upper limit"),
                            ("equivocal", "Equivocal finding on a scan"),
                            ("progression", "Progressive disease on a scan"),
                            ("suspected", "Relapse suspected at a visit"),
                        ],
                        max_length=16,
                    ),
                ),
                ("seen_on", models.DateField()),
                ("times", models.PositiveSmallIntegerField(default=1)),
                ("raised_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "closed_how",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("imaging", "Imaging after it"),
                            ("explained", "Settled with a reason"),
                            ("mended", "The answer was corrected"),
                        ],
                        max_length=12,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=2000)),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "form",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="relapse_signs", to="casebook.form"
                    ),
                ),
                (
                    "raised_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.site"
                    ),
                ),
                (
                    "subject",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="relapse_signs", to="casebook.subject"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("closed_at__isnull", True)), fields=["site"], name="relapse_sign_open"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("subject", "kind", "form"), name="relapse_sign_once"),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["afp", "pivka", "equivocal", "progression", "suspected"])),
                        name="relapse_sign_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_at__isnull", True), ("closed_by__isnull", True)),
                            models.Q(("closed_at__isnull", False), ("closed_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="relapse_sign_closed_at_and_by",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_at__isnull", True), ("closed_how", "")),
                            models.Q(
                                ("closed_at__isnull", False), ("closed_how__in", ["imaging", "explained", "mended"])
                            ),
                            _connector="OR",
                        ),
                        name="relapse_sign_closed_how",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_how", "explained"), _negated=True),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="relapse_sign_explained_with_reason",
                    ),
                ],
            },
        ),
    ]
