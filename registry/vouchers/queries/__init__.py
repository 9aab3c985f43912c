"""Reading vouchers, as frozen rows for pages and the API."""

from registry.vouchers.queries.batches import batch_report
from registry.vouchers.queries.caseload import GROUPS, Caseload, Colleague, caseload, client_names, colleagues
from registry.vouchers.queries.clients import ClientRow, find_clients, own_clients
from registry.vouchers.queries.contacts import Contact
from registry.vouchers.queries.lines import (
    VoucherLine,
    clients_with_open_voucher,
    like_open,
    voucher_line,
    voucher_page,
    vouchers_of_client,
)
from registry.vouchers.queries.picks import (
    AssignmentRow,
    Confirmed,
    MeetingPick,
    Request,
    assignment_page,
    confirmed,
    meeting_pick,
    requests,
)
from registry.vouchers.queries.presented import (
    ListedRedemption,
    PresentedVoucher,
    presentation_page,
    presented_voucher,
    provider_redemptions,
)
from registry.vouchers.queries.voucher import (
    RedemptionRow,
    VoucherView,
    account_names,
    cancel_reason,
    provider_names,
    redemption_page,
    redemption_row,
    redemptions_of,
    voucher_view,
)

__all__ = [
    "GROUPS",
    "AssignmentRow",
    "Caseload",
    "ClientRow",
    "Colleague",
    "Confirmed",
    "Contact",
    "ListedRedemption",
    "MeetingPick",
    "PresentedVoucher",
    "RedemptionRow",
    "Request",
    "VoucherLine",
    "VoucherView",
    "account_names",
    "assignment_page",
    "batch_report",
    "cancel_reason",
    "caseload",
    "client_names",
    "clients_with_open_voucher",
    "colleagues",
    "confirmed",
    "find_clients",
    "like_open",
    "meeting_pick",
    "own_clients",
    "presentation_page",
    "presented_voucher",
    "provider_names",
    "provider_redemptions",
    "redemption_page",
    "redemption_row",
    "redemptions_of",
    "requests",
    "voucher_line",
    "voucher_page",
    "voucher_view",
    "vouchers_of_client",
]
