"""What is typed between saves."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("casebook", "0008_site_papers")]
    operations = []
