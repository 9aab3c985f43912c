"""Granting on the pages: whom, for what; nothing typed is lost; sent twice it is granted once."""

import html
import re
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import func, select

from registry.catalogue.model import Service, VoucherTerms
from registry.choice.model import Shortlist
from registry.ledger.model import BudgetLine
from registry.people.model import Client, ClientPerson
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.identifiers import uuid7
from registry.shared.settings import Keys
from registry.vouchers.model import Voucher
from tests.builders import NOW, add_client, build_world
from tests.registry.vouchers.steps import Steps
from tests.registry.vouchers.test_queries import counted
from tests.web.client import hidden, post_form, sign_in


@pytest.fixture
async def steps(site: httpx.AsyncClient, database: Database, keys: Keys) -> Steps:
    site.cookies.set("language", "en")
    made = Steps(database, await build_world(database, allocated_cents=1300_00), keys)
    await sign_in(site, database, made.world, Role.CASE_WORKER)
    return made


def filled(steps: Steps, **changes: Any) -> dict[str, Any]:
    """The form as a case worker sends it."""
    return {
        "client": str(steps.world.client_id),
        "service": str(steps.world.service_id),
        "units": "10",
        "validity_days": "90",
        "budget_line": str(steps.world.budget_line_id),
        "in_plan": "no",
        "idempotency_key": str(uuid4()),
    } | changes


async def vouchers(steps: Steps) -> list[Voucher]:
    async with steps.database.transaction(steps.world.sight) as session:
        return list(await session.scalars(select(Voucher).order_by(Voucher.id)))


async def test_found_by_name_prefilled_and_granted(site: httpx.AsyncClient, steps: Steps) -> None:
    assert "Grant a voucher" in (await site.get("/vouchers/grant")).text
    found = await post_form(site, "/vouchers/grant/find", {"search": "esimerk"})
    link = re.search(r'href="(/vouchers/grant\?client=[^"]+)"', found.text)
    assert link
    form = await site.get(link[1])  # the only service there is, so its terms come at once
    assert 'name="units" type="text" value="10"' in form.text
    assert 'name="validity_days" type="text" value="90"' in form.text
    assert "€1,300.00 left" in form.text
    assert re.search(rf'value="{steps.world.budget_line_id}"\s+checked', form.text)
    data = filled(steps, idempotency_key=hidden(form, "idempotency_key"), in_plan="yes")
    for _ in range(2):
        answer = await post_form(site, "/vouchers/grant", data)
        assert answer.status_code == 303
    (voucher,) = await vouchers(steps)
    assert answer.headers["location"] == f"/vouchers/{voucher.id}?done=granted"
    assert (voucher.in_plan, voucher.granted_cents, voucher.granted_by) == (
        True, 600_00, steps.world[Role.CASE_WORKER].id,
    )  # fmt: skip
    assert "The voucher was granted" in (await site.get(answer.headers["location"])).text
    async with steps.database.transaction(steps.world.sight) as session:
        assert await session.get(Shortlist, voucher.id) is not None  # frozen in the same transaction


async def test_less_than_the_terms_is_granted_and_more_is_refused(
    site: httpx.AsyncClient, steps: Steps
) -> None:
    over = await post_form(site, "/vouchers/grant", filled(steps, units="10,5", validity_days="91"))
    assert over.status_code == 409
    assert 'href="#f-validity_days"' in over.text
    over = await post_form(site, "/vouchers/grant", filled(steps, units="10,5"))
    assert 'href="#f-units"' in over.text
    assert "the terms allow at most 10" in over.text
    assert 'value="10,5"' in over.text
    answer = await post_form(site, "/vouchers/grant", filled(steps, units="7,5", validity_days="30"))
    assert answer.status_code == 303
    (voucher,) = await vouchers(steps)
    assert (voucher.units_granted, voucher.granted_cents) == (7_50, 450_00)


