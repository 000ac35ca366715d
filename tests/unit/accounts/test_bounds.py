"""What a stranger may write into an account, or make its keepers remember, ends at a bound."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from sertantai.accounts.errors import TokenRefused
from sertantai.accounts.keys import bearer_tokens, purpose_tokens
from sertantai.accounts.keys.purpose_tokens import Purpose
from sertantai.accounts.keys.signed_tokens import TOKEN_CHARACTERS_MAX
from sertantai.accounts.keys.signing_keys import KEYS_MAX, SigningKeys
from sertantai.accounts.live_sessions import LiveSessions
from sertantai.accounts.mail import requests
from sertantai.accounts.mail.requests import WAITING_MAX, MailRequests
from sertantai.accounts.passwords.hashes import (
    COST_MAX,
    PASSWORD_BYTES_MAX,
    Verdict,
    check_password,
    hash_password,
)
from sertantai.accounts.sessions import api_tokens, sister_tokens
from sertantai.accounts.sessions.api_tokens import ApiTokens
from sertantai.accounts.sessions.devices import SHOWN_CHARACTERS_MAX, describe_device
from sertantai.accounts.sessions.lookups import LOOKUPS_MAX, SessionLookups
from sertantai.accounts.sessions.sessions import USER_AGENT_CHARACTERS_MAX, plain_user_agent
from sertantai.accounts.throttling import throttle
from sertantai.accounts.throttling.throttle import KeyKind, SignInThrottle, ThrottleRules
from sertantai.accounts.throttling.throttling import COUNT_MAX, Throttling
from sertantai.core.clock import ManualClock
from sertantai.core.email_addresses import LOCAL_PART_CHARACTERS_MAX, parse_email
from sertantai.core.email_keys import EMAIL_CHARACTERS_MAX, LABELS_MIXED_MAX, email_key, email_spellings
from sertantai.core.errors import InvalidInput, Unavailable

CHEAP = 4


def address(characters: int, local: str = "ann") -> str:
    """Of so many characters, in labels that a domain may have."""
    domain = ""
    rest = characters - len(f"{local}@.org")
    while rest > 0:
        label = min(rest, 60)
        domain += "d" * label + "."
        rest -= label + 1
    return f"{local}@{domain}org"


def test_an_address_is_as_long_as_mail_servers_take() -> None:
    longest = address(EMAIL_CHARACTERS_MAX)
    assert len(longest) == EMAIL_CHARACTERS_MAX
    assert parse_email(longest) == email_key(longest) == longest
    longer = address(EMAIL_CHARACTERS_MAX, "anne")[: EMAIL_CHARACTERS_MAX - 4] + ".orgs"
    assert len(longer) == EMAIL_CHARACTERS_MAX + 1
    assert email_key(longer) is None
    with pytest.raises(InvalidInput):
        parse_email(longer)


def test_what_stands_before_the_at_sign_is_as_long_as_mail_servers_take() -> None:
    assert parse_email("x" * LOCAL_PART_CHARACTERS_MAX + "@example.org")
    with pytest.raises(InvalidInput):
        parse_email("x" * (LOCAL_PART_CHARACTERS_MAX + 1) + "@example.org")


def test_one_address_never_has_thousands_of_spellings() -> None:
    """Each is a key that is looked for."""
    few = email_spellings("ann@" + "müller." * LABELS_MIXED_MAX + "org")
    assert len(few) >= 2**LABELS_MIXED_MAX
    many = email_spellings("ann@" + "müller." * (LABELS_MIXED_MAX + 1) + "org")
    assert len(many) <= 3


def test_a_longer_token_than_any_of_ours_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = ManualClock()
    keys = SigningKeys(tmp_path, clock)
    keys.open()
    unpacked: list[int] = []

    def unpack(text: str, *_given: Any, **_named: Any) -> dict[str, Any]:
        unpacked.append(len(text))
        return {}

    monkeypatch.setattr("jwt.get_unverified_header", unpack)
    monkeypatch.setattr("jwt.decode", unpack)
    for characters in (TOKEN_CHARACTERS_MAX, TOKEN_CHARACTERS_MAX + 1):
        token = "x" * characters
        assert purpose_tokens.verify(keys, Purpose.DEVICE, token, clock.now()) is None
        with pytest.raises(TokenRefused):
            bearer_tokens.verify(keys, token, clock.now())
        with pytest.raises(TokenRefused):
            sister_tokens.verify("secret", token, clock.now())
    assert set(unpacked) == {TOKEN_CHARACTERS_MAX}


def test_so_many_keys_are_kept_and_the_oldest_goes(tmp_path: Path) -> None:
    clock = ManualClock()
    keys = SigningKeys(tmp_path, clock)
    keys.open()
    first = keys.current.key_id
    for _ in range(KEYS_MAX - 1):
        keys.add()
    assert len(list(tmp_path.glob("*.key"))) == KEYS_MAX
    keys.rotate(timedelta(days=10_000))
    assert len(list(tmp_path.glob("*.key"))) == KEYS_MAX
    assert keys.find(first) is None


def test_a_longer_password_is_wrong_without_being_hashed() -> None:
    longest = "x" * PASSWORD_BYTES_MAX
    assert check_password(longest, hash_password(longest, CHEAP), CHEAP) is Verdict.RIGHT
    longer = longest + "x"
    assert check_password(longer, hash_password(longer, CHEAP), CHEAP) is Verdict.WRONG


def test_a_hash_that_would_take_all_day_is_taken_for_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[bytes] = []

    def check(_password: bytes, stored: bytes) -> bool:
        checked.append(stored)
        return False

    monkeypatch.setattr("bcrypt.checkpw", check)
    monkeypatch.setattr("sertantai.accounts.passwords.hashes._spend", lambda _cost: None)
    for cost in (COST_MAX, COST_MAX + 1):
        stored = f"$2b${cost:02d}$" + "a" * 53
        assert check_password("wrong", stored, CHEAP) is Verdict.WRONG
    assert [stored[4:6] for stored in checked] == [str(COST_MAX).encode()]


def test_what_a_browser_calls_itself_is_cut() -> None:
    assert plain_user_agent("x" * 10_000) == "x" * USER_AGENT_CHARACTERS_MAX
    assert describe_device("x" * USER_AGENT_CHARACTERS_MAX) == "x" * SHOWN_CHARACTERS_MAX


def test_so_many_sign_ins_are_counted_and_so_many_places_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    rules: Any = {kind: ThrottleRules(5, 1.0, 60.0, 600.0) for kind in KeyKind}
    counted = SignInThrottle(rules, keys_max=3)
    assert SignInThrottle(rules)._keys_max == throttle.KEYS_MAX
    monkeypatch.setattr(throttle, "KNOWN_PLACES_MAX", 3)
    for number in range(10):
        keys = counted.keys(f"account {number}", None, None)
        counted.begin(keys, 0.0)
        counted.succeeded((), f"account {number}", "192.0.2.1")
        assert len(counted) <= 3
        assert len(counted._known) <= 3
    assert ("account 9", "192.0.2.1") in counted._known


async def test_of_so_many_users_it_is_remembered_that_they_were_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """That somebody tried to register with their address: once an hour, however often it is tried."""
    monkeypatch.setattr(requests, "TOLD_MAX", 3)
    links: Any = SimpleNamespace(url=lambda path: path)
    asked = MailRequests(links, lambda: None, ManualClock())
    users: list[Any] = [SimpleNamespace(user_id=number) for number in range(5)]
    for user in (*users, users[-1]):
        asked.already_registered(user)
    assert list(asked._told_at) == [2, 3, 4]
    assert asked.waiting == len(users)


async def test_so_many_tokens_are_looked_up_at_once() -> None:
    clock = ManualClock()
    lookups = SessionLookups(LiveSessions(clock, entries_max=10, recheck_s=60.0), clock)
    reading, most, go = 0, 0, asyncio.Event()

    async def read(_now: datetime) -> None:
        nonlocal reading, most
        reading += 1
        most = max(most, reading)
        await go.wait()
        reading -= 1

    asked = [asyncio.ensure_future(lookups.find(b"%d" % number, read)) for number in range(LOOKUPS_MAX + 5)]
    for _ in range(20):
        await asyncio.sleep(0)
    go.set()
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert most == LOOKUPS_MAX
    assert all(isinstance(answer, TokenRefused) for answer in answers)


async def test_failures_of_all_servers_together_are_counted_up_to_a_bound() -> None:
    """A count that has no end would be a way to fill the shared store."""
    added: list[int] = []

    class Shared:
        async def add(self, _key: str, _period_s: int, _cost: int, most: int) -> Any:
            added.append(most)
            return SimpleNamespace(used=1)

    rules: Any = {kind: ThrottleRules(5, 1.0, 60.0, 600.0) for kind in KeyKind}
    throttling = Throttling(SignInThrottle(rules), cast("Any", Shared()), ManualClock())
    await throttling._fail(cast("Any", Shared()), throttle.Key(KeyKind.ACCOUNT, "ann"))
    assert added == [COUNT_MAX]


async def test_so_many_mails_wait_to_be_written() -> None:
    asked = MailRequests(cast("Any", None), lambda: None, ManualClock())
    for _ in range(WAITING_MAX):
        asked.reset_password(None)
    with pytest.raises(Unavailable) as refused:
        asked.reset_password(None)
    assert refused.value.retry_after_s == 60


def test_a_token_has_a_name_of_so_many_characters() -> None:
    tokens = ApiTokens.__new__(ApiTokens)  # what it checks needs no more of it
    tokens.lifetime_days_max = 1
    tokens._checked("user", "x" * api_tokens.NAME_CHARACTERS_MAX, ["read"], 1)
    with pytest.raises(InvalidInput) as refused:
        tokens._checked("user", "x" * (api_tokens.NAME_CHARACTERS_MAX + 1), ["read"], 1)
    assert refused.value.field == "name"
