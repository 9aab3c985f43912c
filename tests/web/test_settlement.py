"""The finance officer's month and the provider's invoice, on the pages."""

import re
from uuid import UUID, uuid4

import httpx

from registry.shared.actor import Role
from registry.shared.database import Database
from tests.builders import World, build_world
from tests.registry.settlement.builders import (
    IN_NOVEMBER,
    IN_OCTOBER,
    OCTOBER,
    closed_october,
    invoice_csv,
    only_statement,
    redeem_at,
    reverse_at,
    second_officer,
    send_invoice,
    show_voucher,
)
from tests.web.client import hidden, post_form, sign_in


async def upload(
    site: httpx.AsyncClient, statement_id: UUID, content: bytes, name: str = "lasku.csv"
) -> httpx.Response:
    """Send a file with the form of the statement's page."""
    page = await site.get(f"/statements/{statement_id}")
    return await post_form(
        site,
        f"/statements/{statement_id}/invoices",
        {"idempotency_key": hidden(page, "idempotency_key")},
        files={"file": (name, content, "text/csv")},
    )


async def press(site: httpx.AsyncClient, page: str, action: str) -> httpx.Response:
    """Press the button of the form that goes to `action`."""
    shown = await site.get(page)
    form = re.search(rf'<form action="{re.escape(action)}".*?</form>', shown.text, re.DOTALL)
    assert form, f"no form for {action} on {page}"
    key = re.search(r'name="idempotency_key" value="([^"]+)"', form[0])
    assert key
    return await post_form(site, action, {"idempotency_key": key[1]})


def english(site: httpx.AsyncClient) -> None:
    site.cookies.set("language", "en")


async def test_a_month_from_its_close_to_its_payment(site: httpx.AsyncClient, database: Database) -> None:
    """The story: close, invoice wrongly, reject, invoice rightly, approve, and a second person pays."""
    english(site)
    world = await build_world(database)
    await second_officer(database, world)
    shown = await show_voucher(database, world)
    first, second = [await redeem_at(database, world, shown, cents, IN_OCTOBER) for cents in (60_00, 45_50)]
    await redeem_at(database, world, shown, 30_00, IN_NOVEMBER)

    await sign_in(site, database, world, Role.FINANCE_OFFICER)
    overview = await site.get("/months")
    assert "3 lines so far" not in overview.text
    assert "/months/2026-11/close" not in overview.text  # it still runs
    closed = await press(site, "/months", "/months/2026-10/close")
    assert (closed.status_code, closed.headers["location"]) == (303, "/months/2026-10?done=closed")
    month = await site.get(closed.headers["location"])
    assert "€105.50" in month.text
    statement_id = await only_statement(database, world, OCTOBER)
    address = f"/statements/{statement_id}"
    assert address in month.text

    await sign_in(site, database, world, Role.PROVIDER_USER)
    assert address in (await site.get("/provider/statements")).text
    bad = await upload(site, statement_id, invoice_csv([(first, 60_00), ("nonsense", 1)]))
    assert bad.status_code == 422
    assert "Nothing was saved" in bad.text
    assert "This is not a reference of a statement line" in bad.text
    wrong = await upload(site, statement_id, invoice_csv([(first, 66_00), (uuid4(), 5_00)]))
    assert wrong.headers["location"] == f"{address}?done=invoiced"
    disputed = await site.get(address)
    for text in ("3 differences", "Amount differs", "Extra on the invoice", "Missing from the invoice"):
        assert text in disputed.text
    assert disputed.text.index("Differences") < disputed.text.index("Lines of the statement")
    assert "What has happened" not in disputed.text  # the organiser's own trail
    assert "/reject" not in disputed.text

    await sign_in(site, database, world, Role.FINANCE_OFFICER)
    page = await site.get(address)
    reject = re.search(r'href="(/invoices/[^"]+/reject)"', page.text)
    assert reject
    asked = await site.get(reject[1])
    empty = await post_form(
        site, reject[1], {"idempotency_key": hidden(asked, "idempotency_key"), "reason": " "}
    )
    assert empty.status_code == 422
    sent = await post_form(
        site, reject[1], {"idempotency_key": hidden(asked, "idempotency_key"), "reason": "Hinta on 60 €."}
    )
    assert sent.headers["location"] == f"{address}?done=rejected"

    await sign_in(site, database, world, Role.PROVIDER_USER)
    assert "Hinta on 60 €." in (await site.get(address)).text
    form = (await site.get(f"{address}/statement.csv")).content.decode("utf-8-sig")
    header, *rows = form.splitlines()
    filled = "\n".join([header, *("1002;20.11.2026" + row[1:] for row in rows)]).encode("utf-8-sig")
    assert (await upload(site, statement_id, filled)).status_code == 303
    assert "The statement and the invoices agree" in (await site.get(address)).text

    await sign_in(site, database, world, Role.FINANCE_OFFICER)
    approved = await press(site, address, f"{address}/approve")
    assert approved.headers["location"] == f"{address}?done=approved"
    mine = await site.get(address)
    assert "somebody else has to pay it" in mine.text
    assert f'action="{address}/pay"' not in mine.text
    refused = await post_form(site, f"{address}/pay", {"idempotency_key": "by-hand"})
    assert refused.status_code == 409
    assert "You approved this statement" in refused.text

    await sign_in(site, database, world, "second_officer")
    paid = await press(site, address, f"{address}/pay")
    assert paid.headers["location"] == f"{address}?done=paid"
    done = await site.get(address)
    assert "Paid €105.50." in done.text
    assert "Toinen" in done.text
    assert second.hex[-4:].upper() in done.text


