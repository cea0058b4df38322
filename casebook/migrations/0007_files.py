"""Files beside forms, kept in the database."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("casebook", "0006_locks")]
    operations = []