async def test_nothing_typed_is_lost_when_the_form_fails(site: httpx.AsyncClient, steps: Steps) -> None:
    answer = await post_form(
        site, "/vouchers/grant", filled(steps, units="ten", validity_days="0", in_plan="")
    )
    assert answer.status_code == 422
    for field in ("units", "validity_days", "in_plan"):
        assert f'href="#f-{field}"' in answer.text
    assert 'name="units" type="text" value="ten"' in answer.text
    assert re.search(rf'value="{steps.world.budget_line_id}"\s+checked', answer.text)
    assert await vouchers(steps) == []


async def test_a_like_voucher_is_warned_of_and_granted_all_the_same_when_meant(
    site: httpx.AsyncClient, steps: Steps
) -> None:
    first = await post_form(site, "/vouchers/grant", filled(steps))
    assert first.status_code == 303
    open_voucher = (await vouchers(steps))[0]
    refused = await post_form(site, "/vouchers/grant", filled(steps, units="5"))
    assert refused.status_code == 409
    assert 'href="#f-despite_like"' in refused.text
    assert f'href="/vouchers/{open_voucher.id}"' in refused.text
    assert 'name="units" type="text" value="5"' in refused.text
    meant = filled(steps, units="5", despite_like="yes", idempotency_key=hidden(refused, "idempotency_key"))
    assert (await post_form(site, "/vouchers/grant", meant)).status_code == 303
    assert len(await vouchers(steps)) == 2


async def test_a_short_budget_line_is_refused_with_the_amounts(site: httpx.AsyncClient, steps: Steps) -> None:
    for _ in range(2):
        await post_form(site, "/vouchers/grant", filled(steps, despite_like="yes"))
    refused = await post_form(site, "/vouchers/grant", filled(steps, despite_like="yes"))
    assert refused.status_code == 409
    assert "has €100.00 left, and €600.00 is needed" in html.unescape(refused.text)
    assert 'href="#f-budget_line"' in refused.text
    assert (await steps.line()).granted_cents == 1200_00


@pytest.mark.parametrize(
    ("field", "value", "status"),
    [
        ("client", "not-an-id", 404),
        ("client", "0198a5a8-0000-7000-8000-000000000001", 404),
        ("service", "not-an-id", 422),
        ("budget_line", "not-an-id", 422),
        ("budget_line", "0198a5a8-0000-7000-8000-000000000001", 409),
        ("idempotency_key", "", 422),
        ("units", "9" * 400, 422),
        ("units", "1\x000", 422),
        ("validity_days", "٣", 422),
    ],
)
async def test_what_no_browser_sends(
    site: httpx.AsyncClient, steps: Steps, field: str, value: str, status: int
) -> None:
    answer = await post_form(site, "/vouchers/grant", filled(steps) | {field: value})
    assert answer.status_code == status
    assert await vouchers(steps) == []


async def _euro_service(steps: Steps, audience: str = "person") -> UUID:
    async with steps.database.transaction(steps.world.sight) as session:
        service = Service(
            id=uuid7(), organiser_id=steps.world.organiser_id, code=f"euros-{audience}", name_fi="Tuki", name_sv="Stöd",
            name_en="Support", audience=audience, free_by_law=False, created_at=NOW,
        )  # fmt: skip
        session.add(service)
        await session.flush()
        session.add(
            VoucherTerms(
                id=uuid7(), service_id=service.id, version=1, kind="euros", value_cents=800_00,
                unit_price_ceiling_cents=75_00, validity_days=120, own_share_allowed=True, rule_book_version="1",
                created_at=NOW,
            )
        )  # fmt: skip
        return service.id


async def test_with_several_services_one_is_chosen_first(site: httpx.AsyncClient, steps: Steps) -> None:
    service_id = await _euro_service(steps)
    await _euro_service(steps, "company")
    page = await site.get(f"/vouchers/grant?client={steps.world.client_id}")
    assert (
        len(re.findall(r'type="radio"', page.text)) == 2
    )  # the companies' service is not offered to a person
    form = await site.get(f"/vouchers/grant?client={steps.world.client_id}&service={service_id}")
    assert 'name="value" type="text" value="800.00"' in form.text
    assert 'name="units"' not in form.text
    data = filled(steps, service=str(service_id), value="89,50")
    del data["units"]
    assert (await post_form(site, "/vouchers/grant", data)).status_code == 303
    assert (await vouchers(steps))[0].granted_cents == 89_50


