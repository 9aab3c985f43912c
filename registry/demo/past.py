"""The past year: vouchers that were granted, chosen, used and reviewed, and those that are under way today."""

from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Final
from uuid import UUID

from registry.demo import acts
from registry.demo.agenda import Story, at_work
from registry.demo.clients import arrive, company_names, move_on, people_names
from registry.demo.stage import Begun, Firm, Stage, Town, Visitor
from registry.people.rules import EDUCATIONS
from registry.quality.intake.rules import IntakeFacts
from registry.quality.rules import ASPECTS, HALF_YEAR_DAYS, Moment
from registry.shared.period import local_date

OLDEST: Final = 350
"""The first voucher was granted this many days ago."""
FINISHED_SINCE: Final = 135
"""Whatever was granted before that has come to its end."""
COACHING: Final = "nuorten-tyonhakuvalmennus"
GUIDANCE: Final = "uraohjaus"
RECRUITING: Final = "rekrytoinnin-kehittamispalvelu"

COMPLAINS: Final = frozenset({2})
"""Whose course ends with a complaint."""

SESSIONS: Final = {COACHING: (250, 4), GUIDANCE: (100, 5), RECRUITING: (400, 4)}
"""Service → hundredths of a unit in one event, and how many events there are."""

COMMENTS: Final = (
    "Valmentaja kuunteli oikeasti.",
    "Sain työhaastattelun kolmannella viikolla.",
    "Olisin halunnut tavata useammin.",
    "Aloitus viivästyi, muuten hyvä.",
    "Meiltä puuttui yhteinen kieli alussa, mutta se ratkesi.",
)


@dataclass(frozen=True, slots=True)
class Course:
    """One voucher's way through a provider's service."""

    town: Town
    firm: Firm
    service: str
    name: str
    place: int
    began_days_ago: int
    quality: float
    """0 to 1: how good the provider is, which shows in who stays and in the scores."""
    tells_when_asked: bool = False
    """Wrote nothing when the service ended, but does when the provider asks everyone at once the day before yesterday:
    something for the register officer to look into."""


def play_the_past(stage: Stage) -> None:
    """Add the stories of everyone whom the providers served, spread evenly over the year."""
    people, companies = people_names(), company_names()
    place = 0
    for firm in stage.firms.values():
        for (town_code, service), offered in firm.offers.items():
            served = offered.facts["served"]
            under_way = 0 if "leaves" in offered.facts else (served + 1) // 2
            for began in [*_spread(OLDEST, FINISHED_SINCE, served), *_spread(FINISHED_SINCE, 15, under_way)]:
                place += 1
                name = next(companies if service == RECRUITING else people)
                course = Course(
                    stage.towns[town_code], firm, service, name, place, began, offered.facts["worked"]
                )
                stage.agenda.add(_follow(stage, course))
    for firm in stage.firms.values():
        for (town_code, service), offered in firm.offers.items():
            for began in _spread(OLDEST - 100, FINISHED_SINCE, offered.facts.get("asked_at_once", 0)):
                place += 1
                course = Course(
                    stage.towns[town_code],
                    firm,
                    service,
                    next(people),
                    place,
                    began,
                    offered.facts["worked"],
                    True,
                )
                stage.agenda.add(_follow(stage, course))


def _spread(first: int, last: int, count: int) -> list[int]:
    """So many days ago, evenly between the two."""
    return [first - round((first - last) * (place + 0.5) / count) for place in range(count)]


