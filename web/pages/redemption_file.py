"""A provider's visits from a file: looked at first, then redeemed, with a report of every line."""

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

from registry.shared.errors import Invalid, NotFound
from registry.shared.texts import harmless_in_spreadsheet
from registry.vouchers.queries import batch_report
from registry.vouchers.redemption.visits_file import COLUMNS, SentVisit, read_visits
from registry.vouchers.redemption.visits_upload import VisitOutcome, look_at_visits, record_visits
from registry.vouchers.sent_table import MAX_BYTES, decode
from web.forms import Form, read_form
from web.idempotency import once
from web.page import new_key, page, redirect
from web.pages.redemption import PROVIDER
from web.refusals import sentence
from web.services import services, signed_in
from web.translations import N_, gettext

AnyRequest = Request[Any, Any, Any]

PATH: Final = "/provider/visits"
FILE: Final = "redemption.file"
SHOWN: Final = 200
"""Lines with problems on the page; the file has them all."""

COLUMN_TEXTS: Final[dict[str, str]] = {
    "voucher": N_("Number of the voucher, or the id that your own system got when the voucher was shown."),
    "date": N_("Day of the visit: 20.11.2026 or 2026-11-20."),
    "units": N_("How much: hours or sessions, such as 1 or 1,5."),
    "unit_price": N_("Price of one unit in euros with VAT: 60 or 89,50."),
    "activity": N_(
        "What was done, if you want to tell the client: meeting, remote, group, workplace, training, assessment, "
        "writing or other."
    ),
    "attended": N_("Who was there besides you: client, client_and_other, group or nobody."),
    "group_size": N_("How many were there; only of a group."),
    "key": N_(
        "Your own mark for the visit, if you have one. Without marks, lines that say the same count as one visit."
    ),
}


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A line that is not recorded, and every reason."""

    line: int
    reasons: list[str]


def _report(outcomes: Sequence[VisitOutcome]) -> dict[str, Any]:
    rows = [outcome.document() for outcome in outcomes]
    by_status = {
        name: [row for row in rows if row["status"] == name] for name in ("ready", "done", "already")
    }
    return {
        "operation": FILE,
        "rows": rows,
        "recorded": len(by_status["ready"]) + len(by_status["done"]),
        "already": len(by_status["already"]),
        "not_recorded": sum(row["status"] in ("refused", "failed") for row in rows),
        "value_cents": sum(row["value_cents"] for row in by_status["ready"] + by_status["done"]),
    }


def _reasons(row: dict[str, Any]) -> list[str]:
    return [sentence(problem["code"], problem["facts"]) for problem in row["problems"]]


def _refused(report: dict[str, Any]) -> list[RefusedLine]:
    rows = [row for row in report["rows"] if row["problems"]]
    return [RefusedLine(row["line"], _reasons(row)) for row in rows[:SHOWN]]


def _upload_page(request: AnyRequest, form: Form, status: int = 200) -> Response[str]:
    return page(
        request,
        "redemption/file.html",
        status=status,
        get_path=PATH,
        errors=form.errors,
        columns=[(name, gettext(COLUMN_TEXTS[name])) for name in COLUMNS],
    )


@get(PATH, who=PROVIDER, include_in_schema=False)
async def visits_file(request: AnyRequest) -> Response[str]:
    """The file to send, and what its columns are."""
    return _upload_page(request, Form())


@get(f"{PATH}/example", who=PROVIDER, include_in_schema=False)
async def visits_example(request: AnyRequest) -> Response[bytes]:
    """A file to start from, with a number that no voucher has."""
    return _csv(
        ";".join(COLUMNS) + "\n7KQ4-M2XD-9FA1;20.11.2026;1,5;60,00;meeting;client;;\n", "visits-example.csv"
    )


async def _content(form: Form) -> str:
    """The text of the file: as uploaded, or as the preview carried it along."""
    upload = form.files.get("file")
    if upload is None:
        if not form.value("content"):
            raise Invalid("batch.file_missing", errors={"file": "batch.file_missing"})
        return form.value("content").replace("\r\n", "\n")
    content = await upload.read(MAX_BYTES + 1)
    if not content and not upload.filename:
        raise Invalid("batch.file_missing", errors={"file": "batch.file_missing"})
    return decode(content)


async def _carried_out(request: AnyRequest, sent: Sequence[SentVisit], *, look: bool) -> dict[str, Any]:
    held, actor = services(request), signed_in(request)
    act = look_at_visits if look else record_visits
    outcomes = await act(
        held.database, actor=actor, now=held.now(), digest_key=held.keys.field_digest, sent=sent
    )
    return _report(outcomes)


@post(PATH, who=PROVIDER, include_in_schema=False)
async def look_at_file(request: AnyRequest) -> Response[Any]:
    """What would be redeemed and what not, line by line; nothing is written. `as=csv` gives all of it as a file."""
    form = await read_form(request)
    try:
        text = await _content(form)
        sent = read_visits(text)
    except Invalid as error:
        form.blame(error)
        return _upload_page(request, form, 422)
    report = await _carried_out(request, sent, look=True)
    if form.value("as") == "csv":
        return _report_file(report, services(request).now())
    return page(
        request,
        "redemption/file_preview.html",
        get_path=PATH,
        report=report,
        refused=_refused(report),
        shown=SHOWN,
        content=text,
        key=new_key(),
    )


@post(f"{PATH}/record", who=PROVIDER, include_in_schema=False)
async def record_file(request: AnyRequest) -> Response[str]:
    """Redeem the good lines. Each has its own key, so whatever is sent again, or was cut short, is redeemed once; only
    then is the report kept with the form's key."""
    form = await read_form(request)
    try:
        text = await _content(form)
        sent = read_visits(text)
        key = UUID(form.key())
    except Invalid as error:
        form.blame(error)
        return _upload_page(request, form, 422)
    except ValueError:
        raise Invalid("idempotency.key_malformed") from None
    if await _kept(request, key) is None:
        report = await _carried_out(request, sent, look=False)

        async def run(session: AsyncSession) -> dict[str, Any]:
            return report

        await once(
            request,
            operation=FILE,
            key=str(key),
            body={"sha256": sha256(text.encode()).hexdigest()},
            run=run,
        )
    return redirect(f"{PATH}/{key}")


