"""What is wrong with an invoice file, whatever it is written in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from registry.settlement.einvoices import invoice as einvoice
from registry.shared.errors import Invalid

MOST_NAMED: Final = 500
"""Problems that a machine is told of at once; their number is told too."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a file: where, and what. Of a CSV file: on which line (None: with the whole), in which column.
    Of an e-invoice: at which XPath, against which rule. `facts` are the amounts and words that tell why."""

    line: int | None
    column: str | None
    code: str
    path: str = ""
    rule: str = ""
    facts: tuple[tuple[str, str], ...] = ()

    @property
    def place(self) -> str:
        if self.rule:
            return self.path or "file"
        return f"line {self.line}: {self.column}" if self.line else "file"


def of_einvoice(problems: Iterable[einvoice.Problem]) -> list[Problem]:
    return [Problem(None, None, each.code, each.path, each.rule, each.facts) for each in problems]


class InvoiceUnreadable(Invalid):
    """A file that is not taken in, with every reason: an invoice is loaded whole or not at all."""

    def __init__(self, problems: list[Problem], count: int | None = None) -> None:
        named: dict[str, Problem] = {}
        for problem in problems[:MOST_NAMED]:
            # two rules may be broken in one place; of a CSV cell, the first problem is the one to mend
            if problem.place not in named:
                named[problem.place] = problem
            elif problem.rule:
                named[f"{problem.place} ({problem.rule})"] = problem
        facts: Mapping[str, Mapping[str, str]] = {at: dict(each.facts) for at, each in named.items()}
        super().__init__(
            "invoice.unreadable",
            errors={at: each.code for at, each in named.items()},
            error_facts=facts,
            problem_count=count or len(problems),
        )
        self.problems = problems
        self.count = count or len(problems)
