"""Reading pain.002: what the bank says of a payment file before it books anything, message by message and order by order.

A rejection (RJCT) of the file, of its payment information or of a single order means that the money never left. Every
other status only tells how far the bank has come: money has moved when a statement (camt) says so.
"""

from dataclasses import dataclass
from typing import Final

from lxml import etree

from registry.settlement.bank.documents import BankFileUnreadable, Paths, Problem, child, children, said

ROOT: Final = "CstmrPmtStsRpt"
REJECTED: Final = "RJCT"
STATUSES: Final = frozenset(
    {"ACCC", "ACCP", "ACSC", "ACSP", "ACTC", "ACWC", "ACWP", "PART", "PDNG", "RCVD", "RJCT", "CANC", "ACFC", "PATC"}
)  # fmt: skip
"""ISO 20022 external code sets for payment status, as banks in the euro area use them."""


@dataclass(frozen=True, slots=True)
class OrderStatus:
    """What is said of one order, by its end-to-end id; or of all orders of the file, where there is none."""

    message_id: str
    end_to_end_id: str
    status: str
    reason: str
    path: str


def is_payment_status(content: bytes) -> bool:
    """Whether the file's beginning says so; whatever else is in it is found when it is read."""
    return ROOT.encode() in content[:4_000]


def read_payment_status(root: etree._Element) -> list[OrderStatus]:
    """What the file says, the whole before its parts; raises BankFileUnreadable with every problem."""
    report = child(root, ROOT)
    group = child(report, "OrgnlGrpInfAndSts")
    message_id = said(group, "OrgnlMsgId")
    found: list[OrderStatus] = []
    paths = Paths()
    problems: list[Problem] = []
    if report is None or group is None or not message_id:
        raise BankFileUnreadable([Problem(f"/Document/{ROOT}/OrgnlGrpInfAndSts/OrgnlMsgId", "bank.missing")])
    places: list[tuple[etree._Element, str, str]] = [(group, "GrpSts", "")]
    for info in children(report, "OrgnlPmtInfAndSts"):
        places.append((info, "PmtInfSts", ""))
        places += [
            (one, "TxSts", said(one, "OrgnlEndToEndId").upper()) for one in children(info, "TxInfAndSts")
        ]
    places += [
        (one, "TxSts", said(one, "OrgnlEndToEndId").upper()) for one in children(report, "TxInfAndSts")
    ]
    for element, name, order in places:
        status = said(element, name)
        if name == "TxSts" and not order:
            problems.append(Problem(paths.of(element, "OrgnlEndToEndId"), "bank.missing"))
        elif status and status not in STATUSES:
            problems.append(Problem(paths.of(element, name), "bank.status", {"status": status[:20]}))
        elif status:
            found.append(OrderStatus(message_id.upper(), order, status, _reason(element), paths.of(element)))
    if problems:
        raise BankFileUnreadable(problems)
    if not found:
        raise BankFileUnreadable([Problem(f"/Document/{ROOT}", "bank.missing")])
    return found


def _reason(element: etree._Element) -> str:
    """The code, or the bank's own words."""
    info = child(element, "StsRsnInf")
    return (said(info, "Rsn", "Cd") or said(info, "Rsn", "Prtry") or said(info, "AddtlInf"))[:140]
