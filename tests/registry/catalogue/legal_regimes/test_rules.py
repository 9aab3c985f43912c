"""Legal regimes: what may be one, what it asks of whom, and what is shipped."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from registry.catalogue.legal_regimes.loading import (
    TEMPLATES,
    RegimeProblem,
    read_regime,
    read_regime_file,
    regime_digest,
    regime_document,
    templates,
)
from registry.catalogue.legal_regimes.rules import (
    LANGUAGES,
    PROVIDER_KINDS,
    EvidenceKind,
    Regime,
    RemedyKind,
    Source,
    Words,
    cited,
    evidence_asked,
    may_decide,
)
from registry.people.rules import LANGUAGES as INTERFACE_LANGUAGES
from registry.providers.files.rules import EVIDENCE_MONTHS
from registry.providers.rules import PROVIDER_FORMS
from registry.shared.errors import ACCEPTED, Refusal

Document = dict[str, Any]


@pytest.fixture
def regime() -> Regime:
    return templates()["service_voucher_act"]


@pytest.fixture
def document(regime: Regime) -> Document:
    return regime_document(regime)


# --- the templates --------------------------------------------------------------------------------------------


def test_two_templates_come_with_the_project() -> None:
    assert set(templates()) == {"service_voucher_act", "employment_services_act"}
    assert {path.stem for path in TEMPLATES.glob("*.toml")} == set(templates())


def test_the_template_on_the_service_voucher_act(regime: Regime) -> None:
    assert [(source.act, source.sections) for source in regime.basis] == [("569/2009", ("4", "5"))]
    assert [(source.act, source.sections) for source in regime.remedy.sources] == [
        ("410/2015", ("134", "138"))
    ]
    assert (regime.remedy.kind, regime.remedy.period_days) == (RemedyKind.REVIEW, 14)


def test_the_template_on_employment_services() -> None:
    regime = templates()["employment_services_act"]
    assert [source.act for source in regime.basis] == ["380/2023"]
    assert [(source.act, source.sections) for source in regime.remedy.sources] == [
        ("434/2003", ("49 c", "49 d"))
    ]
    assert (regime.remedy.kind, regime.remedy.period_days) == (RemedyKind.REVIEW, 30)


@pytest.mark.parametrize("code", ["service_voucher_act", "employment_services_act"])
def test_a_template_names_what_is_to_be_confirmed(code: str) -> None:
    regime = templates()[code]
    assert len(regime.to_be_confirmed) >= 4
    assert all(rule.max_age_months == EVIDENCE_MONTHS for rule in regime.evidence)
    assert {rule.kind for rule in regime.evidence} == set(EvidenceKind)


def test_the_words_are_those_of_the_rest_of_the_program() -> None:
    assert set(PROVIDER_KINDS) == set(PROVIDER_FORMS) - {"unknown"} | {"own_production"}
    assert LANGUAGES == INTERFACE_LANGUAGES


# --- reading ----------------------------------------------------------------------------------------------------


def test_a_regime_is_read_back_as_it_was_kept(document: Document, regime: Regime) -> None:
    assert read_regime(document) == regime
    assert regime_document(read_regime(document)) == document


Change = Callable[[Document], object]


def _set(*path: str | int, to: Any) -> Change:
    def change(document: Document) -> None:
        place: Any = document
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = to

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_set("period", to=14), "fields that no regime has"),
        (_set("remedy", "perod_days", to=14), "fields that no regime has"),
        (_set("evidence", 0, "note", to="x"), "fields that no regime has"),
        (lambda d: d.pop("remedy"), "remedy: Field required"),
        (lambda d: d["name"].pop("sv"), "name.sv: Field required"),
        (lambda d: d["evidence"][0].pop("fetched"), "evidence.0.fetched: Field required"),
        (_set("remedy", "period_days", to="14"), "remedy.period_days: Input should be a valid integer"),
        (_set("remedy", "period_days", to=14.5), "remedy.period_days"),
        (_set("remedy", "period_days", to=True), "remedy.period_days"),
        (_set("remedy", "kind", to="complaint"), "remedy.kind"),
        (_set("evidence", 0, "kind", to="diploma"), "evidence.0.kind"),
        (_set("evidence", 0, "fetched", to="no"), "evidence.0.fetched"),
        (_set("basis", to="569/2009"), "basis"),
        (_set("name", "fi", to={1, 2}), "no plain data"),
        # whole, but not possible
        (_set("remedy", "period_days", to=0), "remedy.period_days: regime.period_range"),
        (_set("remedy", "period_days", to=91), "remedy.period_days: regime.period_range"),
        (_set("remedy", "second_period_days", to=-1), "remedy.second_period_days: regime.period_range"),
        (_set("rejected_file_years", to=-1), "rejected_file_years: regime.years_range"),
        (_set("code", to="Service Voucher"), "code: regime.code_malformed"),
        (_set("basis", to=[]), "basis: regime.basis_missing"),
        (_set("remedy", "sources", to=[]), "remedy.sources: regime.basis_missing"),
        (_set("basis", 0, "act", to="569-2009"), "basis.0.act: regime.act_malformed"),
        (_set("remedy", "sources", 0, "sections", to=["§ 134"]), "remedy.sources.0.sections: regime.section"),
        (_set("name", "sv", to="  "), "name: regime.language_missing"),
        (_set("remedy", "body", "en", to=""), "remedy.body: regime.language_missing"),
        (_set("remedy", "second_instance", "fi", to=""), "remedy.second_instance: regime.language_missing"),
        (_set("basis", 0, "name", "fi", to=""), "basis.0.name: regime.language_missing"),
        (_set("to_be_confirmed", 1, "sv", to=""), "to_be_confirmed.1: regime.language_missing"),
        (_set("evidence", 0, "asked_of", to=[]), "evidence.0.asked_of: regime.provider_kind_unknown"),
        (_set("evidence", 0, "asked_of", to=["bank"]), "evidence.0.asked_of: regime.provider_kind_unknown"),
        (_set("evidence", 0, "asked_of", to=["company"] * 2), "evidence.0.asked_of: regime.asked_twice"),
        (_set("evidence", 1, "kind", to="tax_debt"), "evidence.1.asked_of: regime.asked_twice"),
        (_set("evidence", 0, "max_age_months", to=0), "evidence.0.max_age_months: regime.age_range"),
    ],
)
def test_what_is_no_regime_is_refused(document: Document, change: Change, said: str) -> None:
    change(document)
    with pytest.raises(RegimeProblem) as refused:
        read_regime(document)
    assert said in str(refused.value)


def test_a_file_that_is_none_is_said_with_its_name(tmp_path: Path) -> None:
    for name, content, said in (
        ("broken.toml", b"code = ", "is not TOML"),
        ("latin.toml", b'code = "\xe4"', "is not TOML"),
        ("empty.toml", b"", "Field required"),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(RegimeProblem, match=said) as refused:
            read_regime_file(path)
        assert str(path) in str(refused.value)
    with pytest.raises(RegimeProblem, match="cannot be read"):
        read_regime_file(tmp_path / "missing.toml")


# --- confirming -----------------------------------------------------------------------------------------------------


def test_nobody_decides_on_a_template(regime: Regime) -> None:
    digest = regime_digest(regime)
    assert may_decide(digest=digest, confirmed=None) == Refusal("regime.not_confirmed")
    assert may_decide(digest=digest, confirmed=digest) == ACCEPTED


def test_a_change_of_a_word_has_to_be_confirmed_anew(document: Document, regime: Regime) -> None:
    changed = deepcopy(document)
    changed["remedy"]["body"]["sv"] += "."
    refused = may_decide(digest=regime_digest(read_regime(changed)), confirmed=regime_digest(regime))
    assert refused == Refusal("regime.changed_since_confirmed")


# --- evidence ---------------------------------------------------------------------------------------------------------


def asked(regime: Regime, provider_kind: str, **known: Any) -> set[str]:
    known = {"employer": None, "register_answered": True} | known
    rules = evidence_asked(regime, provider_kind=provider_kind, **known)
    kinds = [str(rule.kind) for rule in rules]
    assert len(kinds) == len(set(kinds))
    return set(kinds)


ALWAYS = {"tax_debt", "liability_insurance"}
OF_EMPLOYERS = {"pension_insurance", "collective_agreement", "accident_insurance"}


def test_an_employer_shows_everything_that_the_authority_cannot_fetch(regime: Regime) -> None:
    assert asked(regime, "company", employer=True) == ALWAYS | OF_EMPLOYERS
    assert asked(regime, "company", employer=True, register_answered=False) == set(EvidenceKind)


def test_what_cannot_apply_is_not_asked(regime: Regime) -> None:
    assert asked(regime, "association", employer=False) == ALWAYS
    assert asked(regime, "foundation", employer=False) == ALWAYS
    assert asked(regime, "sole_trader", employer=False) == ALWAYS | {"pension_insurance"}
    assert asked(regime, "public_body", employer=True) == set()
    assert asked(regime, "own_production", employer=True, register_answered=False) == set()


def test_what_is_not_known_to_be_needless_is_asked(regime: Regime) -> None:
    assert asked(regime, "company") == ALWAYS | OF_EMPLOYERS
    assert asked(regime, "unknown", employer=True) == asked(regime, "company", employer=True)


# --- citing -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sections", "language", "text"),
    [
        (("134", "138"), "fi", "Kuntalaki (410/2015) 134 ja 138 §"),
        (("134", "138"), "sv", "Kommunallagen (410/2015) 134 och 138 §"),
        (("134", "138"), "en", "Local Government Act (410/2015) §§ 134 and 138"),
        (("49 c",), "fi", "Kuntalaki (410/2015) 49 c §"),
        (("49 c",), "en", "Local Government Act (410/2015) § 49 c"),
        (("1", "2", "3"), "fi", "Kuntalaki (410/2015) 1, 2 ja 3 §"),
        ((), "sv", "Kommunallagen (410/2015)"),
        (("1",), "de", "Kuntalaki (410/2015) 1 §"),
    ],
)
def test_how_an_act_is_cited(sections: tuple[str, ...], language: str, text: str) -> None:
    name = Words(fi="Kuntalaki", sv="Kommunallagen", en="Local Government Act")
    assert cited(Source("410/2015", name, sections), language) == text
