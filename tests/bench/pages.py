"""What each page costs: bytes on the wire, plain and compressed, and statements in the database."""

import gzip
from dataclasses import dataclass

import httpx
from sqlalchemy import event

from registry.people.commands import begin_session
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.settings import Settings
from tests.bench.world import Bench
from tests.builders import NOW
from tests.conftest import TEST_KEYS
from web.app import create_app
from web.services import Services


@dataclass
class Counter:
    """Statements that the application sent, as SQLAlchemy saw them."""

    statements: int = 0

    def watch(self, database: Database) -> None:
        @event.listens_for(database.engine.sync_engine, "before_cursor_execute")
        def count(*_: object) -> None:
            self.statements += 1


def pages_of(bench: Bench) -> list[tuple[str, str | None, str]]:
    """(what, who, address) of the pages that people use most."""
    return [
        ("front page", None, "/"),
        ("public register", None, "/providers"),
        ("register search", None, "/providers?q=uraohjaus"),
        ("a provider", None, f"/providers/{bench.world.provider_id}"),
        ("my vouchers", Role.CLIENT, "/my"),
        ("compare page", Role.CLIENT, bench.compare_path),
        ("a voucher", Role.CLIENT, f"/vouchers/{bench.voucher_id}"),
        ("caseload", Role.CASE_WORKER, "/caseload"),
        ("grant", Role.CASE_WORKER, "/vouchers/grant"),
        ("provider's clients", Role.PROVIDER_USER, "/provider"),
        ("months", Role.FINANCE_OFFICER, "/months"),
        ("applications", Role.REGISTER_OFFICER, "/applications"),
        ("services", Role.ORGANISER_ADMINISTRATOR, "/admin/services"),
        ("audit trail", Role.AUDITOR, "/audit"),
    ]


async def page_costs(url: str, bench: Bench) -> list[str]:
    """A line per page. Two statements of each are the sign-in and the transaction's sight."""
    database = Database(url, pool_size=4)
    counter = Counter()
    counter.watch(database)
    held = Services(database=database, keys=TEST_KEYS, settings=Settings(demo=True), now=lambda: NOW)
    app = create_app(database=database, keys=TEST_KEYS, settings=held.settings, held=held)
    lines = ["", "page                  queries    bytes  compressed"]
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://bench.test") as browser:
        for what, who, path in pages_of(bench):
            browser.cookies.clear()
            if who is not None:
                async with database.transaction() as session:
                    token = await begin_session(
                        session, role_grant_id=bench.world.grants[str(who)], now=NOW, hours=8
                    )
                browser.cookies.set("registry_session", token)
            await browser.get(path)
            counter.statements = 0
            answer = await browser.get(path)
            if answer.status_code != 200:
                raise SystemExit(f"{path} answers {answer.status_code}")
            body = answer.content
            lines.append(f"{what:<22}{counter.statements:>7}{len(body):>9}{len(gzip.compress(body, 6)):>12}")
    await database.close()
    return lines
