"""Our hashes read every byte, foreign hashes sign in, and every check costs one bcrypt."""

from typing import Any

import bcrypt
import pytest

from sertantai.accounts.passwords.hashes import OWN_PREFIX, HashForm, Verdict, check_password, hash_password

COST = 4
PASSWORD = "correct horse battery staple"


@pytest.fixture
def bcrypts(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The password bytes of each check that bcrypt made."""
    seen: list[bytes] = []
    real = bcrypt.checkpw

    def counted(password: bytes, hashed: bytes) -> Any:
        seen.append(password)
        return real(password, hashed)

    monkeypatch.setattr(bcrypt, "checkpw", counted)
    return seen


def foreign(password: str, *, version: str = "2b", cost: int = COST) -> str:
    made = bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(cost)).decode()
    return made.replace("$2b$", f"${version}$")


def test_our_own_hash_is_right_for_its_password_only() -> None:
    stored = hash_password(PASSWORD, COST)
    assert stored.startswith(OWN_PREFIX + "$2b$04$")
    assert check_password(PASSWORD, stored, COST) is Verdict.RIGHT
    assert check_password(PASSWORD + "r", stored, COST) is Verdict.WRONG


def test_bytes_after_the_72nd_count() -> None:
    long = "pass phrase " * 20
    stored = hash_password(long, COST)
    assert check_password(long, stored, COST) is Verdict.RIGHT
    assert check_password(long[:-1] + "!", stored, COST) is Verdict.WRONG


def test_one_password_typed_in_two_unicode_forms_is_one_password() -> None:
    stored = hash_password("cafe\u0301 au lait, please", COST)
    assert check_password("caf\u00e9 au lait, please", stored, COST) is Verdict.RIGHT


@pytest.mark.parametrize("version", ["2a", "2b", "2y"])
def test_a_plain_foreign_hash_is_right_and_due_for_replacement(version: str) -> None:
    assert check_password(PASSWORD, foreign(PASSWORD, version=version), COST) is Verdict.RIGHT_BUT_OLD
    assert check_password("something else", foreign(PASSWORD, version=version), COST) is Verdict.WRONG


def test_a_foreign_hash_of_a_long_password_is_read_as_its_maker_read_it() -> None:
    long = "x" * 100
    assert check_password(long, foreign(long), COST) is Verdict.RIGHT_BUT_OLD


def test_a_hash_cheaper_than_wanted_is_due_for_replacement() -> None:
    assert check_password(PASSWORD, hash_password(PASSWORD, COST), COST + 1) is Verdict.RIGHT_BUT_OLD


def test_in_the_plain_form_a_foreign_hash_stays_and_one_of_ours_is_due_for_replacement() -> None:
    plain = hash_password(PASSWORD, COST, HashForm.PLAIN)
    assert bcrypt.checkpw(PASSWORD.encode(), plain.encode()), "the sister application can check it"
    assert check_password(PASSWORD, plain, COST, HashForm.PLAIN) is Verdict.RIGHT
    assert check_password(PASSWORD, plain, COST + 1, HashForm.PLAIN) is Verdict.RIGHT_BUT_OLD
    assert check_password(PASSWORD, foreign(PASSWORD, cost=COST + 1), COST, HashForm.PLAIN) is Verdict.RIGHT
    own = hash_password(PASSWORD, COST)
    assert check_password(PASSWORD, own, COST, HashForm.PLAIN) is Verdict.RIGHT_BUT_OLD


@pytest.mark.parametrize("stored_cost", [4, 5, 7, None])
def test_a_wrong_password_costs_as_much_whatever_the_hash_cost(
    stored_cost: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    spent: list[int] = []

    def counted(_password: bytes, hashed: bytes) -> bool:
        spent.append(2 ** int(hashed[4:6]))
        return False

    stored = None if stored_cost is None else foreign(PASSWORD, cost=stored_cost)
    monkeypatch.setattr(bcrypt, "checkpw", counted)
    check_password("something else", stored, 6, failing_cost=7)
    assert sum(spent) == 2**7


def test_our_form_cannot_be_had_by_hashing_elsewhere() -> None:
    """A plain hash in the column is never taken for ours, nor ours for a plain one."""
    own = hash_password(PASSWORD, COST)
    assert check_password(PASSWORD, own.removeprefix(OWN_PREFIX), COST) is Verdict.WRONG
    assert check_password(PASSWORD, OWN_PREFIX + foreign(PASSWORD), COST) is Verdict.WRONG


@pytest.mark.parametrize(
    "stored",
    [
        None,
        "",
        "plain text",
        "$2b$12$short",
        OWN_PREFIX,
        "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$hash",
        "$2b$99$" + "a" * 53,
        "$2b$31$" + "a" * 53,
        "\x00" * 60,
    ],
)
def test_an_unknown_user_or_a_broken_hash_costs_one_bcrypt_like_any_other(
    stored: str | None, bcrypts: list[bytes]
) -> None:
    assert check_password(PASSWORD, stored, COST) is Verdict.WRONG
    assert len(bcrypts) == 1


@pytest.mark.parametrize("password", ["", "x" * 10_000, "\x00", "\ud800", PASSWORD])
def test_every_password_costs_one_bcrypt_of_72_bytes_at_most(password: str, bcrypts: list[bytes]) -> None:
    for stored in (hash_password(PASSWORD, COST), foreign(PASSWORD), None):
        bcrypts.clear()
        check_password(password, stored, COST)
        assert len(bcrypts) == 1
        assert len(bcrypts[0]) <= 72


def test_nobodys_hash_costs_as_much_as_anybodys(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []
    monkeypatch.setattr(bcrypt, "checkpw", lambda _password, hashed: asked.append(hashed))
    check_password(PASSWORD, None, 12)
    assert asked[0].startswith(b"$2b$12$")