async def test_a_client_without_any_service(site: httpx.AsyncClient, steps: Steps) -> None:
    async with steps.database.transaction(steps.world.sight) as session:
        company = await add_client(
            session, steps.world, kind="company", case_worker_id=steps.world[Role.CASE_WORKER].id
        )
    assert "There is nothing to grant" in (await site.get(f"/vouchers/grant?client={company}")).text


async def test_somebody_elses_client_needs_a_reason_first(site: httpx.AsyncClient, steps: Steps) -> None:
    async with steps.database.transaction(steps.world.sight) as session:
        somebody = await add_client(session, steps.world, name="Toisen Asiakas")
    page = await site.get(f"/vouchers/grant?client={somebody}")
    assert "Why do you need to see this?" in page.text
    assert "Toisen Asiakas" not in page.text


async def test_a_new_client_from_nothing_to_a_voucher(site: httpx.AsyncClient, steps: Steps) -> None:
    form = await site.get("/clients/new")
    data = {
        "idempotency_key": hidden(form, "idempotency_key"), "kind": "person", "name": "Uusi Asiakas",
        "identity": "010203A9057", "email": "uusi@example.invalid", "phone": "", "municipality_code": "564",
        "language": "sv", "service_languages": ["fi", "sv"], "accessibility": ["step_free"], "age_band": "",
    }  # fmt: skip
    for _ in range(2):
        answer = await post_form(site, "/clients/new", data)
        assert answer.status_code == 303
    page = await site.get(answer.headers["location"])
    assert "Uusi Asiakas" in page.text
    assert "20–24 years" in page.text
    client_id = answer.headers["location"].split("/")[2].split("?")[0]
    async with steps.database.transaction(steps.world.sight) as session:
        client = await session.get_one(Client, UUID(client_id))
        assert client.case_worker_id == steps.world[Role.CASE_WORKER].id
        assert await session.scalar(select(func.count()).select_from(ClientPerson)) == 2
    granted = await post_form(site, "/vouchers/grant", filled(steps, client=client_id))
    assert granted.status_code == 303
    known = await post_form(site, "/clients/new", data | {"idempotency_key": str(uuid4())})
    assert (known.status_code, f'href="/clients/{client_id}"' in known.text) == (409, True)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"name": "a\x07b"}, "name"),
        ({"identity": "010203A905X"}, "identity"),
        ({"kind": "robot"}, "kind"),
        ({"language": "tlh"}, "language"),
        ({"service_languages": []}, "service_languages"),
        ({"service_languages": ["<script>"]}, "service_languages"),
        ({"municipality_code": "000"}, "municipality_code"),
        ({"email": "not an address"}, "email"),
    ],
)
async def test_a_new_clients_form_points_at_what_is_wrong(
    site: httpx.AsyncClient, steps: Steps, changes: dict[str, Any], field: str
) -> None:
    data = {
        "idempotency_key": str(uuid4()), "kind": "person", "name": "Uusi Asiakas", "language": "fi",
        "service_languages": ["fi"],
    }  # fmt: skip
    answer = await post_form(site, "/clients/new", data | changes)
    assert (answer.status_code, f'href="#f-{field}"' in answer.text) == (422, True)
    async with steps.database.transaction(steps.world.sight) as session:
        assert await session.scalar(select(func.count()).select_from(Client)) == 1


async def test_the_form_costs_the_same_however_many_budget_lines(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    address = f"/vouchers/grant?client={steps.world.client_id}&service={steps.world.service_id}"
    costs = []
    for number in range(2):
        with counted(database) as statements:
            assert (await site.get(address)).status_code == 200
        costs.append(len(statements))
        async with database.transaction(steps.world.sight) as session:
            for extra in range(3):
                session.add(
                    BudgetLine(
                        id=uuid7(), organiser_id=steps.world.organiser_id, code=f"L-{number}-{extra}", name="Lisä",
                        year=2026, allocated_cents=1, created_at=NOW,
                    )
                )  # fmt: skip
    assert costs[0] == costs[1]
