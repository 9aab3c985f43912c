"""How each table is protected in the database itself, declared beside the table and written out as SQL.

A model says `info=organisers_rows()` (row-level security by organiser), `info=published(reason)` (readable by
all, for the public register), and `append_only=True` where a row, once written, may never change. The first
migration carries the statements literally; a test compares what PostgreSQL has with what is declared here.
"""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Table

OWNER: Final = "registry_owner"
APP: Final = "registry_app"
LOOKUP: Final = "registry_lookup"
"""Owns the SECURITY DEFINER functions that answer "which organiser?" before any is in sight; it may read the
few columns that takes and nothing else."""


NOBODY: Final = "NULL::uuid"
"""As the column that narrows a provider's or a client's sight: it sees no row at all. So it is wherever a table says
nothing else; whom or what such a session may know beyond its own rows, it is shown by queries that widen its sight."""

CLIENT_OF_VOUCHER: Final = "(SELECT client_id FROM voucher WHERE voucher.id = voucher_id)"
"""As the column of a client, in a table that names a voucher. It is read only for a client's session."""


def organisers_rows(
    *,
    provider: str | None = NOBODY,
    client: str | None = NOBODY,
    account: str | None = None,
    appended_by: tuple[str, ...] = (),
    nullable: bool = False,
    append_only: bool = False,
    keeps: str,
) -> dict[str, Any]:
    """Rows of one organiser (`organiser_id`). `provider`/`client` name the column that narrows them further for
    provider users and clients (None: not narrowed), `account` that which narrows them to the signed-in person's own.
    `appended_by` names those of "provider" and "client" who may write rows that they then do not see; `nullable` lets
    rows of no organiser be seen; `keeps` says how long rows live."""
    return {
        "rls": {
            "provider": provider,
            "client": client,
            "account": account,
            "appended_by": appended_by,
            "nullable": nullable,
        },
        "append_only": append_only,
        "keeps": keeps,
    }


REGISTERED_AT: Final = "registry_provider_organisers(provider_id) && {organisers}"
"""Staff of every organiser that the provider applied to or was admitted by."""


def providers_rows(
    *, known_to: str = "false", client: str | None = None, append_only: bool = False, keeps: str
) -> dict[str, Any]:
    """Rows of one provider (`provider_id`), of no organiser: its drafts, papers, accounts. `known_to` is the condition
    under which staff see them; `{organisers}` in it stands for the organisers in sight. Clients do not, but for rows that
    are about them (`client`: whom a row is about), which they never write; a session of nobody's, as the worker's is,
    sees all."""
    rls = {"known_to": known_to} | ({"client": client} if client else {})
    return {"rls": rls, "append_only": append_only, "keeps": keeps}


def published(*, append_only: bool = False, keeps: str) -> dict[str, Any]:
    """Readable without an organiser in sight: the public register, or rows that belong to the installation."""
    return {"rls": None, "append_only": append_only, "keeps": keeps}


_ORGANISERS: Final = (
    "(SELECT string_to_array(nullif(current_setting('registry.organisers', true), ''), ','))::uuid[]"
)


@dataclass(frozen=True, slots=True)
class Policy:
    """The conditions under which the application may see a row, and may write it so."""

    sees: str
    writes: str

    def on(self, name: str, relation: str) -> str:
        return (
            f"CREATE POLICY {name}_in_sight ON {relation} TO {APP}"
            f" USING ({self.sees}) WITH CHECK ({self.writes})"
        )


def _current(setting: str) -> str:
    """Asked once per statement."""
    return f"(SELECT nullif(current_setting('registry.{setting}', true), '')::uuid)"


def _narrowed(setting: str, column: str) -> str:
    """The column is looked at only where the setting is set. The planner takes an OR here for a condition that hardly
    any row meets, and then joins whole tables in loops; it takes a CASE for one that half of them meet."""
    return f"CASE WHEN {_current(setting)} IS NULL THEN true ELSE {column} = {_current(setting)} END"


def policy(table: Table) -> Policy | None:
    """What binds the application on this table; None where all may be seen."""
    rls = table.info["rls"]
    if rls is None:
        return None
    if "known_to" in rls:
        return _policy_of_provider(rls["known_to"].format(organisers=_ORGANISERS), rls.get("client"))
    sees = f"organiser_id = ANY ({_ORGANISERS})"
    if rls["nullable"]:
        sees = f"(organiser_id IS NULL OR {sees})"
    writes = sees
    if rls["account"]:
        anybody = " AND ".join(f"{_current(one)} IS NULL" for one in ("account", "provider", "client"))
        own = f" AND (({anybody}) OR {rls['account']} = {_current('account')})"
        return Policy(sees + own, writes + own)
    for setting in ("provider", "client"):
        if rls[setting]:
            narrowed = f" AND {_narrowed(setting, rls[setting])}"
            sees += narrowed
            writes += "" if setting in rls["appended_by"] else narrowed
    return Policy(sees, writes)


def _policy_of_provider(known_to: str, about: str | None) -> Policy:
    provider, client, account = (_current(name) for name in ("provider", "client", "account"))

    def condition(of_client: str) -> str:
        return (
            f"CASE WHEN {provider} IS NOT NULL THEN provider_id = {provider} WHEN {client} IS NOT NULL THEN {of_client}"
            f" WHEN {account} IS NULL THEN true ELSE {known_to} END"
        )

    return Policy(condition(f"{about} = {client}" if about else "false"), condition("false"))


def privileges(table: Table) -> str:
    """What the application's role may do: append-only tables take rows and never give them up."""
    return "SELECT, INSERT" if table.info["append_only"] else "SELECT, INSERT, UPDATE, DELETE"


def statements(table: Table) -> list[str]:
    """The SQL that protects one table, in order."""
    name = table.name
    sql = [f"GRANT {privileges(table)} ON {name} TO {APP}"]
    bound = policy(table)
    if bound is not None:
        sql += [
            f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY",
            bound.on(name, name),
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
