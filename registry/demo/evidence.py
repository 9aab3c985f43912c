"""What became of those whom the providers served, and the releases that publish it."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import accumulate, pairwise
from typing import Final

from registry.demo.agenda import Story
from registry.demo.stage import Stage, Town
from registry.quality.outcomes.commands import OutcomeRow, record_outcomes
from registry.quality.releases import publish_release
from registry.shared.period import local_date

GOOD: Final = {"open_job": 50, "subsidised_job": 15, "self_employed": 5, "study_place": 30}
OTHER: Final = {"other_service": 40, "none": 60}
SOONER: Final = {3: 0.85, 6: 1.0, 12: 0.97}
"""Month → the share of the later result that is there by then."""

FIRST_REPORT, FIRST_RELEASE, SECOND_REPORT, SECOND_RELEASE = 130, 120, 9, 3
"""Days before today. The second report is about more people, so that the releases differ."""


async def publish_evidence(stage: Stage, town: Town) -> Story:
    """The authority reports outcomes twice, and a release follows each report."""
    for report, release, share in (
        (FIRST_REPORT, FIRST_RELEASE, 0.75),
        (SECOND_REPORT, SECOND_RELEASE, 1.0),
    ):
        yield stage.agenda.days_ago(report, 6)
        async with stage.database.transaction(town.itself.sight) as session:
            await record_outcomes(
                session,
                actor=town.itself,
                now=stage.now,
                organiser_id=town.id,
                rows=list(_outcomes(stage, town, share)),
            )
        yield stage.agenda.days_ago(release, 6)
        async with stage.database.transaction(town.itself.sight) as session:
            await publish_release(session, actor=town.itself, now=stage.now, organiser_id=town.id)


def _outcomes(stage: Stage, town: Town, share: float) -> Iterator[OutcomeRow]:
    """Counted groups of earlier clients, by provider and category; reporting them again with more people corrects."""
    for firm in stage.firms.values():
        for (town_code, service), offered in firm.offers.items():
            people = round(offered.facts["people"] * share)
            if town_code != town.code or not people:
                continue
            for month, by_then in SOONER.items():
                for category, count in _shares(people, offered.facts["worked"] * by_then).items():
                    if count:
                        yield OutcomeRow(
                            service_id=town.services[service],
                            reference=f"{firm.code}/{category}",
                            month=month,
                            category=category,
                            status_on=local_date(stage.now) - timedelta(days=20),
                            provider_id=firm.id,
                            people=count,
                        )


def _shares(people: int, rate: float) -> dict[str, int]:
    """People by category: of those with a known result `rate` do well; a few are on leave, of a few nothing is known."""
    good = round(people * rate)
    counts = _split(good, GOOD) | _split(people - good, OTHER)
    return counts | {"neutral_exit": people // 16, "unknown": people // 11}


def _split(people: int, percent: Mapping[str, int]) -> dict[str, int]:
    """Whole people by percentages that make a hundred: all of them, whatever is rounded."""
    edges = [0, *accumulate(percent.values())]
    return {
        category: round(people * upper / 100) - round(people * lower / 100)
        for category, (lower, upper) in zip(percent, pairwise(edges), strict=True)
    }
