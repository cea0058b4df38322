"""The plan of source data verification, monitoring visits, and marks that fall by themselves."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("casebook", "0004_queries")]
    operations = []
