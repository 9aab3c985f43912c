"""What the register officer sees to: a finding that was published, one that a provider is heard about, an error that
a provider points out in its figures before they are public."""

from uuid import UUID

from registry.demo.agenda import Story
from registry.demo.past import COACHING
from registry.demo.stage import Stage, Town
from registry.providers.oversight.commands import (
    answer_hearing,
    open_finding,
    publish_finding,
    send_to_hearing,
)
from registry.quality.preview.commands import make_objection
from registry.quality.preview.queries import own_preview
from registry.shared.actor import Role
from registry.shared.period import local_date

ACCESS = {
    "fi": "Palveluntuottajan tilaan ei päässyt pyörätuolilla, vaikka niin oli ilmoitettu.",
    "sv": "Det gick inte att komma in i lokalen med rullstol, fast så hade uppgetts.",
    "en": "The premises could not be entered with a wheelchair, although that had been stated.",
}
TIMES = {
    "fi": "Kolmasosa sovituista ensimmäisistä tapaamisista siirrettiin palveluntuottajan omasta syystä.",
    "sv": "En tredjedel av de avtalade första mötena flyttades av skäl som berodde på tjänsteproducenten.",
}
ANSWER = "Ovelle on rakennettu luiska, ja sisään pääsee nyt pyörätuolilla."


async def oversee(stage: Stage, town: Town) -> Story:
    """Findings on the provider that is known for its image, in Oulu."""
    yield stage.agenda.days_ago(60, 10)
    published = await _find(stage, town, "mielikuva", ACCESS)
    yield stage.agenda.days_ago(52, 13)
    firm = stage.firms["mielikuva"]
    async with stage.database.transaction(firm.actor.sight) as session:
        await answer_hearing(session, actor=firm.actor, now=stage.now, finding_id=published, words=ANSWER)
    officer = town.who(Role.REGISTER_OFFICER)
    yield stage.agenda.days_ago(48, 9)
    async with stage.database.transaction(officer.sight) as session:
        await publish_finding(session, actor=officer, now=stage.now, finding_id=published)
    yield stage.agenda.days_ago(4, 10)
    await _find(stage, town, "mielikuva", TIMES)
    yield stage.agenda.days_ago(2, 15)
    await _object(stage, town)


async def _find(stage: Stage, town: Town, firm: str, statement: dict[str, str]) -> UUID:
    """A finding on a provider's coaching, sent to hearing."""
    officer = town.who(Role.REGISTER_OFFICER)
    async with stage.database.transaction(officer.sight) as session:
        finding_id = await open_finding(
            session,
            actor=officer,
            now=stage.now,
            provider_id=stage.firms[firm].id,
            service_id=town.services[COACHING],
            found_on=local_date(stage.now),
            statement=statement,
        )
        await send_to_hearing(session, actor=officer, now=stage.now, finding_id=finding_id)
    return finding_id


async def _object(stage: Stage, town: Town) -> None:
    """A provider looks at what is about to be published, and misses somebody."""
    firm = stage.firms["ketju-oulu"]
    async with stage.database.transaction(firm.actor.sight) as session:
        coming = await own_preview(session, firm.id, now=stage.now)
        release = next(own.release for own in coming if own.release.organiser_id == town.id)
        await make_objection(
            session,
            actor=firm.actor,
            now=stage.now,
            release_id=release.id,
            service_id=town.services[COACHING],
            words="Kuuden kuukauden tuloksista puuttuu kaksi asiakasta, jotka aloittivat keväällä.",
        )
