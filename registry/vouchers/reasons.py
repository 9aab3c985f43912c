"""Why an organiser may cancel a voucher: codes, so that the client is told in the own language and statistics count."""

from typing import Final

CANCEL_REASONS: Final = (
    "client_asked",
    "moved_away",
    "no_longer_entitled",
    "service_ended",
    "granted_in_error",
)
