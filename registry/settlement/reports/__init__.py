"""Figures for those who answer for the money: a month's view, the council's quarter, days to payment."""
