"""Who is to remember the sealed log elsewhere: whether the settings are whole, whether each is reached now,
and when each answered last.
"""

import asyncio
import time
from collections.abc import Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from sertantai.cli.health_checks import Finding, Verdict
from sertantai.core.errors import InvalidInput
from sertantai.core.sealing.notes import NotANote
from sertantai.core.sealing.witnessing import ADD_CHECKPOINT, Status, Witness, parse_witnesses
from sertantai.process.settings import Settings
from sertantai.reporting.heads_mailed import MAILED_FILE, recipients_of
from sertantai.sealing.log import TRAIL_FOLDER, newest_log
from sertantai.sealing.outside.memories import require_memories
from sertantai.sealing.outside.outgoing import NoAnswer, Outgoing
from sertantai.sealing.outside.remembered import Known, known_in
from sertantai.sealing.outside.stamped import stamping_in
from sertantai.sealing.outside.stream import NDJSON, streaming_in
from sertantai.sealing.outside.tokens import NOT_INSTALLED, QUERY, can_stamp, query_for, require_answer

OLD_S: Final = 2 * 86_400.0
"""After so long without an answer somebody should look."""
CONNECT_S_MAX: Final = 5.0
TRIED: Final = b"Is there anybody? Asked by sertantai doctor."
NOBODY: Final = (
    "nobody is named in settings: what remembers the log is browsers, files and e-mails that people keep"
)
NOT_STARTED: Final = "Correct the setting: with it serve does not start."
WAITS_FOR_NONE: Final = "Nothing waits for it, but until it answers it remembers nothing."


async def examine_memories(settings: Settings) -> list[Finding]:
    """Each that is named in settings; all are asked at once."""
    try:
        require_memories(settings)
        recipients = recipients_of(settings)
        witnesses = parse_witnesses(settings.audit_witness_urls)
    except InvalidInput as error:
        return [Finding("heads elsewhere", Verdict.FAILED, error.message, NOT_STARTED)]
    except NotANote as error:
        return [Finding("heads elsewhere", Verdict.FAILED, f"audit_witness_urls: {error}.", NOT_STARTED)]
    folder, outgoing = newest_log(settings.data_path), Outgoing()
    known = known_in(folder)
    asked: list[Coroutine[Any, Any, Finding]] = [
        _witness(one, known.get(str(one.key)), outgoing) for one in witnesses
    ]
    if settings.audit_tsa_url is not None:
        asked.append(_time_stamps(settings.audit_tsa_url, folder, outgoing))
    if settings.audit_stream_url is not None:
        asked.append(_stream(settings, settings.audit_stream_url, folder, outgoing))
    if recipients:
        asked.append(_heads_by_mail(settings, len(recipients)))
    try:
        return list(await asyncio.gather(*asked)) or [Finding("heads elsewhere", Verdict.OK, NOBODY)]
    finally:
        await outgoing.close()


async def _witness(one: Witness, known: Known | None, outgoing: Outgoing) -> Finding:
    """A request that says nothing is one that a witness cannot read: then it is there."""
    check = f"witness {one.key.name}"
    last = _last(None if known is None or not known.size else known.answered_at, "it has signed nothing yet")
    try:
        answer = await outgoing.post(f"{one.url}{ADD_CHECKPOINT}", b"", "text/plain; charset=utf-8")
    except NoAnswer as error:
        return _unreached(check, f"{error}", last)
    if answer.status != Status.UNREADABLE:
        return _unreached(check, f"what is at its address is no witness, it answers {answer.status}", last)
    return _reached(check, last, None if known is None else known.answered_at)


async def _time_stamps(url: str, folder: Path, outgoing: Outgoing) -> Finding:
    check, state = "time stamps", stamping_in(folder)
    last = _last(state.answered_at, "no head is stamped yet")
    if not can_stamp():
        return Finding(check, Verdict.WARNING, NOT_INSTALLED, "Install it, and restart the server.")
    query = query_for(TRIED)
    try:
        answer = await outgoing.post(url, query.body, QUERY)
        if answer.status != 200:
            raise NoAnswer(f"it answers {answer.status}")
        require_answer(query, answer.body)
    except NoAnswer as error:
        return _unreached(check, f"{error}", last)
    return _reached(check, last, None if state.in_vain_since is None else state.answered_at)


async def _stream(settings: Settings, url: str, folder: Path, outgoing: Outgoing) -> Finding:
    """A collector that is sent nothing may say what it likes to that, but not that we may not send."""
    check, state, word = "stream", streaming_in(folder), settings.audit_stream_authorization
    last = _last(state.answered_at, "it has taken nothing yet")
    last = f"{last}; {state.next:,} entries taken"
    try:
        answer = await outgoing.post(url, b"", NDJSON, {} if word is None else {"authorization": word})
    except NoAnswer as error:
        return _unreached(check, f"{error}", last)
    if answer.status in (401, 403):
        said = f"it answers {answer.status}: what we may send it, audit_stream_authorization says"
        return _unreached(check, said, last)
    if answer.status == 404 or answer.status >= 500:
        return _unreached(check, f"it answers {answer.status}", last)
    return _reached(check, last, None if state.in_vain_since is None else state.answered_at)


async def _heads_by_mail(settings: Settings, count: int) -> Finding:
    check, mailed = "heads by e-mail", settings.data_path / TRAIL_FOLDER / MAILED_FILE
    last = f"last written on {mailed.read_text()}" if mailed.exists() else "none was written yet"
    last = f"to {count} addresses, {last}"
    try:
        async with asyncio.timeout(CONNECT_S_MAX):
            _, writer = await asyncio.open_connection(settings.smtp_host, settings.smtp_port)
            writer.close()
    except (OSError, TimeoutError):
        said = f"the mail server {settings.smtp_host}:{settings.smtp_port} does not answer"
        return _unreached(check, said, last)
    return Finding(check, Verdict.OK, f"the mail server answers; {last}")


def _reached(check: str, last: str, answered_at: float | None) -> Finding:
    """``answered_at``: when it should have answered the server since; None: it need not."""
    if answered_at is not None and time.time() - answered_at > OLD_S:
        advice = "Does the server run, and can it reach it from where it is? Its log says why."
        return Finding(check, Verdict.WARNING, f"it answers now; {last}", advice)
    return Finding(check, Verdict.OK, f"it answers; {last}")


def _unreached(check: str, why: str, last: str) -> Finding:
    return Finding(check, Verdict.WARNING, f"{why}; {last}", WAITS_FOR_NONE)


def _last(at: float | None, never: str) -> str:
    return never if at is None else f"last on {datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC"
