"""Writes `dirty_register.csv`: a small invented register in which every kind of dirt occurs once.

A generator and not an edited file, because no editor keeps NUL bytes, broken encodings and ten-megabyte cells as
they are. Run `python -m tests.registry.providers.make_dirty_register` after changing it.
"""

from pathlib import Path

FILE = Path(__file__).with_name("dirty_register.csv")
HEADER = (
    "nro,nimi,katu,postinro,paikkakunta,kotikunta,www,sposti,puhelin,hinta,paikat,etänä,kielet,esteetön,tila"
)
GOOD = (
    ",Torikatu 1,90100,Oulu,564,www.esimerkki.invalid,posti@esimerkki.invalid,08 123 456"
    ',"55,00",10,1,suomi,1,Hyväksytty'
)
HUGE = "x" * 10_000_000


def row(number: str, name: str, rest: str = GOOD) -> str:
    return f"{number},{name}{rest}"


def lines(*, huge: bool = False) -> list[bytes]:
    """Each line with what is in it; `huge` adds a cell of ten megabytes, which no repository needs."""
    texts: list[str | bytes] = [
        HEADER,
        row("1001", "Työpörssi Oy"),
        row("1002", "  Väli   lyöntejä  Ky "),
        row("1003", '"Lainaus ""merkki"" Oy"'),
        row("1004", '"Rivin\nvaihto Oy"'),
        row("1005", "Nollat Oy", GOOD.replace("90100", "650")),
        row("1006", "Www Oy", GOOD.replace("www.esimerkki.invalid", "http:www.esimerkki.invalid")),
        row("1007", "Sposti Www Oy", GOOD.replace("www.esimerkki.invalid", "me@esimerkki.invalid")),
        row("1008", "Valitse Oy", GOOD.replace("Oulu,564", "Valitse,999")),
        row("1009", "Keskeytetty Oy", GOOD.replace("Hyväksytty", "Keskeytetty")),
        row("1010", "Vireillä Oy", GOOD.replace("Hyväksytty", "Vireillä")),
        row("1011", "Kielet Oy", GOOD.replace("suomi", "suomi/klingon/ruotsi")),
        row("1012", "Näkymätön\u200b Oy"),
        row("1013", "Kadonnut kirjain \ufffdljy Oy"),
        row("1014", "Työpörssi Oy"),
        "",
        row("1001", "Sama numero Oy"),
        row("", "Numeroton Oy"),
        row("12x4", "Outo numero Oy"),
        row("1020", ""),
        row("1021", "???"),
        row("1022", "Nolla\0tavu Oy"),
        row("1023", "Lyhyt Oy", ",Torikatu 1"),
        row("1024", "Pitkä Oy", GOOD + ",liikaa"),
        row("1025", "Tilaton Oy", GOOD.replace("Hyväksytty", "Ehkä")),
        row("1026", "Hinta Oy", GOOD.replace('"55,00"', "noin 50")),
        row("1027", "Kallis Oy", GOOD.replace('"55,00"', '"75,00"')),
        row("1028", "Paikat Oy", GOOD.replace(",10,", ",monta,")),
        row("1029", "Monta syytä Oy", GOOD.replace('"55,00"', "").replace("Hyväksytty", "")),
        row("1030", "Kieletön Oy", GOOD.replace("suomi", "")),
        row("1031", '"Väärä" lainaus Oy'),
        row("1032", '"Auki jäävä Oy', GOOD.replace('"', "")),
        row("1033", "Rivi jonka avoin lainaus nieli Oy"),
        row("1034", "Latin-1 Öljy Oy").encode("iso-8859-1"),
        row("1035", "x" * 201),
    ]
    if huge:
        texts += [row("1040", HUGE), row("1041", f'"{HUGE}"')]
    texts.append(row("1099", "Viimeinen Oy"))
    return [text if isinstance(text, bytes) else text.encode() for text in texts]


def content(*, huge: bool = False) -> bytes:
    return b"\r\n".join(lines(huge=huge)) + b"\r\n"


if __name__ == "__main__":
    FILE.write_bytes(content())
