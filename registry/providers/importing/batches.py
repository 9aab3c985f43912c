"""Deciding, entry by entry, what of a batch is to be written: what is new, what has changed, what stays.

What a row says has a digest, kept with what it made: the same digest again means that nothing is to be done, and
what was edited here since (places, own words, a decision) stays as it is. The source is the master of what it
says, so a changed row changes it; but who has left the register here is not brought back by a file.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from registry.audit.commands import event_values
from registry.providers.importing.entries import Entry, Rejected
from registry.providers.importing.prices import told_anew
from registry.providers.importing.values import Note
from registry.providers.keeping.model import AdmissionPrice
from registry.providers.model import Admission, Application
from registry.providers.rules import (
    AdmissionState,
    ApplicationState,
    Offer,
    move_admission,
    move_application,
    places_fit,
)
from registry.shared.actor import Actor
from registry.shared.errors import Refusal
from registry.shared.identifiers import uuid7
from registry.shared.period import local_date
from registry.shared.vat import vat_in

OPEN: Final = frozenset({"draft", "submitted", "more_information", "hearing"})
STANDING: Final = frozenset({"active", "suspended"})


@dataclass(frozen=True, slots=True)
class Target:
    """Where a file is loaded."""

    organiser_id: UUID
    scheme: str
    services: dict[str, UUID]
    """Code → id."""
    columns: frozenset[str]
    """Provider columns that the mapping fills: the others stay as they are."""
    statements: frozenset[str]
    """Which of the provider's own statements on a service it fills."""


@dataclass(slots=True)
class Writes:
    """The rows that a batch will write; nothing is written while they are collected."""

    providers: list[dict[str, Any]] = field(default_factory=list)
    provider_updates: list[dict[str, Any]] = field(default_factory=list)
    admissions: list[dict[str, Any]] = field(default_factory=list)
    admission_updates: list[dict[str, Any]] = field(default_factory=list)
    prices: list[dict[str, Any]] = field(default_factory=list)
    price_updates: list[dict[str, Any]] = field(default_factory=list)
    applications: list[dict[str, Any]] = field(default_factory=list)
    application_updates: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Outcome:
    """What a batch came to."""

    counts: Counter[str] = field(default_factory=Counter)
    """new, changed, unchanged."""
    states: Counter[str] = field(default_factory=Counter)
    """Good rows by the state that their register gives them."""
    rejected: list[Rejected] = field(default_factory=list)
    notes: list[tuple[int, Note]] = field(default_factory=list)


@dataclass(slots=True)
class Known:
    """What is there already of a batch: locked, so that nobody takes a place while it changes."""

    providers: dict[str, Any]
    admissions: dict[tuple[UUID, UUID], list[Admission]]
    applications: dict[tuple[UUID, UUID], list[Application]]
    prices: dict[UUID, AdmissionPrice]
    """Admission → the row of the price that holds today, where there is one."""


