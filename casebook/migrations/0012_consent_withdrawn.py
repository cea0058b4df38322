"""A version of the consent form that was added wrongly and that nobody used is withdrawn with a reason, and stays so."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

STAYS = """
CREATE FUNCTION casebook_withdrawn_version_stays() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'A version of the consent form that was withdrawn stays as it is.'
    USING ERRCODE = 'insufficient_privilege';
END $$;
REVOKE ALL ON FUNCTION casebook_withdrawn_version_stays() FROM PUBLIC;
CREATE TRIGGER casebook_withdrawn_version_stays BEFORE UPDATE ON casebook_consentform
  FOR EACH ROW WHEN (OLD.withdrawn_at IS NOT NULL) EXECUTE FUNCTION casebook_withdrawn_version_stays();
"""
STAYS_UNDO = """
DROP TRIGGER casebook_withdrawn_version_stays ON casebook_consentform;
DROP FUNCTION casebook_withdrawn_version_stays();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("casebook", "0011_range_versions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.AddField("consentform", "withdrawn_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField(
            "consentform",
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
            "consentform", "withdrawn_because", models.CharField(blank=True, default="", max_length=400)
        ),
        migrations.AddConstraint(
            "consentform",
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True, withdrawn_because="")
                | (Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdrawn_because="")),
                name="consent_withdrawn_at_and_by",
            ),
        ),
        migrations.RemoveConstraint("consentform", "consent_version_once_per_site"),
        migrations.AddConstraint(
            "consentform",
            models.UniqueConstraint(
                fields=["site", "version"],
                condition=Q(withdrawn_at__isnull=True),
                name="consent_version_once_per_site",
            ),
        ),
        migrations.RunSQL(STAYS, STAYS_UNDO),
    ]
