"""The first person of an organisation: asks, and an officer accepts who has seen that the person may act for it. The open
company register names no people, so no match with it can stand in for that look."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.cases.commands import close_about
from registry.catalogue.model import Municipality, Organiser
from registry.people.commands.roles import give_role
from registry.people.duties import COACH
from registry.people.joining.commands import Joining, leave_link, make_account
from registry.people.model import Account, ApiToken, RoleGrant
from registry.providers.commands.doors import require_officer
from registry.providers.commands.registering import (
    BUSINESS_ID,
    FORMS_TO_CHOOSE,
    Organisation,
    enter_organisation,
)
from registry.providers.model import Provider
from registry.providers.representing.model import Representation
from registry.providers.representing.waiting import open_case_of
from registry.providers.rules import LONGEST_TEXT, search_words
from registry.shared.actor import Actor, Role, Sight, system
from registry.shared.database import see
from registry.shared.errors import Forbidden, Invalid, NotFound, Refused
from registry.shared.identifiers import format_business_id, is_business_id, uuid7
from registry.shared.outbox import enqueue
from registry.shared.texts import passage, single_line


async def ask_to_represent(
    session: AsyncSession,
    *,
    now: datetime,
    joining: Joining,
    organiser_id: UUID | None,
    business_id: str,
    name: str,
    form: str,
    municipality_code: str,
    words: str,
) -> UUID:
    """Ask an authority to be accepted as the one who acts for an organisation. The same comes of it whether the
    organisation is known here or not: what is known is the officer's to look at. Raises Invalid naming fields."""
    errors: dict[str, str] = {}
    said = {"name": name, "words": words}
    for field, read, longest in (("name", single_line, 200), ("words", passage, LONGEST_TEXT)):
        try:
            said[field] = read(field, said[field], longest=longest)
        except Invalid as error:
            errors.update(error.errors)
    if said["name"] and not search_words(said["name"]):
        errors["name"] = "provider.name_unreadable"
    if not is_business_id(business_id):
        errors["business_id"] = "provider.business_id_wrong"
    if form not in FORMS_TO_CHOOSE:
        errors["form"] = "field.not_a_choice"
    if not municipality_code or await session.get(Municipality, municipality_code) is None:
        errors["municipality_code"] = "field.not_a_choice"
    organiser = await session.get(Organiser, organiser_id) if organiser_id else None
    if organiser is None or organiser.sandbox:
        errors["organiser"] = "field.not_a_choice"
    if errors or organiser is None:
        raise Invalid("representation.invalid", errors=errors)
    account_id = await make_account(session, now=now, joining=joining)
    # nobody is signed in: the row is written into the sight of the authority that it is for
    await see(session, Sight(organisers=(organiser.id,)))
    row = Representation(
        id=uuid7(),
        organiser_id=organiser.id,
        account_id=account_id,
        business_id=format_business_id(business_id),
        name=said["name"],
        form=form,
        municipality_code=municipality_code,
        words=said["words"],
        state="asked",
        asked_at=now,
    )
    session.add(row)
    _record(session, system(organiser.id), now, row, "representation.asked", None)
    await session.flush()
    await open_case_of(session, row, actor=system(organiser.id), now=now, days=organiser.representation_days)
    return row.id


