"""A process's idea of the time of day, which a test can move: libfaketime, told by a file."""

from pathlib import Path

LIBRARIES = "usr/lib/*-linux-gnu*/faketime/libfaketimeMT.so.1"


def movable_clock(file: Path) -> dict[str, str]:
    """The environment of a process whose clock is off by the seconds in ``file``, such as ``-3600``."""
    library = next(iter(sorted(Path("/").glob(LIBRARIES))), None)
    if library is None:
        raise AssertionError("libfaketime is missing. Install it: apt-get install libfaketime")
    file.write_text("+0")
    return {
        "LD_PRELOAD": str(library),
        "FAKETIME_TIMESTAMP_FILE": str(file),
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_DISABLE_SHM": "1",  # nothing is shared with children; it would cost half the processor
    }
