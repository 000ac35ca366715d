"""Sertantai: selections over a legal register that are never lost."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sertantai.library import Selections, open

__all__ = ["Selections", "open"]


def __getattr__(name: str) -> Any:
    """The library is imported when it is first asked for: the command line starts faster without it."""
    if name in __all__:
        from sertantai import library

        return getattr(library, name)
    raise AttributeError(f"module 'sertantai' has no attribute {name!r}")
