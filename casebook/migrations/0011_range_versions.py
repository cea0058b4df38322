"""Keeps every version of a reference range: a correction is a range of its own, and the earlier one stays on record."""

import importlib

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

PROTECT = django.db.models.deletion.PROTECT
NO_OVERLAP = importlib.import_module("casebook.migrations.0002_walls").NO_OVERLAP
DROP_NO_OVERLAP = "ALTER TABLE casebook_referencerange DROP CONSTRAINT range_without_overlap"
# What has left overlaps with nothing, nor does a correction that still waits beside the range it would replace.
NO_OVERLAP_OF_WHAT_STANDS = f"""
{NO_OVERLAP.strip()}
WHERE (left_at IS NULL AND (confirmed_at IS NOT NULL OR replaces_id IS NULL))
"""
STAYS = """
CREATE FUNCTION casebook_range_stays() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  settling text[] := ARRAY['confirmed_at', 'confirmed_by_id', 'left_at', 'left_by_id'];
BEGIN
  IF OLD.left_at IS NOT NULL OR to_jsonb(OLD) - settling IS DISTINCT FROM to_jsonb(NEW) - settling
     OR (OLD.confirmed_at IS NOT NULL
         AND (OLD.confirmed_at, OLD.confirmed_by_id) IS DISTINCT FROM (NEW.confirmed_at, NEW.confirmed_by_id)) THEN
    RAISE EXCEPTION 'A reference range stays as it was entered; a correction is a new one.'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION casebook_range_stays() FROM PUBLIC;
CREATE TRIGGER casebook_range_stays BEFORE UPDATE ON casebook_referencerange
  FOR EACH ROW EXECUTE FUNCTION casebook_range_stays();
"""
STAYS_UNDO = "DROP TRIGGER casebook_range_stays ON casebook_referencerange; DROP FUNCTION casebook_range_stays();"


def to(model):
    return models.ForeignKey(blank=True, null=True, on_delete=PROTECT, related_name="+", to=model)


class Migration(migrations.Migration):
    dependencies = [
        ("casebook", "0010_transfers"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.AddField(
            "referencerange",
            "replaces",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=PROTECT,
                related_name="corrections",
                to="casebook.referencerange",
            ),
        ),
        migrations.AddField("referencerange", "reason", models.CharField(blank=True, default="", max_length=500)),
        migrations.AddField("referencerange", "left_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("referencerange", "left_by", to(settings.AUTH_USER_MODEL)),
        migrations.AddConstraint(
            "referencerange",
            models.CheckConstraint(
                condition=Q(left_at__isnull=True, left_by__isnull=True)
                | Q(left_at__isnull=False, left_by__isnull=False),
                name="range_left_at_and_by",
            ),
        ),
        migrations.AddConstraint(
            "referencerange",
            models.CheckConstraint(
                condition=Q(replaces__isnull=True) | ~Q(reason=""), name="range_replaced_with_reason"
            ),
        ),
        migrations.AddConstraint(
            "referencerange",
            models.UniqueConstraint(
                fields=["replaces"], condition=Q(left_at__isnull=True), name="range_one_correction_at_a_time"
            ),
        ),
        migrations.RunSQL(DROP_NO_OVERLAP, NO_OVERLAP),
        migrations.RunSQL(NO_OVERLAP_OF_WHAT_STANDS, DROP_NO_OVERLAP),
        migrations.RunSQL(STAYS, STAYS_UNDO),
    ]
