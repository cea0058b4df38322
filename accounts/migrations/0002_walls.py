"""Walls the tables of this app: who may write them and what is recorded."""

from django.db import migrations

from audit.walls import ActionOnly, AppendOnly, Reference


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_accounts"), ("audit", "0001_trail")]
    operations = [
        # The password and the moment of the last log-in are machinery: log-in happens before anyone acts.
        Reference("accounts_user", exclude=("password", "last_login")),
        Reference("accounts_site"),
        Reference("accounts_siteprotocol"),
        # No wall between sites: who may do what must be known before the sites of a user can be.
        ActionOnly("accounts_grant", site_column=None),
        ActionOnly("accounts_delegation", site_column=None),
        ActionOnly("accounts_training", site_column=None),
        AppendOnly("accounts_signature"),
    ]
