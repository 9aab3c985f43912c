"""What matters to the chooser, looking through everyone, and what is said when somebody or everybody is out."""

import re
from html import unescape
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from registry.choice.model import ComparisonShown
from registry.choice.queries import comparing as comparing_module
from registry.choice.rules import EXCLUSIONS
from registry.people.model import Client
from registry.providers.model import Admission
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.settings import Keys
from tests.builders import build_world
from tests.registry.vouchers.steps import Steps
from tests.web.client import sign_in
from tests.web.test_choice import first_pick, granted, read
from web.choice_rows import FIRST, MATTERS, MORE, ROWS_OF, rows
from web.choice_words import OUT_BECAUSE, OUT_FOR, out_because, out_for
from web.translations import use_language


@pytest.fixture
async def steps(database: Database, keys: Keys) -> Steps:
    return Steps(database, await build_world(database, providers=5), keys)


async def change(steps: Steps, index: int, **columns: Any) -> None:
    async with steps.database.transaction() as session:
        await session.execute(
            update(Admission).where(Admission.id == steps.world.admissions[index]).values(**columns)
        )


async def comparing(site: httpx.AsyncClient, steps: Steps, role: Role = Role.CLIENT) -> str:
    """Where this person compares a voucher of the client."""
    voucher_id = await granted(steps)
    await sign_in(site, steps.database, steps.world, role)
    return f"/my/vouchers/{voucher_id}/compare" if role is Role.CLIENT else f"/vouchers/{voucher_id}/choose"


def table_rows(page: httpx.Response) -> list[str]:
    """The names of the rows of the first table, in their order."""
    return re.findall(r'<tr class="compare__row--([\w-]+)[ "]', page.text)[: len(FIRST) + 3]


