"""``sertantai audit verify``"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from sertantai.cli.audit import sentences
from sertantai.cli.options import AsJson, DatabaseUrl, DataDir, settings_of
from sertantai.cli.output import progress_bar, say, say_json
from sertantai.cli.running import opened_database, run
from sertantai.process.settings import Settings

if TYPE_CHECKING:
    from sertantai.accounts.people_checked import Renamed
    from sertantai.audit.comparing.differences import SealVerification
    from sertantai.audit.verify import Verification
    from sertantai.audit.verify_rights import RightsVerification
    from sertantai.postgres import Database
    from sertantai.security.events_checked import EventDiffers

EXIT_DIFFERS = 1

_OF_RIGHTS = {
    "not_allowed": "operation {position} by {actor}: not allowed where it stands ({needed})",
    "members_differ": "member {actor}: not what the trail leads to ({needed})",
    "former_members_differ": "former member {actor}, gone with operation {position}: "
    "what is kept to restore them is not what the trail leads to ({needed})",
    "teams_differ": "team {actor}: not what the trail leads to ({needed})",
    "grants_differ": "what {actor} is granted is not what the trail leads to: {needed}",
    "suggestions_differ": "what {actor} suggested is not what the trail leads to: {needed}",
    "lists_differ": "who may do what with a list is not what the trail leads to: {needed}",
    "organization_differs": "the organisation is not what the trail leads to ({needed})",
    "retention_differs": "how long the trail is kept is not what it says itself: {needed}",
}


def audit_verify(
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    organization: Annotated[
        str | None,
        typer.Option(
            help="An organisation's address or UUID: of its rights alone, and how much was checked."
        ),
    ] = None,
    head: Annotated[
        list[Path] | None,
        typer.Option(help="A signed head of the log that was kept elsewhere; may be given several times."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Rebuild every list and organisation from the trail and compare them, and hold the trail against the
    sealed log. Exit 1 if anything differs."""
    settings = settings_of(data_dir=data_dir, database_url=database_url)
    if organization is not None:
        _verify_organization(settings, organization, as_json=as_json)
        return
    heads = [_head_in(path) for path in head or ()]
    try:
        found, rights, seals, people, events, rules = run(_verify(settings, heads))
    except _Unreadable as error:
        for said in error.rules:
            say(said)
        say("The trail holds what cannot be read, so nothing else was compared.")
        raise typer.Exit(EXIT_DIFFERS) from error
    clean = found.clean and not rights.faulty and seals.clean and not (people or events or rules)
    if seals.log is None and rights.unchecked:  # only the log could show that there is a reason
        clean = False
    if as_json:
        faulty = {slug: _fields(one) for slug, one in rights.faulty.items()}
        of_rights = {"organizations": rights.checked, "faulty": faulty, "unchecked": rights.unchecked}
        sealed = {name: getattr(seals, name) for name in seals.__struct_fields__}
        told = {
            "clean": clean,
            "empty": _is_empty(found),
            **_asdict(found),
            "rights": of_rights,
            "sealed": sealed,
            "renamed": [one.person for one in people],
            "events": events,
            "rules": rules,
        }
        say_json(told)
    else:
        _tell(found)
        _tell_rights(rights)
        _tell_seals(seals)
        for said in [*(one.said for one in people), *(one.said for one in events), *rules]:
            say(said)
    if not clean:
        raise typer.Exit(EXIT_DIFFERS)


class _Unreadable(Exception):
    """The database has what cannot be read back. ``rules``: what was changed for that, and which rows."""

    def __init__(self, rules: Sequence[str]) -> None:
        super().__init__()
        self.rules = rules


class _Rights(NamedTuple):
    """Of all organizations. By slug: those with faults, and why of others nothing can be said."""

    checked: int
    faulty: "dict[str, RightsVerification]"
    unchecked: dict[str, str]


def _head_in(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError):
        raise typer.BadParameter(f"{path} cannot be read as a signed head.", param_hint="--head") from None


async def _verify(
    settings: Settings, heads: Sequence[str]
) -> "tuple[Verification, _Rights, SealVerification, Sequence[Renamed], Sequence[EventDiffers], list[str]]":
    from sertantai.audit.comparing.readable import FAILURES, Unreadable, naming_unreadable
    from sertantai.audit.guarding.database_rules import DatabaseRules
    from sertantai.cli.audit.beside import beside

    async with opened_database(settings) as database:
        rules = await DatabaseRules(database, settings.data_path).differing()
        try:
            async with naming_unreadable(database):
                compared = await _compare(database, settings, heads)
        except FAILURES as error:
            if not rules:
                raise
            raise _Unreadable(rules) from error
        except Unreadable as error:
            raise _Unreadable([*rules, *error.rows]) from error
        return *compared, rules + await beside(database, settings.data_path, compared[2])


async def _compare(
    database: "Database", settings: Settings, heads: Sequence[str]
) -> "tuple[Verification, _Rights, SealVerification, Sequence[Renamed], Sequence[EventDiffers]]":
    from sertantai.accounts.people_checked import renamed
    from sertantai.audit.verify import verify
    from sertantai.audit.verify_seals import verify_seals
    from sertantai.journal.chosen import journal_of
    from sertantai.security.events_checked import differing_events

    with progress_bar("Reading the trail") as advance:
        found = await verify(database, lambda rows: advance(rows, None))
    rights = await _rights_of_all(database)
    report = journal_of(settings).inspect()
    with progress_bar("Comparing with the sealed log") as advance:
        seals = await verify_seals(
            database,
            settings.data_path,
            None if report is None else report.id,
            heads,
            lambda rows: advance(rows, None),
        )
    if seals.is_cut_short:
        return found, rights, seals, [], []
    events = await differing_events(database, settings.data_path)
    return found, rights, seals, await renamed(database, settings.data_path), events


