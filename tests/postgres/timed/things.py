"""How what is promised for a time begins, how to see whether it holds, and whether its row is there."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copyfile
from typing import Any
from uuid import UUID

import asyncpg

from sertantai.accounts.errors import LinkRefused, TokenRefused
from sertantai.accounts.keys.purpose_tokens import Purpose, verify
from sertantai.accounts.live_sessions import LiveSession, LiveSessions
from sertantai.accounts.model import SessionKind, User
from sertantai.accounts.service import Accounts
from sertantai.accounts.sessions import known_devices
from sertantai.accounts.sessions.kept_sessions import KeptSessions
from sertantai.accounts.throttling.throttle import KeyKind
from sertantai.core.clock import ManualClock
from sertantai.core.errors import SertantaiError
from sertantai.core.ids import GroupId, OwnerId, UserId
from sertantai.core.operations import Origin
from sertantai.http import idempotency
from sertantai.http.idempotency import AnsweredRequests, Entry
from sertantai.lists.access import Access, Asking
from sertantai.lists.groups import Groups, deleted
from sertantai.persons.given import Given
from sertantai.process.new_ids import new_id
from sertantai.process.settings import Settings
from sertantai.security.model import SecurityEvent
from sertantai.security.service import Security

START = (datetime.now(UTC) - timedelta(days=800)).replace(day=10, hour=12, minute=0, second=0, microsecond=0)
"""All the time that passes lies behind us: PostgreSQL's own clock cannot be moved."""
SETTINGS = Settings()
SLOT = ("somebody", "a key")


@dataclass
class Scene:
    """One run of the server and what all of its runs have in common."""

    clock: ManualClock
    superuser: "asyncpg.Connection[asyncpg.Record]"
    folder: Path
    accounts: Accounts
    security: Security
    groups: Groups
    answered: AnsweredRequests
    user: User
    made: dict[str, Any] = field(default_factory=dict)

    async def has(self, table: str, id: UUID) -> bool:
        found: bool = await self.superuser.fetchval(f"SELECT EXISTS (SELECT FROM {table} WHERE id = $1)", id)
        return found


Begin = Callable[[Scene], Awaitable[Any]]
Look = Callable[[Scene, Any], Awaitable[bool]]


async def works(awaited: Awaitable[object], *refusals: type[SertantaiError]) -> bool:
    try:
        await awaited
    except refusals:
        return False
    return True


# ------------------------------------------------------------------------------------------------- lists


async def delete_list(scene: Scene) -> GroupId:
    lists = await Access(scene.groups._engine).lists_of(Asking(Origin(scene.user.user_id)))
    made = await scene.groups.create(lists, "Old")
    await scene.groups.delete(lists.named(made.id))
    await scene.groups._engine.flush()
    return made.id


async def can_be_brought_back(scene: Scene, group: GroupId) -> bool:
    state = await scene.groups._engine.state(OwnerId(scene.user.user_id))
    return any(one.id == group for one in deleted(state, scene.clock.now()))


async def list_is_there(scene: Scene, group: GroupId) -> bool:
    await scene.groups._engine.flush()
    return await scene.has("user_selection_groups", group)


# ---------------------------------------------------------------------------------------------- accounts


async def open_guest(scene: Scene) -> tuple[UserId, str]:
    opened = await scene.accounts.guests.open(None, None)
    return opened.session.user_id, opened.token


async def settle_guest(scene: Scene) -> UserId:
    guest, _ = await open_guest(scene)
    claims, owner = scene.accounts.guest_claims, scene.user.user_id
    await claims.claim(guest, owner)
    await claims.decide(owner, guest, None)
    await claims.settle(owner, guest, 2, 0)
    return guest


async def cookie_works(scene: Scene, token: str) -> bool:
    return await works(scene.accounts.resolve_cookie(token), TokenRefused)


async def guest_works(scene: Scene, guest: tuple[UserId, str]) -> bool:
    return await cookie_works(scene, guest[1])


def session(kind: SessionKind) -> Begin:
    async def begin(scene: Scene) -> tuple[UUID, str]:
        opened = await scene.accounts.open_session(scene.user, kind)
        return opened.session.session_id, opened.token

    return begin


async def browser_is_signed_in(scene: Scene, opened: tuple[UUID, str]) -> bool:
    return await cookie_works(scene, opened[1])


async def bearer_works(scene: Scene, opened: tuple[UUID, str]) -> bool:
    return await works(scene.accounts.resolve_bearer(opened[1]), TokenRefused)


def link(purpose: Purpose) -> Begin:
    async def begin(scene: Scene) -> tuple[UUID, str]:
        url = await scene.accounts.confirmation._links.by_hand(scene.user, purpose)
        text = url.partition("token=")[2]
        token = verify(scene.accounts.keys, purpose, text, scene.clock.now())
        assert token is not None
        return token.token_id, text

    return begin


def link_works(purpose: Purpose) -> Look:
    async def look(scene: Scene, made: tuple[UUID, str]) -> bool:
        accounts = scene.accounts
        if purpose is Purpose.RESET_PASSWORD:
            return await works(accounts.passwords.look_at(made[1]), LinkRefused)
        return await works(accounts.confirmation.look_at(made[1], scene.user.user_id), LinkRefused)

    return look


