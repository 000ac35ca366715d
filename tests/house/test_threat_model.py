"""Each threat in docs/security.md names a test that exists."""

import re

from tests.house.repository import ROOT

NAMED = re.compile(r"`(tests/[\w/.]+)(?:::(\w+))?`")
ROW = re.compile(r"^\| (?!who wants|---)(.+) \|$", re.M)


def test_each_threat_names_a_test_and_each_test_exists() -> None:
    text = (ROOT / "docs" / "security.md").read_text()
    rows = ROW.findall(text)
    assert len(rows) > 30
    assert not [row for row in rows if not NAMED.search(row)]
    missing = [
        f"{path}::{name}"
        for path, name in NAMED.findall(text)
        if not (ROOT / path).exists() or (name and f"def {name}(" not in (ROOT / path).read_text())
    ]
    assert not missing
