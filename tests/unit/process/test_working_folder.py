"""Folders for work in between: gone with the work, and after a kill with the next work."""

import signal
import subprocess
import sys
from pathlib import Path

from sertantai.process.working_folder import working_folder

HOLD = """
import sys
from pathlib import Path
from sertantai.process.working_folder import working_folder

with working_folder(Path(sys.argv[1]), ".work-") as folder:
    (folder / "half").write_text("half a backup")
    print(folder, flush=True)
    sys.stdin.read()
"""


def held_by_another(parent: Path) -> tuple[subprocess.Popen[str], Path]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(parent)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def end(process: subprocess.Popen[str], number: signal.Signals) -> None:
    process.send_signal(number)
    process.communicate()


def test_it_is_for_its_owner_alone_and_goes_with_the_work(tmp_path: Path) -> None:
    with working_folder(tmp_path, ".work-") as folder:
        assert folder.stat().st_mode & 0o777 == 0o700
        (folder / "part").touch()
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_goes_with_the_next_work_and_what_is_held_stays(tmp_path: Path) -> None:
    (tmp_path / ".work-file").touch()
    working, held = held_by_another(tmp_path)
    killed, left = held_by_another(tmp_path)
    end(killed, signal.SIGKILL)
    assert (left / "half").exists()
    with working_folder(tmp_path, ".work-"):
        assert not left.exists()
        assert (held / "half").exists()
    assert (tmp_path / ".work-file").exists(), "no folder of ours"
    end(working, signal.SIGKILL)
