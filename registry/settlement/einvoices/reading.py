"""An electronic invoice out of the bytes of a file, in either syntax, with everything that is wrong with it. Pure."""

from typing import Final

from registry.settlement.einvoices.checks import check
from registry.settlement.einvoices.finvoice import read_finvoice
from registry.settlement.einvoices.invoice import Invoice, Problem, fault
from registry.settlement.einvoices.source import Unreadable, parse
from registry.settlement.einvoices.ubl import ROOTS, read_ubl

WITHOUT_SUMS: Final = frozenset(
    {
        "FORMAT-NUMBER",
        "BR-12",
        "BR-13",
        "BR-14",
        "BR-15",
        "BR-16",
        "BR-24",
        "BR-31",
        "BR-32",
        "BR-36",
        "BR-37",
    }
    | {"BR-45", "BR-46", "BR-47", "BR-48", "BR-CO-04", "CURRENCY", "FINVOICE-REQUIRED", "FINVOICE-SUBROW"}
    | {"FINVOICE-CREDIT-SIGN"}
)
"""With any of these a sum would be wrong for no other reason than that, and saying so would help nobody."""


def read_einvoice(content: bytes) -> tuple[Invoice | None, list[Problem], int]:
    """(the invoice, what is wrong with it, how many problems there are). No invoice where the file as a whole cannot be
    read."""
    try:
        root = parse(content)
    except Unreadable as unreadable:
        return None, list(unreadable.problems), len(unreadable.problems)
    if root.tag in ROOTS:
        invoice, source = read_ubl(root)
    elif root.tag == "Finvoice":
        invoice, source = read_finvoice(root)
    else:
        return None, [fault("XML-UNKNOWN", "/", found=root.tag[-80:])], 1
    problems = source.problems
    if not any(problem.rule in WITHOUT_SUMS for problem in problems):
        problems = problems + check(invoice)
    return invoice, problems, max(len(problems), source.count)
