"""An application's answers in words, for checking them before they are sent and for the officers who get them."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from registry.providers.bank_accounts.queries import accounts_of
from registry.providers.drafts.queries import DraftState
from registry.providers.drafts.rules import OF_SERVICE, Part, Place
from registry.providers.evidence.queries import own_papers
from registry.providers.queries import municipalities_named
from registry.providers.sites.queries import CoachRow, SiteRow, coaches_of, sites_of
from registry.shared.vat import Vat
from web.amounts import unit_price_text
from web.draft_words import address, kind_label, part_label, why
from web.pages.providers import names_of
from web.pages.providers_offers import METHOD_TEXTS, NEED_TEXTS
from web.translations import current_language, format_date, format_list, format_money, gettext
from web.vat_words import vat_text
from web.words import experience_text, languages_text


@dataclass(frozen=True, slots=True)
class Shown:
    """One line of the answers: what was asked, what was answered, where it is changed, what is wrong with it."""

    heading: str
    label: str
    text: str
    href: str
    problem: str


async def shown_answers(session: AsyncSession, state: DraftState) -> list[Shown]:
    """Every answer, in the order of the task list."""
    texts = await _texts(session, state)
    lang = current_language.get()
    lines = []
    for place in state.parts:
        part, service_id = place
        service = state.services.get(service_id) if service_id else None
        if part in OF_SERVICE and service is None:
            continue
        lines.append(
            Shown(
                heading=f"{service.name[lang]}, {service.organiser_name[lang]}" if service else "",
                label=part_label(part),
                text=texts.get(place, "") or gettext("Not answered yet"),
                href=address(place),
                problem=why(state.missing.get(place)),
            )
        )
    return lines


async def _texts(session: AsyncSession, state: DraftState) -> dict[Place, str]:
    answers, lang = state.answers, current_language.get()
    sites = await sites_of(session, provider_id=state.provider_id)
    coaches = await coaches_of(session, provider_id=state.provider_id)
    papers = await own_papers(session, provider_id=state.provider_id)
    accounts = await accounts_of(session, provider_id=state.provider_id)
    found: dict[Place, str] = {
        (Part.ORGANISATION, None): f"{state.provider_name}, {state.business_id or ''}".rstrip(", "),
        (Part.SERVICES, None): format_list([one.name[lang] for one in state.services.values()]),
        (Part.SITES, None): format_list([site_text(s) for s in sites if s.id in answers.sites]),
        (Part.LANGUAGES, None): languages_text(answers.languages),
        (Part.COACHES, None): format_list([coach_text(c) for c in coaches if c.id in answers.coaches]),
        (Part.BANK, None): format_list([account.masked for account in accounts]),
        (Part.EVIDENCE, None): format_list(
            [
                f"{kind_label(one.kind)} {format_date(newest.issued_on)}"
                for one in state.asked
                if (newest := next((p for p in papers if p.kind == one.kind), None))
            ]
        ),
    }
    if answers.where is not None:
        places = await municipalities_named(session, answers.where.municipality_codes)
        named = names_of(answers.where.municipality_codes, places)
        remote = gettext("also remotely") if named else gettext("remotely")
        found[Part.WHERE, None] = "; ".join(
            [text for text in (named, remote if answers.where.remote else "") if text]
        )
    if answers.accessibility is not None:
        found[Part.ACCESSIBILITY, None] = format_list(
            [gettext(NEED_TEXTS[code]) for code in answers.accessibility]
        ) or gettext("Nothing stated")
    if answers.way is not None:
        found[Part.WAY, None] = way_text(answers.way.method, answers.way.experience)
    if answers.insurance is not None:
        found[Part.INSURANCE, None] = insurance_text(
            answers.insurance.insurer, answers.insurance.sum_cents, format_date(answers.insurance.valid_until)
        )
    return found | _of_services(state)


def _of_services(state: DraftState) -> dict[Place, str]:
    found: dict[Place, str] = {}
    for service_id, own in state.answers.services.items():
        service = state.services.get(service_id)
        if own.accepted is not None:
            found[Part.RULES, service_id] = gettext("version %(version)s", version=own.accepted.version)
        if own.price is not None and service is not None:
            text = unit_price_text(own.price.unit_price_cents, service.unit_name)
            vat = vat_text(Vat(own.price.vat_rate_bp, own.price.vat_category))
            since = gettext("from %(day)s", day=format_date(own.price.start)) if own.price.start else ""
            found[Part.PRICE, service_id] = ", ".join([part for part in (text, vat, since) if part])
        if own.capacity is not None:
            start = own.capacity.next_start
            said = format_date(start) if start else gettext("To be agreed")
            found[Part.CAPACITY, service_id] = gettext(
                "%(places)s places, next start: %(day)s", places=own.capacity.places, day=said
            )
    return found


def site_text(site: SiteRow) -> str:
    return f"{site.name}, {site.street}, {site.postal_code} {site.city}"


def coach_text(coach: CoachRow) -> str:
    return f"{coach.first_name} {coach.surname}".strip()


def way_text(method: str, experience: tuple[str, ...]) -> str:
    said = experience_text(experience)
    return gettext(METHOD_TEXTS[method]) + (f"; {said}" if said else "")


def insurance_text(insurer: str, sum_cents: int, until: str) -> str:
    return gettext(
        "%(insurer)s, %(amount)s, until %(day)s", insurer=insurer, amount=format_money(sum_cents), day=until
    )


def picked(ids: Mapping[UUID, str]) -> list[tuple[str, str]]:
    """Options of a group of boxes."""
    return [(str(one), text) for one, text in ids.items()]
