"""The building blocks of pages: labels reach their fields, what was typed is kept and escaped, states have words."""

import re
from enum import StrEnum
from html.parser import HTMLParser
from typing import Any

import pytest
from jinja2 import DictLoader, Environment, FileSystemLoader, StrictUndefined
from jinja2.loaders import ChoiceLoader

from registry.providers.rules import AdmissionState, ApplicationState
from registry.settlement.rules import Match, StatementState
from registry.vouchers.rules import AssignmentState, RedemptionState, VoucherState
from web import shell
from web.error_labels import named
from web.translations import use_language

TEMPLATES = shell.STATIC_FOLDER.parent / "templates"
IMPORTS = {
    "form": "form, error_summary, text_field, money_field, select_field, radio_group, checkbox_group,"
    " textarea_field, post_button",
    "status": "status, status_text",
    "money": "value_bar",
    "table": "rows_table",
    "navigation": "pagination",
    "evidence": "ten_people, interval_dot, blank",
}


class Elements(HTMLParser):
    """All start tags with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def render(body: str, lang: str = "en", **context: Any) -> str:
    imports = "".join(
        f'{{% from "components/{name}.html" import {macros} with context %}}'
        for name, macros in IMPORTS.items()
    )
    environment = Environment(
        loader=ChoiceLoader([DictLoader({"page": imports + body}), FileSystemLoader(TEMPLATES)]),
        autoescape=True,
        undefined=StrictUndefined,
    )
    shell.install(environment)
    with use_language(lang):
        return (
            environment.get_template("page").render({"lang": lang, "csrf_token": "t0ken", **context}).strip()
        )


def test_a_form_carries_its_token_and_key() -> None:
    inputs = Elements(render('{% call form("/grant", idempotency_key="k1") %}x{% endcall %}')).all("input")
    assert {(field["name"], field["value"]) for field in inputs} == {
        ("_csrf_token", "t0ken"),
        ("idempotency_key", "k1"),
    }


def test_a_search_form_puts_no_token_into_the_address() -> None:
    assert "t0ken" not in render('{% call form("/providers", method="get") %}x{% endcall %}')


def test_a_failed_field_keeps_its_value_and_is_tied_to_its_words() -> None:
    html = render(
        '{{ error_summary({"amount": "Too little"}) }}'
        '{{ money_field("amount", "Amount", value=typed, error="Too little", hint="With VAT") }}',
        typed='"><script>1</script>',
    )
    elements = Elements(html)
    (field,) = elements.all("input")
    assert field["value"] == '"><script>1</script>'
    assert "<script>" not in html
    assert field["aria-invalid"] == "true"
    ids = {attributes.get("id") for _, attributes in elements.found}
    assert field["aria-describedby"] == "f-amount-hint f-amount-error"
    assert set(field["aria-describedby"].split()) <= ids
    assert [label["for"] for label in elements.all("label")] == [field["id"]]
    assert [link["href"] for link in elements.all("a")] == ["#f-amount"]


def test_a_group_is_reached_from_the_summary_and_keeps_its_choice() -> None:
    html = render(
        '{{ error_summary({"how": "Choose one"}) }}'
        '{{ radio_group("how", "How?", [("phone", "Phone"), ("counter", "Counter", "In person")], value="counter",'
        ' error="Choose one") }}'
    )
    elements = Elements(html)
    first, second = elements.all("input")
    assert (first["id"], "checked" in first, "checked" in second) == ("f-how", False, True)
    assert second["aria-describedby"] == "f-how-2-hint"
    assert len({first["id"], second["id"]}) == 2


def test_the_summary_is_in_the_order_of_the_fields_and_names_those_of_which_its_sentence_does_not() -> None:
    errors = {
        "how": "Choose one of the options.",
        "name": "Fill in this field.",
        "words": "This text is too long: at most 1,000 characters.",
        "day": "The day is past.",
    }
    html = render(
        "{{ error_summary(errors) }}"
        '{{ text_field("name", "Name", hint="Yours", error=errors.name) }}'
        '{{ radio_group("how", "How was it?", [("phone", "Phone")], error=errors.how) }}'
        '{{ textarea_field("words", "Own words", error=errors.words, required=false) }}'
        '{{ text_field("day", "Day", error=errors.day) }}',
        errors=errors,
    )
    with use_language("en"):
        lines = re.findall(r'<a href="#f-(\w+)">([^<]+)</a>', named(html))
    assert lines == [
        ("name", "Name: fill in this field."),
        ("how", "How was it: choose one of the options."),
        ("words", "Own words: this text is too long: at most 1,000 characters."),
        ("day", "The day is past."),
    ]
    assert named("<p>nothing is wrong here</p>") == "<p>nothing is wrong here</p>"


def test_no_errors_no_summary() -> None:
    assert render("{{ error_summary({}) }}") == ""


def test_optional_fields_say_so_and_required_ones_are_marked() -> None:
    html = render('{{ text_field("a", "A") }}{{ text_field("b", "B", required=false) }}', "sv")
    required, optional = Elements(html).all("input")
    assert "required" in required
    assert "required" not in optional
    assert html.count("(frivilligt)") == 1


@pytest.mark.parametrize(
    ("kind", "states"),
    [
        ("voucher", VoucherState),
        ("assignment", AssignmentState),
        ("redemption", RedemptionState),
        ("application", ApplicationState),
        ("admission", AdmissionState),
        ("statement", StatementState),
        ("match", Match),
    ],
)
def test_every_state_of_the_domain_has_words_of_its_own(kind: str, states: type[StrEnum]) -> None:
    words = [render("{{ status_text(kind, state) }}", "fi", kind=kind, state=state) for state in states]
    assert all(words)
    assert len(set(words)) == len(states)


def test_an_unknown_state_is_an_error_and_not_a_blank() -> None:
    with pytest.raises(Exception, match="half_used"):
        render('{{ status("voucher", "half_used") }}')


def test_a_voucher_s_value_adds_up_in_words() -> None:
    html = render("{{ value_bar(100000, 30000, 20000, 10000) }}")
    for amount in ("€400.00", "€1,000.00", "€300.00", "€200.00", "€100.00"):
        assert amount in html


def test_table_cells_carry_their_column_for_the_phone() -> None:
    elements = Elements(render('{{ rows_table("V", ["Client", ("Left", "numeric")], [["<b>", "5"]]) }}'))
    (cell,) = elements.all("td")
    assert (cell["data-label"], cell["class"]) == ("Left", "numeric")
    assert not elements.all("b")


@pytest.mark.parametrize(
    ("current", "last", "pages"),
    [
        (1, 1, []),
        (1, 2, [1, 2]),
        (5, 20, [1, 4, 5, 6, 20]),
        (20, 20, [1, 19, 20]),
        (2, 4, [1, 2, 3, 4]),
    ],
)
def test_pagination_shows_the_ends_and_the_neighbours(current: int, last: int, pages: list[int]) -> None:
    html = render('{{ pagination(current, last, "/p?q=a&page={page}") }}', current=current, last=last)
    links = [link for link in Elements(html).all("a") if "rel" not in link]
    assert [link["href"] for link in links] == [f"/p?q=a&page={page}" for page in pages]
    assert [link["href"] for link in links if "aria-current" in link] == (
        [f"/p?q=a&page={current}"] if pages else []
    )


def test_ten_people_fill_as_many_as_the_words_say() -> None:
    html = render('{{ ten_people(7, "7 of 10") }}')
    assert (html.count("is-on"), html.count("is-off")) == (7, 3)
    assert "7 of 10" in html


def test_an_interval_stands_on_the_scale_from_none_to_all() -> None:
    html = render('{{ interval_dot("Work", 0.62, 0.48, 0.75, usual=0.5) }}')
    (dot,) = Elements(html).all("circle")
    assert dot["cx"] == "62.0%"
    assert "about 62%, likely between 48% and 75%" in html


def test_no_template_has_a_style_or_a_script_inside() -> None:
    """The content security policy would drop them, and the page would only look broken in a browser."""
    offending = [
        path.name
        for path in TEMPLATES.rglob("*.html")
        if any(
            mark in path.read_text()
            for mark in (" style=", "<style", " onclick=", " onchange=", "javascript:")
        )
    ]
    assert offending == []


@pytest.mark.parametrize("status", [400, 403, 404, 409, 413, 422, 429, 500, 503])
@pytest.mark.parametrize("lang", ["fi", "sv", "en"])
def test_error_pages_need_nothing_but_a_language(status: int, lang: str) -> None:
    html = render(f'{{% include "errors/{status}.html" %}}', lang)
    assert f'lang="{lang}"' in html
    assert html.count("<h1>") == 1
