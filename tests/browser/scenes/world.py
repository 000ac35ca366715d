"""What there is to see: people with lists, notes, a past and drift; an administrator; a second factor."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pyotp

from tests.fixtures.client import ANSWER_S_MAX, PASSWORD, WITHOUT_TLS, Client
from tests.fixtures.colleagues import Organization, good
from tests.fixtures.process import ServerProcess

DEFAULT = "default"
REVIEWED = "Reviewed laws"
WASTE = "Waste"
NOISE = "Noise"
SITE = "Site: Bristol"
EMPTY = "To look into"
DEPOT = "Depot, not decided yet"
LEEDS, YORK, HULL = "Site: Leeds", "Site: York", "Site: Hull"
"""Of the organization; the second is restricted, to the third the auditor may suggest."""
AMENDED = "UK_uksi_2099_1"


@dataclass
class World:
    server: ServerProcess
    folder: Path
    reader: Client
    """Uses it daily."""
    newcomer: Client
    """Has signed up a moment ago."""
    traveller: Client
    """Goes offline now and then."""
    guarded: Client
    """Has a second factor; `code` tells it."""
    admin: Client
    colleague: Client
    """Owns an organization."""
    auditor: Client
    """May only look there."""
    inspector: Client
    """An admin there, who looks as the auditor does."""
    surveyor: Client
    """Was a member there until a moment ago."""
    ORGANIZATION: ClassVar[str] = "northern-works"
    team: str = ""
    """Of the organization."""
    lists: dict[str, str] = field(default_factory=dict)
    law: str = ""
    operation: str = ""
    """One that ticked several laws."""
    edit: str = ""
    """One that changed a note."""
    shared_operation: str = ""
    """One in a list of the organization."""
    secret: str = ""
    invitation: str = ""
    """The secret of a link into the organization."""
    shared: str = ""
    """The secret of a link to read the list of Leeds."""

    def list_path(self, name: str, below: str = "") -> str:
        return f"/groups/{self.lists[name]}{below}"

    def code(self) -> str:
        return pyotp.TOTP(self.secret).now()


async def build(server: ServerProcess, folder: Path, people: AsyncExitStack) -> World:
    """Everything through the API and the command line, as people would have done it."""

    async def person(name: str) -> Client:
        return await people.enter_async_context(await server.register(f"{name}@example.org"))

    world = World(
        server,
        folder,
        reader=await person("reader"),
        newcomer=await person("newcomer"),
        traveller=await person("traveller"),
        guarded=await person("guarded"),
        admin=await people.enter_async_context(await administrator(server)),
        colleague=await person("colleague"),
        auditor=await person("auditor"),
        inspector=await person("inspector"),
        surveyor=await person("surveyor"),
    )
    await _fill_lists(world)
    await _amend_a_law(world)
    await _found(world)
    return world


async def administrator(server: ServerProcess, email: str = "admin@example.org") -> Client:
    done = server.command("users", "create", email, "--role", "admin", stdin=f"{PASSWORD}\n")
    assert done.returncode == 0, done.stderr
    http = httpx.AsyncClient(base_url=f"{server.url}/api/v1", timeout=ANSWER_S_MAX, verify=WITHOUT_TLS)
    answer = (await http.post("/auth/token", json={"email": email, "password": PASSWORD})).json()
    http.headers["authorization"] = f"Bearer {answer['token']}"
    user_id = (await http.get("/me")).json()["id"]
    return Client(http, user_id, email, PASSWORD, answer["token"])


async def _fill_lists(world: World) -> None:
    reader = world.reader
    await _update(world, "The Example Substances (Control) Regulations 2099")
    [amended] = await reader.records(q=AMENDED)
    laws = [record["id"] for record in await reader.records(limit=60)]
    world.law = laws[0]
    for name, fields in _LISTS.items():
        world.lists[name] = (await good(reader, "POST", "/groups", {"name": name, **fields}))["id"]
    world.lists[DEFAULT] = (await reader.get("/groups/default"))["id"]
    world.operation = (await reader.operate("bulk_select", DEFAULT, record_ids=laws[:24:2]))["operation_id"]
    site = world.lists[SITE]
    await reader.operate("bulk_select", site, record_ids=[*laws[:18], amended["id"]])
    for at, (note, tags) in enumerate(_NOTES):
        path = f"/groups/{site}/records/{laws[at]}"
        edited = await good(reader, "PATCH", path, {"note": note, "tags": tags})
        world.edit = edited["operation_id"]
    await good(reader, "POST", f"/groups/{site}/places", {"record_ids": [laws[4], laws[1]]})
    await _import(world, laws)
    for at, (abbreviation, meant) in enumerate((("Farm Act", laws[:1]), ("The yard pack", laws[1:5]))):
        path = f"/abbreviations/{at:08}-0000-4000-8000-{0:012}"
        await good(reader, "PUT", path, {"abbreviation": abbreviation, "laws": meant})
    await reader.operate("bulk_select", world.lists[REVIEWED], record_ids=laws[9:30])
    await reader.operate("bulk_deselect", world.lists[REVIEWED], record_ids=laws[9:12])
    [stray, *_] = await reader.selected(world.lists[NOISE])
    await reader.deselect(stray, world.lists[NOISE])
    await reader.select(world.law, world.lists[WASTE])
    [unwanted, *_] = await reader.selected(world.lists[WASTE]) - {world.law}
    await reader.deselect(unwanted, world.lists[WASTE])
    gone = (await good(reader, "POST", "/groups", {"name": "Old site"}))["id"]
    await reader.operate("bulk_select", gone, record_ids=laws[:5])
    await good(reader, "DELETE", f"/groups/{gone}")
    await good(
        reader,
        "PUT",
        f"/views/{'0' * 8}-0000-4000-8000-{'0' * 12}",
        {"name": "Noise, newest", "query": "q=noise"},
    )


async def _import(world: World, laws: list[str]) -> None:
    """Two registers into one list: all of the older was found."""
    found = [
        {"line": at, "text": "as it stood there", "outcome": "imported", "record_id": law}
        for at, law in enumerate(laws[3:9], 2)
    ]
    lost = [
        {"line": 9, "text": "Site rules for contractors", "outcome": "missing"},
        {"line": 10, "text": "Waste Regs", "outcome": "ambiguous", "reason": "12 laws could be meant"},
        {"line": 14, "text": "ISO 45001:2018 Occupational health and safety " * 6, "outcome": "missing"},
        {"line": 15, "text": "Total", "outcome": "left_out"},
    ]
    path = f"/groups/{world.lists[SITE]}/imports"
    for report in (found, found[:3] + lost):
        items = [{"record_id": line["record_id"]} for line in report if "record_id" in line]
        sent = await good(world.reader, "POST", path, {"items": items, "report": report})
        assert sent["import_id"], sent


async def _amend_a_law(world: World) -> None:
    """A law that somebody has selected is another one now."""
    await _update(world, "The Example Substances (Control and Labelling) Regulations 2099")


async def _found(world: World) -> None:
    """An organization with lists, by the forms of its pages."""
    path = f"{world.server.url}/organizations"
    owner, named = world.colleague.http, {"name": "Northern Works", "your_name": "Site manager"}
    made = await owner.post(path, data={**named, "slug": World.ORGANIZATION})
    assert made.status_code == httpx.codes.SEE_OTHER, made.text
    organization = Organization("", World.ORGANIZATION, {"owner": world.colleague})
    await organization.join(world.auditor, "viewer")
    await organization.join(world.inspector, "admin")
    await organization.join(world.surveyor, "member")
    made = await owner.post(f"{path}/{World.ORGANIZATION}/teams", data={"name": "Leeds"})
    world.team = made.headers["location"].rpartition("/")[2]
    joined = {"member": world.colleague.user_id, "joined": "on"}
    await owner.post(f"{path}/{World.ORGANIZATION}/teams/{world.team}/members", data=joined)
    laws = [record["id"] for record in await world.colleague.records(limit=20)]
    for at, name in enumerate((LEEDS, YORK, HULL)):
        restricted = {"restricted": "on"} if name == YORK else {}
        made = await owner.post(f"{path}/{World.ORGANIZATION}/groups", data={"name": name, **restricted})
        world.lists[name] = made.headers["location"].rpartition("/")[2]
        done = await world.colleague.operate(
            "bulk_select", world.lists[name], record_ids=laws[: (7, 16, 4)[at]]
        )
        world.shared_operation = world.shared_operation or done["operation_id"]
    pack = {"abbreviation": "The works pack", "laws": laws[:4]}
    path = f"/organizations/{World.ORGANIZATION}/abbreviations/00000000-0000-4000-8000-000000000001"
    kept = await owner.put(path, json=pack)
    assert kept.status_code == httpx.codes.OK, kept.text
    link = await owner.post(f"/organizations/{World.ORGANIZATION}/invitations", json={"uses": 100})
    assert link.status_code == httpx.codes.CREATED, link.text
    world.invitation = link.json()["token"]
    note = {"note": "Ask the tenant about the lease before March.", "tags": ["lease"]}
    await owner.patch(f"/groups/{world.lists[LEEDS]}/records/{laws[0]}", json=note)
    for person, ids, day in (
        (world.inspector, laws[:3], "2026-03-31"),
        (world.colleague, laws[3:5], "2026-06-30"),
        (world.colleague, laws[5:6], "2036-01-31"),
    ):
        said = {"record_ids": ids, "responsible": person.user_id, "review_on": day}
        await good(world.colleague, "PATCH", f"/groups/{world.lists[LEEDS]}/records", said)
    opened = await good(world.colleague, "POST", f"/groups/{world.lists[LEEDS]}/links", {"notes": True})
    world.shared = opened["token"]
    grant = {"level": "edit"}
    await good(world.colleague, "PUT", f"/groups/{world.lists[YORK]}/grants/{world.team}", grant)
    gone = world.surveyor.user_id
    await good(world.colleague, "PUT", f"{organization.path}/teams/{world.team}/members/{gone}")
    await good(world.colleague, "PUT", f"/groups/{world.lists[YORK]}/grants/{gone}", {"level": "manage"})
    handed = {"new": {world.lists[YORK]: world.inspector.user_id}}
    await good(world.colleague, "POST", f"{organization.path}/members/{gone}/leaving", handed)
    copy = {"name": DEPOT, "to": "me"}
    depot = await good(world.colleague, "POST", f"/groups/{world.lists[LEEDS]}/copy", copy)
    world.lists[DEPOT] = depot["id"]
    await world.colleague.operate("bulk_select", depot["id"], record_ids=laws[:12])
    more = [record["id"] for record in await world.colleague.records(limit=60)]
    wish = {"action": "bulk_select", "record_ids": more, "reason": "As at Leeds since the audit."}
    await good(world.colleague, "POST", f"/groups/{world.lists[YORK]}/suggestions", wish)
    suggestions = f"/groups/{world.lists[HULL]}"
    await good(world.colleague, "PUT", f"{suggestions}/grants/{world.auditor.user_id}", {"level": "suggest"})
    for ids in (laws[4:6], laws[6:9]):
        wish = {"action": "bulk_select", "record_ids": ids, "reason": "As at Leeds."}
        made = await good(world.auditor, "POST", f"{suggestions}/suggestions", wish)
        if ids == laws[4:6]:
            word = {"reason": "Thank you."}
            await good(world.colleague, "POST", f"{suggestions}/suggestions/{made['id']}/accept", word)


async def _update(world: World, title: str) -> None:
    file = world.folder / "update.csv"
    file.write_text(f"name,title_en,type_code,year,number,live\n{AMENDED},{title},uksi,2099,1,✔ In force\n")
    done = world.server.command("records", "import", str(file))
    assert done.returncode == 0, done.stderr
    await _is_read(world, title)


async def _is_read(world: World, title: str) -> None:
    """The server reads the register anew a moment after it was told."""
    async with asyncio.timeout(ANSWER_S_MAX):
        while title not in await _titles(world):  # noqa: ASYNC110  # nobody is told when it did
            await asyncio.sleep(0.05)


async def _titles(world: World) -> list[str]:
    return [law["title_en"] for law in await world.reader.records(q=AMENDED)]


_LISTS: dict[str, dict[str, Any]] = {
    SITE: {"description": "What the Bristol works must keep to", "metadata": {"colour": "purple"}},
    REVIEWED: {"metadata": {"colour": "green"}},
    WASTE: {"filter": {"q": "waste"}},
    NOISE: {"filter": {"q": "noise"}, "frozen": True},
    EMPTY: {},
}
_NOTES = (
    ("Ask the tenant about the lease before March.", ["lease", "urgent"]),
    ("Applies to the yard only.", ["yard"]),
    ("Checked with the fire officer; nothing to do until the extension is built.", ["fire"]),
)
