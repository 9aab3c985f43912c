"""Refusals of the kinds of voucher: allowances, results, company aid, late grants, renewals, and decisions against."""

from typing import Final

from web.translations import N_

_TERMS: Final = {
    "terms.retroactive_days_range": N_("Give 0 to 365 days."),
    "terms.months_range": N_("Give 1 to 36 months."),
    "terms.months_on_other": N_("Months belong to a voucher of so much a month."),
    "terms.milestones_on_other": N_("Results belong to a voucher that is paid by results."),
    "terms.milestones_wrong": N_(
        "Give at least one result, each with an amount, its evidence and who confirms it, in the order of the form."
    ),
    "terms.own_share_on_results": N_("A voucher by results has no own share."),
    "terms.expected_without_release": N_(
        "Name the release and the result to compare with where a result is paid only above the expected rate, and only"
        " there."
    ),
    "terms.release_unknown": N_("Choose a release of this authority."),
    "terms.de_minimis_for_companies": N_(
        "Only a voucher of companies is de minimis aid, and not one of so much a month."
    ),
}
_RESULTS: Final = {
    "redemption.by_results": N_("This voucher is paid by results: claim a result instead of a visit."),
    "change.by_results": N_(
        "The value of a voucher by results is the sum of its results and cannot be changed."
    ),
    "milestone.unknown": N_("This result is not known."),
    "milestone.not_by_results": N_("This voucher is not paid by results."),
    "milestone.claimed_already": N_("This result has been claimed or paid already."),
    "milestone.file_missing": N_("Add the evidence as a file."),
    "milestone.evidence_missing": N_("Give the evidence in words or as a file."),
    "milestone.other_confirmer": N_("Somebody else confirms this result."),
    "milestone.decided_already": N_("This claim has been decided already."),
    "milestone.reason_missing": N_("Choose the reason why it was not reached."),
    "milestone.no_figure": N_("There is still no published figure of this provider to compare with."),
    "milestone.waits": N_("A result waits for confirmation. Decide on it first."),
}
_AID: Final = {
    "aid.no_rule": N_("No ceiling on de minimis aid is in force."),
    "aid.not_declared": N_(
        "The company has not declared its de minimis aid yet. Ask for the declaration first."
    ),
    "aid.above_ceiling": N_(
        "The aid would go above the ceiling of %(ceiling)s: the company has had %(before)s, %(left)s is left, and"
        " %(wanted)s is asked for."
    ),
    "aid.companies_only": N_("Only a company declares de minimis aid."),
    "aid.business_id_missing": N_("The company’s business id is not on file. Add it first."),
    "aid.wrong": N_("Something in the declaration is wrong."),
    "aid.too_many_lines": N_("Give at most 50 lines."),
    "aid.line_wrong": N_("A line has a day in the future, no granter, or a sum that cannot be."),
    "aid.none_and_some": N_("Either the company has had aid, or it has not."),
    "aid.unknown": N_("This aid is not known."),
    "representative.companies_only": N_("Only a company has representatives."),
    "representative.too_many": N_("A company has at most %(most)s representatives."),
}
_DECIDING: Final = {
    "retroactive.not_allowed": N_("The terms of this service allow no late grant."),
    "retroactive.days_range": N_("That is %(days)s days back; the terms allow 1 to %(most)s days."),
    "retroactive.same_person": N_("Somebody else approves what you proposed."),
    "retroactive.reason_missing": N_("Choose the reason."),
    "retroactive.proposed_already": N_("A late grant of this service is proposed for the client already."),
    "retroactive.unknown": N_("This proposal is not known."),
    "retroactive.proposed": N_("This proposal waits for a decision."),
    "retroactive.approved": N_("This proposal has been approved already."),
    "retroactive.rejected": N_("This proposal has been turned down already."),
    "retroactive.withdrawn": N_("This proposal has been taken back already."),
    "renewal.too_early": N_(
        "A voucher can be renewed when it has at most %(days)s days left or no value left."
    ),
    "renewal.ended_otherwise": N_("The voucher was refused or cancelled. Grant a new one instead."),
    "renewal.renewed_already": N_("The voucher has been renewed already."),
    "renewal.no_provider": N_("No provider has served the client on this voucher. The client chooses anew."),
    "decision.not_heard": N_("The client has to be heard before this decision. Say how and when."),
    "decision.heard_when": N_(
        "Give the day of the hearing, today at the latest; none if the client was not heard."
    ),
}
TEXTS: Final = {**_TERMS, **_RESULTS, **_AID, **_DECIDING}
