"""A witness as a web application, on a disk of its own: what it answers, and what it has kept by then."""

import asyncio
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from sertantai.core.errors import InvalidInput
from sertantai.core.sealing.notes import Head, parse_note
from sertantai.core.sealing.tree import Frontier, consistency_proof, root_of
from sertantai.core.sealing.witnessing import (
    REQUEST_BYTES_MAX,
    Asked,
    cosignatures_in,
    request_text,
)
from sertantai.process.data_directory import DataDirectoryMissing
from sertantai.sealing.keys import HeadSigner, verifies
from sertantai.witness.service import Witness
from sertantai.witness.states import FOLDER, NAME_CHARACTERS_MAX, StateDamaged, States, begin, cosigner_in

ONE = HeadSigner("one.example.org/trail/1", bytes(range(32)))
TWO = HeadSigner("two.example.org/trail/1", bytes(range(1, 33)))
LEAVES = [bytes([number]) * 32 for number in range(9)]
TOGETHER_S = 0.3
KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from sertantai.core.sealing.notes import parse_key
from sertantai.sealing.keys import Cosigner
from sertantai.witness.service import Witness
from sertantai.witness.states import FOLDER, States, begin
def killed(*_):
    os.kill(os.getpid(), signal.SIGKILL)
Cosigner.line = killed
folder = Path(sys.argv[1])
witness = Witness(States(folder / FOLDER), begin(folder, None), [parse_key(sys.argv[2])])
asyncio.run(witness.add_checkpoint(sys.stdin.buffer.read()))
"""


def request(signer: HeadSigner, old: int, size: int, leaves: list[bytes] = LEAVES) -> bytes:
    def node(level: int, index: int) -> bytes:
        frontier = Frontier()
        for leaf in leaves[index << level : (index + 1) << level]:
            frontier.append(leaf)
        return frontier.root()

    proof = tuple(consistency_proof(node, old, size))
    note = signer.sign(Head(signer.key.name, size, root_of(leaves[:size])))
    return request_text(Asked(old, proof, note)).encode()


def witness_in(folder: Path) -> Witness:
    cosigner = begin(folder, None)
    return Witness(States(folder / FOLDER), cosigner, [ONE.key, TWO.key], lambda: 1_700_000_000.5)


def client(witness: Witness) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(witness)  # type: ignore[arg-type]  # a scope is a dictionary
    return httpx.AsyncClient(transport=transport, base_url="http://witness.example.org")


async def test_it_signs_what_continues_and_remembers_each_log_by_itself(tmp_path: Path) -> None:
    async with client(witness_in(tmp_path)) as http:
        said = await http.post("/add-checkpoint", content=request(ONE, 0, 3))
        assert said.status_code == 200
        text = parse_note(request(ONE, 0, 3).decode().partition("\n\n")[2]).text
        [found] = cosignatures_in(said.text, text, cosigner_in(tmp_path).key, verifies)
        assert int.from_bytes(found.signature[:8], "big") == 1_700_000_000
        assert (await http.post("/add-checkpoint", content=request(TWO, 0, 5))).status_code == 200
        late = await http.post("/add-checkpoint", content=request(ONE, 0, 4))
        assert (late.status_code, late.text, late.headers["content-type"]) == (409, "3\n", "text/x.tlog.size")
        assert (await http.get("/")).text == f"{cosigner_in(tmp_path).key}\n"
    async with client(witness_in(tmp_path)) as http:  # started again
        assert (await http.post("/add-checkpoint", content=request(TWO, 0, 9))).text == "5\n"
        assert (await http.post("/add-checkpoint", content=request(ONE, 3, 9))).status_code == 200


async def test_two_histories_that_come_at_once_are_never_both_signed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever keeps one waits a moment for a second that might have been compared with the same."""
    together, keep = threading.Barrier(2), States.keep

    def keep_together(states: States, head: Head, note: str) -> None:
        with suppress(threading.BrokenBarrierError):
            together.wait(TOGETHER_S)
        keep(states, head, note)

    monkeypatch.setattr(States, "keep", keep_together)
    other = [bytes([number + 100]) * 32 for number in range(9)]
    witness = witness_in(tmp_path)
    async with client(witness) as http:
        said = await asyncio.gather(
            *(
                http.post("/add-checkpoint", content=request(ONE, 0, 4, leaves))
                for leaves in (LEAVES, other) * 4
            )
        )
    assert sorted(one.status_code for one in said) == [200, *[409] * 7]
    assert States(tmp_path / FOLDER).seen[ONE.key.name].root in (root_of(LEAVES[:4]), root_of(other[:4]))


def test_killed_between_what_it_keeps_and_what_it_answers_it_signs_no_second_history(tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(tmp_path), str(ONE.key)]
    done = subprocess.run(command, input=request(ONE, 0, 4), capture_output=True, timeout=120, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    witness = witness_in(tmp_path)
    other = [bytes([number + 100]) * 32 for number in range(9)]
    assert asyncio.run(witness.add_checkpoint(request(ONE, 0, 4, other))).text == "4\n"
    assert asyncio.run(witness.add_checkpoint(request(ONE, 4, 4, other))).status == 409
    assert asyncio.run(witness.add_checkpoint(request(ONE, 4, 4))).status == 200


async def test_what_cannot_be_kept_is_not_signed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    witness = witness_in(tmp_path)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(States, "keep", full)
        async with client(witness) as http:
            assert (await http.post("/add-checkpoint", content=request(ONE, 0, 4))).status_code == 503
    assert (await witness.add_checkpoint(request(ONE, 0, 5))).status == 200


async def test_what_is_no_question_to_a_witness_is_refused(tmp_path: Path) -> None:
    unknown = HeadSigner("three.example.org/trail/1", bytes(32))
    false = HeadSigner(ONE.key.name, bytes(32))
    async with client(witness_in(tmp_path)) as http:
        for body, status in (
            (b"", 400),
            (b"\xff" * 20, 400),
            (b"old 0\n\nhello\n", 400),
            (request(unknown, 0, 3), 404),
            (request(false, 0, 3), 403),
            (b"x" * REQUEST_BYTES_MAX, 400),
            (b"x" * (REQUEST_BYTES_MAX + 1), 413),
        ):
            assert (await http.post("/add-checkpoint", content=body)).status_code == status
        got = await http.get("/add-checkpoint")
        assert (got.status_code, got.headers["allow"]) == (405, "POST")
        assert (await http.post("/add-entry")).status_code == 404
    assert not States(tmp_path / FOLDER).seen


def test_it_has_one_name_for_good_and_files_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(DataDirectoryMissing):
        cosigner_in(tmp_path)
    for wrong in ("", "a b", "a+b", "x" * (NAME_CHARACTERS_MAX + 1)):
        with pytest.raises(InvalidInput):
            begin(tmp_path, wrong)
    key = begin(tmp_path, "w" * NAME_CHARACTERS_MAX).key
    assert begin(tmp_path, None).key == key == cosigner_in(tmp_path).key
    with pytest.raises(InvalidInput, match="know its key by that name"):
        begin(tmp_path, "another.example.org")
    assert {path.stat().st_mode & 0o077 for path in tmp_path.rglob("*")} == {0}


def test_a_witness_that_does_not_know_what_it_has_signed_does_not_begin(tmp_path: Path) -> None:
    asyncio.run(witness_in(tmp_path).add_checkpoint(request(ONE, 0, 4)))
    [state] = (tmp_path / FOLDER).glob("*.head")
    state.write_text("damaged")
    with pytest.raises(StateDamaged, match="signs nothing"):
        States(tmp_path / FOLDER)
