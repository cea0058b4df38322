"""What is typed between saves: a draft for each page, its author's alone, and swept when its days are over."""

from django.db import migrations, models

# The system user "outbox", as accounts named it once and for ever: it warns of drafts, and forgets those that expired.
SWEEPER = "36dbc063-2fa6-5b71-84e3-881cea37ce72"
ACTING = "nullif(current_setting('edc.actor', true), '')"
SWEPT = {"swept_seen": "SELECT", "swept_away": "DELETE"}


class Migration(migrations.Migration):
    dependencies = [("casebook", "0008_site_papers"), ("accounts", "0002_walls")]
    operations = [
        migrations.AddField("draft", "page", models.CharField(blank=True, default="", max_length=64)),
        migrations.AddField("draft", "sequence", models.PositiveBigIntegerField(default=0)),
        migrations.RemoveConstraint("draft", "draft_once_per_author"),
        migrations.AddConstraint(
            "draft", models.UniqueConstraint(fields=["author", "form", "page"], name="draft_once_per_page")
        ),
        migrations.AddIndex("draft", models.Index(fields=["expires_at"], name="draft_expiring")),
        *(
            migrations.RunSQL(
                f"CREATE POLICY {name} ON casebook_draft FOR {verb} USING ({ACTING} = '{SWEEPER}')",
                f"DROP POLICY {name} ON casebook_draft",
            )
            for name, verb in SWEPT.items()
        ),
    ]
