"""The voucher's page: the code for its holder alone, the rest for staff with a reason, a new code, cancelling."""

import re
from typing import Final
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import func, select, text

from registry.people.model import ReadLog
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.identifiers import grouped, voucher_secret
from registry.shared.settings import Keys
from registry.vouchers.model import Voucher
from tests.builders import add_account, add_client, build_world
from tests.registry.vouchers.steps import Steps
from tests.registry.vouchers.test_queries import counted
from tests.web.client import hidden, post_form, sign_in
from tests.web.pdf_text import pdf_text
from web.documents.qr import read_code, voucher_code

EUROS: Final = {
    "kind": "euros", "value_cents": 2000_00, "units": None, "unit_name": None, "unit_price_ceiling_cents": 110_00,
    "own_share_allowed": True,
}  # fmt: skip


@pytest.fixture
async def steps(site: httpx.AsyncClient, database: Database, keys: Keys) -> Steps:
    site.cookies.set("language", "en")
    return Steps(database, await build_world(database), keys)


async def reads(database: Database, steps: Steps) -> list[tuple[str, str, str]]:
    async with database.transaction(steps.world.sight) as session:
        rows = await session.execute(
            select(ReadLog.role, ReadLog.what, ReadLog.reason).order_by(ReadLog.at, ReadLog.id)
        )
        return [(row.role, row.what, row.reason) for row in rows]


