"""A conversion factor is withdrawn with a reason and stays on record; none is ever added for PIVKA-II."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

STAYS = """
CREATE FUNCTION casebook_factor_stays() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  withdrawing text[] := ARRAY['withdrawn_at', 'withdrawn_by_id', 'withdrawn_because'];
BEGIN
  IF OLD.withdrawn_at IS NOT NULL OR to_jsonb(OLD) - withdrawing IS DISTINCT FROM to_jsonb(NEW) - withdrawing THEN
    RAISE EXCEPTION 'A conversion factor stays as it was added; a wrong one is withdrawn.'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE FUNCTION casebook_factor_never() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION '% is never converted: its units belong to different assays.', NEW.analyte
    USING ERRCODE = 'insufficient_privilege';
END $$;
REVOKE ALL ON FUNCTION casebook_factor_stays(), casebook_factor_never() FROM PUBLIC;
CREATE TRIGGER casebook_factor_stays BEFORE UPDATE ON casebook_conversionfactor
  FOR EACH ROW EXECUTE FUNCTION casebook_factor_stays();
-- One that was added before stays on record, and nothing is judged by it.
CREATE TRIGGER casebook_factor_never BEFORE INSERT ON casebook_conversionfactor
  FOR EACH ROW WHEN (NEW.analyte = 'PIVKA-II') EXECUTE FUNCTION casebook_factor_never();
"""
STAYS_UNDO = """
DROP TRIGGER casebook_factor_never ON casebook_conversionfactor;
DROP TRIGGER casebook_factor_stays ON casebook_conversionfactor;
DROP FUNCTION casebook_factor_never();
DROP FUNCTION casebook_factor_stays();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("casebook", "0014_rounds_of_evaluations"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.AddField("conversionfactor", "withdrawn_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField(
            "conversionfactor",
            "withdrawn_by",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            "conversionfactor", "withdrawn_because", models.CharField(blank=True, default="", max_length=500)
        ),
        migrations.AddConstraint(
            "conversionfactor",
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True, withdrawn_because="")
                | (Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdrawn_because="")),
                name="factor_withdrawn_at_and_by",
            ),
        ),
        migrations.RemoveConstraint("conversionfactor", "one_factor_per_pair_of_units"),
        migrations.AddConstraint(
            "conversionfactor",
            models.UniqueConstraint(
                fields=["laboratory", "analyte", "unit_from", "unit_to"],
                condition=Q(withdrawn_at__isnull=True),
                name="one_factor_per_pair_of_units",
            ),
        ),
        migrations.RunSQL(STAYS, STAYS_UNDO),
    ]
