"""What colleagues are shown of somebody, until they say what they are called."""

import pytest

from sertantai.organizations.display_names import DISPLAY_NAME_CHARACTERS_MAX, name_of_address


@pytest.mark.parametrize(
    ("email", "name"),
    [
        ("ann.lee@example.org", "Ann Lee"),
        ("ann_lee-smith@example.org", "Ann Lee Smith"),
        ("ann.lee+laws@example.org", "Ann Lee"),
        ("McDonald@example.org", "McDonald"),
        ("zoë@example.org", "Zoë"),
        ("007@example.org", "007"),
        ("+@example.org", "+"),
        ("", "Member"),
    ],
)
def test_a_name_is_read_from_an_address(email: str, name: str) -> None:
    assert name_of_address(email) == name


def test_it_is_not_longer_than_a_line() -> None:
    longest = name_of_address(f"{'x' * DISPLAY_NAME_CHARACTERS_MAX}@example.org")
    assert len(longest) == DISPLAY_NAME_CHARACTERS_MAX
    assert name_of_address(f"{'x' * (DISPLAY_NAME_CHARACTERS_MAX + 1)}@example.org") == longest
