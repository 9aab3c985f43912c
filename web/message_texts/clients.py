"""What jobseekers are told. Each has its words in easy Finnish too."""

from typing import Final

from web.message_texts.model import MessageText
from web.translations import N_

_MY: Final = "/my/vouchers/{voucher}"
_REVIEW: Final = "/my/vouchers/{voucher}/review/{provider}"
_TO_VOUCHER: Final = N_("Go to the voucher")

_CHOOSE_AGAIN: Final = N_(
    "The wait has cost you nothing: your voucher is valid through %(last_day)s. Choose another provider. Your case worker"
    " knows about this too."
)

FOR_JOBSEEKERS_TEXTS: Final[dict[str, MessageText]] = {
    "voucher.granted": MessageText(
        N_("You have been granted a service voucher"),
        N_(
            "With the voucher you choose your own service provider. Have a look at the alternatives and pick one."
        ),
        _MY,
        N_("Choose a provider"),
    ),
    "voucher.expiring": MessageText(
        N_("Your voucher is about to expire"),
        N_(
            "You can use it through %(last_day)s. If something stands in the way, ask for help on the voucher's page."
        ),
        _MY,
        _TO_VOUCHER,
    ),
    "voucher.expired": MessageText(
        N_("Your voucher has expired"),
        N_("It can no longer be used. If you still need the service, contact your case worker."),
        _MY,
        _TO_VOUCHER,
    ),
    "voucher.topped_up": MessageText(
        N_("Your voucher has a new month’s sum"),
        N_("On the voucher’s page you see how much came and what is left."),
        "/vouchers/{voucher}",
        _TO_VOUCHER,
    ),
    "milestone.asked": MessageText(
        N_("Was this reached?"),
        N_("Your provider says that something was reached. Tell on the voucher’s page whether it is so."),
        "/vouchers/{voucher}",
        _TO_VOUCHER,
    ),
    "voucher.raised": MessageText(
        N_("Your voucher has more value"),
        N_("On the voucher’s page you see how much was added and why."),
        "/vouchers/{voucher}",
        _TO_VOUCHER,
    ),
    "voucher.lowered": MessageText(
        N_("Value was taken from your voucher"),
        N_("On the voucher's page you find the reason and what you can do if you disagree."),
        "/vouchers/{voucher}",
        _TO_VOUCHER,
    ),
    "voucher.lengthened": MessageText(
        N_("Your voucher has more days"),
        N_("You can use it through %(last_day)s."),
        "/vouchers/{voucher}",
        _TO_VOUCHER,
    ),
    "voucher.cancelled": MessageText(
        N_("Your voucher has been cancelled"),
        N_("On the voucher's page you find the reason and what you can do if you disagree."),
        _MY,
        _TO_VOUCHER,
    ),
    "choice.confirmed": MessageText(
        N_("The provider you chose has confirmed"),
        N_(
            "The provider now has your name and contact details and will be in touch. Take the voucher's code along."
        ),
        _MY,
        _TO_VOUCHER,
    ),
    "choice.meeting_proposed": MessageText(
        N_("The provider you chose has proposed a first time"),
        N_(
            "See the time and the place, and put it into your calendar. If it does not suit you, tell the provider."
        ),
        _MY,
        N_("See the time"),
    ),
    "choice.declined": MessageText(
        N_("The provider you chose cannot take you"),
        _CHOOSE_AGAIN,
        _MY,
        N_("Choose a provider"),
    ),
    "choice.lapsed": MessageText(
        N_("The provider you chose did not answer"),
        _CHOOSE_AGAIN,
        _MY,
        N_("Choose a provider"),
    ),
    "choice.provider_left": MessageText(
        N_("The provider you chose can no longer give the service"),
        N_(
            "What is left on your voucher remains yours: choose another provider. Your case worker knows about this too."
        ),
        _MY,
        N_("Choose a provider"),
    ),
    "no_show.recorded": MessageText(
        N_("A provider has noted that you did not come to a meeting"),
        N_("If that is wrong, say so on the page of your data. No charge follows from it."),
        "/my/data",
        N_("Go to your data"),
    ),
    "no_show.removed": MessageText(
        N_("A note about a missed meeting has been taken away"),
        N_("It is no longer among your data."),
        "/my/data",
        N_("Go to your data"),
    ),
    "complaint.decided": MessageText(
        N_("Your complaint has been looked into"),
        N_("See what was found."),
        "/my/complaints/{complaint}",
        N_("Go to the complaint"),
    ),
    "case.answered": MessageText(
        N_("You have got an answer"),
        N_("You asked for something to be put right. The answer stands among your data."),
        "/my/data#corrections",
        N_("Read the answer"),
    ),
    "guardian.added": MessageText(
        N_("Somebody may now act for you"),
        N_("You see who among your data. If this is wrong, ask for it to be put right there."),
        "/my/data",
        N_("Go to your data"),
    ),
    "guardian.ended": MessageText(
        N_("Somebody no longer acts for you"),
        N_("You see who among your data."),
        "/my/data",
        N_("Go to your data"),
    ),
    "redemption.recorded": MessageText(
        N_("A visit was recorded on your voucher"),
        N_("See what was recorded, and tell whether it is right."),
        "/vouchers/{voucher}",
        _TO_VOUCHER,
    ),
    "visit.stands_client": MessageText(
        N_("A visit that you said is not right has been looked into"),
        N_("It stands as it was recorded. See why, and what you can do if you disagree."),
        "/my/visits/{redemption}",
        N_("See why"),
    ),
    "visit.reversed_client": MessageText(
        N_("A visit that you said is not right was reversed"),
        N_("Its value is back on your voucher."),
        "/my/visits/{redemption}",
        N_("See why"),
    ),
    "review.invited": MessageText(
        N_("How did it go?"),
        N_("Tell in five questions how it went: your answers help others to choose."),
        _REVIEW,
        N_("Answer the questions"),
    ),
    "review.invited_again": MessageText(
        N_("How is it now, half a year later?"),
        N_("Half a year has gone by. Tell in five questions what the service turned out to be good for."),
        f"{_REVIEW}/later",
        N_("Answer the questions"),
    ),
    "call.wanted": MessageText(
        N_("You have asked to be called"),
        N_("You will be called on %(until)s at the latest. You can change the time of day on the page."),
        "/my/vouchers/{voucher}/help",
        N_("See your request"),
    ),
    "comment.approved": MessageText(
        N_("Your comment will be published"),
        N_(
            "It comes out with a release and without a date, once at least five people have reviewed the provider."
        ),
    ),
    "comment.rejected": MessageText(
        N_("Your comment will not be published"),
        N_("%(reason)s. Your numbers count all the same. If you think that this is wrong, give us feedback."),
        "/feedback",
        N_("Give feedback"),
    ),
    "comment.withdrawn": MessageText(
        N_("Your comment has been taken down"),
        N_("Somebody reported it, and an official found the report right. Your numbers count all the same."),
        "/feedback",
        N_("Give feedback"),
    ),
}
