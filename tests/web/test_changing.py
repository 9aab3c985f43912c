"""A case worker changes a voucher on a page and by machine; the client reads what was done and why."""

import httpx
import pytest

from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.settings import Keys
from tests.builders import build_world
from tests.registry.vouchers.steps import Steps
from tests.web.client import api_token, hidden, post_form, sign_in

HEARD = {"heard": "phone", "heard_on": "2026-11-22"}


@pytest.fixture
async def steps(database: Database, keys: Keys) -> Steps:
    return Steps(database, await build_world(database), keys)


async def test_value_and_days_on_pages(site: httpx.AsyncClient, database: Database, steps: Steps) -> None:
    voucher_id, _ = await steps.opened()
    await sign_in(site, database, steps.world, Role.CASE_WORKER)
    address = f"/vouchers/{voucher_id}/change"
    shown = await site.get(f"{address}/lower")
    bad = await post_form(
        site, f"{address}/lower",
        {"units": "10", "reason": "less_needed", **HEARD, "idempotency_key": hidden(shown, "idempotency_key")},
    )  # fmt: skip
    assert bad.status_code == 409
    assert 'value="10"' in bad.text, "what was typed is still there"
    assert (
        await post_form(site, f"{address}/raise", {"units": "", "idempotency_key": "a"})
    ).status_code == 422
    for word, data in (
        ("lower", {"units": "2,5", "reason": "less_needed", **HEARD}),
        ("raise", {"units": "1", "reason": "more_needed"}),
        ("extend", {"days": "14", "reason": "could_not_be_used"}),
    ):
        done = await post_form(site, f"{address}/{word}", data | {"idempotency_key": word})
        assert done.headers["location"] == f"/vouchers/{voucher_id}?done={word}"
    assert (await site.get(f"{address}/shrink")).status_code == 404
    assert (await steps.voucher(voucher_id)).units_available == 8_50
    await sign_in(site, database, steps.world, Role.CLIENT)
    own = (await site.get(f"/vouchers/{voucher_id}")).text
    assert "Tarvitaan vähemmän kuin myönnettiin" in own
    assert "Jos olet tyytymätön päätökseen" in own, (
        "lowering goes against the client, so the remedy stands there"
    )
    assert "569/2009" in own, "and the law"
    assert "puhelimitse, 22.11.2026" in own, "and how the client was heard"
    assert (await site.get(f"{address}/raise")).status_code == 403
    assert await steps.unfit() == []


async def test_by_machine(site: httpx.AsyncClient, database: Database, steps: Steps) -> None:
    voucher_id, _ = await steps.opened()
    token = await api_token(database, steps.world, Role.CASE_WORKER, scopes=["vouchers:grant"])

    async def post(key: str, **body: object) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
        return await site.post(f"/api/v1/vouchers/{voucher_id}/changes", json=body, headers=headers)

    raised = await post("a", kind="raised", reason="more_needed", units=200)
    assert (raised.status_code, raised.json()["units_available"]) == (201, 12_00)
    assert (await post("a", kind="raised", reason="more_needed", units=200)).json() == raised.json()
    for reason, heard, code in (
        ("more_needed", {"heard": "phone", "heard_on": "2026-11-20"}, "change.reason_unknown"),
        ("less_needed", {"heard": "own_wish"}, "decision.not_heard"),
        ("less_needed", {"heard": "phone"}, "decision.heard_when"),
    ):
        refused = await post(f"b {code}", kind="lowered", reason=reason, units=200, **heard)
        assert (refused.status_code, refused.json()["code"]) == (409, code)
    assert (await post("d", kind="lowered", reason="corrected", units=200)).status_code == 422
    for body in ({"units": 200, "days": 3}, {"days": 3}, {}, {"units": -1}, {"units": 10**30}):
        wrong = await post("c", kind="raised", reason="corrected", **body)
        assert wrong.status_code == 422, body
    assert (await steps.voucher(voucher_id)).units_granted == 12_00
