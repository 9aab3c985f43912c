"""The feedback page: anyone may write, nothing typed is lost."""

import httpx
from sqlalchemy import select

from registry.messages.feedback import MOST_IN_AN_HOUR
from registry.messages.model import Feedback
from registry.shared.database import Database
from tests.web.client import post_form


async def test_a_message_is_kept(site: httpx.AsyncClient, database: Database) -> None:
    answer = await post_form(
        site, "/feedback", {"message": "Hyvä palvelu.\nKiitos!", "email": "a@example.invalid"}
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/feedback/sent")
    async with database.transaction() as session:
        row = (await session.scalars(select(Feedback))).one()
    assert (row.message, row.email, row.language) == ("Hyvä palvelu.\nKiitos!", "a@example.invalid", "fi")


async def test_what_was_typed_comes_back(site: httpx.AsyncClient) -> None:
    answer = await post_form(site, "/feedback", {"message": "Hyvä <palvelu>", "email": "not an address"})
    assert answer.status_code == 422
    assert "Hyvä &lt;palvelu&gt;" in answer.text
    assert "not an address" in answer.text
    empty = await post_form(site, "/feedback", {"message": " "})
    assert empty.status_code == 422
    long = await post_form(site, "/feedback", {"message": "x" * 4001})
    assert long.status_code == 422
    odd = await post_form(site, "/feedback", {"message": "a\x00b"})
    assert odd.status_code == 422


async def test_a_flood_is_stopped(site: httpx.AsyncClient) -> None:
    codes = [
        (await post_form(site, "/feedback", {"message": "x"})).status_code for _ in range(MOST_IN_AN_HOUR + 1)
    ]
    assert codes[-1] == 429
    assert set(codes[:-1]) == {303}
