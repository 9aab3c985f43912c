"""What the database's own catalogue says of protection, against what the tables declare.

`alembic check` sees neither policies, triggers, privileges nor CHECK constraints: one that was dropped by hand
would go unnoticed. PostgreSQL writes an expression in its own way, so declared policies and constraints are
made on an empty temporary copy of each table, and its wording of both is compared.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import CheckConstraint, Table, text
from sqlalchemy.dialects.postgresql import dialect
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.schema import AddConstraint

from registry.schema import tables
from registry.shared.protection import APP, LOOKUP, OWNER, policy, privileges

LOOKUP_POLICIES: Final = ("voucher", "role_grant", "api_token", "application", "decision")
"""Tables of which the role that answers "which organiser?" may see every row; of its columns only those below."""

LOOKUP_COLUMNS: Final[Mapping[str, frozenset[str]]] = {
    "voucher": frozenset({"number", "organiser_id"}),
    "admission": frozenset({"provider_id", "organiser_id", "id", "state", "decision_id"}),
    "application": frozenset({"provider_id", "organiser_id"}),
    "decision": frozenset(
        {
            *("id", "subject_kind", "subject_id", "kind", "reference", "replaces", "sent_on"),
            *("regime_digest", "service_id"),
        }
    ),
    "service_regime": frozenset({"service_id", "digest", "version", "document"}),
    "role_grant": frozenset({"*"}),
    "account": frozenset({"*"}),
    "sign_in_session": frozenset({"*"}),
    "sign_in_link": frozenset({"*"}),
    "api_token": frozenset({"*"}),
}

FUNCTIONS: Final[Mapping[str, bool]] = {
    "registry_refuse_change": False,
    "registry_free_by_law": False,
    "registry_uuid_number": False,
    "registry_refuse_closed_year": False,
    "registry_one_payment_route": False,
    "registry_netted_or_claimed": False,
    "registry_voucher_organiser": True,
    "registry_provider_organisers": True,
    "registry_decisions_in_force": True,
    "registry_role_grant": True,
    "registry_session": True,
    "registry_token": True,
}
"""Function → whether it runs as its owner (SECURITY DEFINER): then it belongs to the look-up role and fixes its
search path, so that nobody can put a table of their own in its way."""

OTHER_TRIGGERS: Final = frozenset(
    {
        ("voucher_terms", "voucher_terms_free_by_law", "registry_free_by_law", 1 + 2 + 4, "O"),
        ("service", "service_free_by_law", "registry_free_by_law", 1 + 2 + 16, "O"),
        ("transfer", "transfer_year_closed", "registry_refuse_closed_year", 1 + 2 + 4, "O"),
        ("month_close", "month_close_year_closed", "registry_refuse_closed_year", 1 + 2 + 4, "O"),
        ("budget_line", "budget_line_new_year_closed", "registry_refuse_closed_year", 1 + 2 + 4, "O"),
        ("budget_line", "budget_line_year_closed", "registry_refuse_closed_year", 1 + 2 + 16, "O"),
        ("year_close", "year_close_closed", "registry_refuse_change", 1 + 2 + 8 + 16, "O"),
        ("payment", "payment_one_route", "registry_one_payment_route", 1 + 2 + 4, "O"),
        ("payment_order", "payment_order_one_route", "registry_one_payment_route", 1 + 2 + 4 + 16, "O"),
        ("paid_statement", "paid_statement_not_claimed", "registry_netted_or_claimed", 1 + 2 + 4, "O"),
        (
            "claimed_statement",
            "claimed_statement_not_netted",
            "registry_netted_or_claimed",
            1 + 2 + 4 + 16,
            "O",
        ),
    }
)
"""Besides those of append-only tables: own share is nothing where the law makes a service free, a closed year takes
nothing more, an organiser pays in one way, and a credit is netted or claimed."""

INSTALLED: Final = "public"
ALEMBIC: Final = "alembic_version"


@dataclass(frozen=True, slots=True)
class Aspect:
    """One side of the protection, how many things were compared, and how they differ."""

    name: str
    counted: str
    examined: int
    differences: list[str]


async def differences(session: AsyncSession) -> list[Aspect]:
    """Compare every aspect. The session's transaction makes temporary tables and must be rolled back."""
    declared = [table for _, table in sorted(tables().tables.items())]
    found = [
        await _row_security(session, declared),
        await _policies(session, declared),
        await _constraints(session, declared),
        await _triggers(session, declared),
        await _grants(session, declared),
        await _functions(session),
        await _roles(session),
    ]
    await session.rollback()
    return found


