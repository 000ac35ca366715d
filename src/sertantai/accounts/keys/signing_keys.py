"""The keys that sign bearer tokens and links: files of mode 0600 that only the server's account can read.

The newest key signs. Older keys go on verifying until whatever they signed has expired; so a rotation
signs nobody out. The folder is looked at again while it is used: a key that a command or another server
made, or somebody took away, is used or forgotten within seconds, without a restart.
"""

import os
import secrets
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Final

from msgspec import Struct

from sertantai.core.clock import Clock
from sertantai.process.logs import logger
from sertantai.process.private_files import make_private_folder
from sertantai.process.summed_files import FileDamaged, read_summed, summed

KEY_BYTES: Final = 32
KEYS_MAX: Final = 50
LOOK_AGAIN_AFTER_S: Final = 5.0
"""How soon use may cause another look at the folder; forged key ids are free to make."""

WITHOUT_IT: Final = (
    "Put it back from a copy, or remove it: nothing that it signed or sealed is believed without it, and "
    "the server creates another key where there is none."
)
_SUFFIX: Final = ".key"
_MADE_AT: Final = "%Y%m%dT%H%M%S%fZ"

log = logger(__name__)


class SigningKey(Struct, frozen=True):
    key_id: str
    secret: bytes
    made_at: datetime


class SigningKeys:
    """The keys of one folder. `open` makes the first one."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._keys: dict[str, SigningKey] = {}
        self._looked_at = float("-inf")
        self._told: set[Path] = set()

    def open(self) -> None:
        """Read the keys; make the folder and a first key where there is none."""
        make_private_folder(self._folder)
        self._read()
        if not self._keys:
            self._make()

    @property
    def current(self) -> SigningKey:
        """The key that signs."""
        self._look()
        return max(self._keys.values(), key=lambda key: key.key_id)

    def find(self, key_id: object) -> SigningKey | None:
        """The key of that id, also one that another server has made in the meantime."""
        if not isinstance(key_id, str):
            return None
        self._look()
        return self._keys.get(key_id)

    def find_now(self, key_id: str) -> SigningKey | None:
        """The same without waiting for the next look: for ids that we have written ourselves."""
        if key_id not in self._keys:
            self._read()
        return self.find(key_id)

    def rotate(self, signed_lives_for: timedelta) -> SigningKey:
        """Make a new key to sign with; remove those of which nothing can be alive any more."""
        made = self.add()
        in_order = sorted(self._keys.values(), key=lambda key: key.key_id)
        for old, its_successor in pairwise(in_order):
            if its_successor.made_at + signed_lives_for <= self._clock.now() or len(self._keys) > KEYS_MAX:
                self.remove(old.key_id)
        return made

    def add(self) -> SigningKey:
        """Make a new key; all others stay."""
        self._read()
        return self._make()

    def remove(self, key_id: str) -> None:
        """Forget a key: nothing that it signed is believed any more."""
        (self._folder / (key_id + _SUFFIX)).unlink(missing_ok=True)
        self._keys.pop(key_id, None)

    def older(self) -> list[str]:
        """The ids of all keys but the newest, oldest first."""
        self._read()
        return sorted(self._keys)[:-1]

    def _look(self) -> None:
        if self._clock.monotonic() - self._looked_at >= LOOK_AGAIN_AFTER_S:
            self._read()

    def _make(self) -> SigningKey:
        made_at = self._clock.now()
        if self._keys:
            # The newest also where the clock has been set back: ids are compared by their times.
            newest = max(key.made_at for key in self._keys.values())
            made_at = max(made_at, newest + timedelta(microseconds=1))
        key_id = f"{made_at.strftime(_MADE_AT)}-{secrets.token_hex(4)}"
        secret = secrets.token_bytes(KEY_BYTES)
        _write_privately(self._folder / (key_id + _SUFFIX), secret.hex().encode())
        key = SigningKey(key_id, secret, made_at)
        self._keys[key_id] = key
        return key

    def _read(self) -> None:
        self._looked_at = self._clock.monotonic()
        found = {}
        for path in sorted(self._folder.glob("*" + _SUFFIX))[-KEYS_MAX:]:
            try:
                key = _read_key(path)
            except FileDamaged as error:
                if path not in self._told:
                    self._told.add(path)
                    log.warning("key_damaged", reason=error.message)
            except OSError:
                continue  # taken away meanwhile, or not for us
            else:
                found[key.key_id] = key
        # A folder that cannot be read for a moment must not take away what works.
        self._keys = found or self._keys


def damaged_keys(folder: Path) -> list[str]:
    """Those of a folder, and of the ones in it, that cannot be used, in sentences."""
    found = []
    for path in sorted(folder.rglob("*" + _SUFFIX)):
        try:
            _read_key(path)
        except (FileDamaged, OSError) as error:
            found.append(str(error))
    return found


def _read_key(path: Path) -> SigningKey:
    """Raises `FileDamaged`, `OSError`."""
    data = read_summed(path, WITHOUT_IT)
    try:
        secret = bytes.fromhex(data.decode("ascii").strip())
        made_at = datetime.strptime(path.stem.partition("-")[0], _MADE_AT).replace(tzinfo=UTC)
    except ValueError:
        raise FileDamaged(path, "is not a key", WITHOUT_IT) from None
    if len(secret) < KEY_BYTES:
        raise FileDamaged(path, "is too short to sign with", WITHOUT_IT)
    return SigningKey(path.stem, secret, made_at)


def _write_privately(path: Path, text: bytes) -> None:
    """All or nothing, and never readable by others, not even for a moment."""
    partial = path.with_suffix(".partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(descriptor, summed(text))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    partial.rename(path)