async def test_the_holder_sees_the_code_as_often_as_wanted(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    voucher = await steps.grant()
    number, secret = await steps.code(voucher)
    await sign_in(site, database, steps.world, Role.CLIENT)
    for _ in range(2):
        page = await site.get(f"/vouchers/{voucher}")
        assert page.status_code == 200
        assert page.headers["cache-control"] == "no-store"
        assert grouped(number) in page.text
        assert grouped(secret) in page.text
        assert '<svg viewBox="0 0 33 33" class="qr"' in page.text
        assert "style=" not in page.text
    assert await reads(database, steps) == [("client", "voucher", "own_data")] * 2


@pytest.mark.parametrize("role", [Role.CASE_WORKER, Role.AUDITOR, Role.FINANCE_OFFICER])
async def test_staff_see_all_but_the_code(
    site: httpx.AsyncClient, database: Database, steps: Steps, role: Role
) -> None:
    voucher, shown = await steps.opened()
    await steps.redeem(shown)
    number, secret = await steps.code(voucher)
    await sign_in(site, database, steps.world, role)
    if role is Role.FINANCE_OFFICER:
        await post_form(site, f"/clients/{steps.world.client_id}/reason", {"reason": "A wrong invoice"})
    page = await site.get(f"/vouchers/{voucher}")
    assert grouped(number) in page.text
    assert secret not in page.text
    assert grouped(secret) not in page.text
    assert 'class="qr"' not in page.text
    assert "Visit recorded" in page.text
    assert ("Asiakas Esimerkki" in page.text) == (role is Role.CASE_WORKER)
    assert ((await site.get(f"/vouchers/{voucher}/pdf")).status_code) == 403


async def test_somebody_elses_client_needs_a_reason_that_the_client_can_read(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    async with database.transaction(steps.world.sight) as session:
        somebody = await add_client(session, steps.world, name="Toisen Asiakas")
    voucher = await steps.grant(client_id=somebody)
    await sign_in(site, database, steps.world, Role.CASE_WORKER)
    for address in (f"/vouchers/{voucher}", f"/vouchers/{voucher}/cancel", f"/clients/{somebody}"):
        page = await site.get(address)
        assert "Why do you need to see this?" in page.text
        assert "Toisen Asiakas" not in page.text
    assert await reads(database, steps) == []
    empty = await post_form(
        site, f"/clients/{somebody}/reason", {"reason": " ", "next": f"/vouchers/{voucher}"}
    )
    assert (empty.status_code, 'href="#f-reason"' in empty.text) == (422, True)
    stated = await post_form(
        site, f"/clients/{somebody}/reason", {"reason": "Sijaistan", "next": f"/vouchers/{voucher}"}
    )
    assert (stated.status_code, stated.headers["location"]) == (303, f"/vouchers/{voucher}")
    assert "Toisen Asiakas" in (await site.get(f"/vouchers/{voucher}")).text
    assert await reads(database, steps) == [
        ("case_worker", "person", "stated: Sijaistan"),
        ("case_worker", "voucher", "stated: Sijaistan"),
    ]
    elsewhere = await post_form(
        site, f"/clients/{somebody}/reason", {"reason": "x", "next": "//evil.example"}
    )
    assert elsewhere.headers["location"] == f"/clients/{somebody}"


async def test_another_clients_voucher_is_unknown(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    async with database.transaction(steps.world.sight) as session:
        somebody = await add_client(session, steps.world)
    voucher = await steps.grant(client_id=somebody)
    await sign_in(site, database, steps.world, Role.CLIENT)
    for path in ("", "/pdf", "/new-code"):
        assert (await site.get(f"/vouchers/{voucher}{path}")).status_code == 404
    assert (
        await post_form(site, f"/vouchers/{voucher}/new-code", {"idempotency_key": "k"})
    ).status_code == 404


async def test_another_organisers_voucher_is_unknown_to_staff(
    site: httpx.AsyncClient, database: Database, steps: Steps, keys: Keys
) -> None:
    other = Steps(database, await build_world(database, code="turku"), keys)
    voucher = await other.grant()
    for role in (Role.CASE_WORKER, Role.FINANCE_OFFICER, Role.AUDITOR):
        await sign_in(site, database, steps.world, role)
        assert (await site.get(f"/vouchers/{voucher}")).status_code == 404


@pytest.mark.parametrize(
    ("language", "words"),
    [("fi", b"palveluseteli.pdf"), ("sv", b"servicesedel.pdf"), ("en", b"voucher.pdf")],
)
async def test_the_paper_in_each_language(
    site: httpx.AsyncClient, database: Database, steps: Steps, language: str, words: bytes
) -> None:
    voucher, _ = await steps.opened()
    await sign_in(site, database, steps.world, Role.CLIENT)
    site.cookies.set("language", language)
    paper = await site.get(f"/vouchers/{voucher}/pdf")
    assert paper.content.startswith(b"%PDF-")
    assert b"pdfuaid:part>1<" in paper.content  # the accessible kind
    assert f"<rdf:li>{language}</rdf:li>".encode() in paper.content
    assert paper.headers["cache-control"] == "no-store"
    assert words in paper.headers["content-disposition"].encode()


async def test_a_closed_voucher_shows_no_code_and_gives_no_paper(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    voucher = await steps.grant()
    await steps.cancel(voucher)
    _, secret = await steps.code(voucher)
    await sign_in(site, database, steps.world, Role.CLIENT)
    page = await site.get(f"/vouchers/{voucher}")
    assert grouped(secret) not in page.text
    assert "the client has moved to another area" in page.text
    assert "within 30 days" in page.text
    assert (await site.get(f"/vouchers/{voucher}/pdf")).status_code == 409


async def test_a_new_code_ends_the_old_one_once(
    site: httpx.AsyncClient, database: Database, steps: Steps, keys: Keys
) -> None:
    voucher = await steps.grant()
    await sign_in(site, database, steps.world, Role.CLIENT)
    key = hidden(await site.get(f"/vouchers/{voucher}/new-code"), "idempotency_key")
    for _ in range(2):
        answer = await post_form(site, f"/vouchers/{voucher}/new-code", {"idempotency_key": key})
        assert answer.status_code == 303
    assert (await steps.voucher(voucher)).secret_generation == 2
    page = await site.get(answer.headers["location"])
    assert "You have a new code" in page.text
    assert grouped(voucher_secret(keys.voucher_secret, voucher, 2)) in page.text
    assert grouped(voucher_secret(keys.voucher_secret, voucher, 1)) not in page.text


async def test_visits_are_told_in_plain_words(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    voucher, shown = await steps.opened()
    first = await steps.redeem(shown, units=1_50)
    await steps.reverse(first.id)
    await steps.redeem(shown, units=2_00, reserve=True)
    await sign_in(site, database, steps.world, Role.CLIENT)
    site.cookies.set("language", "fi")
    page = await site.get(f"/vouchers/{voucher}")
    for words in ("Käynti palautettu", "Tuleva käynti: arvo varattu", "1,5 tuntia", "120,00"):
        assert words in page.text
    assert "väärä asiakas" not in page.text  # the provider's own words


async def test_cancelling_says_what_it_means_and_takes_a_reason(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    voucher = await steps.grant()
    await sign_in(site, database, steps.world, Role.CASE_WORKER)
    form = await site.get(f"/vouchers/{voucher}/cancel")
    assert "How was the client heard?" in form.text
    assert "€600.00" in form.text
    data = {"idempotency_key": hidden(form, "idempotency_key"), "heard": "not_needed"}
    unheard = await post_form(
        site, f"/vouchers/{voucher}/cancel", data | {"reason": "moved_away", "idempotency_key": "unheard"}
    )
    assert unheard.status_code == 409
    assert "has to be heard" in unheard.text
    for reason in ("", "no_such_reason"):
        answer = await post_form(site, f"/vouchers/{voucher}/cancel", data | {"reason": reason})
        assert (answer.status_code, 'href="#f-reason"' in answer.text) == (422, True)
    for _ in range(2):
        answer = await post_form(site, f"/vouchers/{voucher}/cancel", data | {"reason": "service_ended"})
        assert answer.headers["location"] == f"/vouchers/{voucher}?done=cancelled"
    assert (await steps.line()).granted_cents == 0
    assert (await steps.actions(voucher)).count("voucher.cancelled") == 1
    page = await site.get(f"/vouchers/{voucher}")
    assert "the service is no longer offered" in page.text
    assert "If you disagree with the decision" in page.text
    assert f"/vouchers/{voucher}/cancel" not in page.text
    (pdf,) = re.findall(rf'href="(/vouchers/{voucher}/decisions/[0-9a-f-]+/pdf)"', page.text)
    await _read_on_paper(site, database, steps, pdf)


async def _read_on_paper(site: httpx.AsyncClient, database: Database, steps: Steps, pdf: str) -> None:
    """With the holder's name for the holder and the case worker, without it for the others, and each reading logged."""
    before = len(await reads(database, steps))
    for role, name, code in (
        (Role.CASE_WORKER, True, 200),
        (Role.AUDITOR, False, 200),
        (Role.FINANCE_OFFICER, False, 200),
        (Role.CLIENT, True, 200),
        (Role.PROVIDER_USER, False, 403),
    ):
        await sign_in(site, database, steps.world, role)
        site.cookies.set("language", "fi")
        answer = await site.get(pdf)
        assert answer.status_code == code
        if role is Role.FINANCE_OFFICER:
            assert answer.headers["content-type"].startswith("text/html"), "it says why first"
        elif code == 200:
            assert answer.headers["cache-control"] == "no-store"
            assert b"pdfuaid:part>1<" in answer.content
            said = pdf_text(answer.content)
            assert ("Asiakas Esimerkki" in said) == name
            for words in ("Palvelua ei enää tarjota.", "600,00", "kirjaamo@example.invalid", "569/2009"):
                assert words in said
    seen = (await reads(database, steps))[before:]
    assert [(who, what) for who, what, _ in seen] == [
        (role, "decision") for role in ("case_worker", "auditor", "client")
    ]


async def test_what_cannot_be_cancelled_says_why_on_the_form(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    voucher, shown = await steps.opened()
    await steps.redeem(shown, reserve=True)
    await sign_in(site, database, steps.world, Role.CASE_WORKER)
    answer = await post_form(
        site,
        f"/vouchers/{voucher}/cancel",
        {"idempotency_key": str(uuid4()), "reason": "client_asked", "heard": "own_wish"},
    )
    assert answer.status_code == 409
    assert "€60.00 of the voucher is reserved" in answer.text
    assert re.search(r'value="client_asked"\s+checked', answer.text)


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
async def test_every_state_has_its_words(
    site: httpx.AsyncClient, database: Database, steps: Steps, language: str
) -> None:
    site.cookies.set("language", language)
    granted = await steps.grant()
    asked = await steps.grant()
    await steps.choose(asked)
    chosen = await steps.grant()
    await steps.confirm(await steps.choose(chosen))
    in_use, _ = await steps.opened()
    used_up, shown = await steps.opened(units=1_00)
    await steps.redeem(shown)
    refused = await steps.grant()
    await steps.refuse(refused)
    cancelled = await steps.grant()
    await steps.cancel(cancelled)
    vouchers = (granted, asked, chosen, in_use, used_up, refused, cancelled)
    for role in (Role.CASE_WORKER, Role.CLIENT):
        await sign_in(site, database, steps.world, role)
        pages = [await site.get(f"/vouchers/{voucher}") for voucher in vouchers]
        assert [page.status_code for page in pages] == [200] * 7
    headings = [re.findall(r"<h2[^>]*>(.*?)</h2>", page.text, re.DOTALL)[0] for page in pages]
    assert len(set(headings)) == 7


async def test_the_page_costs_the_same_however_much_happened(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    voucher, shown = await steps.opened()
    await sign_in(site, database, steps.world, Role.CLIENT)
    costs = []
    for _ in range(2):
        await steps.redeem(shown)
        with counted(database) as statements:
            assert (await site.get(f"/vouchers/{voucher}")).status_code == 200
        costs.append(len(statements))
        for _ in range(3):
            await steps.redeem(shown, units=50)
    assert costs[0] == costs[1]


async def test_a_voucher_in_units_is_shown_in_units_and_one_in_euros_without_any(
    site: httpx.AsyncClient, database: Database, steps: Steps, keys: Keys
) -> None:
    """The holder counts in hours; staff and provider deal in both; a sum in euros has no unit to price."""
    voucher, shown = await steps.opened()
    await steps.redeem(shown, units=1_50)
    await sign_in(site, database, steps.world, Role.CLIENT)
    own = (await site.get(f"/vouchers/{voucher}")).text
    assert '<strong class="money">8.5 hours</strong> left of 10 hours' in own
    assert "Used 1.5 hours" in own
    assert "In euros" not in own
    both = "In euros: €510.00 left of €600.00"
    await sign_in(site, database, steps.world, Role.CASE_WORKER)
    for address in (f"/vouchers/{voucher}", f"/clients/{steps.world.client_id}"):
        page = (await site.get(address)).text
        assert "8.5 hours</strong> left of 10 hours" in page
        assert both in page
    await sign_in(site, database, steps.world, Role.PROVIDER_USER)
    assert both in (await site.get(f"/provider/vouchers/{shown}")).text
    euros = Steps(database, await build_world(database, code="turku", terms=EUROS), keys)
    voucher = await euros.grant()
    await sign_in(site, database, euros.world, Role.CLIENT)
    own = (await site.get(f"/vouchers/{voucher}")).text
    assert "€2,000.00</strong> left of €2,000.00" in own
    assert "What the price is above €110.00<" in own
    assert "The authority pays up to €110.00; you pay" in (await site.get("/my")).text


def test_a_scanned_code_is_read_whichever_field_it_was_written_into() -> None:
    code = voucher_code("7KQ4M2XD9FA1", "ABCDEFGHJKMNPQRS")
    expected = ("7KQ4M2XD9FA1", "ABCDEFGHJKMNPQRS")
    assert read_code(code, "") == read_code("", f" {code}\n") == read_code(code.lower(), "x") == expected
    assert read_code("PS2:7KQ4M2XD9FA1:ABCDEFGHJKMNPQRS", "y") == ("PS2:7KQ4M2XD9FA1:ABCDEFGHJKMNPQRS", "y")


async def test_no_secret_is_kept_anywhere(site: httpx.AsyncClient, database: Database, steps: Steps) -> None:
    """Not in the voucher, nor in the answers of requests, nor in the trail."""
    voucher = await steps.grant()
    _, secret = await steps.code(voucher)
    await sign_in(site, database, steps.world, Role.CLIENT)
    await site.get(f"/vouchers/{voucher}")
    await post_form(site, f"/vouchers/{voucher}/new-code", {"idempotency_key": str(uuid4())})
    async with database.transaction(steps.world.sight) as session:
        assert await session.scalar(select(func.count()).select_from(Voucher)) == 1
        for table in ("voucher", "audit_event", "idempotency_record", "outbox", "read_log"):
            found = await session.scalar(
                text(f"SELECT count(*) FROM {table} t WHERE to_jsonb(t)::text LIKE :secret"),
                {"secret": f"%{secret}%"},
            )
            assert found == 0, table


async def test_a_colleague_with_the_same_role_is_still_somebody_else(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    world = steps.world
    voucher = await steps.grant()
    async with database.transaction(world.sight) as session:
        actor, grant = await add_account(
            session, "Pekka", Role.CASE_WORKER, organiser_id=world.organiser_id, sight=world.sight
        )
    world.actors["colleague"], world.grants["colleague"] = actor, grant
    await sign_in(site, database, world, "colleague")
    assert "Why do you need to see this?" in (await site.get(f"/vouchers/{voucher}")).text
