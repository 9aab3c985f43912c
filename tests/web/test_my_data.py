"""All that is held about a client: nothing forgotten, nothing of anybody else, in words and as a file."""

import json
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import event

from registry.cases.commands import close_case
from registry.cases.queries import open_cases
from registry.choice.commands import freeze_shortlists
from registry.choice.showing import show_comparison
from registry.own_data import HELD, LEFT_OUT, Row, all_held
from registry.quality.commands import submit_review
from registry.quality.comments.rules import ReportVerdict
from registry.quality.complaints.commands import file_complaint
from registry.quality.intake.model import Intake
from registry.quality.model import Outcome
from registry.quality.outcomes.commands import ensure_categories
from registry.quality.preview.commands import withdraw_release
from registry.quality.rules import ASPECTS, Moment
from registry.schema import tables
from registry.shared.actor import Role, Sight
from registry.shared.database import Database
from registry.shared.identifiers import uuid7
from registry.shared.protection import NOBODY
from registry.shared.settings import Keys
from registry.vouchers.confirming.commands import answer_visit
from registry.vouchers.confirming.rules import Answer
from registry.vouchers.no_shows.model import NoShow
from registry.vouchers.offline.model import OfflineDevice, OfflineVisit
from tests.builders import NOW, TODAY, add_client, build_world
from tests.registry.quality.comments import Comments
from tests.registry.vouchers.steps import Steps
from tests.web.client import hidden, post_form, sign_in
from web.own_data.parts import parts_of
from web.translations import use_language


@pytest.fixture
async def steps(database: Database, keys: Keys) -> Steps:
    return Steps(database, await build_world(database), keys)


async def lived(steps: Steps) -> UUID:
    """A client of whom something is held in every part."""
    world = steps.world
    worker, client = world[Role.CASE_WORKER], world[Role.CLIENT]
    voucher_id = await steps.grant()
    async with steps.database.transaction(worker.sight) as session:
        await freeze_shortlists(session, actor=worker, now=NOW, keys=steps.keys, voucher_ids=[voucher_id])
    async with steps.database.transaction(client.sight) as session:
        await show_comparison(
            session, actor=client, now=NOW, keys=steps.keys, voucher_id=voucher_id, channel="self"
        )
    await steps.confirm(await steps.choose(voucher_id))
    shown = await steps.present(voucher_id)
    await steps.reverse((await steps.redeem(shown)).id)
    stands = await steps.redeem(shown)
    async with steps.database.transaction(client.sight) as session:
        await answer_visit(
            session,
            actor=client,
            now=NOW,
            redemption_id=stands.id,
            answer=Answer.NO,
            words="Vain puoli tuntia.",
        )
        await submit_review(
            session, over=True, actor=client, now=NOW, voucher_id=voucher_id, provider_id=world.provider_id,
            moment=Moment.AFTER, scores=dict.fromkeys(ASPECTS, 9), comment="Hyvä, kiitos.",
        )  # fmt: skip
        await file_complaint(
            session, actor=client, now=NOW, voucher_id=voucher_id, provider_id=world.provider_id, about="other",
            words="Yksi käynti jäi väliin.",
        )  # fmt: skip
    common = {
        "organiser_id": world.organiser_id, "service_id": world.service_id, "client_id": world.client_id,
        "voucher_id": voucher_id,
    }  # fmt: skip
    own = (await steps.voucher(voucher_id)).number
    device = OfflineDevice(
        id=uuid7(),
        provider_id=world.provider_id,
        account_id=uuid7(),
        added_at=NOW,
        taken=2,
        clock_off_seconds=0,
    )
    async with steps.database.transaction(world.sight) as session:
        await ensure_categories(session)
        session.add(device)
        await session.flush()
        session.add_all(
            [
                *(
                    OfflineVisit(
                        id=uuid7(), provider_id=world.provider_id, line_id=uuid7(), device_id=device.id,
                        account_id=device.account_id, place=1, organiser_id=world.organiser_id, number=number,
                        service_date=TODAY, units=1_00, taken_at=NOW, received_at=NOW, clock_off_seconds=0,
                        clock_wrong=False, state="closed", code="presentation.no_match", note=note, facts={},
                        attempts=1,
                    )
                    for number, note in ((own, "Väärä koodi."), ("7KQ4M2XD9FA1", "Toisen asia."))
                ),
                NoShow(id=uuid7(), provider_id=world.provider_id, agreed_for=TODAY, recorded_at=NOW, **common),
                Outcome(
                    id=uuid7(), provider_id=world.provider_id, reference="x", month=6, category="open_job",
                    people=1, status_on=TODAY, recorded_at=NOW, **common,
                ),
                Intake(
                    months_unemployed="3_to_5", education="basic", age="20_24", language="fi_sv",
                    area_unemployment="under_8", recorded_at=NOW, **common,
                ),
            ]
        )  # fmt: skip
    return voucher_id


