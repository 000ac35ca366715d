"""What a PATCH makes of a resource (RFC 7644 3.5.2), in the forms that directories send. Pure.

Names of operations in any case, no path and an object, paths with the name of a schema, with a filter in
brackets: what is not known of a resource is passed over, as in a whole one.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from sertantai.organizations.provisioning.errors import InvalidPath, InvalidSyntax, NoTarget
from sertantai.organizations.provisioning.filters import Question, filter_of, plain_path

OPERATIONS_MAX: Final = 100
COMPARISONS_OF_PATCH_MAX: Final = 100
"""In all of its filters together. Each is made with every value of what they ask."""
_PATH: Final = re.compile(r"^(?P<name>[\w$-]+)(?:\[(?P<filter>.+)\])?(?:\.(?P<sub>[\w$-]+))?$", re.DOTALL)
_ADD, _REMOVE, _REPLACE = "add", "remove", "replace"
Changed = dict[str, Any]


def patched(resource: Mapping[str, Any], operations: Any, known: Mapping[str, str]) -> Changed:
    """The resource afterwards. ``known``: names in small letters, as the resource has them.

    Raises `InvalidSyntax`, `InvalidPath`, `NoTarget`.
    """
    if not isinstance(operations, list) or not operations:
        raise InvalidSyntax("Operations: it holds none.", field="Operations")
    if len(operations) > OPERATIONS_MAX:
        raise InvalidSyntax(f"Operations: at most {OPERATIONS_MAX}.", field="Operations")
    change = _Change({key: _copied(value) for key, value in resource.items()}, known)
    for one in operations:
        if not isinstance(one, Mapping):
            raise InvalidSyntax("Operations: each is an object.", field="Operations")
        kind = str(one.get("op", "")).lower()
        if kind not in (_ADD, _REMOVE, _REPLACE):
            raise InvalidSyntax(f"op: {kind[:20]!r} is none of add, remove, replace.", field="op")
        change.apply(kind, one.get("path"), one.get("value"))
    return change.after


class _Change:
    """A resource on its way to what it becomes."""

    def __init__(self, after: Changed, known: Mapping[str, str]) -> None:
        self.after = after
        self._known = known
        self._comparisons = 0

    def apply(self, kind: str, path: Any, value: Any) -> None:
        if path:
            self._at(kind, path, value)
        elif kind == _REMOVE:
            raise NoTarget("path: what is to be removed must be said.", field="path")
        elif not isinstance(value, Mapping):
            raise InvalidSyntax("value: without a path it is an object.", field="value")
        else:
            for name, part in value.items():
                self._at(kind, name, part)

    def _at(self, kind: str, path: Any, value: Any) -> None:
        if not isinstance(path, str) or (found := _PATH.match(plain_path(path) or path)) is None:
            raise InvalidPath(f"path: {str(path)[:60]!r} cannot be read.", field="path")
        name = self._known.get(found["name"].lower())
        if name is None:
            return
        if found["filter"]:
            asked = filter_of(found["filter"])
            self._comparisons += asked.comparisons
            if self._comparisons > COMPARISONS_OF_PATCH_MAX:
                raise InvalidSyntax(
                    f"Operations: at most {COMPARISONS_OF_PATCH_MAX} comparisons.", field="Operations"
                )
            _within(self.after, kind, name, found["filter"], asked.ask, found["sub"], value)
        elif found["sub"]:
            _below(self.after, kind, name, found["sub"], value)
        elif kind == _REMOVE:
            _removed(self.after, name, value)
        else:
            _set(self.after, kind, name, value)


def _set(after: Changed, kind: str, name: str, value: Any) -> None:
    had = after.get(name)
    if isinstance(had, list):
        new = value if isinstance(value, list) else [value]
        after[name] = [_as_value(one) for one in new] if kind == _REPLACE else _joined(had, new)
    elif isinstance(had, dict) and isinstance(value, Mapping):
        after[name] = {**had, **value}
    else:
        after[name] = value


def _removed(after: Changed, name: str, value: Any) -> None:
    """All of it; with a value, of a list, only what it names (as one directory sends)."""
    had = after.get(name)
    if isinstance(had, list):
        gone = {_key(one) for one in value} if isinstance(value, list) else None
        after[name] = [] if gone is None else [one for one in had if _key(one) not in gone]
    else:
        after[name] = {} if isinstance(had, dict) else None


def _below(after: Changed, kind: str, name: str, sub: str, value: Any) -> None:
    had = after.get(name)
    if isinstance(had, list):
        raise InvalidPath("path: say which of them, in brackets.", field="path")
    inner = dict(had) if isinstance(had, dict) else {}
    key = next((one for one in inner if one.lower() == sub.lower()), sub)
    if kind == _REMOVE:
        inner.pop(key, None)
    else:
        inner[key] = value
    after[name] = inner


def _within(
    after: Changed, kind: str, name: str, text: str, ask: Question, sub: str | None, value: Any
) -> None:
    had = after.get(name)
    if not isinstance(had, list):
        raise InvalidPath("path: there are not several of them.", field="path")
    matching = [one for one in had if isinstance(one, dict) and ask(one)]
    if kind == _REMOVE:
        if sub is None:
            gone = {id(one) for one in matching}
            after[name] = [one for one in had if id(one) not in gone]
        for one in matching if sub else ():
            one.pop(sub, None)
        return
    if not matching:
        # As directories expect: what is said of "the address at work" makes one where there is none.
        made = dict(re.findall(r'(\w+)\s+eq\s+"([^"]*)"', text, re.IGNORECASE))
        had.append({**made, sub: value} if sub else {**made, **_as_value(value)})
        return
    for one in matching:
        one.update({sub: value} if sub else _as_value(value))


def _joined(had: list[Any], new: Iterable[Any]) -> list[Any]:
    known = {_key(one) for one in had}
    joined = list(had)
    for one in map(_as_value, new):
        if _key(one) not in known:
            joined.append(one)
            known.add(_key(one))
    return joined


def _as_value(one: Any) -> dict[str, Any]:
    return dict(one) if isinstance(one, Mapping) else {"value": one}


def _key(one: Any) -> str:
    return str(one.get("value") if isinstance(one, Mapping) else one)


def _copied(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _copied(part) for key, part in value.items()}
    return [_copied(part) for part in value] if isinstance(value, list) else value
