"""The stream of a list, from a server that may be away for a while, on standard output."""

import asyncio
import random
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any, Final
from urllib.parse import quote

import httpx
import msgspec

from sertantai.cli.output import note, say
from sertantai.core.errors import SertantaiError, Unavailable

SILENCE_S: Final = 45.0
"""The server gives a sign of life each 15 s."""
PAUSE_S: Final = 1.0
PAUSE_S_MAX: Final = 30.0
AGAIN: Final = frozenset({429, 502, 503, 504})
"""Answers that do not say that it is no use."""
JOINED: Final = "joined"
GONE: Final = "gone"
_PASSED_OVER: Final = "presence_"


class Refused(SertantaiError):
    """By the server, for good."""

    code = "refused"


class Known(msgspec.Struct):
    """What whoever reads the lines has: told with each of them."""

    version: int | None
    epoch: str | None


class Event(msgspec.Struct, frozen=True):
    name: str
    version: int | None
    payload: dict[str, Any]


async def print_changes(url: str, token: str, list_: str, known: Known) -> None:
    """Until the list may not be followed any more: raises `Refused`. Raises `Unavailable` where no server
    answers at the beginning."""
    address = f"{url}/api/v1/groups/{quote(list_, safe='')}/events"
    timeout = httpx.Timeout(10.0, read=SILENCE_S)
    async with httpx.AsyncClient(timeout=timeout, headers={"authorization": f"Bearer {token}"}) as http:
        pause_s, has_begun = PAUSE_S, False
        while True:
            try:
                async for event in _events(http, address, known):
                    _tell(event, known, is_again=has_begun)
                    pause_s, has_begun = PAUSE_S, True
            except (httpx.TransportError, Unavailable) as error:
                if not has_begun:
                    raise Unavailable(f"The server at {url} cannot be followed: {_said(error)}") from None
                note(f"The connection to {url} was lost; trying again.")
            await asyncio.sleep(pause_s * random.uniform(0.5, 1.0))  # noqa: S311  # not all at once
            pause_s = min(2 * pause_s, PAUSE_S_MAX)


async def _events(http: httpx.AsyncClient, address: str, known: Known) -> AsyncIterator[Event]:
    asked: dict[str, Any] = {"since": known.version, "epoch": known.epoch}
    if known.version is None:
        asked["want"] = "summary"  # who begins now has looked at the list, or will
    params = {name: value for name, value in asked.items() if value is not None}
    async with http.stream("GET", address, params=params) as answer:
        if answer.status_code != httpx.codes.OK:
            raise await _refusal(answer)
        fields: dict[str, str] = {}
        async for line in answer.aiter_lines():
            name, _, value = line.partition(":")
            if name:
                fields[name] = value.removeprefix(" ")
            elif not line:
                if "event" in fields and "data" in fields:
                    yield _event(fields)
                fields = {}


def _event(fields: dict[str, str]) -> Event:
    id = fields.get("id", "")
    payload = msgspec.json.decode(fields["data"], type=dict[str, Any])
    return Event(fields["event"], int(id) if id.isdecimal() else None, payload)


def _tell(event: Event, known: Known, *, is_again: bool) -> None:
    """Raises `Refused` at the end of all."""
    if event.version is not None:
        known.version = event.version
    known.epoch = event.payload.get("epoch", known.epoch)
    is_old = event.name == JOINED and is_again and event.payload.get("mode") == "current"
    if is_old or event.name.startswith(_PASSED_OVER):
        return
    say(msgspec.json.encode({"event": event.name, **event.payload}).decode())
    sys.stdout.flush()
    if event.name == GONE:
        raise Refused("The list can be followed no more: it is gone, or you may not see it any longer.")


async def _refusal(answer: httpx.Response) -> SertantaiError:
    said = f"it answered {answer.status_code}."
    with suppress(msgspec.DecodeError, msgspec.ValidationError, KeyError):
        said = str(msgspec.json.decode(await answer.aread(), type=dict[str, Any])["detail"])
    return Unavailable(said) if answer.status_code in AGAIN else Refused(said)


def _said(error: Exception) -> str:
    return error.message if isinstance(error, SertantaiError) else str(error) or type(error).__name__
