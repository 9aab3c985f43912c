"""What time does afterwards, as the worker would do it: reservations lapse, vouchers expire, and everything that nobody
drew goes back to the budget."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from registry.jobs import JOBS
from registry.shared.actor import system
from registry.shared.database import Database
from registry.trial.held import HeldVoucher
from registry.trial.trial import Trial

AT_ONCE: Final = 200
OF_VOUCHERS: Final = ("lapse_reservations", "lapse_unanswered", "expire_vouchers", "return_leftovers")
"""The worker's jobs that end vouchers; messages and the deletion of old rows are none of the trial's business."""


async def expire_all(
    trial: Trial, database: Database, vouchers: Sequence[HeldVoucher], *, now: datetime
) -> None:
    """Let every voucher end at `now`, and count what must come back."""
    with trial.steps.timed("expiring", len(vouchers)):
        actor = system(trial.town.organiser_id)
        for job in JOBS:
            if job.name not in OF_VOUCHERS:
                continue
            while True:
                async with database.transaction(actor.sight) as session:
                    done = await job.command(session, actor=actor, now=now, limit=AT_ONCE)
                if not done:
                    break
                trial.meter.counts[f"jobs: {job.name}"] += done
    for voucher in vouchers:
        trial.tally.returned += voucher.available_cents + voucher.reserved_cents
        voucher.available_cents = voucher.reserved_cents = 0
