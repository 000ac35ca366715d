"""What an import leaves of the file of a live list, said in words: its filter and its exceptions. Pure."""

import msgspec

from sertantai.lists.importing.lines import Kind


class _Exception(msgspec.Struct, frozen=True):
    always: bool


class _File(msgspec.Struct, frozen=True):
    filter: dict[str, msgspec.Raw] | None = None
    exceptions: tuple[_Exception, ...] = ()


def not_taken(kind: Kind, text: str) -> tuple[str, ...]:
    """A sentence for the whole file; none for a file that says no more than its records."""
    if kind != "json" or text.lstrip("\ufeff \t\r\n")[:1] != "{":
        return ()
    try:
        file = msgspec.json.decode(text.removeprefix("\ufeff"), type=_File)
    except (msgspec.DecodeError, RecursionError):
        return ()  # a file of somebody else's, or broken: that is told elsewhere
    if not file.filter and not file.exceptions:
        return ()
    always = sum(one.always for one in file.exceptions)
    never = len(file.exceptions) - always
    beside = f", with {always:,} always in and {never:,} never in" if file.exceptions else ""
    followed = f"This list followed a filter{beside}."
    return (
        f"{followed} An import takes its laws, notes and tags only, and not the filter or what is never in.",
    )