@dataclass(slots=True)
class Batch:
    """Decides, entry by entry, what is to be written."""

    target: Target
    actor: Actor
    now: datetime
    known: Known
    writes: Writes = field(default_factory=Writes)
    outcome: Outcome = field(default_factory=Outcome)

    def take(self, entry: Entry) -> None:
        """One entry: new, changed, unchanged, or rejected as a whole, with nothing of it written."""
        mine = Writes()
        provider_id, kind = self._provider(entry, mine)
        reasons: list[Note] = []
        for code, offer in entry.offers.items():
            found = self._service(entry, provider_id, code, offer, mine)
            if isinstance(found, Note):
                reasons.append(found)
            elif found == "changed" and kind == "unchanged":
                kind = "changed"
        if reasons:
            self.outcome.rejected.append(Rejected(entry.line, entry.cells, list(dict.fromkeys(reasons))))
            return
        for name in Writes.__slots__:
            getattr(self.writes, name).extend(getattr(mine, name))
        self.outcome.counts[kind] += 1
        self.outcome.states[entry.state] += 1
        self.outcome.notes += [(entry.line, note) for note in entry.notes]

    def _provider(self, entry: Entry, mine: Writes) -> tuple[UUID, str]:
        known = self.known.providers.get(entry.identity)
        if known is None:
            provider_id = uuid7()
            mine.providers.append(
                entry.provider
                | {
                    "id": provider_id,
                    "identity_scheme": self.target.scheme,
                    "identity_value": entry.identity,
                    "introduction": {},
                    "source_digest": entry.provider_digest,
                    "created_at": self.now,
                }
            )
            self._event(mine, "provider.imported", "provider", provider_id, entry, organiser=False)
            return provider_id, "new"
        if known.source_digest == entry.provider_digest:
            return known.id, "unchanged"
        kept = {"search_words", "sort_key", "source", "fictional", *self.target.columns}
        changes = {name: value for name, value in entry.provider.items() if name in kept}
        mine.provider_updates.append(changes | {"id": known.id, "source_digest": entry.provider_digest})
        self._event(mine, "provider.import_changed", "provider", known.id, entry, organiser=False)
        return known.id, "changed"

    def _service(self, entry: Entry, provider_id: UUID, code: str, offer: Offer, mine: Writes) -> str | Note:
        service_id = self.target.services[code]
        admissions = self.known.admissions.get((provider_id, service_id), [])
        applications = self.known.applications.get((provider_id, service_id), [])
        standing = next((a for a in admissions if a.state in STANDING), None)
        if standing is not None:
            return self._change_admission(entry, standing, offer, mine)
        waiting = next((a for a in applications if a.state in OPEN), None)
        if waiting is not None:
            return self._change_application(entry, waiting, offer, mine)
        digests = {a.source_digest for a in admissions} | {a.source_digest for a in applications}
        if entry.offer_digest in digests:
            return "unchanged"
        if admissions:
            return Note("admission.left", "", max(admissions, key=lambda a: a.created_at).state)
        if entry.state == "submitted":
            self._apply(entry, provider_id, service_id, offer, mine)
        else:
            self._admit(entry, provider_id, service_id, offer, mine)
        return "changed"

    def _apply(self, entry: Entry, provider_id: UUID, service_id: UUID, offer: Offer, mine: Writes) -> None:
        application_id = uuid7()
        mine.applications.append(
            {
                "id": application_id,
                "organiser_id": self.target.organiser_id,
                "provider_id": provider_id,
                "service_id": service_id,
                "state": str(ApplicationState.SUBMITTED),
                "offer": offer.document(),
                "submitted_by": None,
                "submitted_at": entry.submitted_at or self.now,
                "source_digest": entry.offer_digest,
                "created_at": self.now,
            }
        )
        self._event(mine, "application.imported", "application", application_id, entry, to_state="submitted")

    def _admit(self, entry: Entry, provider_id: UUID, service_id: UUID, offer: Offer, mine: Writes) -> None:
        admission_id = uuid7()
        mine.admissions.append(
            _offer_columns(offer, self.target.statements)
            | {
                "id": admission_id,
                "provider_id": provider_id,
                "service_id": service_id,
                "organiser_id": self.target.organiser_id,
                "state": entry.state,
                "state_reason": entry.state_reason,
                "valid_from": local_date(self.now),
                "taken": 0,
                "source_digest": entry.offer_digest,
                "created_at": self.now,
            }
        )
        self._event(mine, "admission.imported", "admission", admission_id, entry, to_state=entry.state)

    def _change_admission(self, entry: Entry, standing: Admission, offer: Offer, mine: Writes) -> str | Note:
        if standing.source_digest == entry.offer_digest:
            return "unchanged"
        if entry.state == "submitted":
            return Note("admission.stands", "", standing.state)
        if isinstance(places_fit(places=offer.places, taken=standing.taken), Refusal):
            return Note("places.below_taken", "places", f"{offer.places}, taken {standing.taken}")
        to = AdmissionState(entry.state)
        if to != standing.state and isinstance(move_admission(AdmissionState(standing.state), to), Refusal):
            return Note("admission.left", "", standing.state)
        mine.admission_updates.append(
            _offer_columns(offer, self.target.statements)
            | self._vat_columns(standing, offer, mine)
            | {
                "id": standing.id,
                "state": str(to),
                "state_reason": entry.state_reason,
                "source_digest": entry.offer_digest,
            }
        )
        self._event(
            mine,
            "admission.import_changed",
            "admission",
            standing.id,
            entry,
            from_state=standing.state,
            to_state=str(to),
        )
        return "changed"

    def _vat_columns(self, standing: Admission, offer: Offer, mine: Writes) -> dict[str, Any]:
        """A register tells a rate and no category: as long as it tells the same rate, what the provider said itself
        stays. Another one holds from today on."""
        if standing.vat_rate_bp == offer.vat_rate_bp:
            return vat_in(standing).columns() | {"vat_since": standing.vat_since}
        price = self.known.prices.get(standing.id)
        if price is not None:
            told, ended = told_anew(price, offer.unit_price_cents, offer.vat, now=self.now)
            mine.prices += told
            mine.price_updates += ended
        return {"vat_since": local_date(self.now)}

    def _change_application(
        self, entry: Entry, waiting: Application, offer: Offer, mine: Writes
    ) -> str | Note:
        """An application that waits here: its offer follows the source, and so does the source's own decision."""
        if waiting.source_digest == entry.offer_digest:
            return "unchanged"
        changes: dict[str, Any] = {
            "id": waiting.id,
            "offer": offer.document(),
            "source_digest": entry.offer_digest,
            "state": waiting.state,
            "decided_at": None,
        }
        if entry.state != "submitted":
            to = ApplicationState.APPROVED
            if isinstance(move_application(ApplicationState(waiting.state), to), Refusal):
                return Note("application.waits", "", waiting.state)
            changes |= {"state": str(to), "decided_at": self.now}
            self._admit(entry, waiting.provider_id, waiting.service_id, offer, mine)
        mine.application_updates.append(changes)
        self._event(
            mine,
            "application.import_changed",
            "application",
            waiting.id,
            entry,
            from_state=waiting.state,
            to_state=changes["state"],
        )
        return "changed"

    def _event(
        self,
        mine: Writes,
        action: str,
        kind: str,
        subject_id: UUID,
        entry: Entry,
        *,
        organiser: bool = True,
        from_state: str | None = None,
        to_state: str | None = None,
    ) -> None:
        mine.events.append(
            event_values(
                actor=self.actor,
                now=self.now,
                action=action,
                subject_kind=kind,
                subject_id=subject_id,
                organiser_id=self.target.organiser_id if organiser else None,
                from_state=from_state,
                to_state=to_state,
                facts={
                    "scheme": self.target.scheme,
                    "line": entry.line,
                    "digest": (entry.offer_digest if organiser else entry.provider_digest).hex(),
                },
            )
        )


def _offer_columns(offer: Offer, statements: frozenset[str]) -> dict[str, Any]:
    """The columns of an admission that the register tells."""
    own = {"same_coach": offer.same_coach, "experience": list(offer.experience)}
    return {name: value for name, value in own.items() if name in statements} | {
        "rule_book_version": offer.rule_book_version,
        "unit_price_cents": offer.unit_price_cents,
        **offer.vat.columns(),
        "municipality_codes": list(offer.municipality_codes),
        "remote": offer.remote,
        "languages": list(offer.languages),
        "accessibility": list(offer.accessibility),
        "method": offer.method,
        "first_talk_free": offer.first_talk_free,
        "places": offer.places,
        "next_start": offer.next_start,
    }
