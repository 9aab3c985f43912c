"""Receiving a voucher: typed or scanned; wrong codes look alike, are kept and are limited."""

from datetime import timedelta

import httpx
import pytest
from sqlalchemy import func, select

from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.settings import Keys
from registry.vouchers.model import PresentationAttempt
from tests.builders import NOW, build_world
from tests.registry.vouchers.steps import Steps
from tests.web.client import hidden, sign_in
from tests.web.conftest import Clock
from tests.web.test_redemption import press
from web.documents.qr import voucher_code

NAME = "Asiakas Esimerkki"


@pytest.fixture
async def steps(site: httpx.AsyncClient, database: Database, keys: Keys) -> Steps:
    site.cookies.set("language", "en")
    made = Steps(database, await build_world(database), keys)
    await sign_in(site, database, made.world, Role.PROVIDER_USER)
    return made


async def test_a_voucher_is_received_typed_or_scanned(site: httpx.AsyncClient, steps: Steps) -> None:
    voucher = await steps.grant()
    await steps.confirm(await steps.choose(voucher))
    number, secret = await steps.code(voucher)
    typed = (
        (number.lower(), " ".join(secret[i : i + 4] for i in range(0, 16, 4))),
        (voucher_code(number, secret), ""),
        ("", voucher_code(number, secret)),
    )
    addresses = set()
    for one, two in typed:
        page = await site.get("/provider/present")
        answer = await press(site, page, "/provider/present", number=one, secret=two)
        assert answer.status_code == 303
        addresses.add(answer.headers["location"])
    (address,) = addresses  # shown again it is the same opening
    page = await site.get(address)
    assert NAME in page.text
    assert "€600.00" in page.text
    assert 'name="unit_price" type="text" value="60.00"' in page.text


async def test_an_unknown_number_and_a_wrong_code_look_the_same(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    voucher = await steps.grant()
    await steps.confirm(await steps.choose(voucher))
    number, secret = await steps.code(voucher)
    elsewhere = await steps.grant()
    await steps.confirm(await steps.choose(elsewhere, 1), 1)
    other_number, other_secret = await steps.code(elsewhere)
    bodies = []
    for one, two in ((number, other_secret), ("000000000000", secret), (other_number, other_secret)):
        page = await site.get("/provider/present")
        answer = await press(site, page, "/provider/present", number=one, secret=two)
        assert answer.status_code == 409
        text = answer.text
        for own in (one, two, hidden(answer, "idempotency_key"), hidden(answer, "_csrf_token")):
            text = text.replace(own, "…")
        bodies.append(text)
    assert bodies[0] == bodies[1] == bodies[2]
    async with database.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(PresentationAttempt)) == 3  # all kept


async def test_guessing_is_stopped(site: httpx.AsyncClient, steps: Steps, clock: Clock) -> None:
    voucher = await steps.grant()
    await steps.confirm(await steps.choose(voucher))
    number, secret = await steps.code(voucher)
    for _ in range(5):
        page = await site.get("/provider/present")
        answer = await press(site, page, "/provider/present", number=number, secret="0" * 16)
        assert answer.status_code == 409
        assert f'value="{number}"' in answer.text  # kept
    page = await site.get("/provider/present")
    stopped = await press(site, page, "/provider/present", number=number, secret=secret)
    assert (stopped.status_code, "Too many wrong codes" in stopped.text) == (429, True)
    clock.now = NOW + timedelta(hours=1, minutes=1)
    page = await site.get("/provider/present")
    assert (await press(site, page, "/provider/present", number=number, secret=secret)).status_code == 303


@pytest.mark.parametrize(
    ("number", "secret"), [("", ""), ("x" * 61, "y"), ("a\x00", "b"), ("a", "b" * 61), ("👩‍🚒", "ä")]
)
async def test_what_is_no_code_at_all(
    site: httpx.AsyncClient, steps: Steps, number: str, secret: str
) -> None:
    page = await site.get("/provider/present")
    answer = await press(site, page, "/provider/present", number=number, secret=secret)
    assert answer.status_code in (409, 422)


async def test_not_confirmed_yet(site: httpx.AsyncClient, steps: Steps) -> None:
    voucher = await steps.grant()
    await steps.choose(voucher)
    number, secret = await steps.code(voucher)
    page = await site.get("/provider/present")
    answer = await press(site, page, "/provider/present", number=number, secret=secret)
    assert (answer.status_code, "has not confirmed the client" in answer.text) == (409, True)
