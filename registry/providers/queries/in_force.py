"""The decisions that standing approvals rest on, as anybody may know them: what was decided, when, under which reference
and on what law. What a decision says of the provider is its own."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.legal_regimes.rules import Source

_BASIS: Final = TypeAdapter(tuple[Source, ...])
_IN_FORCE: Final = text("SELECT * FROM registry_decisions_in_force(CAST(:wanted AS uuid[]))")
LATER: Final = frozenset({"changed", "suspended"})


@dataclass(frozen=True, slots=True)
class DecisionInForce:
    """A decision: the one that gave the approval, the latest that changed it, or the one that suspends it."""

    kind: str
    reference: str
    decided_on: date
    basis: tuple[Source, ...]

    @property
    def gives(self) -> bool:
        """Whether the approval rests on it from the beginning."""
        return self.kind not in LATER

    @property
    def law(self) -> str:
        """Acts and sections without words of any language: "569/2009 § 5"."""
        return "; ".join(
            f"{one.act} § {', '.join(one.sections)}" if one.sections else one.act for one in self.basis
        )


async def decisions_in_force(
    session: AsyncSession, admission_ids: Collection[UUID]
) -> dict[UUID, tuple[DecisionInForce, ...]]:
    """Admission → its decisions, the one that gave it first; none of an approval that was imported, or that no longer
    stands: of who has left the register nothing is said."""
    if not admission_ids:
        return {}
    rows = await session.execute(_IN_FORCE, {"wanted": [str(one) for one in admission_ids]})
    found: dict[UUID, list[DecisionInForce]] = {}
    for admission_id, kind, reference, decided_on, basis in rows:
        found.setdefault(admission_id, []).append(
            DecisionInForce(kind, reference, decided_on, _BASIS.validate_python(basis or ()))
        )
    return {
        admission_id: tuple(sorted(each, key=lambda one: (not one.gives, one.decided_on)))
        for admission_id, each in found.items()
    }
