"""A voucher's history as a timeline that people can read: what happened, in a sentence, and who did it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.queries import Event, timeline
from registry.shared.actor import Role
from registry.vouchers.queries import account_names, provider_names
from web.navigation import ROLE_LABELS
from web.translations import N_, format_money, gettext

TITLES: Final[dict[str, str]] = {
    "voucher.granted": N_("The voucher was granted"),
    "shortlist.frozen": N_("The providers to choose from were set out"),
    "voucher.chosen": N_("%(provider)s was chosen"),
    "choice.confirmed": N_("%(provider)s confirmed the client"),
    "choice.declined": N_("%(provider)s could not take the client"),
    "choice.lapsed": N_("%(provider)s did not answer in time"),
    "choice.provider_left": N_("%(provider)s left the register"),
    "voucher.presented": N_("The voucher was shown to %(provider)s"),
    "voucher.new_code": N_("A new code was made; the old one works no more"),
    "redemption.reserved": N_("%(provider)s reserved %(value)s for a coming visit"),
    "redemption.captured": N_("A visit was recorded: %(value)s"),
    "redemption.released": N_("A reservation of %(value)s was released"),
    "redemption.lapsed": N_("A reservation of %(value)s lapsed"),
    "redemption.reversed": N_("A recorded visit was reversed: %(value)s came back"),
    "voucher.used_up": N_("The voucher is used up"),
    "voucher.in_use": N_("The voucher has value again"),
    "voucher.refused": N_("The client refused the voucher"),
    "voucher.cancelled": N_("The authority cancelled the voucher"),
    "voucher.expired": N_("The voucher expired"),
    "voucher.wrapped_up": N_("The voucher was wrapped up"),
    "case.opened": N_("A task was opened for the case worker"),
    "case.closed": N_("The case worker’s task was done"),
}
"""Other events of a voucher say the same from another side, and are left to the audit trail."""

CANCEL_TEXTS: Final[dict[str, str]] = {
    "moved_away": N_("The client has moved to another area"),
    "no_longer_entitled": N_("The client is no longer entitled to the service"),
    "service_ended": N_("The service is no longer offered"),
    "granted_in_error": N_("The voucher was granted by mistake"),
    "client_asked": N_("The client asked for it"),
}


@dataclass(frozen=True, slots=True)
class Happening:
    """One entry of the timeline component."""

    when: datetime
    title: str
    text: str | None
    who: str | None


def _uuid(value: Any) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None


def _ids(events: Sequence[Event]) -> tuple[set[UUID], set[UUID]]:
    accounts = {event.actor_id for event in events if event.actor_id and event.actor_kind == "account"}
    providers = {found for event in events if (found := _uuid(event.facts.get("provider")))}
    return accounts, providers


def _who(event: Event, accounts: Mapping[UUID, str], viewer: Role) -> str:
    if event.actor_kind == "system":
        return gettext("The service itself")
    if event.actor_role == Role.CLIENT:
        return gettext("You") if viewer is Role.CLIENT else gettext("The client")
    role = gettext(ROLE_LABELS[Role(event.actor_role)]) if event.actor_role else ""
    name = accounts.get(event.actor_id) if event.actor_id else None
    if viewer is Role.CLIENT and event.actor_role == Role.PROVIDER_USER:
        name = None  # which of the provider's people pressed the button is not the client's concern
    return f"{name}, {role[:1].lower()}{role[1:]}" if name else role


def _text(event: Event) -> str | None:
    facts = event.facts
    if event.action == "voucher.cancelled" and facts.get("reason") in CANCEL_TEXTS:
        return gettext(CANCEL_TEXTS[str(facts["reason"])])
    if event.action in ("voucher.cancelled", "voucher.expired", "voucher.refused", "voucher.wrapped_up"):
        returned = int(facts.get("returned_cents") or 0)
        return (
            gettext("%(amount)s went back to the budget.", amount=format_money(returned))
            if returned
            else None
        )
    if event.action == "voucher.chosen":
        channels = {"counter": N_("Recorded at the counter."), "phone": N_("Recorded by phone.")}
        return gettext(channels[facts["channel"]]) if facts.get("channel") in channels else None
    own_share = int(facts.get("own_share_cents") or 0)
    if own_share:
        return gettext("The client’s own share: %(amount)s.", amount=format_money(own_share))
    return None


def _value(event: Event) -> str:
    cents = event.facts.get("value_cents")
    return format_money(int(cents)) if cents is not None else ""


async def history(session: AsyncSession, *, voucher_id: UUID, viewer: Role) -> list[Happening]:
    """The timeline, newest first; a fixed number of queries."""
    events = [e for e in await timeline(session, voucher_id=voucher_id) if e.action in TITLES]
    account_ids, provider_ids = _ids(events)
    accounts = await account_names(session, ids=account_ids)
    providers = await provider_names(session, ids=provider_ids)
    unnamed = gettext("The provider")
    return [
        Happening(
            when=event.at,
            title=gettext(
                TITLES[event.action],
                provider=providers.get(_uuid(event.facts.get("provider")) or UUID(int=0), unnamed),
                value=_value(event),
            ),
            text=_text(event),
            who=_who(event, accounts, viewer),
        )
        for event in reversed(events)
    ]
