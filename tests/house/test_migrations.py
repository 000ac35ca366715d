"""Migrations follow one another: each number is one file's, without a gap. Two that were made side by side
would else meet at the first start only."""

import re

from tests.house.repository import SOURCE

VERSIONS = SOURCE / "postgres" / "migrations" / "versions"
NUMBER = re.compile(r'^revision = "(\d+)"$', re.M)
BEFORE = re.compile(r'^down_revision = (?:"(\d+)"|None)$', re.M)


def test_each_migration_follows_the_one_before() -> None:
    found = {}
    for path in sorted(VERSIONS.glob("v*.py")):
        text = path.read_text()
        number, before = NUMBER.search(text), BEFORE.search(text)
        assert number is not None, path
        assert before is not None, path
        assert path.name.startswith(f"v{number[1]}_"), path
        assert number[1] not in found, f"{path.name} has the number of another"
        found[number[1]] = before[1]
    numbers = sorted(found)
    assert [found[number] for number in numbers] == [None, *numbers[:-1]]
