"""Refusals about visits that were taken without a network."""

from web.translations import N_

TEXTS: dict[str, str] = {
    "offline_device.unknown": N_(
        "This device is not known here. Open the page again while you are signed in."
    ),
    "offline_device.person_only": N_("Only a person can use a device for this."),
    "offline_device.taken": N_("This device is in use for somebody else."),
    "offline_device.too_many": N_("You use %(most)s devices already."),
    "offline_visit.unknown": N_("There is no such visit."),
    "offline_visit.recorded_already": N_(
        "A visit with the same day and length is recorded on this voucher already."
    ),
    "offline_visit.received_already": N_(
        "The visit has been received and is being recorded. Look again in a moment."
    ),
    "offline_visit.closed_already": N_("The authority has looked into this visit already."),
    "offline_visit.other_with_id": N_("Another visit has been sent under this visit’s id."),
}
