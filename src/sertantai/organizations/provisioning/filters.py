"""Filters as RFC 7644 3.4.2.2 has them: a text becomes a question that resources are asked. Pure.

What is compared are texts without regard to case, true and false, and moments as texts, as which they sort.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import msgspec

from sertantai.organizations.provisioning.errors import InvalidFilter

Resource = Mapping[str, Any]
Question = Callable[[Resource], bool]

FILTER_CHARACTERS_MAX: Final = 2_000
DEPTH_MAX: Final = 20
COMPARISONS_MAX: Final = 20
"""In one filter. Each is made with every value of every resource that is asked."""
_TOKEN: Final = re.compile(
    r'\s*(?:(?P<text>"(?:[^"\\]|\\.)*")|(?P<sign>[()\[\]])|(?P<word>[^\s()\[\]"]+))', re.DOTALL
)
_URN: Final = re.compile(r"^urn:ietf:params:scim:schemas:[\w:]*?:2\.0:\w+(?::|$)", re.IGNORECASE)
_LITERALS: Final = {"true": True, "false": False, "null": None}
_CASE_COUNTS: Final = frozenset({"id", "externalid", "meta.version"})
"""What RFC 7643 calls caseExact."""
COMPARISONS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "eq": lambda had, wanted: had == wanted,
    "ne": lambda had, wanted: had != wanted,
    "co": lambda had, wanted: isinstance(had, str) and str(wanted) in had,
    "sw": lambda had, wanted: isinstance(had, str) and had.startswith(str(wanted)),
    "ew": lambda had, wanted: isinstance(had, str) and had.endswith(str(wanted)),
    "gt": lambda had, wanted: _same_kind(had, wanted) and had > wanted,
    "ge": lambda had, wanted: _same_kind(had, wanted) and had >= wanted,
    "lt": lambda had, wanted: _same_kind(had, wanted) and had < wanted,
    "le": lambda had, wanted: _same_kind(had, wanted) and had <= wanted,
}


class Filter(msgspec.Struct, frozen=True):
    """``names``: of all that it asks of, in small letters; ``comparisons``: how many it makes."""

    ask: Question
    comparisons: int
    names: frozenset[str]


def filter_of(text: str) -> Filter:
    """Raises `InvalidFilter`."""
    if len(text) > FILTER_CHARACTERS_MAX:
        raise InvalidFilter(f"filter: at most {FILTER_CHARACTERS_MAX:,} characters.", field="filter")
    reading = _Reading(_tokens(text))
    question = reading.either(0)
    if reading.next is not None:
        raise _wrong(f"{reading.next!r} is too much")
    return Filter(question, reading.comparisons, frozenset(reading.names))


def question_of(text: str) -> Question:
    """Raises `InvalidFilter`."""
    return filter_of(text).ask


def plain_path(path: str) -> str:
    """Without the name of its schema: ``urn:…:User:name.givenName`` is ``name.givenName``."""
    return _URN.sub("", path, count=1)


def values_at(resource: Resource, path: str) -> Iterator[Any]:
    """What stands at a path such as ``emails.value``; names are compared without regard to case."""
    name, _, rest = path.partition(".")
    for key, value in resource.items():
        if key.lower() != name.lower():
            continue
        for one in value if isinstance(value, list) else [value]:
            if rest and isinstance(one, Mapping):
                yield from values_at(one, rest)
            elif not rest:
                # Of a list of values the value is meant, where nothing else is said.
                yield one.get("value") if isinstance(one, Mapping) and "value" in one else one


class _Reading:
    """One filter, read from left to right."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._at = 0
        self.comparisons = 0
        self.names: set[str] = set()

    @property
    def next(self) -> str | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def take(self, wanted: str | None = None) -> str:
        token = self.next
        if token is None or (wanted is not None and token != wanted):
            raise _wrong(f"{wanted or 'something'!r} is missing")
        self._at += 1
        return token

    def either(self, depth: int) -> Question:
        if depth > DEPTH_MAX:
            raise _wrong("it is nested too deeply")
        questions = [self._both(depth)]
        while self._is("or"):
            questions.append(self._both(depth))
        return questions[0] if len(questions) == 1 else lambda one: any(ask(one) for ask in questions)

    def _both(self, depth: int) -> Question:
        questions = [self._one(depth)]
        while self._is("and"):
            questions.append(self._one(depth))
        return questions[0] if len(questions) == 1 else lambda one: all(ask(one) for ask in questions)

    def _one(self, depth: int) -> Question:
        if self._is("not"):
            self.take("(")
            inner = self.either(depth + 1)
            self.take(")")
            return lambda one: not inner(one)
        if self._is("("):
            inner = self.either(depth + 1)
            self.take(")")
            return inner
        return self._compared(depth)

    def _compared(self, depth: int) -> Question:
        if depth > DEPTH_MAX:
            raise _wrong("it is nested too deeply")
        path = plain_path(self.take())
        if path[:1] in ('"', "(", ")", "[", "]", ""):
            raise _wrong("a name is missing")
        if path.count(".") > 1:
            raise _wrong(f"{path[:40]!r} is nested too deeply")
        self.names.add(path.partition(".")[0].lower())
        if self._is("["):
            return self._within(path, depth)
        self.comparisons += 1
        if self.comparisons > COMPARISONS_MAX:
            raise _wrong(f"at most {COMPARISONS_MAX} comparisons")
        operator = self.take().lower()
        if operator == "pr":
            return lambda one: any(value not in (None, "", []) for value in values_at(one, path))
        compare = COMPARISONS.get(operator)
        if compare is None:
            raise _wrong(f"{operator[:20]!r} is no comparison")
        wanted, exact = _value(self.take()), path.lower() in _CASE_COUNTS
        wanted = wanted if exact else _folded(wanted)
        negative = operator == "ne"

        def ask(one: Resource) -> bool:
            had = [value if exact else _folded(value) for value in values_at(one, path)] or [None]
            return all(compare(v, wanted) for v in had) if negative else any(compare(v, wanted) for v in had)

        return ask

    def _within(self, path: str, depth: int) -> Question:
        """``emails[type eq "work"]``, and what may follow: ``.value eq "…"``."""
        inner = self.either(depth + 1)
        self.take("]")
        rest = self.next
        if rest is None or not rest.startswith("."):
            return lambda one: any(inner(value) for value in _complex(one, path))
        self._tokens[self._at] = rest[1:]
        after = self._compared(depth + 1)
        return lambda one: any(inner(value) and after(value) for value in _complex(one, path))

    def _is(self, word: str) -> bool:
        if self.next is None or self.next.lower() != word:
            return False
        self._at += 1
        return True


