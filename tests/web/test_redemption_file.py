"""A provider's visits from a file: looked at, redeemed once however often they are sent, reported line by line."""

import csv
import io
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import func, select

from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.identifiers import grouped
from registry.shared.settings import Keys
from registry.vouchers.redemption.model import Redemption
from tests.builders import TODAY, add_account, build_world
from tests.registry.vouchers.steps import Steps
from tests.web.client import hidden, post_form, sign_in

DAY = f"{TODAY.day}.{TODAY.month}.{TODAY.year}"


@pytest.fixture
async def steps(site: httpx.AsyncClient, database: Database, keys: Keys) -> Steps:
    site.cookies.set("language", "en")
    made = Steps(database, await build_world(database), keys)
    await sign_in(site, database, made.world, Role.PROVIDER_USER)
    return made


async def look(site: httpx.AsyncClient, content: str | bytes, **data: str) -> httpx.Response:
    raw = content.encode() if isinstance(content, str) else content
    return await post_form(site, "/provider/visits", data, files={"file": ("käynnit.csv", raw, "text/csv")})


async def record(site: httpx.AsyncClient, content: str, key: str) -> httpx.Response:
    """Press the preview's button: the browser sends its line ends as CR LF."""
    data = {"idempotency_key": key, "content": content.replace("\n", "\r\n")}
    answer = await post_form(site, "/provider/visits/record", data, files={"none": ("", b"")})
    assert answer.status_code == 303, answer.text
    return await site.get(answer.headers["location"] + "/report")


def results(report: httpx.Response) -> list[tuple[str, str]]:
    rows = csv.DictReader(io.StringIO(report.content.decode("utf-8-sig")), delimiter=";")
    return [(row["result"], row["codes"]) for row in rows]


async def drawn(steps: Steps) -> int:
    async with steps.database.transaction(steps.world.sight) as session:
        return await session.scalar(select(func.coalesce(func.sum(Redemption.value_cents), 0))) or 0


async def test_a_file_is_looked_at_then_redeemed_with_every_problem_named(
    site: httpx.AsyncClient, steps: Steps
) -> None:
    voucher_id, shown = await steps.opened()
    number = grouped((await steps.voucher(voucher_id)).number)
    unseen = await steps.grant()
    content = (
        "Voucher;Date;Units;Unit_price;Key\n"
        f"{number};{DAY};1,25;60,00;\n"
        f"{shown};{TODAY.isoformat()};2;60 €;till-1\n"
        f"{shown};{DAY};2;60,00;\n"
        f"{shown};{DAY};2;60,00;\n"
        f"{shown};{DAY};1;999,00;\n"
        f'=HYPERLINK("http://x");31.2.2026;-1;abc;ä\n'
        f"{number};1.1.{'9' * 20};9e999999;60;\n"
        f"{(await steps.voucher(unseen)).number};{DAY};1;60;\n"
    )
    preview = await look(site, content)
    assert preview.status_code == 200
    assert "Redeem 3 visits" in preview.text
    for reason in (
        "Line 4 says the same.",
        "€999.00",
        "The date must be a day",
        "The units must be a number",
        "The unit price must be in euros",
        "The key can have at most 80",
        "There is no such voucher among those shown to you.",
    ):
        assert reason in preview.text, reason
    assert await drawn(steps) == 0  # nothing yet
    report = await record(site, content, hidden(preview, "idempotency_key"))
    assert results(report) == [
        ("done", ""),
        ("done", ""),
        ("done", ""),
        ("refused", "visit_row.twice"),
        ("refused", "redemption.price_above_agreed"),
        (
            "refused",
            "visit_row.voucher_malformed visit_row.date_malformed row.units_malformed"
            " visit_row.price_malformed visit_row.key_malformed",
        ),
        ("refused", "visit_row.date_malformed row.units_malformed"),
        ("refused", "presentation.unknown"),
    ]
    assert "'=HYPERLINK" in report.content.decode()  # no spreadsheet runs it
    assert await drawn(steps) == (125 + 200 + 200) * 60
    assert await steps.unfit() == []


async def test_sent_again_by_a_colleague_or_inside_a_longer_file_nothing_is_redeemed_twice(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    _, shown = await steps.opened()
    head = "voucher,date,units,unit_price,key\n"
    first = f"{shown},{DAY},1,60.00,\n"
    marked = f"{shown},{DAY},1,60.00,a-7\n"
    key = str(uuid4())
    for _ in range(2):  # pressed twice: the same report
        assert results(await record(site, head + first, key)) == [("done", "")]
    month = head + first + marked
    assert results(await record(site, month, str(uuid4()))) == [("already", ""), ("done", "")]
    mine = steps.world.provider_actor()
    async with database.transaction(steps.world.sight) as session:
        _, steps.world.grants["colleague"] = await add_account(
            session, "Kollega", Role.PROVIDER_USER, sight=mine.sight, provider_id=mine.provider_id
        )
    await sign_in(site, database, steps.world, "colleague")
    assert results(await record(site, month, str(uuid4()))) == [("already", ""), ("already", "")]
    changed = head + marked.replace(",1,", ",2,")
    assert results(await record(site, changed, str(uuid4()))) == [("refused", "visit_row.key_of_another")]
    await steps.redeem(shown, 2_00)  # typed by hand: the file that says the same is left out
    by_hand = head + f"{shown},{DAY},2,60.00,\n"
    assert results(await record(site, by_hand, str(uuid4()))) == [("refused", "visit_row.recorded_already")]
    assert await drawn(steps) == 4 * 60_00


async def test_what_stood_in_the_way_may_be_mended_and_the_file_sent_again(
    site: httpx.AsyncClient, steps: Steps
) -> None:
    _, shown = await steps.opened()
    held = await steps.redeem(shown, 10_00, reserve=True)
    content = f"voucher;date;units;unit_price\n{shown};{DAY};1;60\n"
    assert results(await record(site, content, str(uuid4()))) == [("refused", "redemption.too_few_units")]
    await steps.release(held.id)
    assert results(await record(site, content, str(uuid4()))) == [("done", "")]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Choose a CSV file."),
        ("voucher;date;units;unit_price\nä;1;1;1\n".encode("latin-1"), "not UTF-8"),
        ("voucher;date;units;unit_price\n".encode("utf-16"), "not UTF-8"),
        (b"voucher;date;units\nx;y;1\n", "Missing: unit_price"),
        (b"voucher;date;units;unit_price;name\n1;2;3;4;5\n", "not known: name"),
        (b'voucher;date;units;unit_price\n"a;1;1;1\n', "could not be read as CSV"),
        (b"voucher;date;units;unit_price\n" + b"x;1;1;1\n" * 5001, "more than 5,000 rows"),
    ],
)
async def test_files_that_cannot_be_read(
    site: httpx.AsyncClient, steps: Steps, content: bytes, said: str
) -> None:
    files = {"file": ("k.csv" if content else "", content, "text/csv")}
    answer = await post_form(site, "/provider/visits", {}, files=files)
    assert (answer.status_code, said in answer.text) == (422, True)
