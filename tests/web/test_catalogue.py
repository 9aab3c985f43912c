"""Services, terms and budget lines through the administrator's pages."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from registry.catalogue.queries import BudgetLineRow, ServiceRow, budget_lines, services, terms_history
from registry.shared.actor import Role
from registry.shared.database import Database
from tests.builders import World, build_world
from tests.web.client import hidden, post_form, sign_in

ADMINISTRATOR = Role.ORGANISER_ADMINISTRATOR

TERMS = {
    "worth": "12,5",
    "worth_in": "hour",
    "unit_price_ceiling_cents": "72",
    "validity_days": "120",
    "shortlist_size": "3",
    "claim_window_days": "0",
    "confirm_within_days": "5",
    "reservation_days": "14",
    "rule_book_version": "2026-2",
}


async def send(site: httpx.AsyncClient, path: str, values: dict[str, Any]) -> httpx.Response:
    """Open the form and send it filled in."""
    key = hidden(await site.get(path), "idempotency_key")
    return await post_form(site, path, {"idempotency_key": key} | values)


async def own_services(database: Database, world: World) -> list[ServiceRow]:
    async with database.transaction() as session:
        return await services(session, organiser_id=world.organiser_id, active_only=False)


async def lines(database: Database, world: World) -> list[BudgetLineRow]:
    async with database.transaction(world.sight) as session:
        return await budget_lines(session, organiser_id=world.organiser_id)


async def test_a_service_is_added_given_terms_and_closed(site: httpx.AsyncClient, database: Database) -> None:
    world = await build_world(database, providers=0)
    await sign_in(site, database, world, ADMINISTRATOR)
    answer = await send(
        site,
        "/admin/services/new",
        {
            "code": "yrityspalvelu",
            "name_fi": "Kehittämispalvelu",
            "name_sv": "Utvecklingstjänst",
            "name_en": "Development service",
            "description_en": "Two lines\r\nof text",
            "audience": "company",
        },
    )
    path = answer.headers["location"].partition("?")[0]
    answer = await send(site, f"{path}/terms", TERMS | {"own_share_allowed": "yes"})
    assert answer.headers["location"] == f"{path}?done=published"
    (made,) = [row for row in await own_services(database, world) if row.code == "yrityspalvelu"]
    assert made.terms is not None
    assert (made.terms.units, made.terms.value_cents, made.terms.own_share_allowed) == (1250, 900_00, True)
    assert made.descriptions["en"] == "Two lines\nof text"

    answer = await post_form(
        site, f"{path}/edit", {"name_fi": "Uusi nimi", "name_sv": "Nytt namn", "name_en": "New name"}
    )
    assert answer.headers["location"] == f"{path}?done=changed"
    (made,) = [row for row in await own_services(database, world) if row.code == "yrityspalvelu"]
    assert (made.names["fi"], made.active, made.free_by_law) == ("Uusi nimi", False, False)


async def test_the_terms_form_starts_from_the_terms_in_force(
    site: httpx.AsyncClient, database: Database
) -> None:
    world = await build_world(database, providers=0)
    await sign_in(site, database, world, ADMINISTRATOR)
    path = f"/admin/services/{world.service_id}"
    page = await site.get(f"{path}/terms")
    assert 'name="worth" type="text" value="10"' in page.text
    assert 'name="unit_price_ceiling_cents" type="text" value="60"' in page.text
    await send(site, f"{path}/terms", TERMS)
    await send(site, f"{path}/terms", TERMS | {"worth": "1 500,00", "worth_in": "euros"})
    async with database.transaction() as session:
        history = await terms_history(session, service_id=world.service_id)
    assert [(terms.version, terms.kind, terms.value_cents) for terms in history] == [
        (3, "euros", 1_500_00),
        (2, "units", 900_00),
        (1, "units", 600_00),
    ]
    shown = await site.get(path)
    assert "2026-2" in shown.text
    assert "2026-1" in shown.text


@pytest.mark.parametrize("language", ["fi", "en"])
async def test_wrong_terms_come_back_filled_in_and_change_nothing(
    site: httpx.AsyncClient, database: Database, language: str
) -> None:
    world = await build_world(database, providers=0)
    await sign_in(site, database, world, ADMINISTRATOR)
    site.cookies.set("language", language)
    path = f"/admin/services/{world.service_id}/terms"
    cases: list[tuple[dict[str, str], str]] = [
        ({"worth_in": ""}, "worth_in"),
        ({"worth_in": "week"}, "worth_in"),
        ({"worth": ""}, "worth"),
        ({"worth": "1e9"}, "worth"),
        ({"worth": "0"}, "worth"),
        ({"worth": "0.33", "unit_price_ceiling_cents": "0.10"}, "worth"),
        ({"worth_in": "euros", "worth": "999999999"}, "worth"),
        ({"unit_price_ceiling_cents": "12.345"}, "unit_price_ceiling_cents"),
        ({"validity_days": "0"}, "validity_days"),
        ({"validity_days": "99999999999999999999"}, "validity_days"),
        ({"shortlist_size": "eleven"}, "shortlist_size"),
        ({"rule_book_version": "a b"}, "rule_book_version"),
        ({"rule_book_version": "\x00"}, "rule_book_version"),
    ]
    for wrong, field in cases:
        answer = await send(site, path, TERMS | wrong)
        assert answer.status_code == 422, wrong
        assert f'href="#f-{field}"' in answer.text, wrong
        assert 'value="120"' in answer.text or "validity_days" in wrong
    answer = await send(site, path, TERMS | {"own_share_allowed": "yes"})
    assert answer.status_code == 422
    async with database.transaction() as session:
        assert len(await terms_history(session, service_id=world.service_id)) == 1


async def test_a_budget_line_is_added_once_and_changed(site: httpx.AsyncClient, database: Database) -> None:
    world = await build_world(database, providers=0)
    await sign_in(site, database, world, ADMINISTRATOR)
    values = {"code": "2027", "name": "Setelit 2027", "year": "2027", "allocated_cents": "250 000,00"}
    key = hidden(await site.get("/admin/budget/new"), "idempotency_key")
    for _ in range(2):
        answer = await post_form(site, "/admin/budget/new", {"idempotency_key": key} | values)
        assert answer.headers["location"] == "/admin/budget?done=created"
    again = await send(site, "/admin/budget/new", values)
    assert again.status_code == 422
    assert 'href="#f-code"' in again.text
    (made,) = [line for line in await lines(database, world) if line.code == "2027"]
    assert made.allocated_cents == 250_000_00

    path = f"/admin/budget/{made.id}"
    answer = await send(site, path, {"name": "Setelit", "allocated_cents": "1"})
    assert answer.headers["location"] == "/admin/budget?done=changed"
    (made,) = [line for line in await lines(database, world) if line.code == "2027"]
    assert (made.name, made.allocated_cents, made.active) == ("Setelit", 1_00, False)
    for wrong in ({"allocated_cents": "-1"}, {"allocated_cents": "99999999999"}, {"name": ""}):
        answer = await send(site, path, {"name": "Setelit", "allocated_cents": "1"} | wrong)
        assert answer.status_code == 422, wrong


async def test_other_organisers_services_and_lines_are_not_there(
    site: httpx.AsyncClient, database: Database
) -> None:
    mine = await build_world(database, providers=0)
    theirs = await build_world(database, code="turku", providers=0)
    await sign_in(site, database, mine, ADMINISTRATOR)
    for path in (
        f"/admin/services/{theirs.service_id}",
        f"/admin/services/{theirs.service_id}/edit",
        f"/admin/services/{theirs.service_id}/terms",
        f"/admin/budget/{theirs.budget_line_id}",
        f"/admin/services/{UUID(int=0)}",
    ):
        assert (await site.get(path)).status_code == 404, path
    edit = {"name_fi": "a", "name_sv": "b", "name_en": "c"}
    key = {"idempotency_key": "k"}
    for path, values in (
        (f"/admin/services/{theirs.service_id}/edit", edit),
        (f"/admin/services/{theirs.service_id}/terms", TERMS | key),
        (f"/admin/budget/{theirs.budget_line_id}", {"name": "x", "allocated_cents": "1"} | key),
    ):
        assert (await post_form(site, path, values)).status_code == 404, path


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
async def test_the_pages_of_the_catalogue_open_in_each_language(
    site: httpx.AsyncClient, database: Database, language: str
) -> None:
    world = await build_world(database, providers=0)
    await sign_in(site, database, world, ADMINISTRATOR)
    site.cookies.set("language", language)
    service = f"/admin/services/{world.service_id}"
    for path in (
        "/admin/services",
        "/admin/services/new",
        service,
        f"{service}/edit",
        f"{service}/terms",
        "/admin/budget",
        "/admin/budget/new",
        f"/admin/budget/{world.budget_line_id}",
    ):
        answer = await site.get(path)
        assert answer.status_code == 200, path
        assert f'<html lang="{language}"' in answer.text
