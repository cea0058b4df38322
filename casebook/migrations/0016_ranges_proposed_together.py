"""Lets the end of a range and the one after it be proposed together: what is in force overlaps with nothing else in force.

A range that waits may overlap with one in force whose correction waits as well; confirming them keeps the order.
"""

import importlib

from django.db import migrations

NO_OVERLAP = importlib.import_module("casebook.migrations.0002_walls").NO_OVERLAP.strip()
BEFORE = importlib.import_module("casebook.migrations.0011_range_versions").NO_OVERLAP_OF_WHAT_STANDS
DROP = "ALTER TABLE casebook_referencerange DROP CONSTRAINT range_without_overlap"
IN_FORCE = f"{NO_OVERLAP} WHERE (left_at IS NULL AND confirmed_at IS NOT NULL)"
PROPOSED = (
    NO_OVERLAP.replace("range_without_overlap", "new_range_without_overlap")
    + " WHERE (left_at IS NULL AND confirmed_at IS NULL AND replaces_id IS NULL)"
)


class Migration(migrations.Migration):
    dependencies = [("casebook", "0015_factor_withdrawn")]
    operations = [
        migrations.RunSQL(DROP, BEFORE),
        migrations.RunSQL(IN_FORCE, DROP),
        migrations.RunSQL(PROPOSED, DROP.replace("range_without_overlap", "new_range_without_overlap")),
    ]
