"""The jobseeker's way through the pages, and the case worker's with the client, without JavaScript."""

import re
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import event, func, select, update

from registry.cases.model import Case
from registry.choice.commands import freeze_shortlists
from registry.choice.model import ComparisonShown
from registry.people.model import Client, ReadLog
from registry.providers.model import Admission
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.identifiers import uuid7
from registry.shared.outbox import OutboxMessage
from registry.shared.settings import Keys
from registry.vouchers.model import Assignment, Voucher
from tests.builders import NOW, TODAY, build_world
from tests.registry.vouchers.steps import Steps
from tests.web.client import api_token, hidden, post_form, sign_in


@pytest.fixture
async def steps(database: Database, keys: Keys) -> Steps:
    return Steps(database, await build_world(database, providers=5), keys)


async def granted(steps: Steps, **order: Any) -> UUID:
    voucher_id = await steps.grant(**order)
    actor = steps.world[Role.CASE_WORKER]
    async with steps.database.transaction(actor.sight) as session:
        await freeze_shortlists(session, actor=actor, now=NOW, keys=steps.keys, voucher_ids=[voucher_id])
    return voucher_id


async def read(site: httpx.AsyncClient, path: str, status: int = 200) -> httpx.Response:
    answer = await site.get(path)
    assert answer.status_code == status, answer.text
    return answer


def first_pick(page: httpx.Response) -> str:
    """Where the first "Choose" of the comparison leads."""
    found = re.search(r'href="([^"]+/choose/[^"]+)"', page.text)
    assert found
    return found.group(1).replace("&amp;", "&")


