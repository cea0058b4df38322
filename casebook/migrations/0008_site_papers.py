"""Consent versions, transfers and what else a site keeps on paper."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("casebook", "0007_files")]
    operations = []
