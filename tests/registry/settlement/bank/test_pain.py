"""The payment file: valid, the same bytes each time, and nothing a bank would refuse."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from registry.settlement.bank.pain import NAMESPACE, Order, PaymentFile, problems_of, write_payment_file
from registry.settlement.bank.references import core, read_payment_reference
from registry.settlement.bank.target_days import is_target_day, next_target_day
from registry.settlement.rules import finnish_check_digit, statement_reference

IBAN, OTHER = "FI2112345600000785", "FI1410093000123458"
RF = statement_reference(date(2026, 10, 1), 7)
ORDER = Order("OULU-2026-10-0001", 105_50, "Valmennus Väylä Oy", OTHER, RF)
FILE = PaymentFile(
    "PAY-2026-0001",
    datetime(2026, 11, 20, 9, tzinfo=UTC),
    date(2026, 11, 23),
    "Oulun työllisyysalue",
    IBAN,
    (ORDER,),
)
OFFICIAL = files("sepaxml") / "schemas" / "pain.001.001.09.xsd"
"""ISO 20022's own schema, as the package ships it."""
SCHEMA = etree.XMLSchema(etree.fromstring(OFFICIAL.read_bytes()))


def said(content: bytes, path: str) -> list[str]:
    found = etree.fromstring(content).xpath(f"//{path}", namespaces={"p": NAMESPACE})
    assert isinstance(found, list)
    return [str(element.text) for element in found if isinstance(element, etree._Element)]


def test_a_file_is_valid_and_says_its_sums_twice() -> None:
    free = Order("E-2", 4_50, "Verkko Oy", OTHER, text="Tilitys 10/2026")
    blank = write_payment_file(replace(FILE, orders=(replace(free, text=" \n "),)))
    SCHEMA.assertValid(etree.fromstring(blank))
    content = write_payment_file(replace(FILE, orders=(ORDER, free), debtor_bic="NDEAFIHH"))
    SCHEMA.assertValid(etree.fromstring(content))
    assert said(content, "p:CtrlSum") == ["110.00", "110.00"]
    assert said(content, "p:NbOfTxs") == ["2", "2"]
    assert said(content, "p:ReqdExctnDt/p:Dt") == ["2026-11-23"]
    assert said(content, "p:Strd/p:CdtrRefInf/p:Ref") == [RF]
    assert said(content, "p:Ustrd") == ["Tilitys 10/2026"]
    assert content == write_payment_file(replace(FILE, orders=(ORDER, free), debtor_bic="NDEAFIHH"))


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        (replace(FILE, orders=()), "file: payment_file.empty"),
        (replace(FILE, execute_on=date(2026, 12, 25)), "execute_on: payment_file.not_target_day"),
        (replace(FILE, orders=(ORDER, ORDER)), "ids: payment_file.id_twice"),
        (replace(FILE, message_id="X" * 36), f"{'X' * 36}: payment_file.id"),
        (replace(FILE, message_id="a b"), "a b: payment_file.id"),
        (replace(FILE, debtor_iban="FI2112345600000786"), "debtor: payment_file.iban"),
        (replace(FILE, orders=(replace(ORDER, iban="FI00"),)), "OULU-2026-10-0001: payment_file.iban"),
        (replace(FILE, orders=(replace(ORDER, amount_cents=0),)), "OULU-2026-10-0001: payment_file.amount"),
        (replace(FILE, orders=(replace(ORDER, amount_cents=-5),)), "OULU-2026-10-0001: payment_file.amount"),
        (replace(FILE, orders=(replace(ORDER, name=" "),)), "OULU-2026-10-0001: payment_file.name"),
        (
            replace(FILE, orders=(replace(ORDER, reference="1235"),)),
            "OULU-2026-10-0001: payment_file.reference",
        ),
    ],
)
def test_what_a_bank_would_refuse_is_never_written(changed: PaymentFile, problem: str) -> None:
    assert problem in problems_of(changed)
    with pytest.raises(ValueError, match="payment_file"):
        write_payment_file(changed)


@settings(max_examples=60, deadline=None)
@given(st.text(min_size=1, max_size=200), st.integers(1, 10**11), st.text(max_size=300))
def test_whatever_a_payee_is_called_the_file_is_valid(name: str, cents: int, text: str) -> None:
    file = replace(FILE, orders=(replace(ORDER, name=name, amount_cents=cents, reference="", text=text),))
    if not problems_of(file):
        content = write_payment_file(file)
        SCHEMA.assertValid(etree.fromstring(content))
        assert said(content, "p:InstdAmt") == [f"{cents // 100}.{cents % 100:02d}"]


@given(st.integers(100, 10**18))
def test_a_reference_is_taken_with_its_right_digit_alone(number: int) -> None:
    right = f"{number}{finnish_check_digit(str(number))}"
    assert read_payment_reference(f"00{right[:5]} {right[5:]}") == right
    wrong = right[:-1] + str((int(right[-1]) + 1) % 10)
    assert read_payment_reference(wrong) is None


def test_the_same_reference_is_known_in_both_forms() -> None:
    assert read_payment_reference(RF) == RF
    assert core(RF) == core(RF[4:]) == RF[4:]
    assert read_payment_reference("RF99" + RF[4:]) is None


def test_target_days_are_the_central_bank_s() -> None:
    closed_2026 = [date(2026, *day) for day in ((1, 1), (4, 3), (4, 6), (5, 1), (12, 25), (12, 26))]
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    assert [d for d in days if not is_target_day(d) and d.weekday() < 5] == [
        d for d in closed_2026 if d.weekday() < 5
    ]
    # Independence Day and Midsummer Eve are Finland's own: the banks still settle
    assert is_target_day(date(2027, 12, 6))
    assert next_target_day(date(2026, 4, 3)) == date(2026, 4, 7)