async def _facts(session: AsyncSession, query: str, **parameters: Any) -> set[tuple[Any, ...]]:
    return {tuple(row) for row in await session.execute(text(query), parameters)}


def _compared(expected: Iterable[Any], actual: Iterable[Any]) -> list[str]:
    """Differences in words, sorted: what lacks and what is too many."""
    wanted, there = set(expected), set(actual)
    lacking = [f"lacks {_said(fact)}" for fact in wanted - there]
    surplus = [f"has {_said(fact)}" for fact in there - wanted]
    return sorted(lacking) + sorted(surplus)


def _said(fact: Any) -> str:
    return " ".join(str(part) for part in fact) if isinstance(fact, tuple) else str(fact)


async def _row_security(session: AsyncSession, declared: list[Table]) -> Aspect:
    actual = await _facts(
        session,
        "SELECT c.relname, pg_get_userbyid(c.relowner), c.relrowsecurity, c.relforcerowsecurity"
        " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = :schema AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relname <> :alembic",
        schema=INSTALLED,
        alembic=ALEMBIC,
    )
    expected = {(t.name, OWNER, policy(t) is not None, policy(t) is not None) for t in declared}
    return Aspect(
        "database: row-level security forced on every organiser's table",
        "tables",
        len(expected),
        _compared(expected, actual),
    )


_POLICIES: Final = """
SELECT p.tablename, p.policyname, p.permissive, p.roles::text, p.cmd, coalesce(p.qual, ''), coalesce(p.with_check, '')
FROM pg_policies p WHERE p.schemaname = ANY (:schemas)
"""


async def _policies(session: AsyncSession, declared: list[Table]) -> Aspect:
    expected: set[tuple[Any, ...]] = {
        (name, f"{name}_lookup", "PERMISSIVE", f"{{{LOOKUP}}}", "SELECT", "true", "")
        for name in LOOKUP_POLICIES
    }
    actual = await _facts(session, _POLICIES, schemas=[INSTALLED])
    for table in declared:
        bound = policy(table)
        if bound is None:
            continue
        await _temporary_copy(session, table)
        await session.execute(text(bound.on(table.name, f"pg_temp.{table.name}").replace(":", "\\:")))
        made = await _facts(session, _POLICIES, schemas=[await _temporary_schema(session)])
        # PostgreSQL may name a column by its table, and both tables have one name
        expected |= made
        await session.execute(text(f"DROP TABLE pg_temp.{table.name}"))
    return Aspect(
        "database: policies as the tables declare them",
        "policies",
        len(expected),
        _compared(expected, actual),
    )


async def _temporary_copy(session: AsyncSession, table: Table) -> None:
    await session.execute(
        text(f"CREATE TEMPORARY TABLE {table.name} (LIKE {INSTALLED}.{table.name}) ON COMMIT DROP")
    )


async def _temporary_schema(session: AsyncSession) -> str:
    return str(await session.scalar(text("SELECT pg_my_temp_schema()::regnamespace")))


_CHECKS: Final = """
SELECT c.conname, pg_get_constraintdef(c.oid), c.convalidated FROM pg_constraint c
WHERE c.conrelid = CAST(:relation AS regclass) AND c.contype = 'c'
"""


async def _constraints(session: AsyncSession, declared: list[Table]) -> Aspect:
    examined, found = 0, []
    for table in declared:
        checks = [c for c in table.constraints if isinstance(c, CheckConstraint)]
        actual = await _facts(session, _CHECKS, relation=f"{INSTALLED}.{table.name}")
        if not checks and not actual:
            continue
        await _temporary_copy(session, table)
        for constraint in checks:
            statement = str(AddConstraint(constraint).compile(dialect=dialect()))  # type: ignore[no-untyped-call]
            await session.execute(text(statement.replace(":", "\\:")))
        expected = await _facts(session, _CHECKS, relation=f"pg_temp.{table.name}")
        await session.execute(text(f"DROP TABLE pg_temp.{table.name}"))
        examined += len(expected)
        found += [f"{table.name} {difference}" for difference in _compared(expected, actual)]
    keys = await _facts(
        session,
        "SELECT conrelid::regclass::text, conname FROM pg_constraint JOIN pg_namespace n ON n.oid = connamespace"
        " WHERE n.nspname = :schema AND contype IN ('f', 'u', 'p') AND NOT convalidated",
        schema=INSTALLED,
    )
    found += [f"{_said(fact)} is not validated" for fact in sorted(keys)]
    return Aspect("database: CHECK constraints as the tables declare them", "constraints", examined, found)


