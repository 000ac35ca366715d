"""What addresses ask for: read and written here and nowhere else. Browsers' half is web/browser/query.js.

A `Shape` says what one kind of address takes, and what each of it becomes: a struct. What it writes of that
struct it reads again as the same; what is as usual is left out.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, Generic, TypeVar
from urllib.parse import urlencode

import msgspec

from sertantai.core.cursors import LIMIT_MAX
from sertantai.core.errors import InvalidInput
from sertantai.core.search_terms import search_terms
from sertantai.http.pagination import parse_limit
from sertantai.http.query_names import ASKS, refuse_unknown
from sertantai.records.columns import SORTABLE
from sertantai.records.filters import FACETS, FILTER_FIELDS, RecordFilter, parse_filter
from sertantai.records.finding.abbreviations import NONE, Abbreviations
from sertantai.records.sorting import RELEVANCE, parse_sort
from sertantai.web.services import AnyRequest

SIZES: Final = (25, 50, 100, 200)
SIZE_DEFAULT: Final = 50
PAGE_MAX: Final = 10_000_000
VERSION_MAX: Final = 10**18 - 1
FILTER_CHARACTERS_MAX: Final = 20_000
"""Of a filter in an address, as much as a saved view may have: each page repeats it in all of its links."""
ENCODED_KEPT_MAX: Final = 64
OWN_ABBREVIATIONS: Final = "own_abbreviations"
"""Where a request's state holds those of whoever asks, if it may search."""

Asked = TypeVar("Asked", bound=msgspec.Struct)


def _once(value: Any) -> Iterable[str]:
    return (str(value),)


class Parameter(msgspec.Struct, frozen=True):
    """What one name of an address means. ``read`` is given the name and its texts, none of them empty, one
    unless there may be ``many``; ``schema`` and ``says`` tell programs; ``field``: of the struct, where it is
    not the name."""

    read: Callable[[str, Sequence[str]], Any]
    write: Callable[[Any], Iterable[str]] = _once
    many: bool = False
    field: str = ""
    schema: Mapping[str, Any] = MappingProxyType({"type": "string"})
    says: str = ""


def text(says: str = "", *, most: int | None = None) -> Parameter:
    """Without what stands around it, and cut at ``most``."""
    return Parameter(lambda _name, given: given[-1].strip()[:most].rstrip(), says=says)


def choice(*known: str) -> Parameter:
    several = choices(*known)
    return msgspec.structs.replace(
        several, read=lambda name, given: several.read(name, given)[-1], write=_once, many=False
    )


def choices(*known: str, field: str = "") -> Parameter:
    """Any of what is known."""

    def read(name: str, given: Sequence[str]) -> tuple[str, ...]:
        for one in given:
            if one not in known:
                raise InvalidInput(f"{name}: {one[:40]!r} is none of {', '.join(known)}.", field=name)
        return tuple(given)

    schema = {"type": "string", "enum": list(known)}
    return Parameter(read, lambda value: value, many=True, field=field, schema=schema)


def whole(low: int, high: int) -> Parameter:
    def read(name: str, given: Sequence[str]) -> int:
        stated = given[-1]
        if not _is_whole(stated, len(str(high))) or not low <= int(stated) <= high:
            raise InvalidInput(f"{name}: a whole number from {low} to {high}.", field=name)
        return int(stated)

    return Parameter(read, schema={"type": "integer", "minimum": low, "maximum": high})


def _flag(name: str, given: Sequence[str]) -> bool:
    if given[-1] not in ("true", "false"):
        raise InvalidInput(f"{name}: {given[-1][:20]!r} is neither true nor false.", field=name)
    return given[-1] == "true"


def _page(_name: str, given: Sequence[str]) -> int:
    """A page that is no number is the first one."""
    stated = given[-1]
    if not stated.isascii() or not stated.isdecimal():
        return 1
    return min(max(int(stated[:9]), 1), PAGE_MAX)


def _size(name: str, given: Sequence[str]) -> int:
    """Only what the page offers."""
    if given[-1] not in map(str, SIZES):
        offered = ", ".join(map(str, SIZES))
        raise InvalidInput(f"{name}: {given[-1][:20]!r} is none of {offered}.", field=name)
    return int(given[-1])


def _is_whole(stated: str, digits: int) -> bool:
    return stated.isascii() and stated.isdigit() and len(stated) <= digits


TEXT: Final = Parameter(lambda _name, given: given[-1])
TEXTS: Final = Parameter(lambda _name, given: tuple(given), lambda value: value, many=True)
FLAG: Final = Parameter(
    _flag, lambda value: ("true" if value else "false",), schema={"type": "string", "enum": ["true", "false"]}
)
SORT: Final = Parameter(
    lambda _name, given: parse_sort(given[-1]),
    says=f"One or two of {', '.join(SORTABLE)}, descending with - before it; or {RELEVANCE}, as a search is "
    "where nothing is said.",
)
PAGE: Final = Parameter(_page)
VERSION: Final = whole(0, VERSION_MAX)
SIZE: Final = Parameter(_size, field="size")
CURSOR: Final = msgspec.structs.replace(TEXT, says="next_cursor of the page before.")
LIMIT: Final = Parameter(
    lambda name, given: parse_limit(given[-1], field=name),
    schema={"type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": 50},
    says="Items of a page.",
)


