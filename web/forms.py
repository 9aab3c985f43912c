"""Reading what a person typed, so that a form that fails comes back filled in and each error names its field."""

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation, Overflow
from typing import Any
from uuid import UUID

from litestar import Request
from litestar.datastructures import UploadFile
from litestar.exceptions import ClientException

from registry.shared.errors import DomainError, Invalid
from registry.shared.money import Money
from web.refusals import sentence
from web.translations import gettext


class Form:
    """The values of a sent form. Each reader notes an error for its field and returns a harmless value, so that all
    errors are found at once; check `form.ok` before using what was read."""

    def __init__(
        self, values: Mapping[str, list[str]] | None = None, files: Mapping[str, UploadFile] | None = None
    ) -> None:
        self._values: dict[str, list[str]] = {name: list(sent) for name, sent in (values or {}).items()}
        self.files: dict[str, UploadFile] = dict(files or {})
        self.errors: dict[str, str] = {}
        """Field → sentence in the reader's language; "" holds what concerns the whole form."""

    @property
    def ok(self) -> bool:
        return not self.errors

    def value(self, name: str, otherwise: str = "") -> str:
        """What was typed, untouched, for filling the form in again."""
        return (self._values.get(name) or [otherwise])[0]

    def values(self, name: str) -> list[str]:
        return self._values.get(name, [])

    def set(self, name: str, value: str) -> None:
        """Prefill a field."""
        self._values[name] = [value]

    def set_all(self, name: str, values: Collection[str]) -> None:
        """Prefill a group of boxes."""
        self._values[name] = list(values)

    def fail(self, name: str, code: str, **facts: Any) -> None:
        """Note an error; the first one on a field stays."""
        self.errors.setdefault(name, sentence(code, facts))

    def blame(self, error: DomainError) -> None:
        """Show a command's refusal on the form: at its fields where it names them, else above the form."""
        if isinstance(error, Invalid) and error.errors:
            for field, code in error.errors.items():
                self.errors.setdefault(field, sentence(code, error.facts))
        else:
            self.errors.setdefault("", sentence(error.code, error.facts))

    def text(self, name: str, *, longest: int = 200, required: bool = True, lines: bool = False) -> str:
        """Trimmed text. Control characters are refused (line breaks are fine where `lines`)."""
        typed = self.value(name).replace("\r\n", "\n").strip()
        if not typed and required:
            self.fail(name, "field.required")
        if len(typed) > longest:
            self.fail(name, "field.too_long", longest=longest)
        if not all(ch.isprintable() or (lines and ch in "\n\t") for ch in typed):
            self.fail(name, "field.control_character")
            return ""
        return typed[:longest]

    def choice(self, name: str, options: Collection[str], *, required: bool = True) -> str:
        picked = self.value(name)
        if not picked and not required:
            return ""
        if picked not in options:
            self.fail(name, "field.required" if not picked else "field.not_a_choice")
            return ""
        return picked

    def choices(self, name: str, options: Collection[str]) -> list[str]:
        """Ticked boxes, each of them one of the options, in the order of the form."""
        picked = list(dict.fromkeys(self.values(name)))
        if any(value not in options for value in picked):
            self.fail(name, "field.not_a_choice")
            return []
        return picked

    def integer(self, name: str, *, least: int = 0, most: int = 1_000_000, required: bool = True) -> int:
        typed = self.value(name).strip()
        if not typed and not required:
            return least
        if not (typed.isascii() and typed.removeprefix("-").isdigit() and len(typed) <= 12):
            self.fail(name, "field.required" if not typed else "field.not_a_number")
            return least
        if not least <= int(typed) <= most:
            self.fail(name, "field.out_of_range", least=least, most=most)
            return least
        return int(typed)

    def hundredths(self, name: str, *, most: int = 100_000, required: bool = True) -> int:
        """A quantity with at most two decimals, as hundredths: `1,25` → 125."""
        typed = self.value(name).strip().replace(",", ".")
        if not typed and not required:
            return 0
        try:
            quantity = Decimal(typed) * 100
        except (InvalidOperation, Overflow):
            self.fail(name, "field.required" if not typed else "field.not_a_number")
            return 0
        if not quantity.is_finite() or quantity != quantity.to_integral_value():
            self.fail(name, "field.not_a_number")
            return 0
        if not 0 < quantity <= most:
            self.fail(name, "field.out_of_range", least=0, most=most // 100)
            return 0
        return int(quantity)

    def money(self, name: str, *, required: bool = True) -> int:
        """Euros as typed, in cents."""
        typed = self.value(name).strip()
        if not typed:
            if required:
                self.fail(name, "field.required")
            return 0
        try:
            cents = Money.parse(typed).cents
        except Invalid as error:
            self.fail(name, error.code)
            return 0
        if cents < 0:
            self.fail(name, "money.malformed")
            return 0
        return cents

    def day(self, name: str, *, required: bool = True) -> date | None:
        typed = self.value(name).strip()
        if not typed:
            if required:
                self.fail(name, "field.required")
            return None
        try:
            found = date.fromisoformat(typed)
        except ValueError:
            self.fail(name, "field.not_a_date")
            return None
        if not 2000 <= found.year <= 2100:
            self.fail(name, "field.not_a_date")
            return None
        return found

    def identifier(self, name: str, *, required: bool = True) -> UUID | None:
        """The id behind a choice in a list."""
        typed = self.value(name)
        if not typed:
            if required:
                self.fail(name, "field.required")
            return None
        try:
            return UUID(typed)
        except ValueError:
            self.fail(name, "field.not_a_choice")
            return None

    def ticked(self, name: str) -> bool:
        return bool(self.value(name))

    def key(self) -> str:
        """The idempotency key that the form carried."""
        return self.text("idempotency_key", longest=100)


async def read_form(request: Request[Any, Any, Any]) -> Form:
    """The sent form; what is no form at all is a 400."""
    try:
        sent = await request.form()
    except ClientException:
        raise
    except Exception as error:
        raise ClientException(gettext("The request could not be read.")) from error
    values: dict[str, list[str]] = {}
    files: dict[str, UploadFile] = {}
    for name, value in sent.multi_items():
        if isinstance(value, UploadFile):
            files[name] = value
        elif name != "_csrf_token":
            values.setdefault(name, []).append(str(value))
    return Form(values, files)
