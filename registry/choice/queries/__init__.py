"""Reading a choice: a client's own vouchers, and the options of one side by side."""

from registry.choice.queries.comparing import Comparison, Option, compare
from registry.choice.queries.own import OwnVoucher, own_voucher, own_vouchers

__all__ = ["Comparison", "Option", "OwnVoucher", "compare", "own_voucher", "own_vouchers"]