class Shape(Generic[Asked]):
    """What one kind of address takes. Fields of ``asked`` that are texts need no parameter, and one named
    ``filter`` is of the register; ``also``: names that are not ours to read, such as those of a script.
    ``linked``: the page repeats its filter in its links, so that it must not be too long for them.
    ``kept``: the filter is one that a list is to keep, so that it means the same to everybody."""

    def __init__(
        self,
        asked: type[Asked],
        parameters: Mapping[str, Parameter] | None = None,
        *,
        also: Collection[str] = (),
        linked: bool = False,
        kept: bool = False,
    ) -> None:
        fields = {field.name: field for field in msgspec.structs.fields(asked)}
        texts = {name: TEXT for name, field in fields.items() if field.type is str and not field.required}
        stated = {**texts, **(parameters or {})}
        for name in [parameter.field for parameter in stated.values()]:
            stated.pop(name, None)
        self._asked = asked
        self._parameters = {name: (one.field or name, one) for name, one in stated.items()}
        self._usual = {name: fields[field].default for name, (field, _) in self._parameters.items()}
        self._has_filter = "filter" in fields
        self._linked = linked
        self._kept = kept
        self.names = frozenset({*stated, *also, *(FILTER_FIELDS if self._has_filter else ())})

    @property
    def opt(self) -> dict[str, Any]:
        """What a handler that asks with this shape is declared with."""
        return {ASKS: self}

    def __deepcopy__(self, _known: object) -> "Shape[Asked]":
        """The framework copies what a handler is declared with."""
        return self

    def of(self, request: AnyRequest, **usual: Any) -> Asked:
        """What a request asks for; raises `InvalidInput` naming the field."""
        return self.of_body(request, request.query_params.dict(), **usual)

    def of_body(self, request: AnyRequest, given: Mapping[str, Any], **usual: Any) -> Asked:
        """The same of what stands in a request's body."""
        asked = self.parse(given, **usual)
        own: Abbreviations = request.scope["state"].get(OWN_ABBREVIATIONS, NONE)
        if not len(own) or self._kept or not self._has_filter:
            return asked
        wanted: RecordFilter = asked.filter  # type: ignore[attr-defined]  # it has
        meaning = own.laws_of(search_terms(wanted.q)) if wanted.q else None
        if meaning is None:
            return asked
        return msgspec.structs.replace(asked, filter=msgspec.structs.replace(wanted, own=meaning.laws))

    def parse(self, given: Mapping[str, Any], **usual: Any) -> Asked:
        """What a query string (values are lists) or a JSON object states; ``usual`` is what else holds.

        An empty value is as if it were not there. Raises `InvalidInput` naming the field.
        """
        refuse_unknown(given, self.names)
        stated: dict[str, Any] = {}
        if self._has_filter:
            wanted = parse_filter({name: given[name] for name in given if name in FILTER_FIELDS})
            stated["filter"] = linkable(wanted) if self._linked else wanted
        for name, (field, parameter) in self._parameters.items():
            texts = _texts(given.get(name))
            texts = [one for one in (texts if parameter.many else texts[-1:]) if one.strip()]
            if texts:
                stated[field] = parameter.read(name, texts)
        return self._asked(**{**usual, **stated})

    def write(self, asked: Asked) -> str:
        """The query that states this."""
        parts = []
        if self._has_filter and (filtered := filter_query(asked.filter)):  # type: ignore[attr-defined]  # it has
            parts.append(filtered)
        pairs = [
            (name, one)
            for name, (field, parameter) in self._parameters.items()
            if (value := getattr(asked, field)) != self._usual[name]
            for one in parameter.write(value)
        ]
        if pairs:
            parts.append(urlencode(pairs))
        return "&".join(parts)

    def address(self, path: str, asked: Asked) -> str:
        query = self.write(asked)
        return f"{path}?{query}" if query else path

    def documented(self) -> list[dict[str, Any]]:
        """Its parameters as OpenAPI has them."""
        known = [*_FILTER_DOCUMENTED] if self._has_filter else []
        known += [
            _documented(name, parameter.schema, parameter.says, many=parameter.many)
            for name, (_, parameter) in self._parameters.items()
        ]
        return known


def linkable(wanted: RecordFilter) -> RecordFilter:
    """The filter again. Raises `InvalidInput` for one that is too long to be in every link of a page."""
    if len(filter_query(wanted)) > FILTER_CHARACTERS_MAX:
        raise InvalidInput(
            f"These filters are longer than {FILTER_CHARACTERS_MAX:,} characters. Choose fewer values."
        )
    return wanted


def filter_query(wanted: RecordFilter) -> str:
    """The filter as it stands in an address. A page has many addresses with most of the same filter."""
    parts = [urlencode((("q", wanted.q),))] if wanted.q is not None else []
    parts += [_encoded(name, values) for name in FACETS if (values := getattr(wanted, name))]
    for name in ("year_from", "year_to"):
        if (value := getattr(wanted, name)) is not None:
            parts.append(f"{name}={value}")
    return "&".join(parts)


@lru_cache(maxsize=ENCODED_KEPT_MAX)
def _encoded(name: str, values: tuple[str | int, ...]) -> str:
    return urlencode([(name, str(value)) for value in values])


def _texts(value: Any) -> list[str]:
    """Values of a query string, or of JSON, as the texts that they are in an address."""
    values = value if isinstance(value, list | tuple) else [value]
    return ["" if one is None else str(one).lower() if isinstance(one, bool) else str(one) for one in values]


def _documented(
    name: str, schema: Mapping[str, Any], says: str = "", *, many: bool = False
) -> dict[str, Any]:
    said = {"description": says} if says else {}
    stated = {"type": "array", "items": dict(schema)} if many else dict(schema)
    return {"name": name, "in": "query", "required": False, "schema": stated, **said}


_YEAR: Final = {"type": "integer", "minimum": 1, "maximum": 9999}
_FILTER_DOCUMENTED: Final = [
    _documented("q", {"type": "string"}, "Words of the title, a number, a name or a citation."),
    *(_documented(name, _YEAR if name == "year" else {"type": "string"}, many=True) for name in FACETS),
    *(_documented(name, _YEAR) for name in ("year_from", "year_to")),
]
