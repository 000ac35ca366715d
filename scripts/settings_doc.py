"""Writes docs/guides/settings.md from `sertantai.settings`: `python scripts/settings_doc.py`."""

from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from sertantai.settings import PREFIX, Settings

DOCUMENT = Path(__file__).parents[1] / "docs" / "guides" / "settings.md"

_OPENING = """\
# Settings

<!-- Made by `make docs` from src/sertantai/settings.py; change the descriptions there. -->

Every setting is read once, at start, from an environment variable; `sertantai serve` has options for
the first few. A value that is out of its bounds stops the start with a sentence that names it. Lists
are written as JSON: `["a", "b"]`.

| variable | default | bounds | what it sets |
|---|---|---|---|
"""


def main() -> None:
    DOCUMENT.write_text(document())


def document() -> str:
    """The whole guide, as it should stand in docs/."""
    hints = get_type_hints(Settings, include_extras=True)
    return _OPENING + "".join(_row(field, hints[field.name]) for field in msgspec.structs.fields(Settings))


def _row(field: msgspec.structs.FieldInfo, hint: Any) -> str:
    meta = _meta(hint)
    if meta is None or not meta.description:
        raise SystemExit(f"settings.py: {field.name} has no description")
    cells = (f"`{PREFIX}{field.name.upper()}`", _default(field), _bounds(hint, meta), meta.description)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _meta(hint: Any) -> msgspec.Meta | None:
    if get_origin(hint) is Annotated:
        return next((part for part in get_args(hint)[1:] if isinstance(part, msgspec.Meta)), None)
    return None


def _default(field: msgspec.structs.FieldInfo) -> str:
    value = field.default
    if value is msgspec.NODEFAULT:
        if field.default_factory is msgspec.NODEFAULT:
            return "required"
        value = field.default_factory()
    if value is None or value == "":
        return "not set"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, list | tuple):
        return f"`{msgspec.json.encode(value).decode()}`"
    return f"`{value}`"


def _bounds(hint: Any, meta: msgspec.Meta) -> str:
    written = {"≥": meta.ge, ">": meta.gt, "≤": meta.le, "<": meta.lt}
    limits = [f"{sign} {limit}" for sign, limit in written.items() if limit is not None]
    if meta.pattern:
        choices = meta.pattern.removeprefix("^(").removesuffix(")$")
        limits.append(" or ".join(f"`{choice}`" for choice in choices.split("|")))
    limits += [f"`{choice}`" for choice in _choices(hint)]
    return ", ".join(limits)


def _choices(hint: Any) -> tuple[str, ...]:
    origin = get_origin(hint)
    if origin is Literal:
        return tuple(str(value) for value in get_args(hint))
    if origin in (Annotated, Union, UnionType):
        return tuple(choice for part in get_args(hint) for choice in _choices(part))
    return ()


if __name__ == "__main__":
    main()
