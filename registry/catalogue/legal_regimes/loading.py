"""Legal regimes from TOML files and kept documents, checked as a whole; and the templates that come with the project."""

import json
import tomllib
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from registry.catalogue.legal_regimes.rules import Regime, regime_problems
from registry.shared.canonical import canonical_json

TEMPLATES: Final = Path(__file__).resolve().parent / "templates"

_REGIME: Final = TypeAdapter(Regime)


class RegimeProblem(Exception):
    """This is not a legal regime; the message says what is wrong and where."""


def read_regime(document: Mapping[str, Any]) -> Regime:
    """A regime from plain data. Nothing is converted, and nothing is left over: a misspelt field would be a rule
    that nobody applies. Raises RegimeProblem."""
    try:
        regime = _REGIME.validate_json(json.dumps(document), strict=True)
    except ValidationError as error:
        said = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:5])
        raise RegimeProblem(said) from None
    except (TypeError, ValueError):
        raise RegimeProblem("it holds what is no plain data") from None
    if regime_document(regime) != document:
        raise RegimeProblem("it has fields that no regime has")
    if problems := regime_problems(regime):
        raise RegimeProblem("; ".join(f"{field}: {code}" for field, code in problems.items()))
    return regime


def regime_document(regime: Regime) -> dict[str, Any]:
    """As it is kept: plain JSON."""
    document: dict[str, Any] = _REGIME.dump_python(regime, mode="json")
    return document


def regime_digest(regime: Regime) -> str:
    """What an organiser confirms: a change of a word is another regime."""
    return sha256(canonical_json(regime_document(regime))).hexdigest()


def read_regime_file(path: Path) -> Regime:
    """The regime in a TOML file. Raises RegimeProblem."""
    try:
        return read_regime(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise RegimeProblem(f"{path} cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RegimeProblem(f"{path} is not TOML: {error}") from None
    except RegimeProblem as problem:
        raise RegimeProblem(f"{path}: {problem}") from None


@cache
def templates() -> Mapping[str, Regime]:
    """The templates that come with the project, by their codes. None of them is confirmed."""
    found = (read_regime_file(path) for path in sorted(TEMPLATES.glob("*.toml")))
    return MappingProxyType({regime.code: regime for regime in found})
