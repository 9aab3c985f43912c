"""A client says whether a recorded visit is right; a finance officer rules; the provider reads what came of it."""

import httpx
import pytest
from sqlalchemy import select

from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.settings import Keys
from registry.vouchers.redemption.model import Redemption
from tests.builders import TODAY, build_world
from tests.registry.vouchers.steps import Steps
from tests.web.client import hidden, post_form, sign_in


@pytest.fixture
async def steps(database: Database, keys: Keys) -> Steps:
    return Steps(database, await build_world(database), keys)


async def test_a_disputed_visit_from_the_clients_page_to_the_providers(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    voucher_id, presentation_id = await steps.opened()
    made = await steps.redeem(presentation_id)
    address = f"/my/visits/{made.id}"

    await sign_in(site, database, steps.world, Role.CLIENT)
    assert address in (await site.get(f"/vouchers/{voucher_id}")).text
    asked = await site.get(address)
    assert asked.status_code == 200
    empty = await post_form(
        site, address, {"idempotency_key": hidden(asked, "idempotency_key"), "words": "En ollut"}
    )
    assert empty.status_code == 422
    assert "En ollut" in empty.text, "what was typed is still there"
    said = {"answer": "not_there", "words": "En ollut paikalla <b>", "idempotency_key": "k1"}
    assert (await post_form(site, address, said)).headers[
        "location"
    ] == f"/vouchers/{voucher_id}?done=visit_wrong"
    assert (await site.get(f"/visits/{made.id}")).status_code == 403

    await sign_in(site, database, steps.world, "provider_user")
    provider = await site.get(f"/provider/redemptions/{made.id}")
    assert "paikalla" not in provider.text, "the provider does not read the client's words"
    assert (await site.get(address)).status_code == 403

    await sign_in(site, database, steps.world, Role.FINANCE_OFFICER)
    looked = await site.get(f"/visits/{made.id}")
    assert "En ollut paikalla &lt;b&gt;" in looked.text
    bare = await post_form(
        site, f"/visits/{made.id}", {"ruling": "reversed", "reason": "", "idempotency_key": "k2"}
    )
    assert bare.status_code == 422
    ruled = {"ruling": "reversed", "reason": "Tuottaja myönsi virheen", "idempotency_key": "k3"}
    assert (await post_form(site, f"/visits/{made.id}", ruled)).status_code == 303
    again = await post_form(site, f"/visits/{made.id}", ruled | {"idempotency_key": "k4"})
    assert again.status_code == 409
    assert (await site.get("/months/2026-11")).status_code == 200

    await sign_in(site, database, steps.world, "provider_user")
    assert "Tuottaja myönsi virheen" in (await site.get(f"/provider/redemptions/{made.id}")).text
    await sign_in(site, database, steps.world, Role.CLIENT)
    assert "Tuottaja myönsi virheen" in (await site.get(address)).text
    read = (await site.get("/my/data")).text
    assert "selvittää käyntiä" in read or "looks into a visit" in read, (
        "the client sees who has read it and why"
    )
    assert await steps.unfit() == []


async def test_somebody_elses_visit_is_not_there(
    site: httpx.AsyncClient, database: Database, steps: Steps, keys: Keys
) -> None:
    _, presentation_id = await steps.opened()
    made = await steps.redeem(presentation_id)
    other = Steps(database, await build_world(database, code="turku"), keys)
    for who in (Role.CLIENT, Role.FINANCE_OFFICER):
        await sign_in(site, database, other.world, who)
        path = f"/my/visits/{made.id}" if who is Role.CLIENT else f"/visits/{made.id}"
        assert (await site.get(path)).status_code == 404


async def test_the_client_is_shown_what_was_done_and_who_was_there(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    site.cookies.set("language", "en")
    _, presentation_id = await steps.opened()
    address = f"/provider/vouchers/{presentation_id}"
    visit = {"units": "1", "unit_price": "60", "service_date": TODAY.isoformat(), "act": "redeem"}
    await sign_in(site, database, steps.world, "provider_user")
    for wrong in ({"activity": "sauna"}, {"attended": "client", "group_size": "5"}, {"group_size": "1"}):
        refused = await post_form(site, address, visit | wrong | {"idempotency_key": "k0"})
        assert refused.status_code == 422, wrong
    told = visit | {"activity": "workplace", "attended": "group", "group_size": "6", "idempotency_key": "k1"}
    assert (await post_form(site, address, told)).status_code == 303
    other = await post_form(site, address, told | {"activity": "training"})
    assert other.status_code == 422, "the same key with another body"
    async with database.transaction(steps.world.sight) as session:
        row = (await session.scalars(select(Redemption))).one()
    assert (row.activity, row.attended, row.group_size) == ("workplace", "group", 6)
    assert "At a workplace" in (await site.get(f"/provider/redemptions/{row.id}")).text

    await sign_in(site, database, steps.world, Role.CLIENT)
    asked = await site.get(f"/my/visits/{row.id}")
    assert "At a workplace" in asked.text
    assert "A group of 6" in asked.text
