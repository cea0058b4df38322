"""What people ask about data: on several items, on a missing form, with comments beside."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("casebook", "0003_visit_state")]
    operations = []
