"""A password is long, uncommon, and says why when it is not."""

import pytest

from sertantai.accounts.errors import PasswordRefused
from sertantai.accounts.passwords.common_passwords import common_passwords
from sertantai.accounts.passwords.strength import require_good_password

EMAIL = "register-keeper@example.org"


def refusal(password: str) -> str:
    with pytest.raises(PasswordRefused) as refused:
        require_good_password(password, email=EMAIL, common=common_passwords())
    assert refused.value.field == "password"
    return refused.value.message


def test_the_list_that_ships_is_long_and_in_lower_case() -> None:
    words = common_passwords()
    assert len(words) >= 10_000
    assert "password" in words
    assert all(word == word.casefold() for word in words)


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "tr0ubadour&3 of spades",
        "Äpfel und Birnen im Korb",
        "これは長いパスワードです!!",
        "x" * 5 + "kLm9 " * 200,
        "🦊🐻🐼🐨🐯🦁🐮🐷🐸🐵🐔🐧",
    ],
)
def test_a_long_uncommon_password_is_taken(password: str) -> None:
    require_good_password(password, email=EMAIL, common=common_passwords())


def test_eleven_characters_are_too_few_and_twelve_are_enough() -> None:
    assert "12 characters" in refusal("kq7 fenêtre"[:11])
    require_good_password("kq7 fenêtre!", email=EMAIL, common=common_passwords())


def test_a_thousand_and_twenty_five_bytes_are_too_many() -> None:
    assert "1,024 bytes" in refusal("kq7 " * 300)
    assert "1,024 bytes" in refusal("é" * 10_000)


@pytest.mark.parametrize(
    "password",
    [
        "password1234",
        "PASSWORD!!!!!!",
        "1234567dragon",
        "passwordpassword",
        "P@ssw0rdP@ssw0rd",
        "dragondragon12",
        "ｐａｓｓｗｏｒｄ１２３４",
    ],
)
def test_a_common_password_is_refused_also_with_trimmings(password: str) -> None:
    assert "common" in refusal(password)


@pytest.mark.parametrize(
    "password", ["aaaaaaaaaaaa", "abababababab", "123456789012", "abcdefghijklmn", "987654321098"]
)
def test_runs_and_repetitions_are_refused(password: str) -> None:
    refusal(password)


@pytest.mark.parametrize("password", ["register-keeper", "keeperregister", "keeper 74 register", EMAIL])
def test_the_address_is_no_password(password: str) -> None:
    assert "address" in refusal(password)


def test_a_part_of_the_address_in_a_longer_password_does_no_harm() -> None:
    require_good_password("the keeper likes green tea", email=EMAIL, common=common_passwords())


@pytest.mark.parametrize(
    "password", ["tab\there and there", "nul\x00 in the middle", "half \ud800 a pair of it"]
)
def test_what_cannot_be_typed_is_refused(password: str) -> None:
    assert "typed" in refusal(password)
