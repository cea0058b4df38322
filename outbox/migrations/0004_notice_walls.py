"""Walls the notices by site, like what they are about; a canary is nobody's."""

from django.db import migrations

from audit.walls import Machinery


class Migration(migrations.Migration):
    dependencies = [("outbox", "0003_notices"), ("audit", "0001_trail")]

    operations = [Machinery("outbox_notice", site_column="site_id"), Machinery("outbox_canary")]
