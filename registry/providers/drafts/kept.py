"""Answers as they are kept: plain JSON, read back strictly."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import TypeAdapter

from registry.providers.drafts.rules import Answers

_ANSWERS: Final = TypeAdapter(Answers)


def answers_document(answers: Answers) -> dict[str, Any]:
    document: dict[str, Any] = _ANSWERS.dump_python(answers, mode="json")
    return document


def read_answers(document: Mapping[str, Any]) -> Answers:
    return _ANSWERS.validate_python(document)
