"""The quick way and the reference implementation give the same bytes, whatever comes."""

from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from registry.shared.canonical import canonical_json

TEXT = st.text(st.characters(codec="utf-8"))
SCALARS = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
NAMES = st.text(st.characters(max_codepoint=127)) | TEXT
DOCUMENTS = st.recursive(
    SCALARS | NUMBERS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@given(DOCUMENTS)
def test_the_bytes_are_those_of_the_reference_implementation(document: Any) -> None:
    assert canonical_json(document) == rfc8785.dumps(document)


@pytest.mark.parametrize(
    ("document", "canonical"),
    [
        ({"b": 1, "a": [None, True]}, b'{"a":[null,true],"b":1}'),
        (
            {"x": '\x00\x1f\x7f"\\\b\t\n\f\r/ä\u2028😀'},
            '{"x":"\\u0000\\u001f\x7f\\"\\\\\\b\\t\\n\\f\\r/ä\u2028😀"}'.encode(),
        ),
        ({"\ue000": 1, "😀": 2}, '{"😀":2,"\ue000":1}'.encode()),  # by UTF-16 units, not by code points
        ({"n": 1.0, "m": 1e21}, b'{"m":1e+21,"n":1}'),
        ((1, 2), b"[1,2]"),
    ],
)
def test_the_hard_cases(document: Any, canonical: bytes) -> None:
    assert canonical_json(document) == canonical


@pytest.mark.parametrize(
    "document", [2**53, {"n": -(2**53)}, [float("nan")], {1: 2}, {"x": "\ud800"}, object()]
)
def test_what_has_no_canonical_form_is_refused(document: Any) -> None:
    with pytest.raises(rfc8785.CanonicalizationError):
        canonical_json(document)
