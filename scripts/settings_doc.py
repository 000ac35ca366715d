"""Writes docs/guides/settings.md from `sertantai.process.settings`: `python scripts/settings_doc.py`."""

from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from sertantai.process.settings import PREFIX, Settings

DOCUMENT = Path(__file__).parents[1] / "docs" / "guides" / "settings.md"

_UNITS = {"ms": "ms", "s": "s", "h": "hours", "days": "days", "months": "months"}
"""Endings of names, and what the number before them counts."""
_BYTES = ((1e9, "GB"), (1e6, "MB"), (1e3, "KB"), (1.0, "bytes"))
_SPANS = {"minute": "a minute", "hour": "an hour", "day": "a day"}
WORDED_FROM = 10_000
"""Numbers from here on are hard to read without their commas."""
_SECONDS = {"s": 1, "h": 3600}

_OPENING = """\
# Settings

<!-- Made by `make docs` from src/sertantai/process/settings.py; change the descriptions there. -->

Every setting is read once, at start, from an environment variable; `sertantai serve` has options for
the first few. A value that is out of its bounds stops the start with a sentence that names it. Lists
are written as JSON: `["a", "b"]`. Rates are a number in a time: `60/minute`, `20/5 minute`, `4/hour`.

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
    cells = (
        f"`{PREFIX}{field.name.upper()}`",
        _default(field),
        _bounds(field.name, hint, meta),
        meta.description,
    )
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
    if isinstance(value, int | float):
        typed, read = f"{value:.12g}", _with_unit(field.name, value)
        return (
            f"`{typed}`"
            if read == typed or (value < WORDED_FROM and read == f"{value:,}")
            else f"`{typed}` ({read})"
        )
    return f"`{value}`{_rate_in_words(field.name, str(value))}"


def _rate_in_words(name: str, rate: str) -> str:
    """What a long rate says: 1 GB in an hour."""
    count, _, span = rate.partition("/")
    if not count.isdecimal() or int(count) < WORDED_FROM:
        return ""
    amount = _scaled(float(count), _BYTES) if "_bytes_" in name else f"{int(count):,}"
    unit = " ms" if "_work_" in name else ""
    return f" ({amount}{unit} in {_SPANS.get(span, span + 's')})"


def _with_unit(name: str, value: float) -> str:
    """A number as people say it: 512 MB, 15 minutes, 3 s."""
    ending = next((part for part in reversed(name.split("_")) if part in _UNITS or part == "bytes"), "")
    if not value or ending == "" or name.endswith("port"):
        return f"{value:.12g}" if name.endswith("port") else f"{value:,.12g}"
    if ending == "bytes":
        return _scaled(value, _BYTES)
    if ending in _SECONDS:
        times = ((86_400.0, "days"), (3600.0, "hours"), (60.0, "minutes"), (1.0, "s"))
        return _scaled(value * _SECONDS[ending], times)
    unit = _UNITS[ending]
    return f"{value:,.12g} {unit.removesuffix('s') if value == 1 and len(unit) > 2 else unit}"


def _scaled(value: float, units: tuple[tuple[float, str], ...]) -> str:
    """In the largest unit that leaves a whole number; the smallest for a fraction."""
    size, unit = next((one for one in units if value >= one[0] and value % one[0] == 0), units[-1])
    count = f"{value / size:,.12g}"
    return f"{count} {unit.removesuffix('s') if count == '1' and len(unit) > 2 else unit}"


def _bounds(name: str, hint: Any, meta: msgspec.Meta) -> str:
    written = {"≥": meta.ge, ">": meta.gt, "≤": meta.le, "<": meta.lt}
    limits = [
        f"{sign} {_with_unit(name, limit) if limit else 0}"
        for sign, limit in written.items()
        if limit is not None
    ]
    if meta.pattern and "/" in meta.pattern:
        limits.append("a rate" + (", or `off`" if "off" in meta.pattern else ""))
    elif meta.pattern:
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
