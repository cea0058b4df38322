"""Migration operations that wall a table: who may write it, which sites see a row, what is recorded of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

APP_ROLE = "edc_app"

KEY_COLUMN_SQL = """
SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
 WHERE i.indrelid = %s::regclass AND i.indisprimary AND i.indnkeyatts = 1
"""
SEQUENCES_SQL = """
SELECT s.oid::regclass::text FROM pg_class s JOIN pg_depend d ON d.objid = s.oid AND d.refobjid = %s::regclass
 WHERE s.relkind = 'S'
"""
THEIR_SITES = "string_to_array(nullif(current_setting('edc.sites', true), ''), ',')::integer[]"
# Reading, the sites are read once per statement, in a sub-select, and not once per row; writing, the sub-select
# would cost more than it saves.
SITES_POLICIES = (
    f"CREATE POLICY sites ON {{table}} FOR SELECT USING ({{site}} = ANY ((SELECT {THEIR_SITES})::integer[]))",
    f"CREATE POLICY sites_added ON {{table}} FOR INSERT WITH CHECK ({{site}} = ANY ({THEIR_SITES}))",
    f"CREATE POLICY sites_changed ON {{table}} FOR UPDATE USING ({{site}} = ANY ({THEIR_SITES}))"
    f" WITH CHECK ({{site}} = ANY ({THEIR_SITES}))",
    f"CREATE POLICY sites_deleted ON {{table}} FOR DELETE USING ({{site}} = ANY ({THEIR_SITES}))",
)
ACTING = "nullif(current_setting('edc.actor', true), '')"
# A row changes its site with a transfer only; migrations older than transfers are walled before there is such a thing.
ONLY_MOVES_SQL = """
DO $$ BEGIN
  IF to_regprocedure('public.audit_only_moves()') IS NOT NULL THEN
    CREATE TRIGGER audit_only_moves BEFORE UPDATE ON {table} FOR EACH ROW {when} EXECUTE FUNCTION audit_only_moves();
  END IF;
END $$
"""
WHERE_SITE_CHANGES = "WHEN (OLD.{site} IS DISTINCT FROM NEW.{site})"
OWNER_POLICY = (
    f"CREATE POLICY own ON {{table}} USING ({{owner}}::text = {ACTING}) WITH CHECK ({{owner}}::text = {ACTING})"
)


class Wall(Operation):
    """The wall of one table; its children say what the application may do with a row."""

    reduces_to_sql = True
    reversible = True
    rights: ClassVar[str]
    recorded: ClassVar[bool] = True
    only_grows: ClassVar[bool] = False

    def __init__(
        self,
        table: str,
        site_column: str | None = "site_id",
        exclude: Sequence[str] = (),
        owner_column: str | None = None,
    ) -> None:
        self.table, self.site_column = table, site_column
        self.exclude, self.owner_column = tuple(exclude), owner_column

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Leave the models as they are: a wall stands in the database only."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        """Build the wall: rights, rows by site or by owner, recording, refusal of rewriting."""
        table = schema_editor.quote_name(self.table)
        schema_editor.execute(f"REVOKE ALL ON {table} FROM PUBLIC, {APP_ROLE}")
        schema_editor.execute(f"GRANT {self.rights} ON {table} TO {APP_ROLE}")
        for sequence in self._found(schema_editor, SEQUENCES_SQL):
            schema_editor.execute(f"GRANT USAGE ON SEQUENCE {sequence} TO {APP_ROLE}")
        self._hide_rows(schema_editor, table)
        if self.recorded:
            self._record(schema_editor, table)
        if self.only_grows:
            schema_editor.execute(
                f"CREATE TRIGGER audit_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_rewrite()"
            )
        self._keep_at_its_site(schema_editor, table)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        """Take the wall down again."""
        table = schema_editor.quote_name(self.table)
        for trigger in ("audit_change", "audit_truncate", "audit_only_grows", "audit_only_moves"):
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {trigger} ON {table}")
        for policy in ("sites", "sites_added", "sites_changed", "sites_deleted", "own"):
            schema_editor.execute(f"DROP POLICY IF EXISTS {policy} ON {table}")
        schema_editor.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
        schema_editor.execute(f"REVOKE ALL ON {table} FROM {APP_ROLE}")

    def describe(self) -> str:
        """Return the line that migrate prints."""
        return f"Wall {self.table} as {type(self).__name__}"

    def _hide_rows(self, schema_editor: BaseDatabaseSchemaEditor, table: str) -> None:
        if self.site_column:
            schema_editor.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            for policy in SITES_POLICIES:
                schema_editor.execute(policy.format(table=table, site=schema_editor.quote_name(self.site_column)))
        if self.owner_column:
            schema_editor.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            schema_editor.execute(OWNER_POLICY.format(table=table, owner=schema_editor.quote_name(self.owner_column)))

    def _keep_at_its_site(self, schema_editor: BaseDatabaseSchemaEditor, table: str) -> None:
        if self.only_grows:
            schema_editor.execute(ONLY_MOVES_SQL.format(table=table, when=""))
        elif self.site_column == "site_id":
            when = WHERE_SITE_CHANGES.format(site=self.site_column)
            schema_editor.execute(ONLY_MOVES_SQL.format(table=table, when=when))

    def _record(self, schema_editor: BaseDatabaseSchemaEditor, table: str) -> None:
        keys = self._found(schema_editor, KEY_COLUMN_SQL)
        if len(keys) != 1:
            raise ValueError(f"Expected {self.table} to have a primary key of one column, got {keys}.")
        arguments = ", ".join(f"'{word}'" for word in (keys[0], self.site_column or "", ",".join(self.exclude)))
        schema_editor.execute(
            f"CREATE TRIGGER audit_change AFTER INSERT OR UPDATE OR DELETE ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION audit_record_change({arguments})"
        )
        # TRUNCATE fires no row trigger, so nothing could be recorded of it.
        schema_editor.execute(
            f"CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_rewrite()"
        )

    def _found(self, schema_editor: BaseDatabaseSchemaEditor, sql: str) -> list[str]:
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(sql, [schema_editor.quote_name(self.table)])
            return [row[0] for row in cursor.fetchall()]


class ActionOnly(Wall):
    """Clinical rows: inserted and updated through the door, recorded, never deleted."""

    rights = "SELECT, INSERT, UPDATE"


class AppendOnly(Wall):
    """Rows that are written once, recorded, and refuse rewriting even to the owner of the table."""

    rights = "SELECT, INSERT"
    only_grows = True


class Reference(Wall):
    """Rows that all sites share: inserted and updated through the door, recorded in their own stream."""

    rights = "SELECT, INSERT, UPDATE"

    def __init__(self, table: str, exclude: Sequence[str] = (), site_column: str | None = None) -> None:
        super().__init__(table, site_column=site_column, exclude=exclude)


class Machinery(Wall):
    """Rows that are no data of the trial: no event, each with its own guard, by site or by owner."""

    rights = "SELECT, INSERT, UPDATE, DELETE"
    recorded = False

    def __init__(self, table: str, site_column: str | None = None, owner_column: str | None = None) -> None:
        super().__init__(table, site_column=site_column, owner_column=owner_column)
