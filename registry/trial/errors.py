"""What ends a trial."""


class TrialError(Exception):
    """The trial cannot go on; the message is one sentence for the person at the terminal."""


class Unexpected(Exception):
    """An answer that the plan does not foresee: the trial goes on, and ends non-zero."""