async def test_a_button_pressed_twice_acts_once(site: httpx.AsyncClient, database: Database) -> None:
    english(site)
    world = await build_world(database)
    october = await closed_october(database, world)
    content = invoice_csv([(r, c) for r, c in zip(october.redemptions, (60_00, 45_50), strict=True)])
    await send_invoice(database, world, october.statement_id, content)
    await sign_in(site, database, world, Role.FINANCE_OFFICER)
    address = f"/statements/{october.statement_id}"
    key = hidden(await site.get(address), "idempotency_key")
    answers = [await post_form(site, f"{address}/approve", {"idempotency_key": key}) for _ in range(2)]
    assert [a.headers.get("location") for a in answers] == [f"{address}?done=approved"] * 2
    third = await post_form(site, f"{address}/approve", {"idempotency_key": "another"})
    assert third.status_code == 409
    assert "has been approved for payment already" in third.text


NO_INVOICES = [
    (b"", "Choose the invoice file."),
    (b"PK\x03\x04...", "This is not a CSV file."),
    ("Laskunumero;Päivä".encode("cp1252"), "The file’s characters are not in UTF-8."),
    (b"a;b;c\n1;2;3", "This column is missing from the header."),
]


async def test_a_file_that_is_no_invoice_says_what_to_do(site: httpx.AsyncClient, database: Database) -> None:
    english(site)
    world = await build_world(database)
    october = await closed_october(database, world)
    await sign_in(site, database, world, Role.PROVIDER_USER)
    for content, says in NO_INVOICES:
        answer = await upload(site, october.statement_id, content, name="" if not content else "lasku.csv")
        assert answer.status_code == 422
        assert says in answer.text


async def test_what_came_in_is_given_back_as_a_download_and_to_its_parties_only(
    site: httpx.AsyncClient, database: Database
) -> None:
    world = await build_world(database)
    october = await closed_october(database, world)
    content = invoice_csv([(october.redemptions[0], 60_00)])
    received = await send_invoice(database, world, october.statement_id, content)
    for who, status in (
        (Role.FINANCE_OFFICER, 200),
        (Role.AUDITOR, 200),
        (Role.PROVIDER_USER, 200),
        ("provider_user:1", 404),
        (Role.CASE_WORKER, 403),
    ):
        await sign_in(site, database, world, who)
        answer = await site.get(f"/invoices/{received.invoice_id}/file")
        assert (who, answer.status_code) == (who, status)
        if status == 200:
            assert answer.content == content
            assert answer.headers["content-disposition"].startswith("attachment")
            assert answer.headers["content-type"] == "application/octet-stream"
        assert (await site.get(f"/statements/{october.statement_id}")).status_code == status


