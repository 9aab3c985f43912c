"""The method page tells what trying the method on real outcomes found: it must still be so."""

from pathlib import Path

import pytest

from registry.quality.evaluation import evaluate
from registry.quality.evaluation.calibration import MAIN
from registry.quality.tried import TRIED, Tried

pytestmark = pytest.mark.shared_data


def test_the_method_page_says_what_the_evaluation_finds(shared_data: Path, tmp_path: Path) -> None:
    found, _ = evaluate(shared_data / "nj_outcomes.csv", tmp_path)
    kept = found.calibration.levels[MAIN]
    larger = [field.top_ten for field in found.fields if field.top_ten is not None]
    assert found.share_apart is not None
    assert (
        Tried(
            results=sum(1 for _ in found.estimates),
            people=sum(field.people for field in found.fields),
            fields=len(found.fields),
            foretold=kept.providers,
            held=round(1_000 * kept.inside),
            expected=round(1_000 * kept.expected),
            pairs=found.pairs,
            told_apart=round(1_000 * found.share_apart),
            places=10 * len(larger),
            changed=sum(top.changed for top in larger),
        )
        == TRIED
    )
