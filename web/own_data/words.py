"""Words for the codes that stand in what is held about a client, as the client reads them."""

from collections.abc import Mapping
from typing import Final

from registry.vouchers.offline.rules import Fate
from registry.vouchers.rules import AssignmentState, RedemptionState, VoucherState
from web.pages.clients import AGE_LABELS
from web.pages.granting import EDUCATION_TEXTS
from web.translations import N_, NP_

Words = tuple[str, str]

VOUCHER_STATES: Final[Mapping[str, Words]] = {
    VoucherState.GRANTED: NP_("voucher status", "Granted"),
    VoucherState.CHOSEN: NP_("voucher status", "Provider chosen"),
    VoucherState.IN_USE: NP_("voucher status", "In use"),
    VoucherState.USED_UP: NP_("voucher status", "Used up"),
    VoucherState.REFUSED: NP_("voucher status", "Refused by the client"),
    VoucherState.CANCELLED: NP_("voucher status", "Cancelled"),
    VoucherState.EXPIRED: NP_("voucher status", "Expired"),
}
CHOICE_STATES: Final[Mapping[str, Words]] = {
    AssignmentState.ASKED: NP_("assignment status", "Waiting for the provider’s answer"),
    AssignmentState.CONFIRMED: NP_("assignment status", "Confirmed by the provider"),
    AssignmentState.DECLINED: NP_("assignment status", "Declined by the provider"),
    AssignmentState.LAPSED: NP_("assignment status", "No answer in time"),
    AssignmentState.ENDED: NP_("assignment status", "Ended"),
}
VISIT_STATES: Final[Mapping[str, str]] = {
    RedemptionState.RESERVED: N_("reserved"),
    RedemptionState.CAPTURED: N_("visit recorded"),
    RedemptionState.RELEASED: N_("reservation given up"),
    RedemptionState.LAPSED: N_("reservation lapsed"),
    RedemptionState.REVERSED: N_("reversed"),
}
OFFLINE_STATES: Final[Mapping[str, str]] = {
    Fate.RECEIVED: N_("received, not decided yet"),
    Fate.RECORDED: N_("visit recorded"),
    Fate.REFUSED: N_("not recorded; the authority looks into it"),
    Fate.CLOSED: N_("not recorded"),
}
CASES: Final[Mapping[str, str]] = {
    "voucher_refused": N_("You refused a voucher: what would help instead"),
    "provider_declined": N_("The provider could not take you: choosing again"),
    "provider_silent": N_("The provider did not answer: choosing again"),
    "provider_left": N_("The provider left the register: choosing again"),
    "no_eligible_provider": N_("Nobody fits your voucher: finding another way"),
    "no_provider_in_language": N_("Nobody works in your language: finding somebody"),
    "voucher_expiring": N_("Your voucher is about to expire: what stands in the way"),
    "call_wanted": N_("You asked to be called"),
    "correction_wanted": N_("You asked for something to be put right"),
    "complaint_made": N_("Your complaint"),
}
INTAKE: Final[Mapping[str, str]] = {
    **AGE_LABELS,
    **EDUCATION_TEXTS,
    "under_3": N_("unemployed for under 3 months"),
    "3_to_5": N_("unemployed for 3 to 5 months"),
    "6_to_11": N_("unemployed for 6 to 11 months"),
    "12_to_23": N_("unemployed for 1 to 2 years"),
    "24_plus": N_("unemployed for 2 years or more"),
    "fi_sv": N_("Finnish or Swedish"),
    "other": N_("another language"),
    "under_8": N_("unemployment in the municipality under 8 %"),
    "8_to_9": N_("unemployment in the municipality 8 to 9.9 %"),
    "10_to_11": N_("unemployment in the municipality 10 to 11.9 %"),
    "12_plus": N_("unemployment in the municipality 12 % or more"),
}
