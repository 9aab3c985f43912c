"""An organiser of whose quality everything has been said: reviews, outcomes, releases, complaints, findings."""

from datetime import timedelta
from uuid import UUID

from registry.choice.commands import commit_periods, freeze_shortlists
from registry.providers.oversight.commands import (
    answer_hearing,
    drop_finding,
    open_finding,
    publish_finding,
    send_to_hearing,
)
from registry.quality.commands import submit_review
from registry.quality.comments.commands import moderate_comment
from registry.quality.comments.rules import CommentState, Verdict
from registry.quality.complaints.commands import decide_complaint, file_complaint
from registry.quality.intake.commands import record_intake
from registry.quality.rules import ASPECTS, Moment
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.settings import Keys
from registry.vouchers.no_shows.commands import record_no_show
from tests.builders import NOW, TODAY, World, build_world
from tests.registry.quality.test_releases import clients, publish, report
from tests.registry.vouchers.steps import Steps

PEOPLE = 6


async def quality_world(database: Database, keys: Keys) -> World:
    """Six clients of one provider, from intake facts to complaint; two releases and two findings."""
    world = await build_world(database, code="tampere", providers=2)
    steps = Steps(database, world, keys)
    async with database.transaction(world.sight) as session:
        await commit_periods(session, actor=world[Role.CASE_WORKER], now=NOW, keys=keys)
    people = [
        (client_id, await _served(steps, client_id)) for client_id in await clients(database, world, PEOPLE)
    ]
    for place, (client_id, voucher_id) in enumerate(people):
        await _review(steps, client_id, voucher_id, f"Selvisin itse, kerta {place}.")
    await _complaint(steps, *people[0])
    await report(database, world, {0: {"open_job": 14, "none": 6}, 1: {"open_job": 3, "none": 12}})
    await publish(database, world)
    await report(database, world, {0: {"study_place": 8}})
    await publish(database, world, now=NOW + timedelta(days=20))
    await _findings(steps)
    return world


async def _served(steps: Steps, client_id: UUID) -> UUID:
    """One hour given, another missed; the voucher's id."""
    worker = steps.world[Role.CASE_WORKER]
    voucher_id = await steps.grant(client_id=client_id)
    async with steps.database.transaction(worker.sight) as session:
        await record_intake(session, actor=worker, now=NOW, voucher_id=voucher_id, months_unemployed=7)
        await freeze_shortlists(session, actor=worker, now=NOW, keys=steps.keys, voucher_ids=[voucher_id])
    await steps.confirm(await steps.choose(voucher_id, client_id=client_id))
    presentation_id = await steps.present(voucher_id)
    await steps.redeem(presentation_id)
    provider = steps.world.provider_actor(0)
    async with steps.database.transaction(provider.sight) as session:
        await record_no_show(
            session, actor=provider, now=NOW, presentation_id=presentation_id, agreed_for=TODAY
        )
    return voucher_id


async def _review(steps: Steps, client_id: UUID, voucher_id: UUID, comment: str) -> None:
    client, officer = steps.client(client_id), steps.world[Role.REGISTER_OFFICER]
    async with steps.database.transaction(client.sight) as session:
        review_id = await submit_review(
            session,
            over=True,
            actor=client,
            now=NOW,
            voucher_id=voucher_id,
            provider_id=steps.world.provider_id,
            moment=Moment.AFTER,
            scores=dict.fromkeys(ASPECTS, 9),
            comment=comment,
        )
    async with steps.database.transaction(officer.sight) as session:
        await moderate_comment(
            session,
            actor=officer,
            now=NOW,
            review_id=review_id,
            verdict=Verdict.APPROVE,
            reason=None,
            seen=CommentState.SUBMITTED,
        )


async def _complaint(steps: Steps, client_id: UUID, voucher_id: UUID) -> None:
    client, officer = steps.client(client_id), steps.world[Role.REGISTER_OFFICER]
    async with steps.database.transaction(client.sight) as session:
        complaint_id = await file_complaint(
            session,
            actor=client,
            now=NOW,
            voucher_id=voucher_id,
            provider_id=steps.world.provider_id,
            about="waiting",
            words="Odotin kolme viikkoa.",
        )
    async with steps.database.transaction(officer.sight) as session:
        await decide_complaint(
            session, actor=officer, now=NOW, complaint_id=complaint_id, upheld=True, findings="Aika ylittyi."
        )


async def _findings(steps: Steps) -> None:
    """One answered and published, one published after its time, one dropped."""
    world = steps.world
    officer, provider = world[Role.REGISTER_OFFICER], world.provider_actor(0)
    for answered, published in ((True, True), (False, True), (False, False)):
        async with steps.database.transaction(officer.sight) as session:
            finding_id = await open_finding(
                session,
                actor=officer,
                now=NOW,
                provider_id=world.provider_id,
                service_id=world.service_id,
                found_on=TODAY,
                statement={"fi": "Tilat eivät olleet esteettömät."},
            )
            await send_to_hearing(session, actor=officer, now=NOW, finding_id=finding_id)
        if answered:
            async with steps.database.transaction(provider.sight) as session:
                await answer_hearing(
                    session, actor=provider, now=NOW, finding_id=finding_id, words="Ramppi on rakennettu."
                )
        async with steps.database.transaction(officer.sight) as session:
            decide = publish_finding if published else drop_finding
            await decide(session, actor=officer, now=NOW + timedelta(days=16), finding_id=finding_id)
