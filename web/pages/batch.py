"""Granting many from a file: looked at first, then granted, with a report of every row."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from registry.shared.actor import Role
from registry.shared.errors import Invalid, NotFound
from registry.shared.identifiers import grouped
from registry.vouchers.batch_import import COLUMNS, Row, read_rows
from registry.vouchers.queries import batch_report
from registry.vouchers.sent_table import MAX_BYTES, decode
from web.forms import Form, read_form
from web.granting import BATCH, grant_rows
from web.idempotency import once
from web.page import new_key, page, redirect
from web.refusals import sentence
from web.services import services, signed_in
from web.translations import N_, gettext

AnyRequest = Request[Any, Any, Any]
CASE_WORKER: Final = frozenset({Role.CASE_WORKER})

SHOWN: Final = 200
"""Refused rows on the page; the file has them all."""

COLUMN_TEXTS: Final[dict[str, str]] = {
    "identity": N_("Identity code or business id of the client. Either this or client_id."),
    "client_id": N_("The client’s id in this service, in place of the identity."),
    "service": N_("Code of the service."),
    "budget_line": N_("Code of the budget line."),
    "value": N_("Euros, if less than the terms say: 600 or 89,50. Only for vouchers in euros."),
    "units": N_("Hours or sessions, if fewer than the terms say: 10 or 7,5."),
    "validity_days": N_("Days, if fewer than the terms say."),
    "in_plan": N_("yes or no: is the service part of the client’s plan? Empty means no."),
    "despite_like": N_("yes: grant although the client has an open voucher for the service."),
    "months_unemployed": N_(
        "How many months the client has been unemployed, for a fair comparison of results. Providers never see it."
    ),
    "education": N_("basic, secondary, higher or not_known; with months_unemployed."),
}


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that was not granted, and every reason."""

    line: int
    reasons: list[str]


def _refused(report: dict[str, Any]) -> list[RefusedRow]:
    rows = [row for row in report["rows"] if row["refusals"]]
    return [
        RefusedRow(row["line"], [sentence(r["code"], r["facts"]) for r in row["refusals"]])
        for row in rows[:SHOWN]
    ]


def _upload_page(request: AnyRequest, form: Form, status: int = 200) -> Response[str]:
    return page(
        request,
        "vouchers/batch.html",
        status=status,
        get_path="/vouchers/batch",
        errors=form.errors,
        columns=[(name, gettext(COLUMN_TEXTS[name])) for name in COLUMNS],
    )


@get("/vouchers/batch", who=CASE_WORKER, include_in_schema=False)
async def batch(request: AnyRequest) -> Response[str]:
    """The file to send, and what its columns are."""
    return _upload_page(request, Form())


@get("/vouchers/batch/example", who=CASE_WORKER, include_in_schema=False)
async def example(request: AnyRequest) -> Response[bytes]:
    """A file to start from, with a fictional identity."""
    text = ";".join(COLUMNS) + "\n;010203A9057;;;;;;;;;\n"
    return _csv(text, "vouchers-example.csv")


async def _content(form: Form) -> str:
    """The text of the file: as uploaded, or as the preview carried it along."""
    upload = form.files.get("file")
    if upload is None:
        if not form.value("content"):
            raise Invalid("batch.file_missing", errors={"file": "batch.file_missing"})
        return form.value("content").replace("\r\n", "\n")
    content = await upload.read()
    if not content and not upload.filename:
        raise Invalid("batch.file_missing", errors={"file": "batch.file_missing"})
    if len(content) > MAX_BYTES:
        raise Invalid("batch.too_large", errors={"file": "batch.too_large"})
    return decode(content)


async def _preview(request: AnyRequest, rows: Sequence[Row]) -> dict[str, Any]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        return await grant_rows(
            session,
            actor=actor,
            now=held.now(),
            keys=held.keys,
            rows=rows,
            fictional=held.settings.demo,
            dry_run=True,
        )


