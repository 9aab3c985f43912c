"""Which account numbers are taken, who may decide on one, and how one is shown."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final
from uuid import UUID

from stdnum import iban

from registry.shared.errors import ACCEPTED, Decision, Refusal


class BankAccountState(StrEnum):
    REQUESTED = "requested"
    IN_FORCE = "in_force"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"


BANK_ACCOUNT_TRANSITIONS: Final[Mapping[BankAccountState, frozenset[BankAccountState]]] = {
    BankAccountState.REQUESTED: frozenset(
        {BankAccountState.IN_FORCE, BankAccountState.REFUSED, BankAccountState.WITHDRAWN}
    ),
    BankAccountState.IN_FORCE: frozenset({BankAccountState.REPLACED}),
    BankAccountState.REFUSED: frozenset(),
    BankAccountState.WITHDRAWN: frozenset(),
    BankAccountState.REPLACED: frozenset(),
}

SEPA: Final = frozenset(
    (  # noqa: SIM905 - as the list is published
        "AD AL AT BE BG CH CY CZ DE DK EE ES FI FR GB GI GR HR HU IE IS IT LI LT LU LV MC MD ME MK MT NL NO PL PT RO"
        " RS SE SI SK SM VA"
    ).split()
)
"""Countries that payments in euros reach (European Payments Council's list)."""


def read_iban(typed: str) -> str | None:
    """The number without spaces, if its check digits and its country's form fit and euros can be paid to it."""
    compact: str = iban.compact(typed)
    return compact if iban.is_valid(compact) and compact[:2] in SEPA else None


def masked(number: str) -> str:
    """As pages show it: the country and the last four, enough to tell two accounts apart."""
    return f"{number[:2]}•• •••• {number[-4:]}"


def may_decide_account(
    *, state: BankAccountState, to: BankAccountState, requested_by: UUID | None, decider: UUID | None
) -> Decision:
    """Whoever asked may only take the request back; anybody else may only decide on it."""
    if to not in BANK_ACCOUNT_TRANSITIONS[state]:
        return Refusal("bank_account.decided_already", {"state": str(state)})
    own = decider is None or decider == requested_by
    if to == BankAccountState.WITHDRAWN and not own:
        return Refusal("bank_account.not_yours")
    if to != BankAccountState.WITHDRAWN and own:
        return Refusal("bank_account.four_eyes")
    return ACCEPTED