async def decide_representation(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    representation_id: UUID,
    accepted: bool,
    reason: str = "",
    seen_by: UUID | None = None,
) -> None:
    """Accept the person as one who acts for the organisation, or do not, with a reason. An organisation that has people
    of its own here adds others itself: nobody gets in beside them by asking an authority. `seen_by`: where a machine
    brings the answer, the account of the register officer who has seen that the person may act for it, or may not."""
    require_officer(actor)
    if actor.kind not in ("account", "token") or actor.id is None:
        raise Forbidden("door.other_role", role=str(actor.role))
    decided_by = await _officer(session, actor, seen_by) if actor.kind == "token" else actor.id
    said = passage("reason", reason, longest=LONGEST_TEXT, required=not accepted)
    row = await session.scalar(
        select(Representation)
        .where(Representation.id == representation_id, Representation.organiser_id == actor.organiser_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound("representation.unknown")
    if row.state != "asked":
        raise Refused("representation.decided_already")
    account = await session.get_one(Account, row.account_id)
    await _require_another(session, actor, account, decided_by)
    provider_id: UUID | None = None
    if accepted:
        provider_id = await _provider(session, actor, row, account, now)
        await give_role(
            session,
            actor=actor,
            now=now,
            account_id=account.id,
            role=Role.PROVIDER_USER,
            organiser_id=None,
            provider_id=provider_id,
        )
    row.state, row.decided_at, row.decided_by = "accepted" if accepted else "refused", now, decided_by
    row.provider_id = provider_id
    row.reason = said or None
    await leave_link(
        session,
        now=now,
        purpose="sign_in" if accepted else "refused",
        email=account.email or "",
        name=account.display_name,
        language=account.language,
        account_id=account.id,
    )
    _record(session, actor, now, row, f"representation.{row.state}", "asked")
    await session.flush()
    await close_about(session, actor=actor, now=now, subject_id=row.id, why="representation.decided")
    if actor.kind == "token":
        # whoever is named did nothing here: a name that was taken comes to light only where its bearer hears of it
        enqueue(
            session,
            now=now,
            account_id=decided_by,
            organiser_id=row.organiser_id,
            template="representation.decided_in_your_name",
            facts={"representation": str(row.id)},
        )


async def _require_another(session: AsyncSession, actor: Actor, asking: Account, decided_by: UUID) -> None:
    """Nobody answers the own request. Joining makes a new account each time, so an officer who asks is known by the
    e-mail address; and with a token also whoever made it answers."""
    people = {decided_by}
    if actor.kind == "token":
        maker = await session.scalar(select(ApiToken.created_by).where(ApiToken.id == actor.id))
        people |= {maker} if maker else set()
    emails = await session.scalars(
        select(Account.email).where(Account.id.in_(people), Account.email.is_not(None))
    )
    same = asking.email is not None and asking.email.lower() in {(email or "").lower() for email in emails}
    if same or asking.id in people:
        raise Refused("role_change.own_role")


async def _officer(session: AsyncSession, actor: Actor, account_id: UUID | None) -> UUID:
    """The account, if it is a register officer's of the actor's organiser."""
    found: UUID | None = await session.scalar(
        select(RoleGrant.account_id).where(
            RoleGrant.account_id == account_id,
            RoleGrant.organiser_id == actor.organiser_id,
            RoleGrant.role == str(Role.REGISTER_OFFICER),
            RoleGrant.ended_at.is_(None),
        )
    )
    if found is None:
        raise Refused("representation.nobody_has_seen")
    return found


async def _provider(
    session: AsyncSession, actor: Actor, row: Representation, account: Account, now: datetime
) -> UUID:
    """The organisation, entered now unless it is here; one that others act for is refused."""
    found = await session.scalar(
        select(Provider)
        .where(Provider.identity_scheme == BUSINESS_ID, Provider.identity_value == row.business_id)
        .with_for_update()
    )
    if found is not None:
        if await has_people(session, found.id):
            raise Refused("representation.has_people", name=found.name)
        return found.id
    made = await enter_organisation(
        session,
        now=now,
        organisation=Organisation(
            business_id=row.business_id,
            name=row.name,
            form=row.form,
            municipality_code=row.municipality_code,
            email=account.email or "",
        ),
    )
    if made is None:  # entered by somebody else in this moment
        raise Refused("representation.has_people", name=row.name)
    record(
        session,
        actor=actor,
        now=now,
        action="provider.registered",
        subject_kind="provider",
        subject_id=made,
        organiser_id=None,
        facts={"scheme": BUSINESS_ID, "form": row.form, "representation": row.id},
    )
    return made


async def has_people(session: AsyncSession, provider_id: UUID) -> bool:
    """Whether somebody acts for the provider as its office now."""
    held = await session.scalar(
        select(RoleGrant.id)
        .where(
            RoleGrant.provider_id == provider_id,
            RoleGrant.ended_at.is_(None),
            RoleGrant.duty.is_distinct_from(COACH),
        )
        .limit(1)
    )
    return held is not None


def _record(
    session: AsyncSession, actor: Actor, now: datetime, row: Representation, action: str, before: str | None
) -> None:
    record(
        session,
        actor=actor,
        now=now,
        action=action,
        subject_kind="representation",
        subject_id=row.id,
        organiser_id=row.organiser_id,
        from_state=before,
        to_state=row.state,
        facts={"account": row.account_id, "provider": row.provider_id, "seen_by": row.decided_by},
    )