async def test_the_auditor_reads_and_acts_on_nothing(site: httpx.AsyncClient, database: Database) -> None:
    world = await build_world(database)
    october = await closed_october(database, world)
    await sign_in(site, database, world, Role.AUDITOR)
    for path in ("/months", "/months/2026-10", f"/statements/{october.statement_id}"):
        page = await site.get(path)
        assert page.status_code == 200
        assert 'name="idempotency_key"' not in page.text
    for path in (
        "/months/2026-10/close",
        f"/statements/{october.statement_id}/approve",
        f"/statements/{october.statement_id}/pay",
        f"/statements/{october.statement_id}/invoices",
    ):
        assert (await post_form(site, path, {"idempotency_key": "k"})).status_code == 403


ODD = [
    ("/months/2026-13", 404),
    ("/months/1999-01", 404),
    ("/months/2026-10-01", 404),
    ("/months/٢٠٢٦-10", 404),
    ("/months/2031-01", 404),
    ("/months/2026-10?number=999999999999", 200),
    ("/months/2026-10?number=-1&only=nonsense", 200),
    ("/months/2026-10?only=paid&number=7", 200),
    ("/statements/00000000-0000-0000-0000-000000000000", 404),
    ("/statements/nonsense", 404),
    ("/invoices/00000000-0000-0000-0000-000000000000/reject", 404),
    ("/invoices/00000000-0000-0000-0000-000000000000/file", 404),
]


async def test_odd_addresses_are_answered(site: httpx.AsyncClient, database: Database) -> None:
    world = await build_world(database)
    await closed_october(database, world)
    await sign_in(site, database, world, Role.FINANCE_OFFICER)
    for path, status in ODD:
        assert (path, (await site.get(path)).status_code) == (path, status)


async def test_a_month_that_cannot_be_closed_says_why(site: httpx.AsyncClient, database: Database) -> None:
    english(site)
    world = await build_world(database)
    shown = await show_voucher(database, world)
    await redeem_at(database, world, shown, 10_00, IN_OCTOBER.replace(month=9))
    await redeem_at(database, world, shown, 10_00, IN_OCTOBER)
    await sign_in(site, database, world, Role.FINANCE_OFFICER)
    for month, says in (
        ("2026-10", "Close the earlier month September 2026 first."),
        ("2026-11", "The month can be closed from 1 Dec 2026"),
    ):
        answer = await post_form(site, f"/months/{month}/close", {"idempotency_key": f"k{month}"})
        assert answer.status_code == 409
        assert says in answer.text


async def test_pages_of_every_state_in_every_language(site: httpx.AsyncClient, database: Database) -> None:
    world: World = await build_world(database)
    shown = await show_voucher(database, world)
    made = [await redeem_at(database, world, shown, 10_00, IN_OCTOBER) for _ in range(2)]
    await reverse_at(database, world, made[0], IN_OCTOBER)
    settled = await closed_october(database, world)
    await send_invoice(database, world, settled.statement_id, invoice_csv([(made[1], 9_00), (uuid4(), 1_00)]))
    for language in ("fi", "sv", "en"):
        site.cookies.set("language", language)
        for who, paths in (
            (Role.FINANCE_OFFICER, ("/months", "/months/2026-10", f"/statements/{settled.statement_id}")),
            (Role.PROVIDER_USER, ("/provider/statements", f"/statements/{settled.statement_id}")),
        ):
            await sign_in(site, database, world, who)
            for path in paths:
                page = await site.get(path)
                assert page.status_code == 200
                assert f'<html lang="{language}"' in page.text
