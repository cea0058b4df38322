"""The sealed list: lists, strata, slots, allocations and openings."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0004_follow_up_and_export"),
        ("casebook", "0003_visit_state"),
        ("eligibility", "0004_signature_walls"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Slot",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("number", models.PositiveIntegerField()),
                ("sealed", models.BinaryField()),
                ("leaf", models.CharField(max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name="AllocationList",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("number", models.PositiveIntegerField(unique=True)),
                ("name", models.CharField(max_length=120)),
                ("for_trial", models.BooleanField()),
                (
                    "state",
                    models.CharField(
                        choices=[("serving", "Serving"), ("retired", "Retired"), ("opened", "Opened")],
                        default="serving",
                        max_length=16,
                    ),
                ),
                ("algorithm", models.CharField(max_length=60)),
                ("protocol", models.CharField(max_length=64)),
                ("at_least", models.PositiveIntegerField()),
                ("sealed_seed", models.BinaryField()),
                ("seed_hash", models.CharField(max_length=64)),
                ("commitment", models.CharField(max_length=64)),
                ("generated_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "ended_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "generated_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ListOpening",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("reason", models.CharField(max_length=500)),
                ("asked_at", models.DateTimeField()),
                ("opened_at", models.DateTimeField(blank=True, null=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "list",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="openings",
                        to="randomization.allocationlist",
                    ),
                ),
                (
                    "opened_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Allocation",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("number", models.CharField(max_length=16, unique=True)),
                ("arm", models.CharField(max_length=16)),
                ("strata", models.JSONField()),
                (
                    "determination",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="eligibility.determination"
                    ),
                ),
                ("allocated_at", models.DateTimeField()),
                (
                    "allocated_by",
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
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="allocation", to="casebook.subject"
                    ),
                ),
                (
                    "slot",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="allocation", to="randomization.slot"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Stratum",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("position", models.PositiveSmallIntegerField()),
                ("code", models.CharField(max_length=80)),
                ("levels", models.JSONField()),
                ("size", models.PositiveIntegerField()),
                ("used", models.PositiveIntegerField(default=0)),
                (
                    "list",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="strata",
                        to="randomization.allocationlist",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="slot",
            name="stratum",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="slots", to="randomization.stratum"
            ),
        ),
        migrations.AddConstraint(
            model_name="allocationlist",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "serving")), fields=("for_trial",), name="one_serving_list"
            ),
        ),
        migrations.AddConstraint(
            model_name="allocationlist",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["serving", "retired", "opened"])), name="list_state_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="allocationlist",
            constraint=models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="list_has_a_name"),
        ),
        migrations.AddConstraint(
            model_name="allocationlist",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at__isnull", True), ("state", "serving")),
                    models.Q(models.Q(("state", "serving"), _negated=True), ("ended_at__isnull", False)),
                    _connector="OR",
                ),
                name="list_ends_when_it_serves_no_more",
            ),
        ),
        migrations.AddConstraint(
            model_name="allocationlist",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at__isnull", True), ("ended_by__isnull", True)),
                    models.Q(("ended_at__isnull", False), ("ended_by__isnull", False)),
                    _connector="OR",
                ),
                name="list_ended_at_and_by",
            ),
        ),
        migrations.AddConstraint(
            model_name="listopening",
            constraint=models.UniqueConstraint(
                condition=models.Q(("opened_at__isnull", True)), fields=("list",), name="one_waiting_opening_per_list"
            ),
        ),
        migrations.AddConstraint(
            model_name="listopening",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="opening_has_a_reason"
            ),
        ),
        migrations.AddConstraint(
            model_name="listopening",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("opened_by__isnull", True),
                    models.Q(("opened_by", models.F("asked_by")), _negated=True),
                    _connector="OR",
                ),
                name="opening_by_two_persons",
            ),
        ),
        migrations.AddConstraint(
            model_name="listopening",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("opened_at__isnull", True), ("opened_by__isnull", True)),
                    models.Q(("opened_at__isnull", False), ("opened_by__isnull", False)),
                    _connector="OR",
                ),
                name="opening_opened_at_and_by",
            ),
        ),
        migrations.AddConstraint(
            model_name="allocation",
            constraint=models.UniqueConstraint(fields=("id", "subject"), name="allocation_with_subject"),
        ),
        migrations.AddConstraint(
            model_name="allocation",
            constraint=models.CheckConstraint(
                condition=models.Q(("arm__in", ["RESECT", "WW"])), name="allocation_arm_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="stratum",
            constraint=models.UniqueConstraint(fields=("list", "code"), name="stratum_once_per_list"),
        ),
        migrations.AddConstraint(
            model_name="stratum",
            constraint=models.UniqueConstraint(fields=("list", "position"), name="stratum_position_once_per_list"),
        ),
        migrations.AddConstraint(
            model_name="stratum",
            constraint=models.CheckConstraint(
                condition=models.Q(("used__lte", models.F("size"))), name="stratum_used_within_size"
            ),
        ),
        migrations.AddConstraint(
            model_name="slot",
            constraint=models.UniqueConstraint(fields=("stratum", "number"), name="slot_once_per_stratum"),
        ),
    ]
