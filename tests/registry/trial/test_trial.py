"""The trial as a whole, on a small scale: it ends well on a sound service, and badly on anything else."""

from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest

from registry.trial.held import Charge, HeldVoucher
from registry.trial.progress import Progress
from registry.trial.run import Place, run
from registry.trial.source import read_source
from tests.registry.trial.synthetic import write_folder


async def trial(folder: Path, owner_url: str, app_url: str, *, vouchers: int) -> int:
    return await run(
        read_source(folder),
        place=Place(owner_url, app_url),
        vouchers=vouchers,
        callers=16,
        progress=Progress(StringIO()),
    )


async def test_an_invented_register_from_grant_to_payment(
    tmp_path: Path, owner_url: str, app_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = await trial(write_folder(tmp_path), owner_url, app_url, vouchers=80)
    said = capsys.readouterr()
    assert (code, said.err) == (0, "")
    for part in ("euros", "refusals", "endpoint", "step", "peak memory", "what happened"):
        assert any(line.startswith(part) for line in said.out.splitlines())
    assert "no cent was lost or doubled" in said.out


async def test_the_real_register_from_grant_to_payment(
    shared_data: Path, owner_url: str, app_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = await trial(shared_data, owner_url, app_url, vouchers=200)
    said = capsys.readouterr()
    assert (code, said.err) == (0, "")
    for race in (
        "two redemptions, value for one",
        "two captures of one reservation",
        "two closings of one month",
    ):
        assert f"races: {race}" in said.out


async def test_an_answer_that_is_a_cent_off_ends_it_badly(
    tmp_path: Path, owner_url: str, app_url: str, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    reckon = HeldVoucher.reckon

    def a_cent_off(voucher: HeldVoucher, units: int) -> Charge:
        charge = reckon(voucher, units)
        return replace(charge, value_cents=charge.value_cents - (voucher.story.number == 3))

    monkeypatch.setattr(HeldVoucher, "reckon", a_cent_off)
    code = await trial(write_folder(tmp_path), owner_url, app_url, vouchers=12)
    said = capsys.readouterr()
    assert code == 1
    assert "the value drawn is" in said.err
