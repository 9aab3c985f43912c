"""Refusals about claims on providers."""

from typing import Final

from web.translations import N_

TEXTS: Final[dict[str, str]] = {
    "claim.unknown": N_("There is no such claim."),
    "claim.nothing": N_("Tick at least one statement."),
    "claim.other_provider": N_("A claim is made of the statements of one provider."),
    "claim.not_a_credit": N_("By the statement %(number)s the provider owes nothing."),
    "claim.netted": N_("A payment has taken the statement %(number)s along already."),
    "claim.claimed_already": N_("The statement %(number)s is part of another claim."),
    "claim.to_be_netted": N_(
        "A coming payment takes the statement %(number)s along. It can be claimed when the provider has left or after 90"
        " days."
    ),
    "claim.no_account": N_(
        "Nobody has said to which account providers pay. Give the account under Payments first; two people do that."
    ),
    "claim.claimed": N_("Nothing of the claim has been paid yet."),
    "claim.partly_paid": N_(
        "A part of the claim is paid, so it cannot be cancelled. The rest can be written off."
    ),
    "claim.paid": N_("The claim has been paid."),
    "claim.written_off": N_("The claim has been written off."),
    "claim.cancelled": N_("The claim was cancelled."),
    "claim.same_person": N_("You made or proposed this yourself, so somebody else has to do it."),
    "claim.told_by_bank": N_("Here money comes by bank statements. Bring in the bank’s statement."),
    "claim.more_than_owed": N_("That is more than is owed: %(left)s is left."),
    "claim.received_on": N_("Give a day from that of the claim on, not in the future."),
    "claim.received_cents": N_("Give how much came in."),
    "claim.write_off_waits": N_("A proposal to write the rest off waits already."),
    "claim.no_write_off": N_("Nobody has proposed to write the rest off."),
    "claim.changed": N_(
        "Something has come in since: %(left)s is left. Decide against the proposal, and make a new one."
    ),
    "claim_receipt.unknown": N_("There is no such receipt."),
    "claim_receipt.undone": N_("This was taken back already."),
    "bank_booking.no_credit": N_("This movement is no money that came in."),
    "payment_setting.claim_days": N_("Give from 14 to 90 days."),
}