async def test_a_client_compares_confirms_and_gets_a_receipt(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    voucher_id = await granted(steps)
    await sign_in(site, database, steps.world, Role.CLIENT)
    home = await read(site, "/my")
    assert f"/my/vouchers/{voucher_id}/matters" in home.text
    asked = await read(site, f"/my/vouchers/{voucher_id}/matters")
    assert f'action="/my/vouchers/{voucher_id}/compare" method="get"' in asked.text
    compared = await read(site, f"/my/vouchers/{voucher_id}/compare")
    summary = await read(site, first_pick(compared))
    path = summary.url.path
    form = {"idempotency_key": hidden(summary, "idempotency_key"), "shown": hidden(summary, "shown")}
    answers = [await post_form(site, path, form) for _ in range(2)]
    assert [a.headers["location"] for a in answers] == [f"/my/vouchers/{voucher_id}/chosen"] * 2
    receipt = await read(site, f"/my/vouchers/{voucher_id}/chosen")
    assert f"/vouchers/{voucher_id}" in receipt.text
    async with database.transaction(steps.world.sight) as session:
        assignment = (await session.scalars(select(Assignment))).one()
        shown = (await session.scalars(select(ComparisonShown))).one()
    assert (assignment.channel, str(assignment.admission_id)) == ("self", path.rsplit("/", 1)[1])
    assert str(shown.id) == form["shown"]
    assert assignment.provider_id in shown.provider_ids


async def test_three_are_shown_side_by_side_and_all_when_asked(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    voucher_id = await granted(steps)
    await sign_in(site, database, steps.world, Role.CLIENT)
    three = await read(site, f"/my/vouchers/{voucher_id}/compare")
    assert three.text.count('class="option"') == 3
    assert three.text.count('<th scope="col">') == 6, "the table and its continuation under More"
    rows = re.findall(r'<dl class="option__rows">(.*?)</dl>', three.text, re.S)[::2]
    labels = [re.findall(r"<dt>(.*?)</dt>", row, re.S) for row in rows]
    assert labels[0] == labels[1] == labels[2]
    assert "Tutustuminen ennen aloitusta" in labels[0], "also where none of the three offers it"
    assert three.text.count("oma ilmoitus, ei todennettu") == 6, "in the cards and in the table"
    async with database.transaction(steps.world.sight) as session:
        await session.execute(update(Admission).values(languages_verified=["fi"]))
    assert "ei todennettu" not in (await read(site, f"/my/vouchers/{voucher_id}/compare")).text
    everyone = await read(site, f"/my/vouchers/{voucher_id}/compare?everyone=true")
    assert everyone.text.count("viranomainen on todentanut kielitaidon") == 5
    assert everyone.text.count('class="option"') == 5
    assert "<table" not in everyone.text
    assert 'name="order"' in everyone.text


@pytest.mark.parametrize("query", ["", "?matters=soon", "?everyone=true&order=outcome&online=yes"])
async def test_the_comparison_takes_at_most_twelve_queries(
    site: httpx.AsyncClient, database: Database, steps: Steps, query: str
) -> None:
    """The one by which the session is found comes before any transaction, and is counted by hand."""
    voucher_id = await granted(steps)
    await sign_in(site, database, steps.world, Role.CLIENT)
    seen: list[str] = []

    def note(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
        seen.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    try:
        await read(site, f"/my/vouchers/{voucher_id}/compare{query}")
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", note)
    assert 1 + len(seen) <= 12, seen


async def test_a_company_sees_its_own_share(site: httpx.AsyncClient, database: Database, keys: Keys) -> None:
    world = await build_world(
        database, audience="company", terms={"own_share_allowed": True, "unit_price_ceiling_cents": 50_00,
                                             "value_cents": 500_00},
    )  # fmt: skip
    steps = Steps(database, world, keys)
    voucher_id = await granted(steps)
    await sign_in(site, database, world, Role.CLIENT)
    compared = await read(site, f"/my/vouchers/{voucher_id}/compare")
    assert compared.text.count("10,00\xa0€ tunnilta") == 6, (
        "60 € an hour, of which 50 € are paid: table and cards"
    )
    summary = await read(site, first_pick(compared))
    assert "10,00\xa0€ tunnilta" in summary.text
    assert "työttömyysetu" not in (await read(site, f"/my/vouchers/{voucher_id}/refuse")).text


async def test_changing_tells_what_ends_and_a_full_provider_is_refused_on_the_form(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    voucher_id = await granted(steps)
    await steps.choose(voucher_id, 0)
    await sign_in(site, database, steps.world, Role.CLIENT)
    path = f"/my/vouchers/{voucher_id}/choose/{steps.world.admissions[1]}"
    summary = await read(site, path)
    assert "Valmennus 1 Oy" in summary.text, "whom the client leaves"
    async with database.transaction(steps.world.sight) as session:
        await session.execute(
            update(Admission).where(Admission.id == steps.world.admissions[1]).values(taken=10)
        )
    refused = await post_form(site, path, {"idempotency_key": hidden(summary, "idempotency_key")})
    assert refused.status_code == 409
    assert "ds-error-summary" in refused.text
    assert (await steps.voucher(voucher_id)).provider_id == steps.world.providers[0]


async def test_the_plan_is_named_before_choosing_and_before_refusing(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    planned, free = await granted(steps, in_plan=True), await granted(steps)
    await sign_in(site, database, steps.world, Role.CLIENT)
    for voucher_id, warned in ((planned, True), (free, False)):
        choosing = await read(site, f"/my/vouchers/{voucher_id}/choose/{steps.world.admissions[0]}")
        refusing = await read(site, f"/my/vouchers/{voucher_id}/refuse")
        assert [('data-color="warning"' in page.text) for page in (choosing, refusing)] == [warned, warned]


async def test_refusing_opens_a_case_that_carries_the_reason(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    voucher_id = await granted(steps)
    await sign_in(site, database, steps.world, Role.CLIENT)
    path = f"/my/vouchers/{voucher_id}/refuse"
    form = {"idempotency_key": hidden(await read(site, path), "idempotency_key")}
    wrong = await post_form(site, path, {**form, "reason": "astronaut"})
    assert wrong.status_code == 422
    answer = await post_form(site, path, {**form, "reason": "got_job"})
    assert answer.headers["location"] == "/my?done=refused"
    async with database.transaction(steps.world.sight) as session:
        case = (await session.scalars(select(Case))).one()
    assert (case.kind, case.facts) == ("voucher_refused", {"reason": "got_job"})
    assert (await steps.voucher(voucher_id)).state == "refused"
    await read(site, path)
    await read(site, f"/my/vouchers/{voucher_id}/compare", 409)


async def test_asking_for_help_opens_one_case(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    voucher_id = await granted(steps)
    await sign_in(site, database, steps.world, Role.CLIENT)
    path = f"/my/vouchers/{voucher_id}/help"
    for wish, phone in (("morning", "040 1"), ("afternoon", "040 2")):
        form = {"idempotency_key": hidden(await read(site, path), "idempotency_key")}
        missing = await post_form(site, path, {**form, "wish": wish})
        assert missing.status_code == 422, "a number is needed, and there is none on file"
        sent = await post_form(site, path, {**form, "wish": wish, "phone": phone})
        assert sent.headers["location"] == f"{path}?asked=true"
    asked = await read(site, sent.headers["location"])
    assert asked.text.count("ti 24.11.") == 2, (
        "the confirmation says by when, and so does the page afterwards"
    )
    assert 'value="040 2"' in asked.text
    assert await steps.open_cases() == ["call_wanted"]
    async with database.transaction(steps.world.sight) as session:
        case = (await session.scalars(select(Case))).one()
        told = await session.scalar(select(func.count()).where(OutboxMessage.template == "call.wanted"))
    assert case.facts == {"voucher": str(voucher_id), "wish": "afternoon", "phone": "040 2"}
    assert (case.owner_id, told) == (steps.world[Role.CASE_WORKER].id, 1)
    await sign_in(site, database, steps.world, Role.CASE_WORKER)
    task = await read(site, f"/cases/{case.id}")
    assert "040 2" in task.text
    assert "14–16" in task.text
    assert f'href="/clients/{steps.world.client_id}"' in task.text
    assert f"/cases/{case.id}" in (await read(site, f"/clients/{steps.world.client_id}")).text


async def test_a_case_worker_records_a_choice_made_on_the_phone(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    voucher_id = await granted(steps)
    await sign_in(site, database, steps.world, Role.CASE_WORKER)
    compared = await read(site, f"/vouchers/{voucher_id}/choose")
    summary = await read(site, first_pick(compared))
    path = summary.url.path
    form = {"idempotency_key": hidden(summary, "idempotency_key"), "shown": hidden(summary, "shown")}
    assert (await post_form(site, path, form)).status_code == 422, "the channel must be said"
    done = await post_form(site, path, {**form, "channel": "phone", "said_by": "guardian"})
    assert done.headers["location"] == f"/vouchers/{voucher_id}"
    async with database.transaction(steps.world.sight) as session:
        assignment = (await session.scalars(select(Assignment))).one()
        shown = (await session.scalars(select(ComparisonShown))).one()
    assert (assignment.channel, assignment.chosen_by) == ("phone", steps.world[Role.CASE_WORKER].id)
    assert assignment.said_by == "guardian"
    told = await read(site, f"/vouchers/{voucher_id}")
    assert "Asian ilmoitti asiakkaan edunvalvoja" in told.text
    assert (shown.channel, shown.role) == ("counter", "case_worker")


async def test_outside_the_caseload_the_reason_comes_first_and_is_logged(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    voucher_id = await granted(steps)
    async with database.transaction(steps.world.sight) as session:
        await session.execute(update(Client).values(case_worker_id=None))
    await sign_in(site, database, steps.world, Role.CASE_WORKER)
    path = f"/vouchers/{voucher_id}/choose"
    asked = await read(site, path)
    assert 'name="reason"' in asked.text
    assert "compare__table" not in asked.text
    ask = f"/clients/{steps.world.client_id}/reason"
    assert f'action="{ask}"' in asked.text
    assert (await post_form(site, ask, {"reason": "sijaistan", "next": path})).headers["location"] == path
    assert "compare__table" in (await read(site, path)).text
    async with database.transaction(steps.world.sight) as session:
        reasons = set(await session.scalars(select(ReadLog.reason)))
    assert reasons == {"stated: sijaistan"}


async def test_a_client_reviews_where_the_voucher_was_used(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    voucher_id, presentation_id = await steps.opened(0)
    await steps.redeem(presentation_id, 10_00)
    await sign_in(site, database, steps.world, Role.CLIENT)
    path = f"/my/vouchers/{voucher_id}/review/{steps.world.provider_id}"
    assert path in (await read(site, "/my")).text
    form: dict[str, Any] = {"idempotency_key": hidden(await read(site, path), "idempotency_key")}
    assert (await post_form(site, path, form)).status_code == 422
    scores = dict.fromkeys(("welcome", "coaching", "usefulness", "contact", "timing"), "9")
    assert (await post_form(site, path, {**form, **scores})).headers["location"] == "/my?done=reviewed"
    assert path not in (await read(site, "/my")).text


async def test_somebody_elses_voucher_is_not_there(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    other = await build_world(database, code="turku")
    voucher_id = await granted(steps)
    await sign_in(site, database, other, Role.CLIENT)
    for page in ("compare", f"choose/{steps.world.admissions[0]}", "chosen", "refuse", "help"):
        await read(site, f"/my/vouchers/{voucher_id}/{page}", 404)
    await sign_in(site, database, other, Role.CASE_WORKER)
    await read(site, f"/vouchers/{voucher_id}/choose", 404)


# --- by API -------------------------------------------------------------------------------------------------------


async def machine(database: Database, steps: Steps) -> dict[str, str]:
    token = await api_token(
        database, steps.world, Role.CASE_WORKER, scopes=["vouchers:read", "choices:write"]
    )
    return {"Authorization": f"Bearer {token}"}


async def test_by_api_the_comparison_the_choice_and_the_refusal(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    voucher_id, other = await granted(steps), await granted(steps)
    headers = await machine(database, steps)
    base = f"/api/v1/vouchers/{voucher_id}"
    compared = (await site.get(f"{base}/comparison", headers=headers)).json()
    assert len(compared["options"]) == 3
    assert compared["eligible"] == 5
    assert {f["blank"] for f in compared["options"][0]["figures"]} == {"not_collected"}
    assert {tuple(option["languages_verified"]) for option in compared["options"]} == {()}
    body = {"admission_id": compared["options"][0]["admission_id"], "shown_id": compared["shown_id"]}
    key = {**headers, "Idempotency-Key": "a"}
    answers = [await site.post(f"{base}/choice", json=body, headers=key) for _ in range(2)]
    assert [a.status_code for a in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    again = await site.post(f"{base}/choice", json={**body, "channel": "phone"}, headers=key)
    assert (again.status_code, again.json()["errors"][0]["field"]) == (422, "channel")
    refused = await site.post(
        f"/api/v1/vouchers/{other}/refusal",
        json={"channel": "phone"},
        headers={**headers, "Idempotency-Key": "b"},
    )
    assert refused.json() == {"voucher_id": str(other), "state": "refused"}
    async with database.transaction(steps.world.sight) as session:
        states = {v.id: v.state for v in await session.scalars(select(Voucher))}
    assert states == {voucher_id: "chosen", other: "refused"}


async def test_by_api_everyone_is_looked_through_as_on_the_page(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    voucher_id = await granted(steps)
    async with database.transaction(steps.world.sight) as session:
        await session.execute(update(Admission).values(next_start=None))
        each: list[dict[str, Any]] = [
            {"languages": ["fi", "ar"]}, {"remote": True}, {"first_talk_free": True}, {"next_start": TODAY},
        ]  # fmt: skip
        for place, changes in enumerate(each):
            await session.execute(
                update(Admission).where(Admission.id == steps.world.admissions[place]).values(**changes)
            )
    headers = await machine(database, steps)
    path = f"/api/v1/vouchers/{voucher_id}/comparison?everyone=true"

    async def told(query: str) -> dict[str, Any]:
        answer = await site.get(f"{path}&{query}", headers=headers)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    whole = await told("")
    assert (whole["found"], whole["pages"], len(whole["options"])) == (5, 1, 5)
    for place, query in enumerate(("language=ar", "online=true", "free_talk=true", "soon=true")):
        found = await told(query)
        wanted = [str(steps.world.providers[place])]
        assert [option["provider_id"] for option in found["options"]] == wanted, query
        assert (found["eligible"], found["found"]) == (5, 1)
    assert (await told("soon=true&order=soon&page=2"))["options"] == []
    assert not any(row["matters"] for row in whole["rows"])
    ordered = await told("matters=online&matters=soon")
    assert [row["name"] for row in ordered["rows"] if row["matters"]] == ["start", "waiting", "online"]
    assert [row["name"] for row in ordered["rows"]][:3] == ["start", "waiting", "online"]
    assert [o["provider_id"] for o in ordered["options"]] == [o["provider_id"] for o in whole["options"]]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("order=cheap&everyone=true", "order"),
        ("matters=money", "matters"),
        ("matters=soon&matters=near&matters=language&matters=online", "matters"),
        ("page=0&everyone=true", "page"),
        ("language=suomi&everyone=true", "language"),
        ("online=true", "everyone"),
    ],
)
async def test_by_api_a_wrong_look_says_what_is_wrong(
    site: httpx.AsyncClient, database: Database, steps: Steps, query: str, field: str
) -> None:
    voucher_id = await granted(steps)
    answer = await site.get(
        f"/api/v1/vouchers/{voucher_id}/comparison?{query}", headers=await machine(database, steps)
    )
    assert answer.status_code in (400, 422), answer.text
    assert field in answer.text


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"admission_id": str(uuid4())}, 404, "provider.unknown"),
        ({"admission_id": "x"}, 422, "request.invalid"),
        ({}, 422, "request.invalid"),
        ({"admission_id": str(uuid4()), "channel": "self"}, 422, "request.invalid"),
        ({"admission_id": str(uuid4()), "more": 1}, 422, "request.invalid"),
    ],
)
async def test_by_api_a_wrong_choice_says_what_is_wrong(
    site: httpx.AsyncClient,
    database: Database,
    steps: Steps,
    body: dict[str, Any],
    status: int,
    code: str,
) -> None:
    voucher_id = await granted(steps)
    headers = await machine(database, steps)
    answer = await site.post(
        f"/api/v1/vouchers/{voucher_id}/choice",
        json=body,
        headers={**headers, "Idempotency-Key": str(uuid7())},
    )
    assert (answer.status_code, answer.json()["code"]) == (status, code)
