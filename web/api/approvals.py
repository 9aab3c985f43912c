"""What becomes of an approval: suspended, lifted, removed, given up."""

from datetime import date
from typing import Any, Literal
from uuid import UUID

from litestar import Request, post
from litestar.params import FromPath, JSONBody
from pydantic import Field

from registry.providers.keeping.rules import Clients
from registry.providers.keeping.standing import (
    hear_admitted,
    reactivate_admission,
    remove_admission,
    suspend_admission,
    withdraw_admission,
)
from web.api.providers_changes import OFFICER, PROVIDER, SCOPE, Changed, Said, _carry_out
from web.schema import ApiModel, IdempotencyKey, Prose

AnyRequest = Request[Any, Any, Any]
ClientsMay = Literal["finish", "choose_again"]


class Against(ApiModel):
    """A decision against a provider: its reasons, the law, and what becomes of the clients who are there."""

    text: Prose = Field(examples=["Vastuuvakuutus on päättynyt, eikä uutta ole esitetty."])
    legal_basis: Prose = Field(examples=["Laki 569/2009 5 §"])
    clients_may: ClientsMay = Field(
        examples=["finish"],
        description="`finish`: clients whose service has begun finish it, the others choose again;"
        " `choose_again`: all of them choose again",
    )


class HearingIn(ApiModel):
    """What may lead to a decision against the provider, and the last day to answer."""

    text: Prose = Field(examples=["Vastuuvakuutus päättyi 31.10. Aiomme keskeyttää hyväksynnän."])
    due_on: date = Field(examples=["2026-12-18"])


class Leaving(ApiModel):
    """What becomes of the clients of a provider that leaves."""

    clients_may: ClientsMay = Field(default="choose_again", examples=["finish"])


@post("/api/v1/admissions/{admission_id:uuid}/withdrawal", who=PROVIDER, scope=SCOPE, tags=["providers"])
async def post_leaving(
    request: AnyRequest,
    admission_id: FromPath[UUID],
    data: JSONBody[Leaving | None] = None,
    idempotency_key: IdempotencyKey = None,
) -> Changed:
    """Leave the register for this service."""
    may = Clients((data or Leaving()).clients_may)
    subject = {"admission_id": admission_id}
    return await _carry_out(request, "admission.withdraw", withdraw_admission, subject, clients_may=may)


@post("/api/v1/admissions/{admission_id:uuid}/hearing", who=OFFICER, scope=SCOPE, tags=["providers"])
async def post_hearing(
    request: AnyRequest,
    admission_id: FromPath[UUID],
    data: JSONBody[HearingIn],
    idempotency_key: IdempotencyKey = None,
) -> Changed:
    """Hear the provider before a suspension or a removal; answers with the hearing's id."""
    subject = {"admission_id": admission_id}
    return await _carry_out(
        request, "admission.hear", hear_admitted, subject, text=data.text, due_on=data.due_on
    )


@post("/api/v1/admissions/{admission_id:uuid}/suspension", who=OFFICER, scope=SCOPE, tags=["providers"])
async def post_suspension(
    request: AnyRequest,
    admission_id: FromPath[UUID],
    data: JSONBody[Against],
    idempotency_key: IdempotencyKey = None,
) -> Changed:
    """Suspend after a hearing: nobody can choose the provider for this service until it is lifted. Answers with the
    decision's id."""
    subject = {"admission_id": admission_id}
    return await _carry_out(request, "admission.suspend", suspend_admission, subject, **_said(data))


@post("/api/v1/admissions/{admission_id:uuid}/reactivation", who=OFFICER, scope=SCOPE, tags=["providers"])
async def post_reactivation(
    request: AnyRequest,
    admission_id: FromPath[UUID],
    data: JSONBody[Said],
    idempotency_key: IdempotencyKey = None,
) -> Changed:
    """Lift a suspension; answers with the decision's id."""
    subject = {"admission_id": admission_id}
    return await _carry_out(request, "admission.reactivate", reactivate_admission, subject, reason=data.text)


@post("/api/v1/admissions/{admission_id:uuid}/removal", who=OFFICER, scope=SCOPE, tags=["providers"])
async def post_removal(
    request: AnyRequest,
    admission_id: FromPath[UUID],
    data: JSONBody[Against],
    idempotency_key: IdempotencyKey = None,
) -> Changed:
    """Remove from the register after a hearing. Coming back takes a new application. Answers with the decision's id."""
    subject = {"admission_id": admission_id}
    return await _carry_out(request, "admission.remove", remove_admission, subject, **_said(data))


def _said(data: Against) -> dict[str, Any]:
    return {
        "reason": data.text,
        "legal_basis": data.legal_basis,
        "clients_may": Clients(data.clients_may),
    }


ROUTES: list[Any] = [post_leaving, post_hearing, post_suspension, post_reactivation, post_removal]
