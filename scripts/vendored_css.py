"""Which rules of a kit's style sheet the pages can need: those whose elements, classes, attributes,
animations and variables stand somewhere in the templates, the scripts or our own style sheets.

Selectors with ``:has()``, or for whatever follows (``legend + *``), are left out as well: for their sake a
browser looks at a whole page again whenever something in it changes. It is made for minified sheets without
nested style rules, and refuses others rather than guess.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

STATEMENT_END, OPEN, CLOSE = ";", "{", "}"
_GROUPS = ("@media", "@supports", "@layer", "@container")
_PIECE = re.compile(r"""/\*.*?\*/|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|url\([^)"']*\)|.""", re.DOTALL)
_NOTICE = re.compile(r"/\*!.*?\*/\s*", re.DOTALL)
_STRING = re.compile(r"""(["'`])((?:\\.|(?!\1).)*)\1""", re.DOTALL)
_CLASS_ATTRIBUTE = re.compile(r'\bclass="([^"]*)"')
_DATA_ATTRIBUTE = re.compile(r"\bdata-[\w-]+")
_ELEMENT = re.compile(r"""(?:<|createElement(?:NS)?\((?:\w+, )?["'])([a-z][a-z0-9]*)""")
_ELEMENT_ASKED_FOR = re.compile(r"(?:^|[\s>+~])([a-z][a-z0-9]*)")
_WORD = re.compile(r"-?[A-Za-z_][\w-]*")
_VARIABLE = re.compile(r"--[\w-]+")
_USED_VARIABLE = re.compile(r"var\(\s*(--[\w-]+)")
_ANIMATION = re.compile(r"animation(?:-name)?:([^;}]*)")
_CLASS = re.compile(r"\.(-?[A-Za-z_][\w-]*)")
_ATTRIBUTE = re.compile(r"""\[(data-[\w-]+|class)(?:([*^|$~]?)=["']?([^"'\]]*)["']?)?\s*i?\]""")
_COSTLY = re.compile(r":has\(|[+~]\s*\*")
_FUNCTION = re.compile(r":(not|is|where|has)\($")


@dataclass(frozen=True)
class Rule:
    """``inside``: the rules of a group, or the text of the declarations; None for a statement."""

    head: str
    inside: "str | list[Rule] | None"


@dataclass(frozen=True)
class Used:
    """``words``: what may be a class or an attribute; ``variables``: what is asked for or set."""

    elements: frozenset[str]
    words: frozenset[str]
    variables: frozenset[str]


def used_in(files: Iterable[Path]) -> Used:
    """What templates, scripts and style sheets of our own name."""
    elements: set[str] = set()
    words: set[str] = set()
    variables: set[str] = set()
    for path in files:
        text = path.read_text()
        variables.update(_VARIABLE.findall(text))
        words.update(_DATA_ATTRIBUTE.findall(text))
        if path.suffix != ".css":
            elements.update(_ELEMENT.findall(text))
            quoted = [match.group(2) for match in _STRING.finditer(text)]
            for part in (*quoted, *_CLASS_ATTRIBUTE.findall(text)):
                words.update(_WORD.findall(part))
    return Used(frozenset(elements), frozenset(words), frozenset(variables))


def trimmed(css: str, used: Used) -> str:
    """The sheet with what can match something that is ``used``, under the notice that it begins with."""
    rules = _kept(parse(css), used)
    notice = _NOTICE.search(css)
    return (notice.group() if notice else "") + _text(_with_known_variables(rules, used.variables))


# --------------------------------------------------------------------------------------------------- parsing


def parse(css: str) -> list[Rule]:
    rules, rest = _rules(_pieces(css))
    if rest:
        raise ValueError("a bracket closes that was never opened")
    return rules


def _pieces(css: str) -> list[str]:
    """Characters, with what stands in quotes as one; without comments."""
    return [piece for piece in _PIECE.findall(css)[::-1] if not piece.startswith("/*")]


def _rules(pieces: list[str]) -> tuple[list[Rule], bool]:
    """Takes rules from the end of ``pieces`` up to the bracket that closes them; whether there was one."""
    rules: list[Rule] = []
    head = ""
    while pieces:
        piece = pieces.pop()
        if piece == OPEN:
            rules.append(_rule(head.strip(), pieces))
            head = ""
        elif piece == CLOSE:
            return rules, True
        elif piece == STATEMENT_END:
            rules.append(Rule(head.strip(), None))
            head = ""
        else:
            head += piece
    return rules, False


def _rule(head: str, pieces: list[str]) -> Rule:
    if head.startswith((*_GROUPS, "@keyframes", "@-webkit-keyframes")):
        return Rule(head, _rules(pieces)[0])
    inside = ""
    while (piece := pieces.pop()) != CLOSE:
        if piece == OPEN:
            raise ValueError(f"{head} holds rules of its own")
        inside += piece
    return Rule(head, inside)


