"""Reading a choice: a client's own vouchers, and the options of one side by side."""

from registry.choice.queries.comparing import Comparison, Option, Out, compare
from registry.choice.queries.looking import ORDERS, SOON_DAYS, Looking
from registry.choice.queries.own import OwnVoucher, Used, ever_chosen, own_voucher, own_vouchers

__all__ = [
    "ORDERS",
    "SOON_DAYS",
    "Comparison",
    "Looking",
    "Option",
    "Out",
    "OwnVoucher",
    "Used",
    "compare",
    "ever_chosen",
    "own_voucher",
    "own_vouchers",
]
