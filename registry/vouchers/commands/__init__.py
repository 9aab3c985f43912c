"""Everything that changes a voucher, by the name of what is done."""

from registry.vouchers.commands.answering import confirm, decline, propose_meeting
from registry.vouchers.commands.calling import ask_for_call
from registry.vouchers.commands.choosing import choose
from registry.vouchers.commands.ending import (
    expire_vouchers,
    lapse_reservations,
    lapse_unanswered,
    return_leftovers,
)
from registry.vouchers.commands.giving_up import cancel, refuse
from registry.vouchers.commands.granting import Granted, GrantOrder, grant
from registry.vouchers.commands.leaving import release_left
from registry.vouchers.commands.presenting import new_code, present
from registry.vouchers.commands.settling import capture, release, reverse
from registry.vouchers.commands.unpicking import lock_voucher
from registry.vouchers.redemption.commands import redeem
from registry.vouchers.redemption.writing import Redeemed, RedemptionLine

__all__ = [
    "GrantOrder",
    "Granted",
    "Redeemed",
    "RedemptionLine",
    "ask_for_call",
    "cancel",
    "capture",
    "choose",
    "confirm",
    "decline",
    "expire_vouchers",
    "grant",
    "lapse_reservations",
    "lapse_unanswered",
    "lock_voucher",
    "new_code",
    "present",
    "propose_meeting",
    "redeem",
    "refuse",
    "release",
    "release_left",
    "return_leftovers",
    "reverse",
]
