"""What became of those whom the providers served, and the releases that publish it: one public, one in preview."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import accumulate, pairwise
from random import Random
from typing import Final

from registry.demo.agenda import Story
from registry.demo.past import COACHING
from registry.demo.stage import Stage, Town
from registry.quality.outcomes.commands import OutcomeRow, record_outcomes
from registry.quality.outcomes.rules import status_day, status_fits
from registry.quality.releases import publish_release
from registry.shared.errors import Accepted
from registry.shared.period import local_date

GOOD: Final = {"open_job": 50, "subsidised_job": 15, "self_employed": 5, "study_place": 30}
OTHER: Final = {"other_service": 40, "none": 60}
SOONER: Final = {3: 0.85, 6: 1.0, 12: 0.97}
"""Month → the share of the later result that is there by then."""

FIRST_REPORT, FIRST_RELEASE, SECOND_REPORT, SECOND_RELEASE = 20, 14, 9, 3
"""Days before today: the first release is public since some days, the second still in preview. The second report is
about more people, so that they differ."""

BY_VOUCHER: Final = "turku"
"""The organiser that reports its coaching client by client, so that expected results stand beside observed ones; the
others report counted groups, of whom no intake facts are known."""


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
                rows=[*_outcomes(stage, town, share), *_by_voucher(stage, town)],
            )
        yield stage.agenda.days_ago(release, 6)
        async with stage.database.transaction(town.itself.sight) as session:
            await publish_release(session, actor=town.itself, now=stage.now, organiser_id=town.id)


def _outcomes(stage: Stage, town: Town, share: float) -> Iterator[OutcomeRow]:
    """Counted groups of earlier clients, by provider and category; reporting them again with more people corrects."""
    for firm in stage.firms.values():
        for (town_code, service), offered in firm.offers.items():
            people = round(offered.facts["people"] * share)
            if town_code != town.code or not people or (town_code, service) == (BY_VOUCHER, COACHING):
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


def _by_voucher(stage: Stage, town: Town) -> Iterator[OutcomeRow]:
    """What became of each client: the better the provider and the easier the case, the more often it went well."""
    if town.code != BY_VOUCHER:
        return
    latest = local_date(stage.now) - timedelta(days=5)
    for place, begun in enumerate(
        row for row in stage.begun if (row.town, row.service) == (town.code, COACHING)
    ):
        luck = Random(f"outcome {place}").random()  # noqa: S311 - for variety, not for secrets
        easy = 0.9 if begun.facts.months_unemployed < 12 else 0.55
        for month, by_then in SOONER.items():
            status_on = min(status_day(begun.began_on, month), latest)
            fits = status_fits(began_on=begun.began_on, month=month, status_on=status_on)
            if isinstance(fits, Accepted):
                good = luck < begun.quality * easy * by_then
                yield OutcomeRow(
                    service_id=town.services[COACHING],
                    reference=str(begun.voucher_id),
                    month=month,
                    category="open_job" if good else "none",
                    status_on=status_on,
                    voucher_id=begun.voucher_id,
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