async def write_mail(scene: Scene) -> UUID:
    await scene.accounts.request_password_reset(scene.user.email or "")
    await scene.accounts.mail.done()
    return (await scene.accounts.outbox.list())[0].mail_id


async def make_token(scene: Scene) -> tuple[UUID, str]:
    days = SETTINGS.api_token_lifetime_days_max
    token, made = await scene.accounts.api_tokens.create(
        scene.user.user_id, scene.user.role, "script", ["read"], days, None
    )
    return made.token_id, token


async def revoke_token(scene: Scene) -> tuple[UUID, str]:
    made = await make_token(scene)
    await scene.accounts.api_tokens.revoke(scene.user.user_id, made[0], None)
    return made


async def remember_browser(scene: Scene) -> str:
    return known_devices.remember_device(scene.accounts.keys, "somebody", "", scene.clock.now())


async def browser_is_known(scene: Scene, cookie: str) -> bool:
    return (
        known_devices.recognise_device(scene.accounts.keys, cookie, "somebody", scene.clock.now()) is not None
    )


async def first_step(scene: Scene) -> str:
    return await scene.accounts.sign_in.next_step(scene.user.user_id)


async def second_step_is_open(scene: Scene, step: str) -> bool:
    return verify(scene.accounts.keys, Purpose.SECOND_FACTOR, step, scene.clock.now()) is not None


async def keep_sessions(scene: Scene) -> Path:
    live = LiveSessions(scene.clock, entries_max=10, recheck_s=60)
    until = START + timedelta(days=900)
    live.put(
        b"hash", LiveSession(scene.user.user_id, None, "user", None, frozenset(), until), live.generation
    )
    path = scene.folder / "kept"
    await KeptSessions(path, live, scene.clock).save()
    return path


async def sessions_are_read_back(scene: Scene, path: Path) -> bool:
    """By a server that is started now; it writes the file anew, so it is given its own."""
    own = path.with_suffix(".own")
    copyfile(path, own)
    live = LiveSessions(scene.clock, entries_max=10, recheck_s=60)
    kept = KeptSessions(own, live, scene.clock)
    await kept.start()
    await kept.stop()
    return len(live) == 1


async def fail_to_sign_in(scene: Scene) -> None:
    throttle, now = scene.accounts.throttle, scene.clock.monotonic()
    for _ in range(throttle.rules_of[KeyKind.ACCOUNT].free):
        throttle.begin(throttle.keys("guessed", None, None), now)


async def failures_count(scene: Scene, _: object) -> bool:
    """Whether a further failure is one too many. It is taken back."""
    throttle, now = scene.accounts.throttle, scene.clock.monotonic()
    before = dict(throttle._states)
    keys = throttle.keys("guessed", None, None)
    throttle.begin(keys, now)
    must_wait = throttle.wait_s(keys, now) > 0
    throttle._states.clear()
    throttle._states.update(before)
    return must_wait


# ----------------------------------------------------------------------------------- web, security, trail


async def answer(scene: Scene) -> None:
    turn = await scene.answered.answer_or_turn(SLOT, b"request")
    assert isinstance(turn, Entry)
    scene.answered.end(SLOT, turn, idempotency.Answer(201, (), b"made"))


async def answer_is_known(scene: Scene, _: object) -> bool:
    turn = await scene.answered.answer_or_turn(SLOT, b"request")
    if isinstance(turn, Entry):
        scene.answered.end(SLOT, turn, None)
        return False
    return True


async def give_file(scene: Scene) -> UUID:
    """What is held about somebody, for themselves."""
    given, user = Given(scene.folder), scene.user.user_id
    file = given.new(user, user, scene.clock.now())
    file.path.write_bytes(b"a ZIP")
    given.only(file)
    return file.id


async def file_can_be_fetched(scene: Scene, id: UUID) -> bool:
    return Given(scene.folder).find(scene.user.user_id, id, scene.clock.now()) is not None


async def report_event(scene: Scene) -> UUID:
    event = SecurityEvent(new_id(), scene.clock.now(), "sign_in_failed", "warning", None, None)
    await scene.security.store.add([event])
    return event.id


async def first_month(scene: Scene) -> str:
    return f"selection_audit_log_{START:%Y_%m}"


async def month_is_there(scene: Scene, name: str) -> bool:
    return await scene.superuser.fetchval("SELECT to_regclass($1)", name) is not None


def months_later(count: int) -> timedelta:
    """From `START` to the first of that month."""
    month = START.month - 1 + count
    then = START.replace(year=START.year + month // 12, month=month % 12 + 1, day=1, hour=0)
    return then - START


def row_in(table: str) -> Look:
    async def look(scene: Scene, made: Any) -> bool:
        return await scene.has(table, made[0] if isinstance(made, tuple) else made)

    return look


async def can_be_told(scene: Scene, guest: UserId) -> bool:
    return await scene.accounts.guest_claims.decide(scene.user.user_id, guest, None) is not None
