"""The list of common passwords that ships with the program; `scripts/common_passwords.py` makes it."""

import gzip
from functools import cache
from importlib import resources
from typing import Final

FILE: Final = "common_passwords.txt.gz"


@cache
def common_passwords() -> frozenset[str]:
    """Over 30,000 passwords in lower case, about 4 MB in memory; read once."""
    packed = resources.files("sertantai.accounts.passwords").joinpath(FILE).read_bytes()
    return frozenset(gzip.decompress(packed).decode("utf-8").splitlines())
