"""A provider that has applied: a draft that was sent, papers shown and looked at, an account in force."""

from dataclasses import replace
from datetime import timedelta

from registry.catalogue.legal_regimes.rules import EvidenceKind
from registry.providers.bank_accounts.commands import decide_account, request_account
from registry.providers.bank_accounts.queries import accounts_of
from registry.providers.bank_accounts.rules import BankAccountState
from registry.providers.commands import Organisation, register_organisation
from registry.providers.drafts.commands import change_answers, start_draft, submit_draft
from registry.providers.drafts.queries import draft_state
from registry.providers.drafts.rules import (
    Accepted,
    Answers,
    Capacity,
    Insurance,
    Price,
    ServiceAnswers,
    Way,
    Where,
)
from registry.providers.evidence.commands import NewPaper, add_paper, check_evidence
from registry.providers.evidence.queries import own_papers
from registry.providers.files.rules import FileKind
from registry.providers.files.store import StoredFile
from registry.providers.sites.queries import coaches_of, sites_of
from registry.shared.actor import Actor, Role, Sight
from registry.shared.database import Database
from tests.builders import CRITERIA, NOW, TODAY, World
from tests.registry.providers.applying.steps import IBAN, ready

NEW = Organisation(
    business_id="2331972-7", name="Hakija Oy", form="company", municipality_code="564", email="h@example.invalid",
    registers={"employer": True},
)  # fmt: skip
OTHER_IBAN = "FI1410093000123458"


async def whole_draft(database: Database, world: World) -> tuple[Actor, int]:
    """A new organisation with a draft that lacks nothing; the one who acts for it, and the draft's version."""
    first = world.provider_actor(1)
    async with database.transaction(first.sight) as session:
        provider_id = await register_organisation(session, actor=first, now=NOW, organisation=NEW)
    actor = replace(first, sight=Sight(provider=provider_id))
    await ready(database, actor)
    async with database.transaction(actor.sight) as session:
        for kind in EvidenceKind:
            stored = StoredFile("0" * 64, 1, FileKind.PDF)
            await add_paper(
                session,
                actor=actor,
                now=NOW,
                paper=NewPaper(str(kind), TODAY),
                stored=stored,
                file_name="a.pdf",
            )
        await start_draft(session, actor=actor, now=NOW)
        answers = Answers(
            services={
                world.service_id: ServiceAnswers(
                    Accepted("2026-1", (*CRITERIA, "first_meeting")), Price(50_00, 2550), Capacity(3)
                )
            },
            where=Where(("564",), remote=False),
            sites=tuple(one.id for one in await sites_of(session, provider_id=provider_id)),
            languages=("fi",),
            accessibility=(),
            way=Way("one_to_one"),
            coaches=tuple(one.id for one in await coaches_of(session, provider_id=provider_id)),
            insurance=Insurance("Vakuutus Oy", 1_000_00, TODAY + timedelta(days=100)),
            employer=True,
        )
        version = await change_answers(session, actor=actor, now=NOW, change=lambda _: answers)
        state = await draft_state(session, provider_id=provider_id, today=TODAY)
    assert state.missing == {}
    return actor, version


async def applied(database: Database, world: World) -> None:
    """The draft is sent, a paper is looked at, and the account changes under four eyes."""
    actor, version = await whole_draft(database, world)
    async with database.transaction(actor.sight) as session:
        await submit_draft(session, actor=actor, now=NOW, version=version)
    officer = world[Role.REGISTER_OFFICER]
    async with database.transaction(officer.sight) as session:
        paper = (await own_papers(session, provider_id=actor.provider_id))[0]
        await check_evidence(session, actor=officer, now=NOW, paper_id=paper.id, verdict="accepted")
    for number in (IBAN, OTHER_IBAN):
        if number != IBAN:
            async with database.transaction(actor.sight) as session:
                await request_account(session, actor=actor, now=NOW, iban=number)
        async with database.transaction(officer.sight) as session:
            waiting = next(
                one
                for one in await accounts_of(session, provider_id=actor.provider_id)
                if one.state == BankAccountState.REQUESTED
            )
            await decide_account(
                session, actor=officer, now=NOW, account_id=waiting.id, to=BankAccountState.IN_FORCE
            )