async def _triggers(session: AsyncSession, declared: list[Table]) -> Aspect:
    actual = await _facts(
        session,
        "SELECT c.relname, t.tgname, p.proname, t.tgtype::int, t.tgenabled::text FROM pg_trigger t"
        " JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid"
        " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = :schema AND NOT t.tgisinternal",
        schema=INSTALLED,
    )
    # tgtype: row 1, before 2, insert 4, delete 8, update 16, truncate 32 (PostgreSQL's catalog/pg_trigger.h)
    expected = {
        (t.name, f"{t.name}_{word}", "registry_refuse_change", kind, "O")
        for t in declared
        if t.info["append_only"]
        for word, kind in (("append_only", 1 + 2 + 8 + 16), ("no_truncate", 2 + 32))
    } | OTHER_TRIGGERS
    found = _compared(expected, actual)
    silenced = await _facts(
        session,
        "SELECT DISTINCT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
        " JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = :schema AND t.tgisinternal AND t.tgenabled <> 'O'",
        schema=INSTALLED,
    )
    found += [f"foreign keys of {_said(fact)} are switched off" for fact in sorted(silenced)]
    return Aspect("database: append-only tables refuse change", "triggers", len(expected), found)


_TABLE_GRANTS: Final = """
SELECT c.relname, coalesce(r.rolname, 'PUBLIC'), a.privilege_type, '*'
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace,
  aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) a LEFT JOIN pg_roles r ON r.oid = a.grantee
WHERE n.nspname = :schema AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND a.grantee <> c.relowner
  AND c.relname <> :alembic
UNION ALL
SELECT c.relname, coalesce(r.rolname, 'PUBLIC'), a.privilege_type, t.attname
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute t ON t.attrelid = c.oid,
  aclexplode(t.attacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee
WHERE n.nspname = :schema AND a.grantee <> c.relowner AND c.relname <> :alembic
"""


async def _grants(session: AsyncSession, declared: list[Table]) -> Aspect:
    actual = await _facts(session, _TABLE_GRANTS, schema=INSTALLED, alembic=ALEMBIC)
    expected = {(t.name, APP, privilege, "*") for t in declared for privilege in privileges(t).split(", ")}
    expected |= {(name, LOOKUP, "SELECT", column) for name, some in LOOKUP_COLUMNS.items() for column in some}
    return Aspect(
        "database: each role may do what it should, and no more",
        "privileges",
        len(expected),
        _compared(expected, actual),
    )


async def _functions(session: AsyncSession) -> Aspect:
    actual = await _facts(
        session,
        "SELECT p.proname, pg_get_userbyid(p.proowner), p.prosecdef, coalesce(array_to_string(p.proconfig, ' '), ''),"
        " (SELECT string_agg(coalesce(r.rolname, 'PUBLIC'), ' ' ORDER BY r.rolname)"
        "  FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a"
        "  LEFT JOIN pg_roles r ON r.oid = a.grantee WHERE a.grantee <> p.proowner)"
        " FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = :schema",
        schema=INSTALLED,
    )
    expected = {
        (name, LOOKUP, True, "search_path=public, pg_temp", APP)
        if as_owner
        else (name, OWNER, False, "", f"{APP} {LOOKUP}")
        for name, as_owner in FUNCTIONS.items()
    }
    return Aspect(
        "database: functions that run as their owner fix their search path",
        "functions",
        len(expected),
        _compared(expected, actual),
    )


async def _roles(session: AsyncSession) -> Aspect:
    actual = await _facts(
        session,
        "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = ANY (:roles)",
        roles=[APP, OWNER, LOOKUP],
    )
    expected = {(role, False, False, False, False) for role in (APP, OWNER, LOOKUP)}
    found = _compared(expected, actual)
    memberships = await _facts(
        session,
        "SELECT g.rolname FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid"
        " JOIN pg_roles u ON u.oid = m.member WHERE u.rolname = :app",
        app=APP,
    )
    found += [f"{APP} is a member of {_said(fact)}" for fact in sorted(memberships)]
    may_create = await session.scalar(
        text("SELECT has_schema_privilege(:app, 'public', 'CREATE')"), {"app": APP}
    )
    if may_create:
        found.append(f"{APP} may create tables")
    return Aspect("database: the application's role is neither owner nor above the rules", "roles", 3, found)
