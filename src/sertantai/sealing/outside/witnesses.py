"""Asks witnesses to sign the newest head: soon after it, once a minute at most, and each hour in any case.

A witness that is away holds nothing up; a day later its silence is told. One that knows a larger log, or
another one of this size, has seen a history that is not this one: then no head is signed any more.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final, Protocol

from sertantai.core.sealing.notes import Head, NotANote, Signature, parse_head, parse_note, signed
from sertantai.core.sealing.tree import consistency_proof
from sertantai.core.sealing.witnessing import (
    ADD_CHECKPOINT,
    Asked,
    Status,
    Witness,
    conflicting_size,
    cosignatures_in,
    request_text,
    with_cosignatures,
)
from sertantai.process.background import BackgroundService
from sertantai.process.logs import logger
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.keys import verifies
from sertantai.sealing.outside.heard import SILENT_S, Heard
from sertantai.sealing.outside.outgoing import NoAnswer, Outgoing
from sertantai.sealing.outside.remembered import Known, Remembered

log = logger(__name__)

LOOK_AROUND_S: Final = 1.0
EVERY_S: Final = 60.0
SIGNED_ANEW_S: Final = 3_600.0
"""Also where nothing happened: a time that somebody else says, and a sign of life."""
THIN_EVERY_S: Final = 86_400.0
LOOK_S_MAX: Final = 15.0
"""How long the first head waits for witnesses to say what they know."""
TURNS_MAX: Final = 3
PLAIN: Final = "text/plain; charset=utf-8"


class Differs(Exception):
    """What a witness has seen is not what is here."""


class Sealed(Protocol):
    """What is sealed here, as the sealer has it."""

    @property
    def files(self) -> TrailFiles: ...

    @property
    def head(self) -> Head | None: ...

    def halt(self, reason: str) -> None: ...

    async def show(self, note: str) -> None: ...


class Witnesses(BackgroundService):
    """``on_silent`` is told once of each that has been silent for a day, and again only after an answer."""

    task_name = "witnesses"

    def __init__(
        self,
        sealed: Sealed,
        witnesses: Sequence[Witness],
        on_silent: Callable[[str, str], None] | None = None,
        now: Callable[[], float] = time.time,
        outgoing: Outgoing | None = None,
    ) -> None:
        self._sealed = sealed
        self._files = sealed.files
        self._witnesses = witnesses
        self._on_silent = on_silent
        self._now = now
        self._outgoing = outgoing or Outgoing()
        self._remembered = Remembered(self._files)
        self._problems: dict[Witness, str] = {}
        self._told: set[Witness] = set()
        self._asked_at: dict[Witness, float] = {}
        self._asking = asyncio.Lock()
        self._thinned_at = float("-inf")
        for one in witnesses:
            self._remembered.known.setdefault(str(one.key), Known(now()))

    @property
    def heard(self) -> list[Heard]:
        return [
            Heard(one.key.name, known.size, known.answered_at, self._problems.get(one), self._is_silent(one))
            for one in self._witnesses
            for known in (self._known(one),)
        ]

    async def stop(self) -> None:
        await super().stop()
        await self._outgoing.close()

    async def look(self) -> None:
        """Before the first head of this start: a data directory of before is noticed now. Who does not answer
        in a moment is asked again later."""
        try:
            async with asyncio.timeout(LOOK_S_MAX):
                await self.ask()
        except TimeoutError:
            log.debug("not every witness has answered before the first head")
        # A server that has just started is slow: who seemed silent is asked again at once.
        self._asked_at = {one: at for one, at in self._asked_at.items() if one not in self._problems}

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(LOOK_AROUND_S)
            head = self._sealed.head
            due = () if head is None else [one for one in self._witnesses if self._is_due(one, head)]
            if due:
                try:
                    await self.ask(due)
                except Exception:  # they are asked for as long as the server runs
                    log.exception("witnesses cannot be asked now")

    async def ask(self, whom: Sequence[Witness] | None = None) -> None:
        """For their signatures under the newest head that is on the disk; None: all of them."""
        async with self._asking:
            note = await asyncio.to_thread(self._files.last_note)
            if note is None:
                return
            head = parse_head(parse_note(note).text)
            asked = self._witnesses if whom is None else whom
            found = await asyncio.gather(*(self._heard(one, note, head) for one in asked))
            fresh = [signature for signatures in found for signature in signatures]
            await asyncio.to_thread(self._remembered.save)
            if fresh:
                await self._keep(note, head, fresh)
            self._tell_of_silence()
            await self._thin()

    async def _heard(self, one: Witness, note: str, head: Head) -> list[Signature]:
        """What it signed; none where it was not reached, or knows something else."""
        try:
            found = await self._ask(one, note, head)
        except Differs as differs:
            said = f"{one.key.name}, a witness of this log, {differs}. It is an older history, or another."
            self._problems[one] = "It knows another history."
            self._sealed.halt(said)
            self._asked_at[one] = self._now()
            return []
        except (NoAnswer, NotANote) as error:
            self._problems[one] = f"{error}"
            log.info("witness_silent", witness=one.key.name, reason=str(error))
            self._asked_at[one] = self._now()
            return []
        known = self._known(one)
        now = self._asked_at[one] = self._now()
        self._remembered.known[str(one.key)] = Known(known.asked_since, now, head.size)
        self._problems.pop(one, None)
        self._told.discard(one)
        return found

    async def _ask(self, one: Witness, note: str, head: Head) -> list[Signature]:
        old = min(self._known(one).size or head.size, head.size)
        for _ in range(TURNS_MAX):
            proof = await asyncio.to_thread(consistency_proof, self._files.node, old, head.size)
            asked = request_text(Asked(old, tuple(proof), note))
            answer = await self._outgoing.post(f"{one.url}{ADD_CHECKPOINT}", asked.encode(), PLAIN)
            if answer.status == Status.INCONSISTENT:
                raise Differs(f"has signed {old:,} entries that are not the beginning of these {head.size:,}")
            text = answer.body.decode(errors="replace")
            if answer.status == 200:
                found = cosignatures_in(text, parse_note(note).text, one.key, verifies)
                if not found:
                    raise NoAnswer("its signature is not of the key in the settings")
                return found
            if answer.status != Status.CONFLICT:
                raise NoAnswer(f"it answers {answer.status}{_known_reasons(answer.status)}")
            size = conflicting_size(text)
            if size > head.size:
                raise Differs(f"has signed {size:,} entries, and here are {head.size:,}")
            if size == old == head.size:
                raise Differs(f"has signed another history of {size:,} entries")
            old = size
        raise NoAnswer("it says another size each time")

    async def _thin(self) -> None:
        """At first and once a day. What cannot be thinned stays."""
        if self._now() - self._thinned_at < THIN_EVERY_S:
            return
        self._thinned_at = self._now()
        try:
            await asyncio.to_thread(self._remembered.thin, datetime.fromtimestamp(self._thinned_at, UTC))
        except OSError:
            log.exception("old heads with signatures of witnesses cannot be thinned")

    async def _keep(self, note: str, head: Head, fresh: Sequence[Signature]) -> None:
        """Beside the log where it says more than what is there, and with the head that is shown."""
        last = await asyncio.to_thread(self._remembered.last_note)
        before = None if last is None else parse_note(last)
        whole = with_cosignatures(note, fresh)
        if before is None or before.text != head.text:
            await asyncio.to_thread(self._remembered.keep, whole)
        else:
            names = {(one.name, one.key_hash) for one in before.signatures}
            whole = with_cosignatures(signed(head.text, before.signatures), fresh)
            if any((one.name, one.key_hash) not in names for one in fresh):
                await asyncio.to_thread(self._remembered.keep, whole)
        await self._sealed.show(whole)

    def _known(self, one: Witness) -> Known:
        return self._remembered.known[str(one.key)]

    def _is_due(self, one: Witness, head: Head) -> bool:
        known, waited = self._known(one), self._now() - self._asked_at.get(one, 0)
        return waited >= SIGNED_ANEW_S or (waited >= EVERY_S and known.size != head.size)

    def _is_silent(self, one: Witness) -> bool:
        known = self._known(one)
        return self._now() - (known.answered_at or known.asked_since) >= SILENT_S

    def _tell_of_silence(self) -> None:
        for one in self._witnesses:
            if self._is_silent(one) and one not in self._told:
                self._told.add(one)
                reason = self._problems.get(one, "no answer")
                log.warning("witness_silent_for_a_day", witness=one.key.name, reason=reason)
                if self._on_silent is not None:
                    self._on_silent(one.key.name, reason)


def _known_reasons(status: int) -> str:
    """What an operator can do something about."""
    match status:
        case Status.UNTRUE:
            return ": it knows another key of this log"
        case Status.UNKNOWN:
            return ": it does not know this log"
    return ""
