"""Moderation, answers and reports in a real browser: on a phone and a desk, in three languages, and by keyboard alone."""

import pytest
from litestar import Litestar
from playwright.async_api import Page, expect

from registry.people.commands import begin_session
from registry.quality.comments.rules import REJECTIONS
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.settings import Keys
from tests.browser import DESK, PHONE, OpenPage, assert_accessible, serving, sideways
from tests.builders import NOW
from tests.registry.quality.comments import Comments

LONG = (
    "Valmentajani Matti Virtanen soitti numeroon 040 123 4567 ja kertoi kaiken. " * 6
    + "Epäjärjestelmällistyttämättömyydellänsäkäänköhän" * 2
)


@pytest.fixture
async def comments(database: Database, keys: Keys) -> Comments:
    made = await Comments.of(database, keys)
    await made.later(-30)
    return made


async def session_of(comments: Comments, role: Role) -> dict[str, str]:
    async with comments.database.transaction() as session:
        token = await begin_session(session, role_grant_id=comments.world.grants[role], now=NOW, hours=8)
    return {"registry_session": token}


async def look(page: Page, path: str) -> None:
    await page.goto(path)
    await assert_accessible(page)
    assert await sideways(page) == 0, path


@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.parametrize("language", ["fi", "sv", "en"])
async def test_the_pages_fit_and_are_accessible(
    application: Litestar, comments: Comments, open_page: OpenPage, width: int, language: str
) -> None:
    await comments.approved(5, text=LONG + " {}")
    await comments.release()
    await comments.later()
    first, second, third = (await comments.shown())[:3]
    for comment in (first, second):
        await comments.answer(comment.id, "Kiitos, Matti Virtanen! " * 5)
    await comments.decide_answer(first.id)
    await comments.report(first.id, "answer", "Siinä lukee Matti Virtanen. " * 5)
    await comments.write(LONG)
    async with serving(application) as address:
        for role, paths in (
            (None, [f"/comments/{first.id}/report", "/comments/report-sent", "/quality"]),
            (Role.PROVIDER_USER, ["/provider/comments", f"/provider/comments/{third.id}"]),
            (
                Role.REGISTER_OFFICER,
                [
                    "/comments",
                    "/comments?view=answer",
                    "/comments?view=let_through",
                    "/comments/reported",
                    f"/comments/{first.id}/reports",
                ],
            ),
        ):
            cookies = {"language": language} | (await session_of(comments, role) if role else {})
            page = await open_page(width=width, language=language, base_url=address, cookies=cookies)
            for path in paths:
                await look(page, path)


async def test_a_moderator_works_by_keyboard_alone(
    application: Litestar, comments: Comments, open_page: OpenPage
) -> None:
    for number in range(2):
        await comments.write(f"Kommentti {number}.")
    async with serving(application) as address:
        page = await open_page(
            width=PHONE,
            base_url=address,
            cookies=await session_of(comments, Role.REGISTER_OFFICER),
            expected_statuses=frozenset({422}),
        )
        await page.goto("/comments")
        first = page.get_by_role("radio").first
        await first.focus()
        await page.keyboard.press("Space")
        await expect(first).to_be_checked()
        for _ in REJECTIONS:  # the arrows walk through all verdicts and stop at the last
            await page.keyboard.press("ArrowDown")
        await expect(page.get_by_role("radio").nth(len(REJECTIONS))).to_be_checked()
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/comments?done=rejected")
        await page.get_by_role("button", name="Tallenna ja näytä seuraava").click()
        await expect(page.get_by_role("alert")).to_be_visible()
        await page.get_by_role("radio", name="Hyväksy julkaistavaksi").check()
        await page.get_by_role("button", name="Tallenna ja näytä seuraava").click()
        await page.wait_for_url("**/comments?done=approved")
    states = await comments.column("SELECT state FROM review_comment ORDER BY review_id")
    assert states == ["rejected", "approved"]
    assert await comments.column("SELECT rejected_for FROM review_comment WHERE state = 'rejected'") == [
        "not_understandable"
    ]


async def test_a_report_needs_no_script(
    application: Litestar, comments: Comments, open_page: OpenPage
) -> None:
    comment = (await comments.published())[0]
    async with serving(application) as address:
        page = await open_page(width=PHONE, base_url=address, javascript=False)
        await page.goto(f"/comments/{comment.id}/report")
        await page.get_by_role("radio", name="Siinä kerrotaan jonkun terveydestä").check()
        await page.get_by_role("button", name="Lähetä ilmoitus").click()
        await page.wait_for_url("**/comments/report-sent")
        await expect(page.locator("h1")).to_have_text("Kiitos ilmoituksesta")
    assert await comments.column("SELECT reason FROM comment_report") == ["health"]
