"""A client's complaint: made about a provider that was chosen, followed, answered, taken back, and nobody else's."""

from uuid import UUID, uuid4

import httpx
import pytest

from registry.quality.complaints.commands import decide_complaint
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.settings import Keys
from tests.builders import NOW, add_account, add_client, build_world
from tests.registry.vouchers.steps import Steps
from tests.web.client import hidden, post_form, sign_in

WORDS = "Kukaan ei tullut paikalle.\nOdotin tunnin."


@pytest.fixture
async def steps(database: Database, keys: Keys) -> Steps:
    return Steps(database, await build_world(database), keys)


async def complain(site: httpx.AsyncClient, steps: Steps, voucher_id: UUID, **changed: str) -> httpx.Response:
    path = f"/my/vouchers/{voucher_id}/complain"
    form = await site.get(path)
    sent = {
        "idempotency_key": hidden(form, "idempotency_key"),
        "provider": str(steps.world.provider_id),
        "about": "waiting",
        "words": WORDS,
    } | changed
    return await post_form(site, path, sent)


async def test_a_complaint_is_made_decided_and_read(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    voucher_id = await steps.grant()
    await steps.choose(voucher_id)
    await sign_in(site, database, steps.world, Role.CLIENT)
    assert f"/my/vouchers/{voucher_id}/complain" in (await site.get(f"/vouchers/{voucher_id}")).text
    lacking = await complain(site, steps, voucher_id, about="", words="")
    assert lacking.status_code == 422
    assert f'value="{steps.world.provider_id}" checked' in lacking.text, "the only provider is picked already"
    made = await complain(site, steps, voucher_id)
    where = made.headers["location"].partition("?")[0]
    own = await site.get(where)
    assert "Kukaan ei tullut paikalle." in own.text
    assert "Selvitetään" in own.text
    again = await complain(site, steps, voucher_id)
    assert again.status_code == 409
    assert WORDS.partition("\n")[0] in again.text, "what was written is not lost"

    officer = steps.world[Role.REGISTER_OFFICER]
    async with database.transaction(officer.sight) as session:
        await decide_complaint(
            session, actor=officer, now=NOW, complaint_id=UUID(where[-36:]), upheld=True,
            findings="Palveluntuottaja myönsi virheen.",
        )  # fmt: skip
    own = await site.get(where)
    assert "Palveluntuottaja myönsi virheen." in own.text
    assert "/withdraw" not in own.text
    late = await post_form(site, f"{where}/withdraw", {"idempotency_key": str(uuid4())})
    assert late.status_code == 409
    assert where in (await site.get("/my/complaints")).text


async def test_a_complaint_is_taken_back(site: httpx.AsyncClient, database: Database, steps: Steps) -> None:
    voucher_id = await steps.grant()
    await steps.choose(voucher_id)
    await sign_in(site, database, steps.world, Role.CLIENT)
    where = (await complain(site, steps, voucher_id)).headers["location"].partition("?")[0]
    assert await steps.open_cases() == ["complaint_made"]
    key = hidden(await site.get(where), "idempotency_key")
    answers = [await post_form(site, f"{where}/withdraw", {"idempotency_key": key}) for _ in range(2)]
    assert [a.status_code for a in answers] == [303, 303]
    assert await steps.open_cases() == []
    assert "Peruttu" in (await site.get(where)).text


async def test_only_about_a_provider_that_was_chosen_and_nobody_elses_is_seen(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    voucher_id = await steps.grant()
    await sign_in(site, database, steps.world, Role.CLIENT)
    assert "Et ole valinnut palveluntuottajaa" in (await site.get(f"/my/vouchers/{voucher_id}/complain")).text
    await steps.choose(voucher_id)
    other = await complain(site, steps, voucher_id, provider=str(steps.world.providers[1]))
    assert other.status_code == 404
    where = (await complain(site, steps, voucher_id)).headers["location"].partition("?")[0]

    async with database.transaction(steps.world.sight) as session:
        stranger = await add_client(session, steps.world, name="Toinen")
        sight = steps.world[Role.CLIENT].sight
        _, steps.world.grants["stranger"] = await add_account(
            session, "", Role.CLIENT, organiser_id=steps.world.organiser_id, client_id=stranger, sight=sight
        )
    await sign_in(site, database, steps.world, "stranger")
    assert (await site.get(where)).status_code == 404
    assert (await site.get(f"/my/vouchers/{voucher_id}/complain")).status_code == 404
    assert where not in (await site.get("/my/complaints")).text