async def _kept(request: AnyRequest, key: UUID) -> tuple[dict[str, Any], datetime] | None:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        return await batch_report(session, actor=actor, key=str(key), operation=FILE)


@get(f"{PATH}/{{key:uuid}}", who=PROVIDER, include_in_schema=False)
async def file_done(request: AnyRequest, key: FromPath[UUID]) -> Response[str]:
    """What was redeemed, as often as its sender asks."""
    found = await _kept(request, key)
    if found is None:
        raise NotFound("batch.unknown")
    report, at = found
    return page(
        request,
        "redemption/file_done.html",
        report=report,
        refused=_refused(report),
        shown=SHOWN,
        file_key=key,
        at=at,
    )


@get(f"{PATH}/{{key:uuid}}/report", who=PROVIDER, include_in_schema=False)
async def file_report(request: AnyRequest, key: FromPath[UUID]) -> Response[bytes]:
    """The report of every line as a file."""
    found = await _kept(request, key)
    if found is None:
        raise NotFound("batch.unknown")
    return _report_file(*found)


def _report_file(report: dict[str, Any], at: datetime) -> Response[bytes]:
    written = io.StringIO()
    out = csv.writer(written, delimiter=";", lineterminator="\n")
    out.writerow(["line", "result", "voucher", "date", "value", "redemption", "codes", "reasons"])
    for row in report["rows"]:
        values = [
            str(row["line"]),
            "can_be_recorded" if row["status"] == "ready" else row["status"],
            row["voucher"],
            row["date"] or "",
            f"{row['value_cents'] // 100}.{row['value_cents'] % 100:02d}" if row["redemption"] else "",
            (row["redemption"] or "") if row["status"] != "ready" else "",
            " ".join(problem["code"] for problem in row["problems"]),
            " ".join(_reasons(row)),
        ]
        out.writerow([harmless_in_spreadsheet(value) for value in values])
    return _csv(written.getvalue(), f"visits-{at:%Y-%m-%d}.csv")


def _csv(text: str, name: str) -> Response[bytes]:
    """With a byte order mark, so that spreadsheets read it as UTF-8."""
    return Response(
        ("\ufeff" + text).encode(),
        status_code=200,
        media_type="text/csv",
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )


ROUTES: list[Any] = [visits_file, visits_example, look_at_file, record_file, file_done, file_report]
