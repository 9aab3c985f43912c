"""Every refusal that the domain can give has a sentence of its own, and the sentence can be said with its facts."""

import ast
import re
from pathlib import Path

import pytest

import registry
from registry.vouchers.batch_import import REQUIRED
from registry.vouchers.rules import RedemptionState, VoucherState
from web.refusals import GENERAL, sentence, texts
from web.translations import gettext, use_language

FOLDER = Path(registry.__file__).parent
RAISED = {"Refusal", "Refused", "NotFound", "Forbidden", "Invalid", "TooManyAttempts"}
NOBODY_READS = {"presented"}
"""An answer inside a command that no one is ever shown."""


def _literal_codes() -> dict[str, set[str]]:
    """code → the names of the facts that it is given with, over all places that give it."""
    found: dict[str, set[str]] = {}
    for source in FOLDER.rglob("*.py"):
        if source.relative_to(FOLDER).parts[0] in ("trial", "demo"):
            continue
        for node in ast.walk(ast.parse(source.read_text())):
            if not (
                isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in RAISED
            ):
                continue
            if node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str):
                found.setdefault(node.args[0].value, set()).update(
                    key.arg for key in node.keywords if key.arg and key.arg != "errors"
                )
    return found


def test_every_code_has_a_sentence() -> None:
    codes = set(_literal_codes()) - NOBODY_READS
    codes |= {f"voucher.{state}" for state in VoucherState} | {f"redemption.{s}" for s in RedemptionState}
    codes |= {f"row.{name}_missing" for name in (*REQUIRED, "client")}
    assert len(codes) > 80
    assert codes - set(texts()) == set()


@pytest.mark.parametrize(
    ("code", "facts", "said"),
    [
        (
            "budget.short",
            {"left_cents": 1500, "wanted_cents": 60000},
            "has €15.00 left, and €600.00 is needed",
        ),
        (
            "redemption.too_few_units",
            {"units": 150, "units_available": 50},
            "0.5 units left, and you gave 1.5",
        ),
        ("redemption.date_in_future", {"today": "2026-11-22"}, "later than today, 22 Nov 2026"),
        ("grant.validity_out_of_terms", {"days": 91, "most": 90}, "is 91 days, and the terms allow 1 to 90"),
        ("choice.reservation_open", {"reserved_cents": 6000}, "€60.00 of the voucher is reserved"),
    ],
)
def test_amounts_and_days_are_said_as_people_write_them(
    code: str, facts: dict[str, object], said: str
) -> None:
    with use_language("en"):
        assert said in sentence(code, facts)


def test_a_fact_that_is_missing_or_a_code_that_is_unknown_gets_the_general_sentence() -> None:
    with use_language("fi"):
        assert sentence("budget.short", {}) == gettext(GENERAL)
        assert sentence("no.such_code") == gettext(GENERAL)


def test_no_sentence_asks_for_facts_in_a_way_that_cannot_be_filled() -> None:
    for code, text in texts().items():
        assert re.sub(r"%\([a-z_]+\)s|%%", "", text).count("%") == 0, code
