"""All that is held about one client, for the client's own page and for the file to take along.

Every table that a client's session may see a row of is named here, as read or as left out with the reason: a test
compares the list with the database's own protection, so that a table added later cannot be forgotten.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.model import AuditEvent
from registry.cases.model import Case
from registry.catalogue.model import Municipality, Organiser, Service
from registry.choice.model import ComparisonShown, Shortlist
from registry.messages.model import Mail, Message, Reminder
from registry.people.model import Account, Client, ClientPerson, ReadLog, RoleGrant, SignInSession
from registry.providers.model import Provider
from registry.quality.comments.model import CommentPublication, PublishedComment, ReviewComment
from registry.quality.complaints.model import Complaint
from registry.quality.intake.model import Intake
from registry.quality.model import Outcome, OutcomeCategory, Release, Review
from registry.quality.preview.model import ReleaseWithdrawal
from registry.shared.database import Base
from registry.vouchers.adverse.model import VoucherDecision
from registry.vouchers.allowances.model import VoucherTopup
from registry.vouchers.changing.model import VoucherChange
from registry.vouchers.companies.model import AidDeclaration, AidGranted
from registry.vouchers.confirming.model import VisitAnswer
from registry.vouchers.model import Assignment, Presentation, Voucher
from registry.vouchers.no_shows.model import NoShow
from registry.vouchers.offline.model import OfflineVisit
from registry.vouchers.redemption.model import Redemption, Reversal
from registry.vouchers.results.model import MilestoneClaim
from registry.vouchers.waiting.model import VoucherExtension


@dataclass(frozen=True, slots=True)
class Held:
    """A table: the column that says whose a row is, and what of it is left out."""

    model: type[Base]
    by: str = "client_id"
    """client_id | voucher_id | number (of a voucher) | account_id | role_grant_id"""
    without: tuple[str, ...] = ()


NO_KEYS: Final = ("identity_hash", "identity_encrypted")
"""What would open a door or recognise somebody if the file were lost. That they are kept is said instead."""

HELD: Final[Mapping[str, Held]] = {
    "client": Held(Client, by="id"),
    "person": Held(ClientPerson, without=NO_KEYS),
    "roles": Held(RoleGrant),
    "vouchers": Held(
        Voucher, without=("granted_by", "secret_generation", "budget_line_id", "terms_id", "retroactive_id")
    ),
    "extensions": Held(VoucherExtension, by="voucher_id"),
    "changes": Held(VoucherChange, by="voucher_id", without=("recorded_by",)),
    "months": Held(VoucherTopup, by="voucher_id"),
    "decisions": Held(VoucherDecision, by="voucher_id", without=("issued_by", "regime_digest")),
    "results": Held(
        MilestoneClaim,
        by="voucher_id",
        without=("presentation_id", "claimed_by", "decided_by", "file_digest", "observed_bp", "expected_bp"),
    ),
    "aid_declared": Held(AidDeclaration, without=("declared_by",)),
    "aid_granted": Held(AidGranted, by="voucher_id", without=("rule_id", "declaration_id")),
    "choices": Held(Assignment, without=("chosen_by", "admission_id")),
    "presentations": Held(Presentation, by="voucher_id", without=("presented_by",)),
    "visits": Held(Redemption, by="voucher_id", without=("presentation_id",)),
    "reversals": Held(Reversal, by="voucher_id", without=("reversed_by",)),
    "offline_visits": Held(
        OfflineVisit,
        by="number",
        without=(
            *("line_id", "device_id", "account_id", "organiser_id", "place", "presentation_id"),
            *("clock_off_seconds", "attempts", "decided_by"),
        ),
    ),
    "visit_answers": Held(VisitAnswer, without=("ruled_by",)),
    "no_shows": Held(NoShow, without=("recorded_by",)),
    "order": Held(Shortlist, without=("commitment",)),
    "shown": Held(ComparisonShown, without=("account_id",)),
    "reviews": Held(Review),
    "comments": Held(ReviewComment, without=("decided_by",)),
    "complaints": Held(Complaint, without=("decided_by",)),
    "outcomes": Held(Outcome),
    "intake": Held(Intake),
    "messages": Held(Message, by="account_id"),
    "mail": Held(Mail, by="account_id"),
    "reminders": Held(Reminder, by="voucher_id"),
    "cases": Held(Case, without=("owner_id", "closed_by")),
    "events": Held(AuditEvent, by="voucher_id", without=("actor_id", "hash")),
    "reads": Held(ReadLog),
    "sign_ins": Held(SignInSession, by="role_grant_id", without=("token_hash",)),
}

LEFT_OUT: Final[Mapping[str, str]] = {
    "voucher_case": "says only which task is about which voucher; the task itself is there",
    "comment_publication": "says only which comment was published; the comment says when and with which release",
    "year_close": "says only which financial years an organiser has closed: nothing of anybody",
    "sign_in_link": "holds the hash of a one-time code and nothing else",
    "mailed_link": "an address that somebody new gave, and the hash of a one-time code, for a month",
}

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AllHeld:
    """Rows by part, and the names that ids in them stand for."""

    parts: Mapping[str, Sequence[Row]]
    providers: Mapping[UUID, str]
    services: Mapping[UUID, tuple[str, str, str]]
    """Finnish, Swedish, English."""
    categories: Mapping[str, tuple[str, str, str]]
    """What an outcome's code means."""
    people: Mapping[UUID, str]
    """Those who looked."""
    organiser: tuple[str, str, str]
    municipality: tuple[str, str] | None


