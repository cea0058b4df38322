"""Walls the outbox: no data of the trial, so no event; no site, so every sender sees what is due."""

from django.db import migrations

from audit.walls import Machinery


class Migration(migrations.Migration):
    dependencies = [("outbox", "0001_messages"), ("audit", "0001_trail")]

    operations = [Machinery("outbox_message"), Machinery("outbox_keptmail")]
