"""Granting from a file on the pages: looked at, granted once, reported row by row."""

import csv
import io
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import func, select

from registry.people.identity import identity_hash
from registry.people.model import ClientPerson
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.settings import Keys
from registry.vouchers.model import Voucher
from tests.builders import add_account, add_client, build_world
from tests.registry.vouchers.steps import Steps
from tests.web.client import hidden, post_form, sign_in

IDENTITY = "010203A9057"
SERVICE, LINE = "nuorten-tyonhakuvalmennus", "2026-P"


@pytest.fixture
async def steps(site: httpx.AsyncClient, database: Database, keys: Keys) -> Steps:
    site.cookies.set("language", "en")
    made = Steps(database, await build_world(database, allocated_cents=1300_00), keys)
    async with database.transaction(made.world.sight) as session:
        person = await session.get_one(ClientPerson, made.world.client_id)
        person.identity_hash = identity_hash(keys, kind="person", code=IDENTITY)
    await sign_in(site, database, made.world, Role.CASE_WORKER)
    return made


async def send(site: httpx.AsyncClient, content: bytes, **data: Any) -> httpx.Response:
    files = {"file": ("setelit.csv", content, "text/csv")}
    return await post_form(site, "/vouchers/batch", data, files=files)


async def grant(site: httpx.AsyncClient, content: str, key: str) -> httpx.Response:
    """Press the preview's button: the browser sends its line ends as CR LF."""
    data = {"idempotency_key": key, "content": content.replace("\n", "\r\n")}
    return await post_form(site, "/vouchers/batch/grant", data, files={"none": ("", b"")})


async def granted(steps: Steps) -> int:
    async with steps.database.transaction(steps.world.sight) as session:
        return await session.scalar(select(func.count()).select_from(Voucher)) or 0


def rows_of(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))


async def test_good_rows_are_granted_and_bad_ones_named(site: httpx.AsyncClient, steps: Steps) -> None:
    async with steps.database.transaction(steps.world.sight) as session:
        second, third = [await add_client(session, steps.world) for _ in range(2)]
    text = (
        "identity;client_id;service;budget_line;units;in_plan\n"
        f"{IDENTITY};;{SERVICE};{LINE};10;yes\n"
        f";{second};{SERVICE};{LINE};10,5;no\n"
        f"010203A905X;;nothing;{LINE};;perhaps\n"
        f";{second};{SERVICE};{LINE};;\n"
        f";{third};{SERVICE};{LINE};;\n"
    )
    preview = await send(site, text.encode())
    assert preview.status_code == 200
    assert "Grant 2 vouchers" in preview.text
    for reason in (
        "the terms allow at most 10",
        "The identity code or business id is wrong.",
        "There is no service with this code.",
        "must be yes or no",
        "has €100.00 left, and €600.00 is needed",
    ):
        assert reason in preview.text
    assert await granted(steps) == 0  # nothing yet

    key = hidden(preview, "idempotency_key")
    for _ in range(2):
        answer = await grant(site, text, key)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/vouchers/batch/{key}")
    assert await granted(steps) == 2
    assert (await steps.line()).granted_cents == 1200_00
    assert await steps.unfit() == []
    done = await site.get(answer.headers["location"])
    assert "2 vouchers were granted" in done.text
    report = rows_of(await site.get(f"/vouchers/batch/{key}/report"))
    assert [(row["line"], row["result"], row["codes"]) for row in report] == [
        ("2", "granted", ""),
        ("3", "refused", "grant.units_out_of_terms"),
        ("4", "refused", "row.in_plan_malformed row.identity_malformed row.service_unknown"),
        ("5", "granted", ""),
        ("6", "refused", "budget.short"),
    ]
    assert IDENTITY not in (await site.get(f"/vouchers/batch/{key}/report")).text


async def test_the_preview_gives_its_report_as_a_file(site: httpx.AsyncClient, steps: Steps) -> None:
    text = f"identity,service,budget_line\n{IDENTITY},{SERVICE},{LINE}\n"
    answer = await post_form(
        site, "/vouchers/batch", {"content": text, "as": "csv"}, files={"none": ("", b"")}
    )
    assert [row["result"] for row in rows_of(answer)] == ["would_be_granted"]
    assert await granted(steps) == 0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file has no rows."),
        (b"identity;service;budget_line\n", "The file has no rows."),
        ("identity;service;budget_line\nä;b;c\n".encode("latin-1"), "not UTF-8"),
        (b"service;budget_line\na;b\n", "Missing: identity"),
        (b"identity;service;budget_line;loot\na;b;c;d\n", "not known: loot"),
        (b'identity;service;budget_line\n"a;b;c\n', "could not be read as CSV"),
        (b"identity;service;budget_line\n" + b"x;a;b\n" * 900_000, "larger than 5 MB"),
    ],
)
async def test_a_file_that_cannot_be_read(
    site: httpx.AsyncClient, steps: Steps, content: bytes, words: str
) -> None:
    answer = await send(site, content)
    assert (answer.status_code, words in answer.text) == (422, True)
    assert 'href="#f-file"' in answer.text


async def test_ten_megabytes_are_turned_away(site: httpx.AsyncClient, steps: Steps) -> None:
    answer = await send(site, b"x" * 10_000_000)
    assert answer.status_code == 413


async def test_nothing_sent_at_all(site: httpx.AsyncClient, steps: Steps) -> None:
    assert (await post_form(site, "/vouchers/batch", {})).status_code == 422
    assert (await post_form(site, "/vouchers/batch/grant", {})).status_code == 422
    text = f"identity,service,budget_line\n{IDENTITY},{SERVICE},{LINE}\n"
    assert (await grant(site, text, "not-a-uuid")).status_code == 422
    assert await granted(steps) == 0


async def test_the_same_key_with_another_file_is_refused(site: httpx.AsyncClient, steps: Steps) -> None:
    key = str(uuid4())
    text = f"identity,service,budget_line\n{IDENTITY},{SERVICE},{LINE}\n"
    assert (await grant(site, text, key)).status_code == 303
    assert (await grant(site, text.replace(LINE, "2025-P"), key)).status_code == 422
    assert await granted(steps) == 1


async def test_a_report_is_for_who_granted(site: httpx.AsyncClient, database: Database, steps: Steps) -> None:
    key = str(uuid4())
    await grant(site, f"identity,service,budget_line\n{IDENTITY},{SERVICE},{LINE}\n", key)
    world = steps.world
    async with database.transaction(world.sight) as session:
        _, world.grants["colleague"] = await add_account(
            session, "Pekka", Role.CASE_WORKER, organiser_id=world.organiser_id, sight=world.sight
        )
    await sign_in(site, database, world, "colleague")
    for path in ("", "/report"):
        assert (await site.get(f"/vouchers/batch/{key}{path}")).status_code == 404
    assert (await site.get(f"/vouchers/batch/{uuid4()}")).status_code == 404


async def test_the_example_and_the_columns(site: httpx.AsyncClient, steps: Steps) -> None:
    page = await site.get("/vouchers/batch")
    example = await site.get("/vouchers/batch/example")
    (row,) = rows_of(example)
    for name in row:
        assert f"<code>{name}</code>" in page.text