async def all_held(session: AsyncSession, *, client_id: UUID, account_id: UUID | None) -> AllHeld:
    """Everything, in a fixed number of queries. `account_id`: whose messages and mail are read."""
    parts = {
        name: await _rows(session, held, client_id=client_id, account_id=account_id)
        for name, held in HELD.items()
    }
    await _tell_of_releases(session, parts["comments"], client_id)
    (client,) = parts["client"]
    home = (
        await session.get(Municipality, client["municipality_code"]) if client["municipality_code"] else None
    )
    organiser = await session.get_one(Organiser, client["organiser_id"])
    return AllHeld(
        parts=parts,
        providers=dict((await session.execute(_named(Provider, parts, "provider_id"))).all()),
        services={
            service.id: (service.name_fi, service.name_sv, service.name_en)
            for service in await session.scalars(
                select(Service).where(Service.id.in_(_ids(parts, "service_id")))
            )
        },
        categories={
            category.code: (category.name_fi, category.name_sv, category.name_en)
            for category in await session.scalars(select(OutcomeCategory))
        },
        people={
            account.id: account.display_name
            for account in await session.scalars(
                select(Account).where(Account.id.in_(_ids(parts, "account_id")), Account.display_name != "")
            )
        },
        organiser=(organiser.name_fi, organiser.name_sv, organiser.name_en),
        municipality=(home.name_fi, home.name_sv) if home is not None else None,
    )


async def _rows(
    session: AsyncSession, held: Held, *, client_id: UUID, account_id: UUID | None
) -> list[dict[str, Any]]:
    table = held.model.__table__
    columns = [column for column in table.columns if column.name not in held.without]
    own_vouchers = select(Voucher.id).where(Voucher.client_id == client_id)
    own_roles = select(RoleGrant.id).where(RoleGrant.client_id == client_id)
    whose: Mapping[str, ColumnElement[bool]] = {
        "id": table.c[held.by] == client_id,
        "client_id": table.c[held.by] == client_id,
        "voucher_id": table.c[held.by].in_(own_vouchers),
        "number": table.c[held.by].in_(select(Voucher.number).where(Voucher.client_id == client_id)),
        "account_id": table.c[held.by] == account_id,
        "role_grant_id": table.c[held.by].in_(own_roles),
    }
    rows = await session.execute(select(*columns).where(whose[held.by]).order_by(*table.primary_key))
    return [dict(row._mapping) for row in rows]


OUT: Final = ("release_id", "release_number", "public_from", "taken_down_at", "release_withdrawn_at")
"""What became of a comment that came out: with which release, since when the public reads it, whether it was taken down
after a report, and whether the whole release was taken back, so that it waits for the next. None of it for a comment
that never came out."""


async def _tell_of_releases(
    session: AsyncSession, comments: Sequence[dict[str, Any]], client_id: UUID
) -> None:
    """Add to each comment what the public saw of it, which stands in another table that names nobody."""
    rows = await session.execute(
        select(
            CommentPublication.review_id,
            Release.id,
            Release.number,
            Release.public_from,
            PublishedComment.withdrawn_at,
            ReleaseWithdrawal.withdrawn_at,
        )
        .join(PublishedComment, PublishedComment.id == CommentPublication.comment_id)
        .join(Release, Release.id == PublishedComment.release_id)
        .outerjoin(ReleaseWithdrawal, ReleaseWithdrawal.release_id == Release.id)
        .where(CommentPublication.client_id == client_id)
    )
    came_out = {review_id: values for review_id, *values in rows}
    for comment in comments:
        values = came_out.get(comment["review_id"], [None] * len(OUT))
        comment.update(zip(OUT, values, strict=True))


def _ids(parts: Mapping[str, Sequence[Row]], name: str) -> set[UUID]:
    found = {row[name] for rows in parts.values() for row in rows if row.get(name) is not None}
    if name == "provider_id":  # lists of them: what was shown, and in which order
        found |= {one for rows in parts.values() for row in rows for one in row.get("provider_ids", ())}
    return found


def _named(model: type[Provider], parts: Mapping[str, Sequence[Row]], name: str) -> Any:
    return select(model.id, model.name).where(model.id.in_(_ids(parts, name)))


def as_json(value: Any) -> Any:
    """A value as JSON has it: ids and moments as text."""
    if isinstance(value, (UUID, datetime, date)):
        return str(value) if isinstance(value, UUID) else value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): as_json(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_json(inner) for inner in value]
    return value
