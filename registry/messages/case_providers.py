"""Which provider a case is about, whatever kind of thing its subject is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.providers.model import Provider
from registry.shared.database import metadata

TABLES: Final[Mapping[str, str]] = {
    "admission": "admission",
    "decision": "decision",
    "change": "admission_change",
    "corrective": "corrective_requirement",
    "representation": "representation",
    "finding": "oversight_finding",
    "inspection": "inspection",
    "complaint": "complaint",
    "release_objection": "release_objection",
    "published_comment": "published_comment",
    "quality_alarm": "quality_alarm",
    "redemption_alarm": "redemption_alarm",
    "no_show": "no_show",
    "visit": "redemption",
    "offline_visit": "offline_visit",
    "milestone": "milestone_claim",
    "assignment": "assignment",
    "statement": "statement",
    "line_dispute": "line_dispute",
    "payment": "payment",
}
"""Kind of subject → the table whose row names the provider. Of a voucher or a client no one provider can be named."""


@dataclass(frozen=True, slots=True)
class CaseProvider:
    id: UUID
    name: str


async def provider_behind(
    session: AsyncSession, *, subject_kind: str, subject_id: UUID
) -> CaseProvider | None:
    """The provider of what a case is about, as far as the transaction sees it; None where there is none."""
    if subject_kind == "provider":
        condition = Provider.id == subject_id
    else:
        name = TABLES.get(subject_kind)
        if name is None:
            return None
        table = metadata.tables[name]
        condition = Provider.id == (
            select(table.c.provider_id).where(table.c.id == subject_id).scalar_subquery()
        )
    row = (await session.execute(select(Provider.id, Provider.name).where(condition))).one_or_none()
    return None if row is None else CaseProvider(row.id, row.name)
