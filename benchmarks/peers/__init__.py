"""What Sertantai is measured against, set up by the benchmark itself."""

import shutil


class PeerMissing(Exception):
    """A program that the benchmark needs is not installed."""


def program(name: str, package: str) -> str:
    """The path of ``name``, or `PeerMissing` with the Debian package that brings it."""
    path = shutil.which(name)
    if path is None:
        raise PeerMissing(f"{name} is not installed. On Debian: apt-get install {package}")
    return path
