"""Claiming what a provider owes that no payment to it will take along."""
