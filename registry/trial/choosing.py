"""The choice, as a case worker records it for a client; the provider's answer; the first showing; cancelling."""

from typing import Any
from uuid import UUID

from registry.shared.identifiers import voucher_secret
from registry.trial.calls import Desk
from registry.trial.errors import Unexpected
from registry.trial.held import HeldVoucher
from registry.trial.steps import whole
from registry.trial.trial import Trial


async def choose_all(trial: Trial, port: int, vouchers: list[HeldVoucher]) -> None:
    """Compare, then pick one of those shown; some clients refuse the voucher, some pick again, and where the provider
    declines the client picks another."""

    async def one(desk: Desk, voucher: HeldVoucher) -> None:
        story = voucher.story
        if story.refuses:
            await _refuse(trial, desk, voucher)
            return
        options = await _options(trial, desk, voucher)
        if not options:
            trial.meter.counts["vouchers that nobody can serve"] += 1
            voucher.ended = True
            return
        await _pick(trial, desk, voucher, options, story.pick)
        if story.changes and len(options) > 1:
            await _pick(trial, desk, voucher, options, story.pick + 1)
            trial.meter.counts["picks changed"] += 1

    await trial.steps.run("choosing", port, whole(vouchers), one)


async def _refuse(trial: Trial, desk: Desk, voucher: HeldVoucher) -> None:
    call = trial.by_case_worker(
        voucher.case_worker, "POST vouchers/…/refusal", f"/vouchers/{voucher.id}/refusal",
        f"refuse-{voucher.story.number}", {"channel": "phone", "reason": "got_job"},
    )  # fmt: skip
    answer = await desk.done(call, repeated=voucher.story.repeated)
    voucher.same("its state", answer["state"], "refused")
    end(trial, voucher)
    trial.meter.counts["vouchers refused by clients"] += 1


def end(trial: Trial, voucher: HeldVoucher) -> None:
    """What was left goes back to the budget."""
    trial.tally.returned += voucher.available_cents
    voucher.available_cents = 0
    voucher.ended = True


async def _options(trial: Trial, desk: Desk, voucher: HeldVoucher) -> list[dict[str, Any]]:
    call = trial.by_case_worker(
        voucher.case_worker, "GET vouchers/…/comparison", f"/vouchers/{voucher.id}/comparison"
    )
    answer = await desk.done(call)
    shown: list[dict[str, Any]] = [{**option, "shown_id": answer["shown_id"]} for option in answer["options"]]
    if len(shown) > voucher.terms.shortlist_size:
        raise Unexpected(f"voucher {voucher.id}: {len(shown)} shown at first")
    for option in shown:
        if (
            option["unit_price_cents"] > voucher.terms.unit_price_ceiling_cents
            and not voucher.terms.own_share_allowed
        ):
            raise Unexpected(
                f"voucher {voucher.id}: shown a provider above its ceiling: {option['provider_id']}"
            )
    trial.meter.counts["providers shown"] += len(shown)
    return shown


async def _pick(
    trial: Trial, desk: Desk, voucher: HeldVoucher, options: list[dict[str, Any]], place: int
) -> None:
    option = options[place % len(options)]
    body = {"admission_id": option["admission_id"], "channel": "counter", "shown_id": option["shown_id"]}
    call = trial.by_case_worker(
        voucher.case_worker, "POST vouchers/…/choice", f"/vouchers/{voucher.id}/choice",
        f"choose-{voucher.story.number}-{option['admission_id']}", body,
    )  # fmt: skip
    answer = await desk.done(call, repeated=voucher.story.repeated)
    voucher.assignment, voucher.provider = answer["assignment_id"], option["provider_id"]
    voucher.price_cents = option["unit_price_cents"]
    trial.meter.counts["choices"] += 1


async def answer_all(trial: Trial, port: int, vouchers: list[HeldVoucher]) -> None:
    """Every chosen provider answers; where the first one declines, the client chooses anew and that one confirms."""

    async def one(desk: Desk, voucher: HeldVoucher) -> None:
        if voucher.story.declined:
            declined = voucher.provider
            await _answer(trial, desk, voucher, "declination")
            trial.meter.counts["picks declined"] += 1
            options = [o for o in await _options(trial, desk, voucher) if o["provider_id"] != declined]
            if not options:
                voucher.ended = True
                return
            await _pick(trial, desk, voucher, options, voucher.story.pick)
        await _answer(trial, desk, voucher, "confirmation")
        trial.meter.counts["picks confirmed"] += 1

    await trial.steps.run("answering", port, whole(vouchers), one)


async def _answer(trial: Trial, desk: Desk, voucher: HeldVoucher, answer: str) -> None:
    call = trial.by_provider(
        _provider(voucher), f"POST assignments/…/{answer}", f"/assignments/{voucher.assignment}/{answer}",
        f"{answer}-{voucher.story.number}",
    )  # fmt: skip
    await desk.done(call, repeated=voucher.story.repeated)


def _provider(voucher: HeldVoucher) -> str:
    if voucher.provider is None:
        raise Unexpected(f"voucher {voucher.id} has no provider")
    return voucher.provider


async def present_all(trial: Trial, port: int, vouchers: list[HeldVoucher]) -> None:
    """The holder shows number and code, which the trial works out with the installation's key as the holder's own page
    does. A code that was typed wrong opens nothing."""

    async def one(desk: Desk, voucher: HeldVoucher) -> None:
        number, provider = voucher.story.number, _provider(voucher)
        secret = voucher_secret(trial.keys.voucher_secret, UUID(voucher.id), 1)
        endpoint, path = "POST presentations", "/presentations"
        if voucher.story.wrong_code:
            wrong = secret[::-1] if secret != secret[::-1] else "0" * len(secret)
            body = {"number": voucher.number, "secret": wrong}
            await desk.refused(
                trial.by_provider(provider, endpoint, path, f"wrong-{number}", body),
                {"presentation.wrong_code"},
            )
        body = {"number": voucher.number, "secret": secret}
        call = trial.by_provider(provider, endpoint, path, f"present-{number}", body)
        answer = await desk.done(call, repeated=voucher.story.repeated)
        voucher.presentation = answer["id"]
        voucher.same("the agreed price", answer["agreed_unit_price_cents"], voucher.price_cents)
        voucher.same("what is left", answer["available_cents"], voucher.available_cents)
        trial.meter.counts["vouchers presented"] += 1

    await trial.steps.run("presenting", port, whole(vouchers), one)
