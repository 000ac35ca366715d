"""One-time codes: the standard's, near enough in time, and never twice."""

import base64
from datetime import UTC, datetime

import pytest

from sertantai.accounts.second_factor.recovery_codes import CODES, hash_code, new_codes
from sertantai.accounts.second_factor.totp import matching_step, new_secret, provisioning_uri, qr_code
from sertantai.core.ids import UserId
from sertantai.process.new_ids import new_id

# RFC 6238, appendix B: the secret is the ASCII text; the last six of its eight digits.
SECRET = base64.b32encode(b"12345678901234567890").decode()
VECTORS = [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")]


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, tz=UTC)


@pytest.mark.parametrize(("seconds", "code"), VECTORS)
def test_the_standards_own_codes_are_right(seconds: int, code: str) -> None:
    assert matching_step(SECRET, code, at(seconds), 0) == seconds // 30


@pytest.mark.parametrize(("drift_s", "is_right"), [(-60, False), (-30, True), (30, True), (60, False)])
def test_the_codes_just_before_and_after_are_right_too_and_no_others(drift_s: int, is_right: bool) -> None:
    step = matching_step(SECRET, "005924", at(1234567890 + drift_s), 0)
    assert (step is not None) is is_right


def test_a_code_that_was_used_is_worth_nothing() -> None:
    step = matching_step(SECRET, "287082", at(59), 0)
    assert step is not None
    assert matching_step(SECRET, "287082", at(59), step) is None


def test_spaces_are_forgiven() -> None:
    assert matching_step(SECRET, " 287 082 ", at(59), 0) == 1


@pytest.mark.parametrize(
    "code", ["", "28708", "2870822", "abcdef", "２８７０８２", "-87082", "287082\x00", "1" * 10_000]
)
def test_what_is_no_code_is_wrong(code: str) -> None:
    assert matching_step(SECRET, code, at(59), 0) is None


def test_secrets_are_long_and_different() -> None:
    assert len(base64.b32decode(new_secret())) == 20
    assert new_secret() != new_secret()


def test_the_qr_code_is_an_image_without_inline_style() -> None:
    uri = provisioning_uri(SECRET, "ann@example.org")
    assert uri.startswith("otpauth://totp/Sertantai:ann%40example.org?secret=" + SECRET)
    image = qr_code(uri)
    assert image.startswith("data:image/svg+xml")
    assert "style" not in image


def test_recovery_codes_are_many_different_and_long() -> None:
    codes = new_codes()
    assert len(set(codes)) == CODES == 10
    assert all(len(code.replace("-", "")) == 16 for code in codes)


def test_a_recovery_code_may_be_typed_in_any_way_and_belongs_to_one_user() -> None:
    user = UserId(new_id())
    code = new_codes()[0]
    assert hash_code(user, code) == hash_code(user, f" {code.upper().replace('-', ' ')} ")
    assert hash_code(user, code) != hash_code(UserId(new_id()), code)


@pytest.mark.parametrize("code", ["", "abcd", "abcd-efgh-ijkl-mno1", "abcd-efgh-ijkl-mnop-q", "é" * 16])
def test_what_is_no_recovery_code_has_no_hash(code: str) -> None:
    assert hash_code(UserId(new_id()), code) is None
