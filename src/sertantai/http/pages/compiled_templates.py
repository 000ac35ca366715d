"""Templates compiled once, as Python does with modules: in ``__pycache__`` beside them, if that is writable.

To compile them all takes a second of every start, to read them back a twentieth of it. What cannot be
written or read is compiled again and never a reason to fail.
"""

import hashlib
import inspect
import pickle
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import jinja2
from jinja2.bccache import Bucket

_DAMAGED = (OSError, EOFError, ValueError, TypeError, LookupError, AttributeError, ImportError)


class CompiledTemplates(jinja2.FileSystemBytecodeCache):
    """``compiled_with`` are functions in whose files stands what the outcome depends on besides template and
    Jinja: the filters, as Jinja calls them for what is constant, and whoever sets the options."""

    def __init__(self, templates: Path, compiled_with: Sequence[Callable[..., Any]]) -> None:
        version = hashlib.sha256(jinja2.__version__.encode())
        for path in sorted({inspect.getfile(inspect.unwrap(each)) for each in compiled_with}):
            version.update(Path(path).read_bytes())
        folder = templates / "__pycache__"
        if sys.pycache_prefix is not None:
            folder = Path(sys.pycache_prefix) / folder.relative_to(folder.anchor)
        super().__init__(str(folder), f"%s.{sys.implementation.cache_tag}-{version.hexdigest()[:12]}.jinja")

    def files(self) -> Iterator[Path]:
        """What is kept for this Python, this Jinja and these filters."""
        return Path(self.directory).glob(self.pattern % "*")

    def load_bytecode(self, bucket: Bucket) -> None:
        try:
            super().load_bytecode(bucket)
        except (*_DAMAGED, pickle.UnpicklingError):
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        if sys.dont_write_bytecode:
            return
        try:
            Path(self.directory).mkdir(parents=True, exist_ok=True)
            super().dump_bytecode(bucket)
        except OSError:
            return
