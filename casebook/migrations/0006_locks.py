"""Locks that hold against every way in."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("casebook", "0005_verification")]
    operations = []
