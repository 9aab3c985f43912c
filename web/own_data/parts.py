"""The parts of what is held about a client, in the order of the page, each with why it is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from registry.own_data import AllHeld
from web.own_data import lines
from web.own_data.lines import Line, Names
from web.translations import N_, format_datetime, format_money, gettext


@dataclass(frozen=True, slots=True)
class Part:
    """A part of what is held: its name in the file, its title, why it is kept, and its lines."""

    name: str
    title: str
    about: str
    lines: tuple[str, ...]
    count: int


PARTS: Final[tuple[tuple[str, str, str, Line], ...]] = (
    ("roles", N_("Who may sign in for you"), N_("You, and a guardian if you have one."), lines.role_grant),
    ("vouchers", N_("Vouchers"), N_("What you have been granted."), lines.voucher),
    (
        "extensions",
        N_("Days given back"),
        N_("When you had to wait for a provider’s answer, your voucher was given more time."),
        lines.on("recorded_at", lambda row, names: f"+{row['days']}"),
    ),
    (
        "changes",
        N_("Changes of your vouchers"),
        N_("Value or days that your case worker added or took."),
        lines.on("recorded_at", lines.voucher_change),
    ),
    (
        "months",
        N_("Months of your vouchers"),
        N_("The sums that came to a monthly voucher."),
        lines.on("at", lambda row, names: format_money(row["cents"])),
    ),
    (
        "decisions",
        N_("Decisions on your vouchers"),
        N_("Decisions that took value or ended a voucher, with what you could do against them."),
        lines.on("issued_at", lambda row, names: format_money(row["cents"])),
    ),
    (
        "results",
        N_("Results of your services"),
        N_("What providers say was reached, and what was decided."),
        lines.on("claimed_at", lambda row, names: format_money(row["amount_cents"])),
    ),
    (
        "aid_declared",
        N_("Declarations of de minimis aid"),
        N_("What a company has declared of its aid."),
        lines.on("declared_at", lambda row, names: str(len(row["aid"]))),
    ),
    (
        "aid_granted",
        N_("De minimis aid granted"),
        N_("Aid that vouchers are to a company."),
        lines.on("granted_on", lambda row, names: format_money(row["cents"])),
    ),
    (
        "choices",
        N_("Choices"),
        N_("Which providers you chose, and how they answered."),
        lines.at("chosen_at", lines.choice),
    ),
    (
        "presentations",
        N_("Where you showed a voucher"),
        N_("The first time a provider saw your code."),
        lines.at("presented_at", lambda row, names: names.provider(row)),
    ),
    (
        "visits",
        N_("Visits"),
        N_("What providers recorded on your vouchers; it is what they are paid for."),
        lines.on("service_date", lines.visit),
    ),
    (
        "reversals",
        N_("Visits that were undone"),
        N_("What was recorded by mistake."),
        lines.on("reversed_at", lines.reversal),
    ),
    (
        "offline_visits",
        N_("Visits taken without a connection"),
        N_(
            "A provider wrote them down on its own device and sent them later, also those that were not recorded."
        ),
        lines.on("service_date", lines.offline_visit),
    ),
    (
        "visit_answers",
        N_("What you said of visits"),
        N_("Whether a recorded visit is right. Only the official who looks into it reads your words."),
        lines.on("answered_at", lines.visit_answer),
    ),
    (
        "no_shows",
        N_("Days you did not come"),
        N_("A provider noted it. You can contest it on the voucher’s page."),
        lines.on("agreed_for", lambda row, names: names.provider(row)),
    ),
    (
        "order",
        N_("The order of providers"),
        N_("Drawn by lot when the voucher was granted, and kept so that it can be checked."),
        lines.on("frozen_at", lambda row, names: names.providers(row)),
    ),
    (
        "shown",
        N_("What was shown before you chose"),
        N_("Kept so that it can be checked that nobody was favoured."),
        lambda row, names: f"{format_datetime(row['at'])}, {lines.role(row['role'])}: {names.providers(row)}",
    ),
    (
        "reviews",
        N_("What you said of providers"),
        N_(
            "Providers see your numbers only in figures of five people or more, your words only once they are out."
        ),
        lines.on("submitted_at", lines.review),
    ),
    (
        "comments",
        N_("Your comments as they are read and published"),
        N_("Names and numbers are covered first."),
        lines.comment,
    ),
    (
        "complaints",
        N_("Complaints"),
        N_("What you wrote and what was found."),
        lines.on("submitted_at", lines.complaint),
    ),
    (
        "outcomes",
        N_("What became of the service"),
        N_("The authority reports it to see which services work. It never decides anything about you."),
        lambda row, names: f"{lines.day(row['status_on'])}, {names.service(row)}: {names.category(row)}",
    ),
    (
        "intake",
        N_("Your situation when the voucher was granted"),
        N_(
            "Only in rough groups, so that providers who take hard cases are not judged wrongly. Providers never see it."
        ),
        lines.on("recorded_at", lines.intake),
    ),
    (
        "cases",
        N_("Tasks about you"),
        N_("What somebody at the authority had or has to do."),
        lines.on("opened_at", lines.case),
    ),
    ("messages", N_("Messages"), N_("What this service has told you."), lines.at("sent_at", lines.message)),
    (
        "mail",
        N_("E-mail sent to you"),
        N_("It only says that there is a message. Kept for 30 days."),
        lines.at("sent_at", lambda row, names: str(row["address"])),
    ),
    (
        "reminders",
        N_("Reminders"),
        N_("Kept so that you are not reminded twice."),
        lines.on("sent_at", lines.reminder),
    ),
    (
        "events",
        N_("Everything that was done with your vouchers"),
        N_("The record that cannot be changed."),
        lines.at("at", lines.event),
    ),
    (
        "sign_ins",
        N_("Sign-ins"),
        N_("Kept for 30 days after they end."),
        lambda row, names: format_datetime(row["created_at"]),
    ),
)
"""In the order of the page; the parts `client`, `person` and `reads` are shown in their own way."""

TITLES_OF_REST: Final[Mapping[str, tuple[str, str]]] = {
    "client": (N_("About you"), N_("Home municipality, languages and needs.")),
    "person": (
        N_("Name and contact"),
        N_("Your identity code is kept too, encrypted, and is not in the file."),
    ),
    "reads": (N_("Who has looked"), N_("Each time somebody opened your information.")),
}


def parts_of(held: AllHeld) -> list[Part]:
    """Every part with its lines, the newest first."""
    names = Names(held)
    return [
        Part(
            name=name,
            title=gettext(title),
            about=gettext(about),
            lines=tuple(line(row, names) for row in reversed(held.parts[name])),
            count=len(held.parts[name]),
        )
        for name, title, about, line in PARTS
    ]
