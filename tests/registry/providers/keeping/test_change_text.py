"""What a decision on a change says, item by item, and what is granted late into an offer that has changed since."""

from registry.catalogue.legal_regimes.rules import Words
from registry.providers.coaches.rules import CoachFacts
from registry.providers.keeping.change_text import ChangeDecided, change_items
from registry.providers.keeping.change_words import FIELDS, METHODS, NEEDS, VAT
from registry.providers.keeping.rules import CHANGEABLE, wanted_now
from registry.providers.rules import ACCESSIBILITY
from registry.providers.rules import METHODS as OFFERED_METHODS
from registry.shared.vat import VatCategory
from tests.builders import TODAY


def test_a_decision_says_what_was_asked_in_each_language() -> None:
    decided = ChangeDecided(
        granted=True,
        before={"languages": ["fi"], "accessibility": [], "vat_rate_bp": 2550, "vat_reason": None},
        asked={
            "languages": ["fi", "so"], "accessibility": ["step_free"], "vat_rate_bp": 0, "vat_category": "E",
            "vat_reason": "Laki 1 §",
        },
        municipalities={"564": Words("Oulu", "Uleåborg", "Oulu")},
        price_from=TODAY,
    )  # fmt: skip
    said = {
        language: {item.label: item.text for item in change_items(decided, language)}
        for language in ("fi", "sv", "en")
    }
    assert said["sv"]["Tjänstens språk"].endswith("finska och somaliska\nTillkommer: somaliska")
    assert said["en"]["Accessibility"] == (
        "Before the decision: nothing\nAfter the decision: step-free access"
    )
    assert said["en"]["Rate of value added tax in the price"].startswith("Before the decision: 25.5")
    assert said["fi"]["Miksi hinnassa ei ole arvonlisäveroa"] == "Päätöksen jälkeen: Laki 1 §"
    assert said["fi"]["Hinnan ensimmäinen päivä"] == "Hinta on voimassa 22.11.2026 alkaen."
    assert len(said["fi"]) == len(said["sv"]) == len(said["en"]) == 6
    areas = ChangeDecided(
        False, {"municipality_codes": []}, {"municipality_codes": ["564"]}, decided.municipalities
    )
    assert change_items(areas, "sv")[0].text == "Gäller: inget\nBegärdes, godkändes inte: Uleåborg"
    coach = ChangeDecided(
        True,
        {"coach_qualification": "", "coach_languages": []},
        {"coach": "added", "coach_qualification": "Yhteisöpedagogi", "coach_languages": ["fi"]},
        coach="Aino Salainen",
    )
    assert [(item.label, item.text) for item in change_items(coach, "en")] == [
        (
            "Coach Aino Salainen",
            "Before the decision: is no part of the approval\n"
            "After the decision: is part of the approval and serves clients",
        ),
        ("Qualification of the coach", "After the decision: Yhteisöpedagogi"),
        ("Languages of the coach", "After the decision: Finnish"),
    ]


def test_every_thing_that_can_change_has_its_words() -> None:
    assert set(FIELDS) == {*CHANGEABLE, *CoachFacts("", "", "", ()).document()}
    assert (set(METHODS), set(NEEDS), set(VAT)) == (
        set(OFFERED_METHODS), set(ACCESSIBILITY), set(VatCategory),
    )  # fmt: skip


def test_what_was_asked_is_granted_into_an_offer_that_has_gone_on_changing() -> None:
    before = {"languages": ["fi", "sv"], "remote": False}
    asked = {"languages": ["sv", "en"], "remote": True}
    for now, wanted in (
        (["fi", "sv"], ["sv", "en"]),
        (["fi", "sv", "so"], ["sv", "so", "en"]),
        (["fi"], ["en"]),
        (["en", "fi"], ["en"]),
    ):
        assert wanted_now({"languages": now}, before, asked) == {"languages": wanted, "remote": True}
