"""The main navigation of each role, as data."""

from typing import Final

from registry.shared.actor import GUARDIAN, Actor, Role
from web.shell import NavLink
from web.translations import N_, gettext

ROLE_LABELS: Final[dict[Role, str]] = {
    Role.CLIENT: N_("Client"),
    Role.PROVIDER_USER: N_("Provider"),
    Role.CASE_WORKER: N_("Case worker"),
    Role.REGISTER_OFFICER: N_("Register officer"),
    Role.FINANCE_OFFICER: N_("Finance officer"),
    Role.ORGANISER_ADMINISTRATOR: N_("Administrator"),
    Role.AUDITOR: N_("Auditor"),
}

GUARDIAN_LABEL: Final = N_("Guardian")


def role_text(recorded: str | None) -> str:
    """The role in which something was done, as it was recorded; empty for none that has a name."""
    if recorded == GUARDIAN:
        return gettext(GUARDIAN_LABEL)
    return gettext(ROLE_LABELS[Role(recorded)]) if recorded in set(Role) else ""


_REGISTER: Final = ("/providers", N_("Providers"))
_CASES: Final = ("/cases", N_("Cases"))
_MESSAGES: Final = ("/messages", N_("Messages"))
_TOKENS: Final = ("/tokens", N_("API tokens"))

LINKS: Final[dict[Role | None, tuple[tuple[str, str], ...]]] = {
    None: (_REGISTER, ("/services", N_("Services")), ("/quality", N_("How quality is measured"))),
    Role.CLIENT: (("/my", N_("My vouchers")), _MESSAGES, ("/my/data", N_("My data")), _REGISTER),
    Role.PROVIDER_USER: (
        ("/provider", N_("Clients")),
        ("/provider/present", N_("Receive a voucher")),
        ("/provider/offer", N_("Our services")),
        ("/provider/statements", N_("Statements")),
        ("/provider/seen", N_("How you are seen")),
        ("/provider/figures", N_("Your figures")),
        ("/provider/comments", N_("Comments")),
        _MESSAGES,
        ("/provider/systems", N_("Your own systems")),
    ),
    Role.CASE_WORKER: (
        ("/caseload", N_("My clients")),
        ("/vouchers/grant", N_("Grant a voucher")),
        ("/vouchers/batch", N_("Grant many")),
        ("/vouchers/late", N_("Late grants")),
        _CASES,
        _MESSAGES,
        _REGISTER,
        _TOKENS,
    ),
    Role.REGISTER_OFFICER: (
        ("/applications", N_("Applications")),
        ("/lapses", N_("Unanswered choices")),
        ("/exposure", N_("How providers are shown")),
        _REGISTER,
        ("/comments", N_("Comments")),
        ("/oversight", N_("Oversight")),
        _CASES,
        _MESSAGES,
        _TOKENS,
    ),
    Role.FINANCE_OFFICER: (
        ("/months", N_("Months")),
        ("/years", N_("Financial years")),
        ("/payments", N_("Payments")),
        ("/bank", N_("Bank statements")),
        ("/exceptions", N_("Exceptions")),
        ("/redemption-alarms", N_("Unusual redemptions")),
        ("/council", N_("Council report")),
        _CASES,
        _MESSAGES,
        _TOKENS,
    ),
    Role.ORGANISER_ADMINISTRATOR: (
        ("/admin/people", N_("Users and roles")),
        ("/admin/guardians", N_("Guardians")),
        ("/admin/services", N_("Services")),
        ("/admin/budget", N_("Budget")),
        ("/council", N_("Council report")),
        _TOKENS,
        _CASES,
        _MESSAGES,
    ),
    Role.AUDITOR: (("/audit", N_("Audit trail")), _REGISTER, _MESSAGES, _TOKENS),
}

HOMES: Final[dict[Role, str]] = {
    Role.CLIENT: "/my",
    Role.PROVIDER_USER: "/provider",
    Role.CASE_WORKER: "/caseload",
    Role.REGISTER_OFFICER: "/applications",
    Role.FINANCE_OFFICER: "/months",
    Role.ORGANISER_ADMINISTRATOR: "/admin/people",
    Role.AUDITOR: "/audit",
}
"""Where each role lands after signing in."""


_BELONGS: Final = {
    Role.PROVIDER_USER: (
        ("/provider/oversight", "/provider/offer"),
        ("/provider/findings", "/provider/offer"),
        ("/provider/self-billing", "/provider/statements"),
        ("/claims", "/provider/statements"),
        ("/decisions", "/provider/offer"),
        ("/hearings", "/provider/offer"),
    ),
    Role.REGISTER_OFFICER: (
        ("/appeals", "/applications"),
        ("/decisions", "/applications"),
        ("/hearings", "/applications"),
    ),
    Role.FINANCE_OFFICER: (("/statements", "/months"), ("/visits", "/months"), ("/claims", "/exceptions")),
}
"""Pages that stand elsewhere than the link that leads to them, so that the navigation still tells where one is."""


def links_for(actor: Actor | None, path: str) -> list[NavLink]:
    """The role's links; the one whose address the path starts with most exactly is the current one."""
    links = LINKS[actor.role if actor else None]
    belongs = _BELONGS.get(actor.role, ()) if actor and actor.role else ()
    inside = {
        start: href
        for start, href in (*((href, href) for href, _ in links), *belongs)
        if path == start or path.startswith(start + "/")
    }
    current = inside[max(inside, key=len)] if inside else None
    return [NavLink(href=href, label=gettext(label), current=href == current) for href, label in links]
