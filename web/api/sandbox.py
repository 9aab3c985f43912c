"""The sandbox for machines: join it, and get vouchers that are not real."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from litestar import Request, post
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from registry.people.commands import consume_rate_limit
from registry.shared.actor import Role
from registry.vouchers.sandbox.commands import grant_test_voucher, join_sandbox
from web.idempotency import Answer, header_key, once
from web.schema import ApiModel, IdempotencyKey
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]

PROVIDERS: Final = frozenset({Role.PROVIDER_USER})
VOUCHERS_A_DAY: Final = 200


class SandboxAdmissionOut(ApiModel):
    """The provider's approval in the sandbox: of nobody's decision, and in no register."""

    admission: UUID


class TestVoucherOut(ApiModel):
    """A voucher that is not real. Its made-up holder has chosen you: confirm the assignment, then open the voucher with
    number and secret, as a holder would show them."""

    voucher: UUID
    assignment: UUID
    number: str = Field(examples=["7KQ4-M2XD-9FA1"])
    secret: str | None = Field(
        default=None,
        examples=["A1B2-C3D4-E5F6-G7H8"],
        description="Only in the first answer to a key. In earnest nobody but the holder ever sees it.",
    )


@post(
    "/api/v1/sandbox/admission",
    who=PROVIDERS,
    scope="vouchers:redeem",
    tags=["sandbox"],
    status_code=200,
    refusals=("sandbox.none",),
)
async def join(request: AnyRequest, idempotency_key: IdempotencyKey = None) -> SandboxAdmissionOut:
    """Join the sandbox, at once. There the same calls do the same as in earnest, with vouchers that are not real: no
    money moves, nothing is public and nothing is counted."""
    actor, held = signed_in(request), services(request)

    async def run(session: AsyncSession) -> Answer:
        return {"admission": str(await join_sandbox(session, actor=actor, now=held.now()))}

    done = await once(request, operation="sandbox.join", key=header_key(request), body={}, run=run)
    return SandboxAdmissionOut.model_validate(done)


async def test_voucher(request: AnyRequest, key: str) -> Answer:
    """One test voucher for one key; a provider gets so many a day."""
    actor, held = signed_in(request), services(request)
    async with held.database.transaction() as session:
        await consume_rate_limit(
            session,
            bucket=f"sandbox:{actor.provider_id}",
            limit=VOUCHERS_A_DAY,
            window=timedelta(days=1),
            now=held.now(),
        )

    async def run(session: AsyncSession) -> Answer:
        made = await grant_test_voucher(session, actor=actor, now=held.now(), keys=held.keys)
        return {
            "voucher": str(made.voucher_id),
            "assignment": str(made.assignment_id),
            "number": made.number,
            "secret": made.secret,
        }

    return await once(request, operation="sandbox.voucher", key=key, body={}, run=run, shown_once=("secret",))


@post(
    "/api/v1/sandbox/vouchers",
    who=PROVIDERS,
    scope="vouchers:redeem",
    tags=["sandbox"],
    status_code=201,
    limited=True,
    refusals=("sandbox.none", "sandbox.not_joined"),
)
async def make_test_voucher(request: AnyRequest, idempotency_key: IdempotencyKey = None) -> TestVoucherOut:
    """A voucher that is not real, of a made-up client who has chosen you and waits for your answer."""
    done = await test_voucher(request, header_key(request))
    return TestVoucherOut.model_validate({k: v for k, v in done.items() if k != "already_shown"})


ROUTES: list[Any] = [join, make_test_voucher]
