"""Counting choices that providers left unanswered, by group of clients."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import SQLColumnExpression, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.people.model import Client, ClientPerson
from registry.quality.lapses.rules import NOT_KNOWN, Group, shown_groups
from registry.vouchers.model import Assignment
from registry.vouchers.rules import AssignmentState

_GROUPS: Final[Mapping[str, SQLColumnExpression[Any]]] = {
    "age": Client.age_band,
    "language": Client.service_languages[1],
    # of a protected identity it is nobody's to see
    "municipality": case((ClientPerson.protected, None), else_=Client.municipality_code),
}


async def lapses_by_group(
    session: AsyncSession, *, organiser_id: UUID, since: datetime, until: datetime
) -> dict[str, list[Group]]:
    """By age band, language and home municipality: how many people's choices of the period were answered or not, and
    how many of them were left without an answer. What a client took back before the answer counts for nobody."""
    lapsed = Assignment.state == str(AssignmentState.LAPSED)
    settled = (
        lapsed | Assignment.answered_at.is_not(None) | (Assignment.state == str(AssignmentState.DECLINED))
    )
    found = {}
    for name, column in _GROUPS.items():
        code = func.coalesce(column, NOT_KNOWN).label("code")
        rows = await session.execute(
            select(
                code,
                func.count(Client.id.distinct()),
                func.count(Client.id.distinct()).filter(lapsed),
            )
            .join(Client, Client.id == Assignment.client_id)
            .join(ClientPerson, ClientPerson.client_id == Client.id)
            .where(
                Assignment.organiser_id == organiser_id,
                Assignment.chosen_at >= since,
                Assignment.chosen_at < until,
                settled,
            )
            .group_by(code)
        )
        found[name] = shown_groups({group: (people, left) for group, people, left in rows})
    return found
