"""How long a request to act for an organisation may wait."""

from datetime import date, timedelta


def answer_by(asked_on: date, *, days: int) -> date:
    """The day by which it is answered; on that day whoever has to is reminded. Somebody stands outside meanwhile, with an
    organisation that cannot even apply."""
    return asked_on + timedelta(days=days)
