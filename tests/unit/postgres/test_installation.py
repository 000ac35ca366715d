"""Finding the embedded PostgreSQL's programs and its user of the system."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sertantai.postgres import installation

SLOW_USERADD = """#!/bin/sh
echo begins >>"{log}"
sleep 0.1
echo ends >>"{log}"
"""


def test_its_user_is_made_by_one_process_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two useradd at once, the later gives the user another uid than PostgreSQL was started with."""
    log, useradd = tmp_path / "log", tmp_path / "useradd"
    useradd.write_text(SLOW_USERADD.format(log=log))
    useradd.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(installation, "SYSTEM_USER", "never-really-made")

    with ThreadPoolExecutor(3) as starting:
        made = list(starting.map(lambda _: installation._add_system_user(), range(3)))

    assert made == [None] * 3
    assert log.read_text().split() == ["begins", "ends"] * 3
