"""The provider's offers on a form: read, filled in again, and shown; used by applying and by answering."""

from collections.abc import Collection
from datetime import date
from typing import Any, Final

from registry.providers.rules import (
    ACCESSIBILITY,
    EXPERIENCE,
    LANGUAGES,
    MAX_PLACES,
    METHODS,
    Offer,
    sort_key,
)
from registry.shared.vat import Vat
from web.forms import Form
from web.pages.providers import language_options
from web.translations import N_, current_language, gettext
from web.vat_words import fill_vat, read_vat, vat_options
from web.words import EXPERIENCE_TEXTS

ROUTES: list[Any] = []

WHOLE_AREA: Final = "area"
METHOD_TEXTS: Final[dict[str, str]] = {
    "one_to_one": N_("One to one"),
    "group": N_("In a group"),
    "mixed": N_("Partly one to one, partly in a group"),
}
NEED_TEXTS: Final[dict[str, str]] = {
    "step_free": N_("Step-free access"),
    "quiet_space": N_("Quiet space"),
    "sign_language": N_("Sign language"),
    "induction_loop": N_("Induction loop"),
    "plain_language": N_("Plain language"),
}
LABELS: Final[dict[str, str]] = {
    "unit_price": N_("Price"),
    "vat_rate_bp": N_("VAT in the price"),
    "vat_reason": N_("Why is there no VAT?"),
    "municipality_codes": N_("Municipalities"),
    "languages": N_("Languages"),
    "method": N_("Way of working"),
    "accessibility": N_("Accessibility"),
    "places": N_("Places"),
    "next_start": N_("Next free start"),
    "rule_book_version": N_("Rule book"),
    "business_id": N_("Business id"),
    "name": N_("Name"),
    "form": N_("Form"),
    "municipality_code": N_("Home municipality"),
    "email": N_("E-mail"),
    "phone": N_("Telephone"),
    "website": N_("Web site"),
    "first_name": N_("First name"),
    "text": N_("Answer"),
    "act": N_("What is done"),
    "reason": N_("Reasons"),
    "rejection_reason": N_("Reasons"),
    "question": N_("Question"),
}


def summary(errors: dict[str, str]) -> dict[str, str]:
    """The errors for the summary above a form: three times "Fill in this field" would not say which."""
    return {
        field: f"{gettext(LABELS[field])}: {text[:1].lower()}{text[1:]}" if field in LABELS else text
        for field, text in errors.items()
    }


def offer_options(
    municipalities: Collection[Any],
    area: str,
    others: Collection[str] = (),
    *,
    today: date,
    vat: Vat | None = None,
) -> dict[str, Any]:
    """The options of an offer's fields. `municipalities` are those of the area; `others` language codes that an
    offer has beside the usual ones."""
    lang = current_language.get()
    named = sorted(((m.code, m.names[lang]) for m in municipalities), key=lambda option: sort_key(option[1]))
    whole = gettext("The whole area: %(area)s", area=area)
    usual = language_options()
    return {
        "municipality_options": [(WHOLE_AREA, whole), *named] if len(named) > 1 else named,
        "vat_options": vat_options(today, vat),
        "method_options": [(code, gettext(METHOD_TEXTS[code])) for code in METHODS],
        "need_options": [(code, gettext(NEED_TEXTS[code])) for code in ACCESSIBILITY],
        "experience_options": experience_options(),
        "language_options": usual + [(code, code) for code in others if code not in dict(usual)],
    }


def experience_options() -> list[tuple[str, str]]:
    return [(code, gettext(EXPERIENCE_TEXTS[code])) for code in EXPERIENCE]


def read_same_coach(form: Form) -> bool | None:
    """Yes, no, or nothing said."""
    return {"yes": True, "no": False}.get(form.choice("same_coach", ("yes", "no"), required=False))


def same_coach_value(same_coach: bool | None) -> str:
    return {True: "yes", False: "no", None: ""}[same_coach]


def read_offer(
    form: Form,
    area_codes: Collection[str],
    others: Collection[str] = (),
    *,
    today: date,
    vat: Vat | None = None,
) -> Offer:
    """The offer that was typed; what is malformed is noted on the form, and the service's terms judge the rest.
    `others` are municipalities outside the area that the offer names already, `vat` what it says of VAT."""
    price = form.money("unit_price")
    said = read_vat(form, today, vat)
    picked = form.choices("municipality_codes", {*area_codes, *others, WHOLE_AREA})
    codes = sorted(area_codes) if WHOLE_AREA in picked else picked
    return Offer(
        unit_price_cents=price,
        **said.columns(),
        municipality_codes=tuple(codes),
        remote=form.ticked("remote"),
        languages=tuple(form.choices("languages", LANGUAGES)),
        accessibility=tuple(form.choices("accessibility", ACCESSIBILITY)),
        method=form.choice("method", METHODS),
        places=form.integer("places", most=MAX_PLACES),
        next_start=form.day("next_start", required=False),
        first_talk_free=form.ticked("first_talk_free"),
        rule_book_version=form.text("rule_book_version", longest=50, required=False),
        same_coach=read_same_coach(form),
        experience=tuple(form.choices("experience", EXPERIENCE)),
    )


def filled(offer: Offer) -> Form:
    """The form as this offer would have filled it in."""
    one: dict[str, list[str]] = {
        "unit_price": [f"{offer.unit_price_cents // 100},{offer.unit_price_cents % 100:02}"],
        "municipality_codes": list(offer.municipality_codes),
        "languages": list(offer.languages),
        "accessibility": list(offer.accessibility),
        "method": [offer.method],
        "places": [str(offer.places)],
        "next_start": [day_text(offer.next_start)],
        "same_coach": [same_coach_value(offer.same_coach)],
        "experience": list(offer.experience),
    }
    if offer.remote:
        one["remote"] = ["yes"]
    if offer.first_talk_free:
        one["first_talk_free"] = ["yes"]
    form = Form(one)
    fill_vat(form, offer.vat)
    return form


def day_text(day: date | None) -> str:
    return day.isoformat() if day else ""