@post("/vouchers/batch", who=CASE_WORKER, include_in_schema=False)
async def preview(request: AnyRequest) -> Response[Any]:
    """What would be granted and what not, row by row; nothing is written. `as=csv` gives all of it as a file."""
    form = await read_form(request)
    try:
        text = await _content(form)
        rows = read_rows(text)
    except Invalid as error:
        form.blame(error)
        return _upload_page(request, form, 422)
    report = await _preview(request, rows)
    if form.value("as") == "csv":
        return _report_file(report, services(request).now())
    return page(
        request,
        "vouchers/batch_preview.html",
        get_path="/vouchers/batch",
        report=report,
        refused=_refused(report),
        shown=SHOWN,
        content=text,
        key=new_key(),
    )


@post("/vouchers/batch/grant", who=CASE_WORKER, include_in_schema=False)
async def grant_batch(request: AnyRequest) -> Response[str]:
    """Grant the good rows. The same file sent again with the same form grants nothing more."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    key = form.key()
    try:
        text = await _content(form)
        rows = read_rows(text)
        UUID(key)
    except Invalid as error:
        form.blame(error)
        return _upload_page(request, form, 422)
    except ValueError:
        raise Invalid("idempotency.key_malformed") from None

    async def run(session: AsyncSession) -> dict[str, Any]:
        return await grant_rows(
            session,
            actor=actor,
            now=held.now(),
            keys=held.keys,
            rows=rows,
            fictional=held.settings.demo,
        )

    await once(request, operation=BATCH, key=key, body={"sha256": sha256(text.encode()).hexdigest()}, run=run)
    return redirect(f"/vouchers/batch/{UUID(key)}")


async def _kept(request: AnyRequest, key: UUID) -> tuple[dict[str, Any], datetime]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        found = await batch_report(session, actor=actor, key=str(key), operation=BATCH)
    if found is None:
        raise NotFound("batch.unknown")
    return found


@get("/vouchers/batch/{key:uuid}", who=CASE_WORKER, include_in_schema=False)
async def batch_done(request: AnyRequest, key: FromPath[UUID]) -> Response[str]:
    """What was granted, as often as its maker asks."""
    report, at = await _kept(request, key)
    return page(
        request,
        "vouchers/batch_done.html",
        report=report,
        refused=_refused(report),
        shown=SHOWN,
        batch_key=key,
        at=at,
    )


@get("/vouchers/batch/{key:uuid}/report", who=CASE_WORKER, include_in_schema=False)
async def batch_file(request: AnyRequest, key: FromPath[UUID]) -> Response[bytes]:
    """The report of every row as a file."""
    report, at = await _kept(request, key)
    return _report_file(report, at)


def _report_file(report: dict[str, Any], at: datetime) -> Response[bytes]:
    written = io.StringIO()
    out = csv.writer(written, delimiter=";", lineterminator="\n")
    out.writerow(["line", "result", "voucher", "voucher_id", "client_id", "value", "codes", "reasons"])
    for row in report["rows"]:
        reasons = [sentence(r["code"], r["facts"]) for r in row["refusals"]]
        out.writerow(
            [
                row["line"],
                "refused" if reasons else "would_be_granted" if report["dry_run"] else "granted",
                grouped(row["number"]) if row["number"] else "",
                row["voucher_id"] or "",
                row["client_id"] or "",
                "" if reasons else f"{row['value_cents'] // 100}.{row['value_cents'] % 100:02d}",
                " ".join(r["code"] for r in row["refusals"]),
                " ".join(reasons),
            ]
        )
    return _csv(written.getvalue(), f"vouchers-{at:%Y-%m-%d}.csv")


def _csv(text: str, name: str) -> Response[bytes]:
    """With a byte order mark, so that spreadsheets read it as UTF-8."""
    return Response(
        ("\ufeff" + text).encode(),
        status_code=200,
        media_type="text/csv",
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )


ROUTES: list[Any] = [batch, example, preview, grant_batch, batch_done, batch_file]