async def _follow(stage: Stage, course: Course) -> Story:
    """Grant, choice, confirmation, first meeting, events, review; one in seven breaks off half way."""
    rng = Random(f"course {course.place}")  # noqa: S311 - for variety, not for secrets
    town, firm, service = course.town, course.firm, course.service
    offer = (town.code, service)
    offered = firm.offers[offer]
    yield at_work(stage.agenda.days_ago(course.began_days_ago, rng.randint(8, 15), rng.randint(0, 59)))
    language = rng.choice(offered.facts["languages"])
    serves = offered.facts["municipalities"]
    visitor = await arrive(
        stage,
        town,
        course.name,
        case_worker=course.place % 2,
        kind="company" if service == RECRUITING else "person",
        municipality=rng.choice(serves) if serves and serves != "area" else rng.choice(town.municipalities),
        language=language if language in ("fi", "sv", "en") else "fi",
        service_languages=(language,),
        age_band=rng.choice(("under_20", "20_24", "20_24", "25_29")) if service == COACHING else "25_29",
    )
    facts = IntakeFacts(rng.choice((1, 4, 8, 8, 14, 14, 30)), rng.choice(EDUCATIONS[:3]))
    voucher_id = await acts.grant(stage, town, visitor, service, in_plan=rng.random() < 0.6, facts=facts)

    yield at_work(stage.now + timedelta(days=rng.randint(1, 5), hours=rng.randint(0, 5)))
    channel = rng.choice(("self", "self", "self", "phone", "counter"))
    assignment_id = await acts.choose(stage, visitor, voucher_id, firm, offer, channel=channel)

    yield at_work(stage.now + timedelta(days=rng.randint(0, 2), hours=rng.randint(1, 6)))
    await acts.confirm(stage, firm, assignment_id)

    yield at_work(stage.now + timedelta(days=2 + round((1 - course.quality) * 14) + rng.randint(0, 5)))
    shown = await acts.present(stage, visitor, firm, voucher_id)
    units, events = SESSIONS[service]
    stays = events if rng.random() < 0.7 + course.quality / 4 else max(1, events // 2)
    stage.begun.append(
        Begun(voucher_id, town.code, firm, service, local_date(stage.now), course.quality, facts)
    )
    for visit in range(stays):
        await acts.redeem(stage, firm, shown, units, offered.price_cents)
        yield at_work(stage.now + timedelta(days=rng.randint(6, 15)))
        if visit == 0 and rng.random() < 0.2:
            await acts.miss(stage, firm, shown)

    if course.place in COMPLAINS:
        stage.agenda.add(_complain(stage, course, visitor, voucher_id))
    async for moment in _tell(stage, course, rng, visitor, voucher_id):
        yield moment


async def _complain(stage: Stage, course: Course, visitor: Visitor, voucher_id: UUID) -> Story:
    """Somebody waited too long; the officer looks into it and finds it so."""
    complaint_id = await acts.complain(
        stage, visitor, course.firm, voucher_id, "waiting", "Ensimmäinen tapaaminen siirtyi kolme kertaa."
    )
    yield at_work(stage.now + timedelta(days=10))
    await acts.decide(
        stage,
        course.town,
        complaint_id,
        upheld=True,
        findings="Palveluntuottaja siirsi tapaamisen kolmesti omasta syystään. Siitä on huomautettu.",
    )


async def _tell(stage: Stage, course: Course, rng: Random, visitor: Visitor, voucher_id: UUID) -> Story:
    """Most tell what they thought of it, about half of them once more half a year later; then they move on."""
    if course.tells_when_asked:
        yield stage.agenda.days_ago(2, 10, course.place % 60)
        await acts.review(stage, visitor, course.firm, voucher_id, Moment.AFTER, _scores(rng, 0.95))
    elif rng.random() < 0.85:
        comment = rng.choice(COMMENTS) if rng.random() < 0.3 else None
        await acts.review(
            stage, visitor, course.firm, voucher_id, Moment.AFTER, _scores(rng, course.quality), comment
        )
        if rng.random() < 0.7:
            yield at_work(stage.now + timedelta(days=HALF_YEAR_DAYS + rng.randint(3, 12)))
            later = _scores(rng, course.quality - 0.05)
            await acts.review(stage, visitor, course.firm, voucher_id, Moment.HALF_YEAR, later)
    yield stage.now + timedelta(days=30)
    await move_on(stage, visitor)


def _scores(rng: Random, quality: float) -> dict[str, int]:
    """Scores of 0 to 10 that centre where the provider's quality is."""
    middle = 5.2 + 4.6 * quality
    return {aspect: max(0, min(10, round(rng.gauss(middle, 1.5)))) for aspect in ASPECTS}