def split(text: str, at: str) -> list[str]:
    """Parts of ``text`` between ``at``, which does not count within brackets or quotes."""
    parts, depth = [""], 0
    for piece in _PIECE.findall(text):
        depth += (piece in "([") - (piece in ")]") if len(piece) == 1 else 0
        if piece == at and depth == 0:
            parts.append("")
        else:
            parts[-1] += piece
    return parts


# -------------------------------------------------------------------------------------------------- deciding


def can_match(selector: str, used: Used) -> bool:
    """Whether every element, class and ``data-`` attribute that it asks for is one that is used."""
    if _COSTLY.search(selector):
        return False
    plain, functions = _without_functions(selector)
    for name, alternatives in functions:
        if name != "not" and not any(can_match(one, used) for one in split(alternatives, ",")):
            return False
    named = _ATTRIBUTE.sub("", plain)
    if not used.elements.issuperset(_ELEMENT_ASKED_FOR.findall(named)):
        return False
    if not used.words.issuperset(_CLASS.findall(named)):
        return False
    return all(_attribute_can_match(*asked, words=used.words) for asked in _ATTRIBUTE.findall(plain))


def _without_functions(selector: str) -> tuple[str, list[tuple[str, str]]]:
    """The selector without its ``:is(…)`` and the like, and those: name and what is in the brackets."""
    plain, functions = "", []
    rest = selector
    while rest:
        plain, rest = plain + rest[0], rest[1:]
        found = _FUNCTION.search(plain)
        if found:
            inside = _to_the_bracket(rest)
            functions.append((found.group(1), inside))
            plain, rest = plain[: found.start()], rest[len(inside) + 1 :]
    return plain, functions


def _to_the_bracket(text: str) -> str:
    """What stands before the bracket that closes one opened earlier."""
    depth = 0
    for at, piece in enumerate(text):
        depth += (piece == "(") - (piece == ")")
        if depth < 0:
            return text[:at]
    return text


def _attribute_can_match(name: str, how: str, value: str, *, words: frozenset[str]) -> bool:
    if name != "class":
        return name in words
    tests: dict[str, Callable[[str], bool]] = {
        "*": lambda word: value.strip() in word,
        "^": lambda word: word.startswith(value),
        "$": lambda word: word.endswith(value),
    }
    return any(map(tests.get(how, lambda word: word == value), words))


def _kept(rules: list[Rule], used: Used) -> list[Rule]:
    kept = []
    for rule in rules:
        if rule.head.startswith(_GROUPS) and isinstance(rule.inside, list):
            inside = _kept(rule.inside, used)
            kept += [Rule(rule.head, inside)] if inside else []
        elif rule.head.startswith("@"):
            kept.append(rule)
        else:
            selectors = [selector for selector in split(rule.head, ",") if can_match(selector, used)]
            kept += [Rule(",".join(selectors), rule.inside)] if selectors else []
    return kept


def _with_known_variables(rules: list[Rule], asked: frozenset[str]) -> list[Rule]:
    """Without animations that nothing plays, and without variables that nothing asks for. A variable may
    be asked for by another one only, so it is looked again until nothing more goes."""
    while True:
        text = _text(rules)
        known = asked | frozenset(_USED_VARIABLE.findall(text))
        played = frozenset(
            word
            for found in re.findall(r"animation(?:-name)?:([^;}]*)", text)
            for word in _WORD.findall(found)
        )
        fewer = list(_without_unused(rules, known, played))
        if _text(fewer) == text:
            return fewer
        rules = fewer


def _without_unused(rules: list[Rule], known: frozenset[str], played: frozenset[str]) -> Iterator[Rule]:
    for rule in rules:
        if "keyframes" in rule.head:
            if rule.head.split()[-1] in played:
                yield rule
        elif isinstance(rule.inside, list):
            if inside := list(_without_unused(rule.inside, known, played)):
                yield Rule(rule.head, inside)
        elif rule.inside is None:
            yield rule
        elif declarations := [
            one for one in split(rule.inside, ";") if one.strip() and _is_known(one, known)
        ]:
            yield Rule(rule.head, ";".join(declarations))


def _is_known(declaration: str, known: frozenset[str]) -> bool:
    name = declaration.partition(":")[0].strip()
    return not name.startswith("--") or name in known


def _text(rules: list[Rule]) -> str:
    parts = []
    for rule in rules:
        if rule.inside is None:
            parts.append(f"{rule.head};")
        else:
            inside = _text(rule.inside) if isinstance(rule.inside, list) else rule.inside
            parts.append(f"{rule.head}{{{inside}}}")
    return "\n".join(parts)
