"""Outcomes: what became of clients, as the authority reports it."""
