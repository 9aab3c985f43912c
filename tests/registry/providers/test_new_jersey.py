"""The whole real register of New Jersey, by the mapping that the project ships."""

import csv
from pathlib import Path

from sqlalchemy import func, select

from registry.providers.importing import MAPPINGS, import_providers, read_mapping
from registry.providers.model import Admission, Application, Provider
from registry.shared.database import Database
from tests.builders import NOW, build_world


async def test_the_whole_register_keeps_its_rows_and_their_status(
    database: Database, tmp_path: Path, shared_data: Path
) -> None:
    register = shared_data / "nj_providers.csv"
    world = await build_world(database, providers=0)
    mapping = read_mapping(MAPPINGS / "new_jersey.toml")

    async def run() -> list[int]:
        report = await import_providers(
            database,
            file=register,
            mapping=mapping,
            organiser="oulu",
            services=["nuorten-tyonhakuvalmennus"],
            now=NOW,
            rejects=tmp_path / "rejects.csv",
            warnings=tmp_path / "warnings.csv",
        )
        assert report.states == {"active": 465, "suspended": 1_407, "submitted": 81}
        assert report.warnings == {
            "website.is_an_email": 6,
            "website.unreadable": 4,
            "website.mended": 6,
            "name.twice": 7,
        }
        return [report.new, report.changed, report.unchanged, report.rejected]

    assert await run() == [1_953, 0, 0, 0]
    assert await run() == [0, 0, 1_953, 0]
    async with database.transaction(world.sight) as session:
        states = dict(
            (await session.execute(select(Admission.state, func.count()).group_by(Admission.state))).all()
        )
        waiting = (
            await session.execute(
                select(Application.state, func.count()).group_by(Application.state)
            )
        ).all()  # fmt: skip
        providers = {p.identity_value: p for p in await session.scalars(select(Provider))}
        oldest = await session.scalar(select(func.min(Application.submitted_at)))
    assert states == {"active": 465, "suspended": 1_407}
    assert waiting == [("submitted", 81)]
    assert {p.identity_scheme for p in providers.values()} == {"us-nj:etpl"}
    assert {p.form for p in providers.values()} == {"unknown"}
    assert oldest is not None
    assert oldest < NOW
    with register.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["providerid"] for row in rows} == providers.keys()
    assert all(providers[row["providerid"]].name == " ".join(row["name"].split()) for row in rows)
    assert not {"Select One", "xxx", "NNNNNNNN", "Various"} & {p.city for p in providers.values()}
    assert not {"00000", "99999"} & {p.postal_code for p in providers.values()}