def test_no_table_with_a_clients_rows_is_forgotten() -> None:
    of_clients = {
        name
        for name, table in tables().tables.items()
        if (rule := table.info["rls"]) and (rule.get("client", NOBODY) != NOBODY or rule.get("account"))
    }
    told = {held.model.__tablename__ for held in HELD.values()}
    assert of_clients - told == {"voucher_case", "comment_publication", "year_close"}
    assert of_clients - told <= set(LEFT_OUT)
    internal = {
        name
        for name, table in tables().tables.items()
        if table.info["rls"] is None
        and {"client_id", "account_id", "role_grant_id"} & set(table.columns.keys())
    }
    assert internal - told == {"sign_in_link", "mailed_link"}


async def test_everything_is_on_the_page_and_in_the_file(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    voucher_id = await lived(steps)
    await sign_in(site, database, steps.world, Role.CLIENT)
    page = await site.get("/my/data")
    for text in (
        "Asiakas Esimerkki",
        "Nuorten työnhakuvalmennus: 10",
        "Hyvä, kiitos.",
        "Yksi käynti jäi väliin.",
        "Työssä avoimilla työmarkkinoilla",
        "työttömänä 3–5 kuukautta",
        "väärä asiakas",
        "Vain puoli tuntia.",
        "Väärä koodi.",
    ):
        assert text in page.text, text
    file = await site.get("/my/data/file")
    assert file.headers["content-disposition"] == 'attachment; filename="own-data.json"'
    told = json.loads(file.content)
    assert {entry["part"] for entry in told["index"]} == set(told["data"]) == set(HELD)
    empty = {entry["part"] for entry in told["index"] if not entry["rows"]}
    kinds = {"months", "decisions", "results", "aid_declared", "aid_granted"}
    assert empty <= {"extensions", "changes", "messages", "mail", "reminders"} | kinds, (
        "what nothing has happened for"
    )
    for entry in told["index"]:
        assert entry["rows"] == len(told["data"][entry["part"]])
    assert [visit["note"] for visit in told["data"]["offline_visits"]] == ["Väärä koodi."]
    assert told["data"]["vouchers"][0]["id"] == str(voucher_id)
    for secret in ("secret_generation", "identity_hash", "identity_encrypted", "token_hash"):
        assert secret not in file.text
    assert [read["what"] for read in told["data"]["reads"]][-1] == "own_data", "the page that was read before"
    again = json.loads((await site.get("/my/data/file")).content)
    assert again["data"]["reads"][-1]["what"] == "export", "fetching the file is noted too"


async def test_nothing_of_another_client_is_in_it(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    await lived(steps)
    async with database.transaction(steps.world.sight) as session:
        other = await add_client(session, steps.world, name="Toinen Ihminen")
    theirs = await steps.grant(client_id=other)
    await steps.choose(theirs, 1, client_id=other)
    await sign_in(site, database, steps.world, Role.CLIENT)
    file = await site.get("/my/data/file")
    for foreign in ("Toinen Ihminen", str(other), str(theirs)):
        assert foreign not in file.text


async def test_it_takes_the_same_queries_however_much_there_is(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    await sign_in(site, database, steps.world, Role.CLIENT)
    seen: list[str] = []

    def note(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
        seen.append(statement)

    async def cost() -> int:
        seen.clear()
        assert (await site.get("/my/data")).status_code == 200
        return len(seen)

    await cost()
    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    try:
        few = await cost()
        for _ in range(3):
            voucher_id = await steps.grant()
            await steps.confirm(await steps.choose(voucher_id))
            shown = await steps.present(voucher_id)
            for _ in range(3):
                await steps.redeem(shown)
        many = await cost()
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", note)
    assert few == many <= 45


async def test_something_wrong_is_asked_to_be_put_right_and_the_answer_is_read(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    await sign_in(site, database, steps.world, Role.CLIENT)
    form = await site.get("/my/data/correction?item=municipality")
    assert 'value="municipality" checked' in form.text
    key = hidden(form, "idempotency_key")
    empty = await post_form(site, "/my/data/correction", {"idempotency_key": key, "item": "municipality"})
    assert empty.status_code == 422
    sent = {"idempotency_key": key, "item": "municipality", "words": "Asun Kempeleessä."}
    for _ in range(2):
        assert (await post_form(site, "/my/data/correction", sent)).headers[
            "location"
        ] == "/my/data?done=asked"
    assert await steps.open_cases() == ["correction_wanted"]
    waiting = await site.get("/my/data")
    assert "Asun Kempeleessä." in waiting.text
    assert "6.12." in waiting.text, "two weeks"

    worker = steps.world[Role.CASE_WORKER]
    async with database.transaction(worker.sight) as session:
        ((case,), _) = await open_cases(session, actor=worker)
    await sign_in(site, database, steps.world, Role.CASE_WORKER)
    task = await site.get(f"/cases/{case.id}")
    assert "Asun Kempeleessä." in task.text
    assert f'href="/clients/{steps.world.client_id}"' in task.text
    async with database.transaction(worker.sight) as session:
        await close_case(session, actor=worker, now=NOW, case_id=case.id, resolution="Korjattu: Kempele.")
    await sign_in(site, database, steps.world, Role.CLIENT)
    assert "Korjattu: Kempele." in (await site.get("/my/data")).text


async def test_only_so_many_requests_are_open_at_a_time(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    await sign_in(site, database, steps.world, Role.CLIENT)
    for number in range(11):
        form = await site.get("/my/data/correction")
        sent = {
            "idempotency_key": hidden(form, "idempotency_key"), "item": "other", "words": f"Asia {number}",
        }  # fmt: skip
        answer = await post_form(site, "/my/data/correction", sent)
        assert answer.status_code == (303 if number < 10 else 409)
    assert "Asia 10" in answer.text


async def test_who_looked_is_told_without_ones_own_looks(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    voucher_id = await steps.grant()
    await sign_in(site, database, steps.world, Role.CLIENT)
    await site.get("/my")
    assert "Kukaan muu ei ole vielä katsonut" in (await site.get("/my/data")).text
    await sign_in(site, database, steps.world, Role.CASE_WORKER)
    await site.get(f"/vouchers/{voucher_id}")
    await sign_in(site, database, steps.world, Role.CLIENT)
    read = await site.get("/my/data")
    assert "hoitaa asiaasi" in read.text
    assert "katsoi omia tietojaan" not in read.text


async def test_a_client_sees_what_became_of_the_own_comment(
    site: httpx.AsyncClient, database: Database, keys: Keys, steps: Steps
) -> None:
    """Waiting, read, kept back with the reason, out with a release, hidden after a report; in words and in the file."""
    comments = await Comments.of(database, keys, steps.world)

    async def told(client_id: UUID) -> tuple[str, Row]:
        async with database.transaction(Sight((steps.world.organiser_id,), client=client_id)) as session:
            held = await all_held(session, client_id=client_id, account_id=None)
        (part,) = (part for part in parts_of(held) if part.name == "comments")
        (line,) = part.lines
        return line, held.parts["comments"][0]

    with use_language("en"):
        kept_back = await comments.write("Hyvä, puh. 040 123 4567.")
        author = comments.clients[0]
        line, row = await told(author)
        assert "puh. [phone number]" in line
        assert line.endswith("Your comment waits: nobody has read it yet.")
        assert (row["release_number"], row["public_from"]) == (None, None)
        await comments.decide(kept_back, "off_topic")
        assert (await told(author))[0].endswith("not published: It is not about the service.")

        await comments.approved(5)
        author = comments.clients[1]
        assert "comes out with a later release" in (await told(author))[0]
        release_id, _ = await comments.release()
        line, row = await told(author)
        assert line.endswith("comes out with release 1: everybody can read it from 3 Dec 2026 on."), line
        assert (row["release_id"], row["release_number"]) == (release_id, 1)
        await comments.later()
        for one in await comments.shown():
            await comments.report(one.id)
            await comments.decide_reports(one.id, ReportVerdict.WITHDRAW_COMMENT)
        line, row = await told(author)
        assert "came out with release 1 and was hidden on 22 Dec 2026" in line, line
        assert row["taken_down_at"] == comments.now


async def test_a_comment_whose_release_was_taken_back_waits_for_the_next(
    site: httpx.AsyncClient, database: Database, keys: Keys, steps: Steps
) -> None:
    comments = await Comments.of(database, keys, steps.world)
    await comments.approved(5)
    release_id, _ = await comments.release()
    officer, client_id = comments.officer, comments.clients[0]
    async with database.transaction(officer.sight) as session:
        await withdraw_release(
            session, actor=officer, now=comments.now, release_id=release_id, reason="Virhe."
        )
    async with database.transaction(Sight((steps.world.organiser_id,), client=client_id)) as session:
        held = await all_held(session, client_id=client_id, account_id=None)
    with use_language("en"):
        (part,) = (part for part in parts_of(held) if part.name == "comments")
    assert part.lines[0].endswith("Release 1 was taken back. Your comment comes out with the next one.")
