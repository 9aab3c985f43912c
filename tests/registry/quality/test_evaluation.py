"""Trying the method on known outcomes: the real ones where they are at hand, and a small file everywhere."""

import csv
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
import typer
from scipy.stats import betabinom
from typer.testing import CliRunner, Result

from registry.commandline.quality import quality
from registry.quality.evaluation import evaluate
from registry.quality.evaluation.calibration import foretell
from registry.quality.evaluation.reading import Result as Counted

HEADER = "providerid,cipcode,PerEmployed2,PerEmployed4,NumCompleted2,NumCompleted4"
MISSING = "-99999"


def write(folder: Path, *rows: str, header: str = HEADER) -> Path:
    file = folder / "outcomes.csv"
    file.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return file


def small(folder: Path) -> Path:
    """Twelve providers in one field, of whom one is tiny and perfect; a sole provider in another; two blanks."""
    rows = [f"{p},510801,{0.4 + p * 0.05:.2f},{0.5 + p * 0.03:.2f},100,100" for p in range(1, 11)]
    rows += ["11,510801,1,0.8,5,5", f"12,510801,0.5,{MISSING},20,20", "1,010505,0.25,0.25,8,8"]
    rows += [f"13,510801,{MISSING},{MISSING},30,30", "14,510801,1,1,3,3"]
    (folder / "nj_fields.csv").write_text("cipcode,title\n510801,Medical <Assistant>\n", encoding="utf-8")
    return write(folder, *rows)


def table(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))


