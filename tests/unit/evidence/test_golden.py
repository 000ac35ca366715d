"""What was written once in version 1 is read for ever, and is still written so: frozen in `tests/golden/`."""

import subprocess
from pathlib import Path

import pytest

from sertantai.core.sealing.canonical import canonical
from sertantai.core.sealing.entries import NoticeEntry, change_bytes, notice_bytes
from sertantai.core.sealing.proofs import tlog_proof
from sertantai.core.sealing.tree import inclusion_proof
from sertantai.evidence.verify import TRUE, unpacked, verify
from tests.unit.evidence.mutants import lines_of
from tests.unit.evidence.small_log import packed, small_log

GOLDEN = Path(__file__).parents[2] / "golden"
FROZEN = GOLDEN / "evidence-v1"
CHECK = GOLDEN / "check-tlog-proof.sh"
SHOWN = 3


def test_the_frozen_pack_is_true_and_what_we_write_today() -> None:
    data, key = (FROZEN / "pack.zip").read_bytes(), (FROZEN / "vkey.txt").read_text().strip()
    head = (FROZEN / "head-5.txt").read_bytes()
    status, _, said = verify(data, [key], [("head-5.txt", head)])
    assert status == TRUE, said
    log, lines = small_log()
    assert unpacked(packed(log, lines)) == unpacked(data)
    for found, line in zip(lines_of(unpacked(data)), lines, strict=True):
        entry = line.entry
        made = notice_bytes(entry) if isinstance(entry, NoticeEntry) else change_bytes(entry)
        assert canonical(found["entry"]) == made


def test_the_frozen_proof_of_one_entry_is_the_one_we_write_today() -> None:
    log, lines = small_log()
    packed(log, lines)
    entry = lines[SHOWN - 1].entry
    assert not isinstance(entry, NoticeEntry)
    index = lines[SHOWN - 1].index
    proof = inclusion_proof(log.node, index, len(log.leaves))
    text = tlog_proof(index, proof, log.heads[-1], change_bytes(entry))
    assert text == (FROZEN / "entry.tlog-proof").read_text()


def shell(proof: Path) -> subprocess.CompletedProcess[str]:
    key = (FROZEN / "vkey.txt").read_text().strip()
    return subprocess.run([CHECK, proof, key], capture_output=True, text=True, check=False)


def test_openssl_and_sha256sum_find_the_frozen_proof_true() -> None:
    checked = shell(FROZEN / "entry.tlog-proof")
    assert (checked.returncode, checked.stderr) == (0, "")
    assert checked.stdout == "Entry 3 of 10 is in example.org/trail/1.\n"


@pytest.mark.parametrize(
    ("was", "now"), [("index 3", "index 2"), ("extra ey", "extra eY"), ("\n10\n", "\n11\n")]
)
def test_and_one_that_was_changed_false(was: str, now: str, tmp_path: Path) -> None:
    text = (FROZEN / "entry.tlog-proof").read_text()
    assert was in text
    changed = tmp_path / "changed.tlog-proof"
    changed.write_text(text.replace(was, now))
    assert shell(changed).returncode == 1
