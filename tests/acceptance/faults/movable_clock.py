"""A process's idea of the time of day, which a test can move."""

import os
from pathlib import Path

SEAM = Path(__file__).with_name("other_clock")


def movable_clock(file: Path) -> dict[str, str]:
    """The environment of a server whose time of day is off by the seconds that stand in ``file``."""
    set_clock(file, 0)
    path = os.pathsep.join(filter(None, (str(SEAM), os.environ.get("PYTHONPATH"))))
    return {"PYTHONPATH": path, "SERTANTAI_TEST_CLOCK": str(file)}


def set_clock(file: Path, offset_s: int) -> None:
    """How far the time of day is off from now on."""
    unfinished = file.with_suffix(".new")
    unfinished.write_text(f"{offset_s:+d}")
    unfinished.replace(file)  # it is read at any moment: never half written