def _complex(resource: Resource, path: str) -> Iterator[Resource]:
    for key, value in resource.items():
        if key.lower() == path.lower():
            yield from (
                one for one in (value if isinstance(value, list) else [value]) if isinstance(one, Mapping)
            )


def _tokens(text: str) -> list[str]:
    found: list[str] = []
    at = 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            raise _wrong("a text has no end")
        found.append(match.group("text") or match.group("sign") or match.group("word"))
        at = match.end()
    if not found:
        raise _wrong("it is empty")
    return found


def _value(token: str) -> Any:
    if token.startswith('"'):
        try:
            return msgspec.json.decode(token.encode())
        except (msgspec.DecodeError, UnicodeEncodeError):
            raise _wrong("a text cannot be read") from None
    if token.lower() in _LITERALS:
        return _LITERALS[token.lower()]
    try:
        return float(token)
    except ValueError:
        raise _wrong(f"{token[:40]!r} is no value") from None


def _folded(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


def _same_kind(had: Any, wanted: Any) -> bool:
    return (isinstance(had, str) and isinstance(wanted, str)) or (
        isinstance(had, int | float) and isinstance(wanted, int | float)
    )


def _wrong(why: str) -> InvalidFilter:
    return InvalidFilter(f"filter: {why}.", field="filter")
