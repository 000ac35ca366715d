"""What doctor says about a machine."""

import os
from pathlib import Path

from sertantai.cli import health_checks
from sertantai.cli.health_checks import Finding, Verdict, examine_machine
from sertantai.journal.chosen import journal_in
from sertantai.process.data_directory import DataDirectory
from sertantai.process.settings import Settings


def findings(path: Path) -> dict[str, Finding]:
    return {finding.check: finding for finding in examine_machine(Settings(data_dir=str(path)))}


def test_a_directory_that_does_not_exist_yet_is_well(tmp_path: Path) -> None:
    found = findings(tmp_path / "new" / "data")
    assert found["data directory"].verdict is Verdict.OK
    assert not (tmp_path / "new").exists(), "looking changes nothing"


def test_keys_that_others_may_read_fail(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir(mode=0o700)
    key = tmp_path / "keys" / "a.key"
    key.write_text("secret")
    key.chmod(0o644)

    found = findings(tmp_path)["keys"]
    assert found.verdict is Verdict.FAILED
    assert found.advice is not None
    assert "chmod" in found.advice


def test_it_says_who_holds_the_directory(tmp_path: Path) -> None:
    with DataDirectory(tmp_path):
        assert str(os.getpid()) in findings(tmp_path)["lock"].found


def test_a_damaged_journal_is_a_finding_not_a_crash(tmp_path: Path) -> None:
    journal_in(tmp_path).path.write_bytes(b"not a database" * 1000)
    assert findings(tmp_path)["journal"].verdict is Verdict.FAILED


def test_memory_is_no_disk(tmp_path: Path) -> None:
    assert health_checks._file_system(Path("/proc")) == "proc"
    if health_checks._file_system(Path("/dev/shm")) == "tmpfs":  # it is what is tested
        assert findings(Path("/dev/shm"))["fsync"].verdict is Verdict.FAILED  # the same