async def test_staff_turns_the_pages_of_those_who_cannot_be_chosen(
    site: httpx.AsyncClient, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of them are named, however many there are; and what else the address says is kept."""
    monkeypatch.setattr(comparing_module, "OUT_TOLD", 2)
    for index in (0, 1, 2):
        await change(steps, index, taken=10)
    path = await comparing(site, steps, Role.CASE_WORKER)

    def named(page: httpx.Response) -> list[str]:
        return re.findall(r'<li><a href="/providers/([^"]+)">', page.text.partition('id="out"')[2])

    first = await read(site, f"{path}?matters=soon")
    links = re.findall(r'href="([^"]+)#out"', first.text)
    assert len(links) == 1
    second = await read(site, unescape(links[0]))
    assert "matters=soon" in links[0]
    assert len(named(first)) == 2
    assert {*named(first), *named(second)} == {str(steps.world.providers[index]) for index in (0, 1, 2)}
    assert "3 palveluntuottajaa" in second.text
    assert named(await read(site, f"{path}?out=99")) == []
    assert len(named(await read(site, f"{path}?out=x"))) == 2


# --- what matters -------------------------------------------------------------------------------------------------


def test_every_row_is_told_once_whatever_matters() -> None:
    assert not set(FIRST) & set(MORE)
    for matters in ([], ["soon"], ["near", "online", "experience"], list(MATTERS)[:3]):
        first, more = rows(matters, own_share=True)
        assert sorted(row.name for row in (*first, *more)) == sorted((*FIRST, *MORE))
        marked = [row.name for row in first if row.matters]
        assert marked == [name for matter in matters for name in ROWS_OF[matter]]
        assert [row.name for row in first][: len(marked)] == marked
    assert "own_share" not in {row.name for row in rows([], own_share=False)[0]}


async def test_what_matters_comes_first_and_moves_no_provider(site: httpx.AsyncClient, steps: Steps) -> None:
    path = await comparing(site, steps)
    plain = await read(site, path)
    ordered = await read(site, f"{path}?matters=experience&matters=soon&matters=astronauts")
    assert table_rows(plain)[0] == "evidence"
    assert table_rows(ordered)[:4] == ["start", "waiting", "experience", "evidence"]
    names = re.compile(r'class="compare__name">([^<]+)')
    assert names.findall(plain.text) == names.findall(ordered.text)
    assert ordered.text.count("Sinulle tärkeää</span>") == 4 * 3, "in the table and in each card"
    assert "matters=soon&amp;matters=experience" in ordered.text, (
        "kept on the way to the pick and to everyone"
    )
    summary = await read(site, first_pick(ordered))
    assert f'href="{path}?matters=soon&amp;matters=experience"' in summary.text


async def test_nothing_of_it_is_kept(site: httpx.AsyncClient, database: Database, steps: Steps) -> None:
    path = await comparing(site, steps)
    await read(site, f"{path}?matters=experience")
    async with database.transaction(steps.world.sight) as session:
        shown = (await session.scalars(select(ComparisonShown))).one()
    assert "experience" not in str({c.key: getattr(shown, c.key) for c in ComparisonShown.__table__.columns})


async def test_more_than_three_are_sent_back_ticked(site: httpx.AsyncClient, steps: Steps) -> None:
    path = await comparing(site, steps)
    ticks = "&".join(f"matters={code}" for code in list(MATTERS)[:5])
    answer = await read(site, f"{path}?{ticks}", 422)
    assert "Valitse enintään kolme. Liikaa valintoja: 2." in answer.text
    assert len(re.findall(r'name="matters" value="\w+" checked', answer.text)) == 5
    assert f'action="{path}"' in answer.text


async def test_what_a_provider_has_not_said_is_a_blank_with_its_reason(
    site: httpx.AsyncClient, steps: Steps
) -> None:
    await change(steps, 0, same_coach=True, experience=["health", "first_job"])
    path = await comparing(site, steps)
    everyone = await read(site, f"{path}?everyone=true")
    assert everyone.text.count("Kyllä, sama ihminen alusta loppuun") == 1
    assert everyone.text.count("Sairaus tai vamma") == 1
    assert everyone.text.count("Palveluntuottaja ei ole kertonut.") == 2 * 4


# --- everyone -----------------------------------------------------------------------------------------------------


async def test_filters_are_kept_in_the_form_and_say_how_many_they_hide(
    site: httpx.AsyncClient, steps: Steps
) -> None:
    await change(steps, 1, remote=True)
    await change(steps, 2, remote=True, languages=["fi", "en"])
    path = await comparing(site, steps)
    found = await read(site, f"{path}?everyone=true&online=yes&order=soon&matters=soon")
    assert found.text.count('class="option"') == 2
    assert "2 palveluntuottajaa sopii." in found.text
    assert "3 jää piiloon rajauksesi takia." in found.text
    assert re.search(r'id="f-online" name="online" value="yes" checked', found.text)
    assert '<option value="soon" selected>' in found.text
    assert '<input type="hidden" name="matters" value="soon">' in found.text
    assert "arvottu" not in re.sub(r"<option.*?</option>", "", found.text).lower(), (
        "no longer the drawn order"
    )
    none = await read(site, f"{path}?everyone=true&language=en&here=yes&free_talk=yes")
    assert "Kukaan ei täytä kaikkea, mitä valitsit" in none.text
    assert f'href="{path}?everyone=true"' in none.text, "the way back"


@pytest.mark.parametrize(
    "query", ["language=%00", "page=0", "page=99", "page=x", "order=name", "language=xx"]
)
async def test_an_address_made_up_breaks_nothing(site: httpx.AsyncClient, steps: Steps, query: str) -> None:
    path = await comparing(site, steps)
    await read(site, f"{path}?everyone=true&{query}")


# --- who is out ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["fi", "sv", "en", "selko"])
def test_every_reason_has_its_words_for_the_client_and_for_staff(language: str) -> None:
    assert set(OUT_FOR) == set(OUT_BECAUSE) == set(EXCLUSIONS)
    with use_language(language):
        told = [out_for(reason, number) for reason in EXCLUSIONS for number in (1, 3)]
        assert len(set(told)) == 2 * len(EXCLUSIONS)
        assert all(("3" in text) == bool(place % 2) for place, text in enumerate(told))
        assert len({out_because([reason]) for reason in EXCLUSIONS}) == len(EXCLUSIONS)


async def test_staff_reads_who_is_out_and_why_and_the_client_does_not(
    site: httpx.AsyncClient, steps: Steps
) -> None:
    await change(steps, 4, taken=10, languages=["en"])
    words = "Valmennus 5 Oy</a>: ei toimi millään asiakkaan kielellä ja vapaita paikkoja ei ole"
    assert words in (await read(site, await comparing(site, steps, Role.CASE_WORKER))).text
    client = await read(site, await comparing(site, steps))
    assert "Valmennus 5 Oy" not in client.text
    assert "Ketä ei voi valita" not in client.text


@pytest.mark.parametrize(
    ("speaks", "offered", "title", "choosable"),
    [
        (["sv"], ["fi"], "Kukaan ei juuri nyt anna tätä palvelua ruotsiksi", False),
        (["fi", "en"], ["en"], "Kukaan ei juuri nyt anna tätä palvelua suomeksi", True),
        (["fi", "sv"], ["en"], "Kukaan ei juuri nyt anna tätä palvelua suomeksi eikä ruotsiksi", False),
    ],
)
async def test_a_right_to_a_language_is_told_with_what_happens(
    site: httpx.AsyncClient,
    steps: Steps,
    speaks: list[str],
    offered: list[str],
    title: str,
    choosable: bool,
) -> None:
    for index in range(5):
        await change(steps, index, languages=offered)
    async with steps.database.transaction(steps.world.sight) as session:
        await session.execute(update(Client).values(service_languages=speaks))
    page = await read(site, await comparing(site, steps))
    assert title in page.text
    assert "viiden päivän kuluessa" in page.text
    assert ("Voit valita jonkun heistä" in page.text) == choosable
    assert ("5 palveluntuottajaa ei toimi sinun kielelläsi." in page.text) != choosable


async def test_outside_the_caseload_the_reason_comes_before_the_question_too(
    site: httpx.AsyncClient, steps: Steps
) -> None:
    async with steps.database.transaction(steps.world.sight) as session:
        await session.execute(update(Client).values(case_worker_id=None))
    path = (await comparing(site, steps, Role.CASE_WORKER)).replace("/choose", "/matters")
    asked = await read(site, path)
    assert 'name="reason"' in asked.text
    assert 'name="matters"' not in asked.text
