"""What a page weighs on its way to a browser that takes gzip: people read these on a phone, often on little data."""

from typing import Any

import pytest
from litestar import Litestar
from playwright.async_api import Page

from registry.choice.queries.looking import PER_PAGE
from registry.providers.model import Coach
from registry.shared.actor import Role
from registry.shared.identifiers import uuid7
from tests.browser import PHONE, OpenPage, serving
from tests.builders import NOW, add_provider
from tests.registry.vouchers.steps import Steps
from tests.web.test_choice_browser import granted, session_of
from tests.web.test_choice_browser import steps as steps

FIRST_VISIT = 100_000
AFTER = 20_000


async def transferred(page: Page, path: str) -> int:
    """Bytes that came over the wire for the page and all that it loads, headers included; the cache's are none."""
    session = await page.context.new_cdp_session(page)
    await session.send("Network.enable")
    sizes: list[float] = []

    def finished(event: dict[str, Any]) -> None:
        sizes.append(event["encodedDataLength"])

    session.on("Network.loadingFinished", finished)
    await page.goto(path, wait_until="networkidle")
    await session.detach()
    return round(sum(sizes))


async def fill_a_page(steps: Steps) -> None:
    """As many providers as one page of everyone shows, each with its own words."""
    async with steps.database.transaction(steps.world.sight) as session:
        for number in range(PER_PAGE):
            provider_id = await add_provider(session, steps.world, experience=["first_job", "health"])
            words = f"Olen valmentaja numero {number}. Kysyn ensin, mitä sinä haluat, ja sitten teemme suunnitelman."
            session.add(
                Coach(
                    id=uuid7(),
                    provider_id=provider_id,
                    first_name=f"Valmentaja {number}",
                    languages=["fi"],
                    statement={"fi": words},
                    created_at=NOW,
                )
            )


@pytest.mark.parametrize("name", ["my", "compare", "everyone", "register", "provider"])
async def test_a_page_is_light_at_first_and_lighter_after(
    application: Litestar, steps: Steps, open_page: OpenPage, name: str
) -> None:
    if name == "everyone":
        await fill_a_page(steps)
    voucher_id = await granted(steps)
    path = {
        "my": "/my",
        "compare": f"/my/vouchers/{voucher_id}/compare",
        "everyone": f"/my/vouchers/{voucher_id}/compare?everyone=true",
        "register": "/providers",
        "provider": f"/providers/{steps.world.provider_id}",
    }[name]
    async with serving(application) as address:
        cookies = await session_of(steps, Role.CLIENT)
        page = await open_page(width=PHONE, base_url=address, cookies=cookies)
        first = await transferred(page, path)
        again = await transferred(page, path)
    assert 20_000 < first <= FIRST_VISIT, "with style sheets and the font"
    assert 1_000 < again <= AFTER
    print(f"{name}: {first:,} bytes at first, {again:,} after")
