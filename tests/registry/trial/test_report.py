"""The figures of the report."""

from registry.trial.report import euros, percentile, table


def test_a_percentile_is_the_least_value_that_so_many_do_not_exceed() -> None:
    hundred = [float(n) for n in range(1, 101)]
    assert (percentile(hundred, 0.5), percentile(hundred, 0.99)) == (50, 99)
    assert percentile([7.0], 0.99) == 7
    assert percentile([1.0, 2.0, 3.0], 0.5) == 2


def test_euros_are_grouped_and_keep_their_cents() -> None:
    assert [euros(c) for c in (0, 5, 123_456_789, -1_00)] == ["0.00", "0.05", "1,234,567.89", "-1.00"]


def test_a_table_is_aligned() -> None:
    assert table(("what", "count"), [("a", "1"), ("longer", "20")]) == [
        "what    count",
        "-------------",
        "a           1",
        "longer     20",
        "",
    ]
