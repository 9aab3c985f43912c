"""The report's page: one file that needs nothing else, readable without its pictures."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from registry.quality.beta import SURE
from registry.quality.evaluation.calibration import MAIN
from registry.quality.evaluation.pictures import calibration_picture, interval_picture
from registry.quality.evaluation.reading import FITTED, PROVED, Outcomes
from registry.quality.evaluation.study import TOP, FieldStudy, Study
from registry.quality.rules import FEWEST, METHOD

MOST_DRAWN = 40
"""A picture of more providers would not fit a screen."""

_STYLE = """
:root { color-scheme: light dark; --ink: #1b1b1b; --soft: #595959; --rule: #c8c8c8; --mark: #0b5fa5; --paper: #fff }
@media (prefers-color-scheme: dark) {
  :root { --ink: #f0f0f0; --soft: #b8b8b8; --rule: #555; --mark: #7db8ec; --paper: #161616 } }
body { font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 68rem; margin: 2rem auto; padding: 0 1rem }
h1, h2 { line-height: 1.2 }
.wide { overflow-x: auto }
table { border-collapse: collapse; margin: 1rem 0 }
caption { text-align: left; font-weight: 600; padding-bottom: .4rem }
th, td { padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--rule); text-align: right; vertical-align: top }
td, thead th + th { white-space: nowrap }
th:first-child { text-align: left }
tbody th { font-weight: 400 }
code { overflow-wrap: anywhere }
thead th { border-bottom: 2px solid var(--ink) }
details { overflow: hidden }
summary { cursor: pointer; padding: .25rem 0 }
svg { max-width: 100%; height: auto }
svg text { font: 13px system-ui, sans-serif; fill: var(--ink) }
svg .grid { stroke: var(--rule); fill: none }
svg .line { stroke: var(--ink); stroke-width: 2; fill: none }
svg .usual { stroke: var(--mark); stroke-width: 2; stroke-dasharray: 5 4; fill: none }
svg .dot { fill: var(--mark) }
svg .raw { fill: var(--paper); stroke: var(--soft); stroke-width: 2 }
"""


def page(found: Study, read: Outcomes) -> str:
    """The whole page."""
    parts = (
        f"<h1>The method on {escape(read.name)}</h1>",
        *_summary(found, read),
        *_calibration(found),
        *_fields(found, read),
        *_picture(found, read),
        *_details(found, read),
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Evaluation of method {METHOD} on {escape(read.name)}</title>\n<style>{_STYLE}</style>\n</head>\n"
        "<body>\n<main>\n" + "\n".join(parts) + "\n</main>\n</body>\n</html>\n"
    )


def _percent(share: float) -> str:
    """65.4 %, with a space that does not break."""
    return f"{100 * share:.1f}\N{NO-BREAK SPACE}%"


def _level(level: float) -> str:
    """90 %"""
    return f"{100 * level:.0f}\N{NO-BREAK SPACE}%"


def _summary(found: Study, read: Outcomes) -> Iterator[str]:
    estimates = list(found.estimates)
    fitted = sum(field.fitted for field in found.fields)
    tops = [field.top_ten for field in found.fields if field.top_ten]
    yield (
        f"<p>Method version {METHOD}, fitted on the result of quarter {FITTED} after the service. The file’s SHA-256 is"
        f" <code>{read.sha256}</code>. The same figures are in fields.csv, providers.csv and calibration.csv.</p>"
    )
    yield "<ul>"
    yield (
        f"<li>{len(estimates):,} results of {sum(e.n for e in estimates):,} people in {len(found.fields)} fields;"
        f" {found.left_out} rows were left out: nothing known, or fewer than {FEWEST} people.</li>"
    )
    yield (
        f"<li>A mean and κ were fitted to the {fitted} fields that have two providers or more. A sole provider has the"
        " uniform prior.</li>"
    )
    if found.share_apart is not None:
        yield (
            f"<li>Of {found.pairs:,} pairs within a field, <strong>{_percent(found.share_apart)}</strong> can be told"
            f" apart: the probability that one is better is {SURE:.2f} or more. Of the others it would be wrong to say"
            " that either is better.</li>"
        )
    if tops:
        changed = sum(top.changed for top in tops)
        yield (
            f"<li>In {len(tops)} fields with more than {TOP} providers, {changed} of {TOP * len(tops)} places among the"
            f" top ten go to others than by raw rate, and {sum(top.first_changed for top in tops)} of {len(tops)} first"
            f" places. Behind a top place stand on average {sum(t.people for t in tops) / len(tops):.0f} people,"
            f" by raw rate {sum(t.people_raw for t in tops) / len(tops):.0f}.</li>"
        )
    kept = found.calibration.levels.get(MAIN)
    if kept:
        yield (
            f"<li>The {_level(MAIN)} interval, widened for sampling, contains quarter {PROVED}’s result in"
            f" <strong>{_percent(kept.inside)}</strong> of {kept.providers:,} cases. The method expects"
            f" {_percent(kept.expected)}: counts are whole, so an interval holds a little more than it must.</li>"
        )
    yield "</ul>"


def _calibration(found: Study) -> Iterator[str]:
    calibration = found.calibration
    yield "<h2>Does it keep its word?</h2>"
    if not calibration.levels:
        yield f"<p>No field with two providers or more has a result of quarter {PROVED}.</p>"
        return
    both = [(e, e.foretold.later) for f in found.fields if f.fitted for e in f.estimates if e.foretold]
    before = sum(e.k for e, _ in both) / sum(e.n for e, _ in both)
    after = sum(later.k for _, later in both) / sum(later.n for _, later in both)
    yield (
        f"<p>From each provider’s result of quarter {FITTED} the method foretells an interval for its result of quarter"
        f" {PROVED}: the beta-binomial of as many people as that quarter has. Fields with a sole provider are left out."
        f" Two things move this comparison. Most people of quarter {PROVED} are people of quarter {FITTED}, seen later,"
        f" so the two results are closer than those of independent groups: intervals hold more often. And the level"
        f" itself moved, from {_percent(before)} to {_percent(after)}: they hold less often.</p>"
    )
    yield calibration_picture(calibration)
    yield _table(
        "How often foretold intervals held",
        ("Interval", "Results", "Held", "Expected"),
        (
            (_level(level), str(k.providers), _percent(k.inside), _percent(k.expected))
            for level, k in calibration.levels.items()
        ),
    )
    yield _table(
        f"The {_level(MAIN)} interval by the number of people in quarter {PROVED}",
        ("People", "Results", "Held", "Expected"),
        (
            (
                f"{a} to {b}" if b else f"{a} and more",
                str(k.providers),
                _percent(k.inside),
                _percent(k.expected),
            )
            for (a, b), k in calibration.sizes.items()
        ),
    )


def _name(field: FieldStudy, read: Outcomes) -> str:
    title = read.titles.get(field.field)
    return f"{field.field} {title}" if title else field.field


def _fields(found: Study, read: Outcomes) -> Iterator[str]:
    yield "<h2>Fields</h2>"
    yield (
        "<p>κ says how alike providers are: a provider’s own result weighs as much as the field’s usual level once n"
        f" is κ. “Changed” is how many of the top ten by estimate are not among the top ten by raw rate, in fields with"
        f" more than {TOP} providers.</p>"
    )
    by_size = sorted((f for f in found.fields if f.fitted), key=lambda f: (-len(f.estimates), f.field))
    yield _table(
        "Fitted mean and κ, pairs told apart, top ten changed; fields with two providers or more, largest first",
        ("Field", "Providers", "People", "Mean", "κ", "Pairs", "Told apart", "Changed"),
        (
            (
                _name(f, read), str(len(f.estimates)), f"{f.people:,}", _percent(f.mean), f"{f.kappa:,.1f}",
                f"{f.pairs:,}", _percent(f.pairs_apart / f.pairs), str(f.top_ten.changed) if f.top_ten else "–",
            )
            for f in by_size
        ),
    )  # fmt: skip


def _picture(found: Study, read: Outcomes) -> Iterator[str]:
    fitting = [f for f in found.fields if f.fitted and len(f.estimates) <= MOST_DRAWN]
    if fitting:
        field = max(fitting, key=lambda f: len(f.estimates))
        yield f"<h2>One field drawn: {escape(_name(field, read))}</h2>"
        yield (
            "<p>One line per provider, best estimate first: the filled dot is the estimate, the line its 90 % interval,"
            " the open dot the raw rate, the dashed line the usual level of the field.</p>"
        )
        yield interval_picture(field, _name(field, read))


def _details(found: Study, read: Outcomes) -> Iterator[str]:
    yield "<h2>Providers, field by field</h2>"
    yield (
        "<p>Best estimate first. Neighbours can hardly ever be told apart. “Funnel” says whether the raw rate lies beyond"
        " what chance and the field’s own over-dispersion explain (far: the 99.8 % limits, else the 95 % limits).</p>"
    )
    header = ("Provider", "k", "n", "Raw rate", "Estimate", "90 % interval", "Funnel",
              f"Quarter {PROVED}", "Foretold", "Held")  # fmt: skip
    for field in found.fields:
        name = _name(field, read)
        count = len(field.estimates)
        yield f"<details><summary>{escape(name)} ({count} provider{'s' if count > 1 else ''})</summary>"
        yield _table(name, header, (_provider_row(field, place) for place in range(count)))
        yield "</details>"


def _provider_row(field: FieldStudy, place: int) -> tuple[str, ...]:
    e = field.estimates[place]
    later = ("–", "–", "–")
    if e.foretold:
        within = e.foretold.intervals[MAIN]
        result = e.foretold.later
        later = (
            f"{result.k} of {result.n}",
            f"{within.low} to {within.high}",
            "yes" if within.inside else "no",
        )
    interval = f"{100 * e.low:.1f} to {100 * e.high:.1f} %"
    return (
        e.provider, str(e.k), str(e.n), _percent(e.raw), _percent(e.estimate), interval,
        (e.place or "–").replace("_", " "), *later,
    )  # fmt: skip


def _table(caption: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table whose first cell names its row; wide ones scroll within themselves."""
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in header)
    body = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in row[1:])}</tr>\n'
        for row in rows
    )
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{escape(caption)}"><table>'
        f"<caption>{escape(caption)}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table></div>"
    )
