"""How each table is protected in the database itself, declared beside the table and written out as SQL.

A model says `info=organisers_rows()` (row-level security by organiser), `info=published(reason)` (readable by
all, for the public register), and `append_only=True` where a row, once written, may never change. The first
migration carries the statements literally; a test compares what PostgreSQL has with what is declared here.
"""

from typing import Any, Final

from sqlalchemy import Table

OWNER: Final = "registry_owner"
APP: Final = "registry_app"
LOOKUP: Final = "registry_lookup"
"""Owns the SECURITY DEFINER functions that answer "which organiser?" before any is in sight; it may read the
few columns that takes and nothing else."""


def organisers_rows(
    *,
    provider: str | None = None,
    client: str | None = None,
    nullable: bool = False,
    append_only: bool = False,
    keeps: str,
) -> dict[str, Any]:
    """Rows of one organiser (`organiser_id`). `provider`/`client` name the column that narrows them further for
    provider users and clients; `nullable` lets rows of no organiser be seen; `keeps` says how long rows live."""
    return {
        "rls": {"provider": provider, "client": client, "nullable": nullable},
        "append_only": append_only,
        "keeps": keeps,
    }


def published(*, append_only: bool = False, keeps: str) -> dict[str, Any]:
    """Readable without an organiser in sight: the public register, or rows that belong to the installation."""
    return {"rls": None, "append_only": append_only, "keeps": keeps}


_ORGANISERS: Final = (
    "(SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]"
)


def _narrowed(setting: str, column: str) -> str:
    current = f"(SELECT nullif(current_setting('registry.{setting}', true), '')::uuid)"
    return f"({current} IS NULL OR {column} = {current})"


def policy(table: Table) -> str | None:
    """The condition under which the application may see and write a row; None where all may be seen."""
    rls = table.info["rls"]
    if rls is None:
        return None
    condition = f"organiser_id = ANY ({_ORGANISERS})"
    if rls["nullable"]:
        condition = f"(organiser_id IS NULL OR {condition})"
    for setting in ("provider", "client"):
        if rls[setting]:
            condition += f" AND {_narrowed(setting, rls[setting])}"
    return condition


def privileges(table: Table) -> str:
    """What the application's role may do: append-only tables take rows and never give them up."""
    return "SELECT, INSERT" if table.info["append_only"] else "SELECT, INSERT, UPDATE, DELETE"


def statements(table: Table) -> list[str]:
    """The SQL that protects one table, in order."""
    name = table.name
    sql = [f"GRANT {privileges(table)} ON {name} TO {APP}"]
    condition = policy(table)
    if condition is not None:
        sql += [
            f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY",
            f"CREATE POLICY {name}_in_sight ON {name} TO {APP} USING ({condition}) WITH CHECK ({condition})",
        ]
    if table.info["append_only"]:
        sql += [
            f"CREATE TRIGGER {name}_append_only BEFORE UPDATE OR DELETE ON {name}"
            " FOR EACH ROW EXECUTE FUNCTION registry_refuse_change()",
            f"CREATE TRIGGER {name}_no_truncate BEFORE TRUNCATE ON {name}"
            " FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse_change()",
        ]
    return sql


def internal(*, append_only: bool = False, keeps: str) -> dict[str, Any]:
    """Rows of the installation itself, which no page lists: sessions, tokens, limits, keys of requests."""
    return {"rls": None, "append_only": append_only, "keeps": keeps}
