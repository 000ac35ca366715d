"""What tests fork instead of starting it says and ends as the installed command does."""

import os
import signal
import subprocess
from pathlib import Path
from time import monotonic, sleep

import pytest

from tests.fixtures.forked import Forked, run_forked
from tests.fixtures.process import COMMAND, COMMAND_S_MAX, environment_of


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(("version",), 0), (("users", "list"), 1), (("users", "create", "nobody", "--role", "king"), 2)],
)
def test_it_says_and_ends_the_same(tmp_path: Path, arguments: tuple[str, ...], code: int) -> None:
    command, environment = [COMMAND, *arguments], environment_of({})
    forked = run_forked(command, environment, folder=tmp_path, seconds_max=COMMAND_S_MAX)
    installed = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert forked.returncode == code
    assert (forked.stdout, forked.stderr) == (installed.stdout, installed.stderr)
    assert forked.returncode == installed.returncode


def test_it_is_a_process_of_its_own_until_it_is_killed(tmp_path: Path) -> None:
    waits = [COMMAND, "users", "create", "somebody@example.org", "--data-dir", str(tmp_path / "data")]
    ours, theirs = os.pipe()
    with os.fdopen(ours) as stdin, os.fdopen(theirs, "w"):  # it waits for a password
        process = Forked(waits, environment_of({}), stdin=stdin, session=True)
        with process.stdout:
            until = monotonic() + COMMAND_S_MAX
            while os.getsid(process.pid) != process.pid:
                assert monotonic() < until
                sleep(0.01)
            assert process.poll() is None
            process.kill()
            assert process.wait(COMMAND_S_MAX) == -signal.SIGKILL
            assert process.poll() == -signal.SIGKILL