class Page(HTMLParser):
    """What a page is made of, as far as the tests ask."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.tags)


def test_the_real_outcomes(shared_data: Path, tmp_path: Path) -> None:
    found, written = evaluate(shared_data / "nj_outcomes.csv", tmp_path / "first")
    assert [path.name for path in written] == ["index.html", "fields.csv", "providers.csv", "calibration.csv"]
    assert len(list(found.estimates)) == 1_089
    assert (len(found.fields), sum(field.fitted for field in found.fields)) == (209, 122)
    assert found.share_apart == pytest.approx(0.254, abs=0.001), "about a quarter of the pairs"
    kept = found.calibration.levels[0.9]
    assert kept.providers == 949
    assert 0.93 < kept.inside < 0.98
    assert kept.expected == pytest.approx(0.94, abs=0.01)
    assert sum(field.top_ten.changed for field in found.fields if field.top_ten) == 20
    _, again = evaluate(shared_data / "nj_outcomes.csv", tmp_path / "second")
    assert [a.read_bytes() for a in written] == [b.read_bytes() for b in again]


def test_the_tables_hold_every_figure(tmp_path: Path) -> None:
    evaluate(small(tmp_path), tmp_path / "report")
    fields = {row["field"]: row for row in table(tmp_path / "report/fields.csv")}
    medical, alone = fields["510801"], fields["010505"]
    assert (medical["title"], medical["providers"], medical["people"]) == (
        "Medical <Assistant>",
        "12",
        "1025",
    )
    assert 0.6 < float(medical["mean"]) < 0.75
    assert float(medical["kappa"]) > 5
    assert int(medical["pairs"]) == 66
    assert 10 < int(medical["pairs_told_apart"]) < 60
    assert medical["top_ten_changed"] == "1", "of two at one half, the one of few people may be better"
    assert (alone["fitted"], alone["mean"], alone["kappa"]) == ("0", "0.500000", "2.000")
    providers = {
        row["provider"]: row for row in table(tmp_path / "report/providers.csv") if row["field"] == "510801"
    }
    tiny = providers["11"]
    assert (tiny["k"], tiny["n"], tiny["raw_rate"], tiny["later_k"], tiny["later_n"]) == (
        "5",
        "5",
        "1.0000",
        "4",
        "5",
    )
    assert float(tiny["low"]) < float(tiny["estimate"]) < float(providers["10"]["estimate"])
    assert providers["12"]["later_n"] == ""
    assert set(providers) == {str(p) for p in range(1, 13)}, "blanks and three people are no result"
    levels = {
        row["level"]: row for row in table(tmp_path / "report/calibration.csv") if not row["people_from"]
    }
    assert levels["0.9"]["providers"] == "11", "a sole provider has no fitted prior to prove"


def test_the_page_needs_nothing_else_and_can_be_read_without_its_pictures(tmp_path: Path) -> None:
    evaluate(small(tmp_path), tmp_path / "report")
    text = (tmp_path / "report/index.html").read_text(encoding="utf-8")
    page = Page(text)
    assert page.count("table") == page.count("caption") == page.count("thead") == 5
    assert all(attributes.get("scope") in ("col", "row") for tag, attributes in page.tags if tag == "th")
    assert not any("style" in attributes for _, attributes in page.tags)
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in page.tags}
    assert not re.search(r'(href|src|url\()=?"?https?:', text)
    assert all(attributes.get("aria-label") for tag, attributes in page.tags if tag == "svg")
    assert "Medical &lt;Assistant&gt;" in text
    assert "<assistant>" not in text.lower()


def test_what_is_foretold_is_the_beta_binomial() -> None:
    found = foretell(7.3, 4.1, Counted(k=12, n=30)).intervals[0.9]
    law = betabinom(30, 7.3, 4.1)
    assert (found.low, found.high) == (law.ppf(0.05), law.ppf(0.95))
    assert found.probability == pytest.approx(law.cdf(found.high) - law.cdf(found.low - 1))
    assert found.inside is True
    assert foretell(7.3, 4.1, Counted(k=3, n=30)).intervals[0.9].inside is False


def call(*arguments: str) -> Result:
    app = typer.Typer()
    app.add_typer(quality, name="quality")
    return CliRunner().invoke(app, ["quality", "evaluate", *arguments])


def test_the_command_says_what_it_found_and_where(tmp_path: Path) -> None:
    done = call(str(small(tmp_path)), "--out", str(tmp_path / "report"))
    assert done.exit_code == 0, done.output
    assert "13 results in 2 fields; 2 rows left out" in done.output
    assert "pairs within a field can be told apart" in done.output
    assert str(tmp_path / "report/index.html") in done.output


GOOD = "1,510801,0.5,0.5,10,10"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"", "outcomes.csv is empty."),
        (b"a,b\n1,2\n", "outcomes.csv lacks the columns providerid, cipcode, PerEmployed2, "),
        (f"{HEADER}\n1,510801,0.5,0.5,10\n", "outcomes.csv, line 2: 5 cells where the header has 6."),
        (f"{HEADER}\n1,510801,half,0.5,10,10\n", "line 2: PerEmployed2 is 'half', which is no number."),
        (f"{HEADER}\n1,510801,nan,0.5,10,10\n", "line 2: PerEmployed2 is 'nan', which is no number."),
        (f"{HEADER}\n{GOOD}\n1,510802,0.53,0.5,10,10\n", "line 3: PerEmployed2 0.53 of NumCompleted2 10 is no number of"),
        (f"{HEADER}\n1,510801,1.5,0.5,10,10\n", "PerEmployed2 1.5 of NumCompleted2 10 is no number of people."),
        (f"{HEADER}\n{GOOD}\n{GOOD}\n", "line 3: provider 1 has field 510801 twice."),
        (f"{HEADER}\n1,510801,0.5,0.5,4,4\n", "has no result of quarter 2 with 5 people or more."),
        (f"{HEADER}\n{GOOD}\n".encode("utf-16"), "outcomes.csv is UTF-16."),
        (f"{HEADER}\n{GOOD}\nä".encode("latin-1"), "line 3: the letters are not UTF-8."),
        (f'{HEADER}\n"1,510801,0.5,0.5,10,10\n', "line 2: a quotation mark is opened and never closed."),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_told_in_a_sentence(
    tmp_path: Path, text: str | bytes, sentence: str
) -> None:
    file = tmp_path / "outcomes.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    done = call(str(file), "--out", str(tmp_path / "report"))
    assert done.exit_code == 1
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "report").exists()


def test_no_file_and_no_folder_are_told_too(tmp_path: Path) -> None:
    done = call(str(tmp_path / "none.csv"))
    assert (done.exit_code, done.stderr) == (1, f"There is no file {tmp_path / 'none.csv'}.\n")
    (tmp_path / "taken").write_text("a file")
    done = call(str(small(tmp_path)), "--out", str(tmp_path / "taken"))
    assert done.exit_code == 1
    assert "cannot be written" in done.stderr