async def _rights_of_all(database: "Database") -> _Rights:
    from sertantai.audit.moments import BeforeTheTrail
    from sertantai.audit.verify_rights import verify_rights
    from sertantai.organizations.directory import Directory

    checked, faulty, unchecked = 0, {}, {}
    for one in await Directory(database).all():
        try:
            found = await verify_rights(database, one.id)
        except BeforeTheTrail as error:
            unchecked[one.slug] = error.message
            continue
        checked += 1
        if found is not None and not found.clean:
            faulty[one.slug] = found
    return _Rights(checked, faulty, unchecked)


def _tell_rights(rights: _Rights) -> None:
    for slug, why in rights.unchecked.items():
        say(f"{slug}: rights not checked. {why}")
    for slug, found in rights.faulty.items():
        _tell_faults(found, f"{slug}: ")
    if rights.checked:
        state = f"faults in {len(rights.faulty)}" if rights.faulty else "clean"
        say(f"rights {state}: {rights.checked} organisations")


def _tell_seals(seals: "SealVerification") -> None:
    from sertantai.sealing.vouching import standings

    for said in [*(difference.said for difference in seals.differences), *seals.unshown]:
        say(said)
    if seals.log is None:
        say("not compared with the sealed log: this data directory has none")
        return
    if seals.is_cut_short:
        say("not compared with the sealed log: its files are damaged")
        return
    if said := sentences.of_accepted(Path(seals.log)):
        say(said)
    for said in sentences.of_servers(Path(seals.log)):
        say(said)
    for one in standings(Path(seals.log)):
        if said := sentences.of_standing(one):
            say(said)
    state = "clean" if seals.clean else f"{len(seals.differences)} differences"
    waiting = f", {seals.waiting} not sealed yet" if seals.waiting else ""
    elsewhere = f", {seals.elsewhere} rows are in another server's log" if seals.elsewhere else ""
    before = f", {seals.before} rows are from before it" if seals.before else ""
    say(
        f"sealed log {state}: {seals.entries} operations and {seals.notices} notices compared with "
        f"{seals.size} entries under {seals.heads} heads{waiting}{before}{elsewhere}"
    )


def _verify_organization(settings: Settings, organization: str, *, as_json: bool) -> None:
    lists, rights = run(_of_organization(settings, organization))
    if as_json:
        say_json({"clean": lists.clean and rights.clean, **_asdict(lists), "rights": _fields(rights)})
    else:
        _tell(lists)
        _tell_faults(rights)
        state = "clean" if rights.clean else f"{len(rights.faults)} faults"
        say(
            f"rights {state}: {rights.members} members rebuilt from {rights.lines} entries, "
            f"{rights.operations} changes of laws held against what was allowed at the time"
            + (f", since {rights.since:%Y-%m-%d}: older months are gone" if rights.since else "")
        )
    if not (lists.clean and rights.clean):
        raise typer.Exit(EXIT_DIFFERS)


async def _of_organization(
    settings: Settings, organization: str
) -> "tuple[Verification, RightsVerification]":
    from sertantai.audit.verify import verify
    from sertantai.audit.verify_rights import verify_rights
    from sertantai.organizations.directory import Directory
    from sertantai.organizations.errors import OrganizationNotFound

    async with opened_database(settings) as database:
        found = await verify_rights(database, await Directory(database).find(organization))
        if found is None:
            raise OrganizationNotFound
        with progress_bar("Reading the trail") as advance:
            return await verify(database, lambda rows: advance(rows, None)), found


def _tell_faults(found: "RightsVerification", before: str = "") -> None:
    for fault in found.faults:
        said = _OF_RIGHTS[fault.fault]
        say(before + said.format(position=fault.position, actor=fault.actor, needed=fault.needed))


def _fields(found: "RightsVerification") -> dict[str, object]:
    return {"clean": found.clean, **{name: getattr(found, name) for name in found.__struct_fields__}}


def _asdict(found: "Verification") -> dict[str, object]:
    told = {name: getattr(found, name) for name in found.__struct_fields__}
    only = next(iter(found.positions.values()), 0) if len(found.positions) < 2 else None
    return {"position": only, **told}


def _reach(found: "Verification") -> str:
    """Positions of two journals say nothing of each other."""
    if len(found.positions) > 1:
        return f"the last operations of {len(found.positions)} journals"
    return f"operation {max(found.positions.values(), default=0)}"


def _is_empty(found: "Verification") -> bool:
    return found.rows == 0 and found.trail_rows == 0


def _tell(found: "Verification") -> None:
    for difference in found.differences:
        say(sentences.of_difference(difference))
    for misfits in found.misfits:
        say(sentences.of_misfits(misfits))
    erased = f", {found.erased_owners} people are gone" if found.erased_owners else ""
    state = "clean" if found.clean else f"{len(found.differences) + len(found.misfits)} differences"
    if found.clean and _is_empty(found):
        state = "clean, but empty: there is nothing to compare"
    say(
        f"{state}: {found.lists} lists with {found.rows} ticks compared with {found.trail_rows} entries "
        f"of the trail, up to {_reach(found)}{erased}"
    )
