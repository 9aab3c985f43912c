"""Those who can be met today: one of everything that can be the matter with a voucher (cast.toml)."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from registry.demo import acts
from registry.demo.agenda import Story
from registry.demo.clients import arrive, identity_code
from registry.demo.past import COACHING
from registry.demo.register import business_ids
from registry.demo.setting import HISTORY, told
from registry.demo.stage import Firm, Stage, Town, Visitor
from registry.demo.without_network import Kept, send_kept

OF_CLIENT: Final = (
    "kind",
    "municipality",
    "language",
    "service_languages",
    "accessibility",
    "protected",
    "case_worker",
)


@dataclass(slots=True)
class Part:
    """One of the cast, and how far the voucher has come."""

    stage: Stage
    town: Town
    visitor: Visitor
    service: str
    firm: Firm | None = None
    voucher_id: UUID = field(init=False)
    assignment_id: UUID = field(init=False)
    shown: UUID = field(init=False)
    redemption_id: UUID = field(init=False)

    @property
    def chosen(self) -> Firm:
        if self.firm is None:
            raise ValueError("this one has not chosen yet")
        return self.firm

    @property
    def price(self) -> int:
        return self.chosen.offers[self.town.code, self.service].price_cents


async def _grant(part: Part, how: str = "") -> None:
    pilot = how == "pilot"
    part.voucher_id = await acts.grant(
        part.stage,
        part.town,
        part.visitor,
        part.service,
        in_plan=how == "plan",
        line_id=part.town.pilot_line if pilot else None,
        units=800 if pilot else None,
    )


async def _choose(part: Part, firm: str, channel: str = "self") -> None:
    part.firm = part.stage.firms[firm]
    offer = (part.town.code, part.service)
    part.assignment_id = await acts.choose(
        part.stage, part.visitor, part.voucher_id, part.firm, offer, channel=channel
    )


async def _present(part: Part) -> None:
    part.shown = await acts.present(part.stage, part.visitor, part.chosen, part.voucher_id)


async def _redeem(part: Part, units: int, *, reserve: bool = False) -> None:
    part.redemption_id = await acts.redeem(
        part.stage, part.chosen, part.shown, units, part.price, reserve=reserve
    )


async def _reserve(part: Part, units: int) -> None:
    await _redeem(part, units, reserve=True)


async def _send(part: Part, *visits: list[int]) -> None:
    """What a phone kept: each visit so many days ago, and so long."""
    kept = [Kept(days, units) for days, units in visits]
    await send_kept(part.stage, part.chosen, part.visitor, part.voucher_id, kept)


ACTS: Final[Mapping[str, Callable[..., Awaitable[None]]]] = {
    "grant": _grant,
    "look": lambda part: acts.look(part.stage, part.visitor, part.voucher_id),
    "choose": _choose,
    "confirm": lambda part: acts.confirm(part.stage, part.chosen, part.assignment_id),
    "meet": lambda part, days: acts.propose_meeting(part.stage, part.chosen, part.assignment_id, days),
    "guardian": lambda part, name: acts.appoint_guardian(part.stage, part.visitor, name),
    "decline": lambda part: acts.decline(part.stage, part.chosen, part.assignment_id),
    "present": _present,
    "redeem": _redeem,
    "reserve": _reserve,
    "capture": lambda part, units: acts.capture(part.stage, part.chosen, part.redemption_id, units),
    "send": _send,
    "release": lambda part: acts.release(part.stage, part.chosen, part.redemption_id),
    "reverse": lambda part, why: acts.reverse(part.stage, part.chosen, part.redemption_id, why),
    "say": lambda part, answer, words: acts.say_of_visit(
        part.stage, part.visitor, part.redemption_id, answer, words
    ),
    "refuse": lambda part: acts.refuse(part.stage, part.visitor, part.voucher_id),
    "cancel": lambda part, why: acts.cancel(part.stage, part.visitor, part.voucher_id, why),
    "help": lambda part: acts.ask_for_help(part.stage, part.visitor, part.voucher_id),
    "code": lambda part: acts.new_code(part.stage, part.visitor, part.voucher_id),
}


def play_today(stage: Stage) -> None:
    for place, facts in enumerate(told("cast")["client"]):
        stage.agenda.add(_play(stage, facts, place))


async def _play(stage: Stage, facts: dict[str, Any], place: int) -> Story:
    yield stage.agenda.days_ago(HISTORY - 10, 9)
    town = stage.towns[facts.get("town", "oulu")]
    # companies have the last of the numbers that belong to nobody, so that they are not the providers'
    company = facts.get("kind") == "company"
    identity = (
        business_ids()[-1 - place]
        if company
        else identity_code(place, today_year=stage.today.year, age=20 + place % 9)
    )
    visitor = await arrive(
        stage,
        town,
        facts["name"],
        identity=identity,
        **{name: facts[name] for name in OF_CLIENT if name in facts},
    )
    part = Part(stage, town, visitor, facts.get("service", COACHING))
    for step, (days, act, *how) in enumerate(facts["script"]):
        hour, minute = 9 + step * 3 // 5, step * 17 % 60
        yield stage.agenda.days_ago(days, hour, minute) if days >= 1 else stage.agenda.hours_ago(days * 24)
        await ACTS[act](part, *how)
