"""The cases, one file each; every file here is loaded."""

from importlib import import_module
from pkgutil import iter_modules


def load_cases() -> None:
    """Import every case, so that each registers itself."""
    for module in iter_modules(__path__, f"{__name__}."):
        import_module(module.name)
