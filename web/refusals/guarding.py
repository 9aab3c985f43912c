"""Refusals about alarms, holds and limits."""

from web.translations import N_

TEXTS: dict[str, str] = {
    "redemption_alarm.unknown": N_("There is no such alarm."),
    "redemption_alarm.decided_already": N_("The alarm has been decided already."),
    "redemption_hold.unknown": N_("There is no such hold."),
    "redemption_hold.standing_already": N_("This is held already."),
    "redemption_hold.lifted_already": N_("This hold has been lifted already."),
    "threshold.unknown": N_("There is no such change."),
    "threshold.out_of_range": N_("The limit must be from %(least)s to %(most)s."),
    "threshold.waiting_already": N_("A change of this limit is waiting already."),
    "threshold.decided_already": N_("This change has been decided already."),
    "threshold.other_person": N_("Somebody else must decide what you asked for."),
    "threshold.not_yours": N_("Only the one who asked can take it back."),
}
