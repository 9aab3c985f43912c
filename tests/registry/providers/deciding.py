"""What a register officer does on the way to a decision, for tests that need one decided."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from registry.providers.decisions.checklist import Marked, save_checklist
from registry.providers.decisions.deciding import approve, reject
from registry.providers.decisions.hearings import open_hearing
from registry.providers.decisions.people import declare_impartiality
from registry.providers.decisions.rules import Mark, Subject
from registry.providers.keeping.rules import Clients
from registry.providers.keeping.standing import hear_admitted, remove_admission, suspend_admission
from registry.shared.actor import Actor, Role
from registry.shared.database import Database
from registry.shared.period import local_date
from registry.shared.working_days import working_days_after
from tests.builders import CRITERIA, NOW, World, add_account

DUE = date(2026, 12, 4)
"""Ten working days after NOW, a Sunday."""
HEARD = datetime(2026, 12, 7, 10, 0, tzinfo=NOW.tzinfo)
"""The hearing's time has passed."""
LAW = "Laki 569/2009 5 §"
NOTE = "Koulutuksesta ei ole selvitystä."


class Desk:
    """The register officers of a world at work."""

    def __init__(self, database: Database, world: World, officer: Actor | None = None) -> None:
        self.database = database
        self.world = world
        self.officer = officer or world[Role.REGISTER_OFFICER]

    async def do(self, command: Any, *, now: Any = NOW, **arguments: Any) -> Any:
        async with self.database.transaction(self.officer.sight) as session:
            return await command(session, actor=self.officer, now=now, **arguments)

    async def declare(self, subject_id: UUID, subject: Subject = Subject.APPLICATION, **said: Any) -> UUID:
        values = {"ground": None} | said
        made: UUID = await self.do(declare_impartiality, subject=subject, subject_id=subject_id, **values)
        return made

    async def mark(self, application_id: UUID, **marks: Any) -> None:
        """Every criterion met, but for what is named: a mark, or (mark, note)."""
        noted = {code: Marked(Mark.MET) for code in CRITERIA}
        for code, said in marks.items():
            noted[code] = Marked(*said) if isinstance(said, tuple) else Marked(said)
        await self.do(save_checklist, application_id=application_id, marks=noted)

    async def ready(self, application_id: UUID) -> None:
        """All that an approval needs."""
        await self.declare(application_id)
        await self.mark(application_id)

    async def approved(self, application_id: UUID, *, now: datetime = NOW) -> UUID:
        await self.ready(application_id)
        made: UUID = await self.do(approve, now=now, application_id=application_id)
        return made

    async def hear(self, application_id: UUID) -> UUID:
        """Declared, one criterion not met, and the applicant asked about it."""
        await self.declare(application_id)
        await self.mark(application_id, qualified=(Mark.NOT_MET, NOTE))
        made: UUID = await self.do(
            open_hearing,
            application_id=application_id,
            text="Koulutusta ei ole osoitettu.",
            points=["qualified"],
            due_on=DUE,
        )
        return made

    async def rejected(self, application_id: UUID, *, now: datetime = HEARD) -> UUID:
        """Rejected after a hearing that nobody answered; the decision's id."""
        await self.hear(application_id)
        made: UUID = await self.do(reject, now=now, application_id=application_id, legal_basis=LAW)
        return made

    async def heard(self, admission_id: UUID, *, now: datetime = NOW) -> UUID:
        """Declared, and the admitted provider asked about what may lead to a suspension."""
        await self.declare(admission_id, Subject.ADMISSION)
        due = working_days_after(local_date(now), 10)
        made: UUID = await self.do(
            hear_admitted, now=now, admission_id=admission_id, text="Vakuutus puuttuu.", due_on=due
        )
        return made

    async def suspended(self, admission_id: UUID, clients_may: Clients, *, now: datetime = NOW) -> UUID:
        """Suspended after a hearing that began at `now` and that nobody answered; the decision's id."""
        return await self._against(suspend_admission, admission_id, clients_may, now)

    async def removed(
        self, admission_id: UUID, clients_may: Clients = Clients.CHOOSE_AGAIN, *, now: datetime = NOW
    ) -> UUID:
        """The same, removed."""
        return await self._against(remove_admission, admission_id, clients_may, now)

    async def _against(self, command: Any, admission_id: UUID, clients_may: Clients, now: datetime) -> UUID:
        await self.heard(admission_id, now=now)
        made: UUID = await self.do(
            command, now=now + (HEARD - NOW), admission_id=admission_id, reason="Vakuutus puuttuu yhä.",
            legal_basis=LAW, clients_may=clients_may,
        )  # fmt: skip
        return made


async def another_officer(database: Database, world: World, name: str = "Toinen Virkailija") -> Actor:
    async with database.transaction(world.sight) as session:
        actor, _ = await add_account(
            session, name, Role.REGISTER_OFFICER, organiser_id=world.organiser_id, sight=world.sight
        )
    return actor


def days(count: int) -> timedelta:
    return timedelta(days=count)
