"""One word for one thing: what stands in docs/glossary.md, as far as a test can read sentences."""

import re
from collections.abc import Callable, Iterator

import pytest

from tests.house.repository import ROOT, VENDORED, constants, line_of, place, source_files, text_of, tree

GLOSSARY = ROOT / "docs" / "glossary.md"

UNWANTED = {
    r"\borganiz": "organisation",
    r"\b(?:color|favorite|license)\b": "British spelling",
    r"\bselect(?:s|ed|ing)? (?:all|every|laws?)\b": "tick",
    r"\b(?:this|the|your|another) records?\b": "law",
    r"\bselections\b": "lists",
    r"\b(?:is|are|was)(?: still)? away\b": "is not available",
    r"\bput back\b|\btak(?:e|es|en|ing) (?:it |them |anything )?back\b": "undo, restore",
    r"\bb(?:ring|rought) (?:it |them )?back\b": "restore",
    r"\btak(?:e|en) out\b": "remove",
    r"\bwent out\b|\bcame in\b": "added, removed",
    r"\blet (?:it|them)? ?go\b": "discard",
    r"\bkeep(?:s)? (?:it|them|the ticks|views)\b(?! in| out)|(?<!guest's )\bticks? (?:is|are) kept\b": "save",
    r"^Make (?!the)|\bmake an account\b|\bis made\b": "create",
    r"\bsecond factor\b": "two-step verification",
    r"\bfrozen\b": "asks first",
    r"\bmeanwhile\b": "in the meantime, or nothing",
    r"\bread anew\b|\bcame of it\b": "reload; the result",
    r"\banother than\b": "not the one that",
    r"(?<!there )\bis no (?:address|backup|CSV|cursor|data|directory|file|IP|list|text|JSON)\b": "is not a",
    r"\bmend(?:s|ed)?\b": "correct, fix",
    r"\bholds no\b|\bcannot be kept\b": "cannot contain, cannot be saved",
    r"\bdoes not exist any more\b": "no longer exists",
    r"\bgive --": "use --",
    r"\bgiven out\b": "issued",
    r"\bwhoever\b": "anyone who",
    r"\banew\b": "again",
    r"(?<![-:])\be?mails?\b(?! server| requests)": "e-mail",
    r"\bin \d+ s\b": "in 5 minutes",
    r"\bsays? so in words\b": "give a reason",
    r"\bcould not be had\b": "could not be obtained",
    r"\bmakes? (?:it|them)\b": "create",
    r"\bcut off\b": "interrupted, incomplete",
    r"\bfor the moment\b": "at the moment, temporarily",
    r"\bwhat lies\b|\blies in\b": "is",
    r"\bdone again\b|\bdo again\b": "apply again",
    r"\bgoes on\b": "continues",
    r"\btries (?:to|of)\b": "attempts",
    r"\blog(?:ged)? (?:in|out)\b|\blogin\b": "sign in, sign out",
}
"""Pattern, and what is said instead. Sentences only: codes, ids and names of fields are not read."""

EXCUSED = {
    "My selection": "the name of a list",
    "The register as it was": "a name",
    "Selections": "a class of the library",
}

SENTENCES_MIN = 100
GUIDES = ("operate", "promises", "settings", "use")

REMARK = re.compile(r"\{#.*?#\}", re.S)
MARKUP = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|<script.*?</script>|<[^>]*>", re.S)
ATTRIBUTE = re.compile(r"(?:title|placeholder|aria-label|alt)=\"([^\"]*)\"")
CALLED = re.compile(r"\{\{.*?\}\}|\{%-? *(?:call|set).*?%\}", re.S)
QUOTED = re.compile(r"\"((?:[^\"\\\n]|\\.)*)\"|`((?:[^`\\]|\\.)*)`")
CODE = re.compile(r"^```.*?^```|`[^`\n]*`|\]\([^)]*\)", re.S | re.M)
COMMENT = re.compile(r"/\*.*?\*/|(?m:(?:^|(?<=\s))//[^\n]*$)", re.S)


def is_sentence(text: str) -> bool:
    """Words for people: not a class, a selector, a path or a code."""
    words = text.strip()
    return bool(re.match(r"[A-Z“]", words)) or (
        " " in words and not re.search(r"[=<>\[\]#/{}_]|\b\w+-\w+[ :]", words)
    )


def of_templates() -> Iterator[tuple[str, str]]:
    for path in source_files(".html"):
        text = REMARK.sub(lambda found: "\n" * found.group().count("\n"), text_of(path))
        for found in CALLED.finditer(text):
            for quoted in QUOTED.finditer(found.group()):
                if is_sentence(quoted.group(1) or ""):
                    yield place(path, line_of(text, found.start() + quoted.start())), quoted.group(1)
        for found in ATTRIBUTE.finditer(text):
            yield place(path, line_of(text, found.start())), MARKUP.sub(" ", found.group(1))
        bare = MARKUP.sub(lambda found: "\n" * found.group().count("\n") + " ", text)
        for at, line in enumerate(bare.splitlines(), start=1):
            yield place(path, at), line


def of_scripts() -> Iterator[tuple[str, str]]:
    for path in source_files(".js"):
        if VENDORED in path.parents:
            continue
        text = COMMENT.sub(lambda found: "\n" * found.group().count("\n"), text_of(path))
        for found in QUOTED.finditer(text):
            words = re.sub(r"\$\{[^}]*\}", "…", found.group(1) or found.group(2) or "")
            if is_sentence(words):
                yield place(path, line_of(text, found.start())), words


def of_python() -> Iterator[tuple[str, str]]:
    for path in source_files(".py"):
        for at, text in constants(tree(path)):
            if is_sentence(text) and not re.match(r"\s*[A-Z]{2,}\s", text):
                yield place(path, at), text


def of_guides() -> Iterator[tuple[str, str]]:
    """What people read who do not program it; code, names and links are not sentences."""
    for path in (ROOT / "README.md", *(ROOT / "docs" / "guides" / f"{name}.md" for name in GUIDES)):
        text = CODE.sub(lambda found: "\n" * found.group().count("\n") + "…", path.read_text())
        for at, line in enumerate(text.splitlines(), start=1):
            yield place(path, at), line


def faults(words: str) -> list[str]:
    for excused in EXCUSED:
        words = words.replace(excused, "")
    return [
        f"{pattern} → {better}" for pattern, better in UNWANTED.items() if re.search(pattern, words, re.I)
    ]


@pytest.mark.parametrize("sentences", [of_templates, of_scripts, of_python, of_guides])
def test_pages_say_one_word_for_one_thing(sentences: Callable[[], Iterator[tuple[str, str]]]) -> None:
    found = [
        f"{where}: {words.strip()!r}: {fault}" for where, words in sentences() for fault in faults(words)
    ]
    assert not found, "see docs/glossary.md:\n" + "\n".join(found)


@pytest.mark.parametrize("sentences", [of_templates, of_scripts, of_python, of_guides])
def test_every_source_of_words_is_read(sentences: Callable[[], Iterator[tuple[str, str]]]) -> None:
    assert sum(" " in words.strip() for _, words in sentences()) > SENTENCES_MIN


@pytest.mark.parametrize(
    "words",
    [
        "A cut off file",
        "Give --force",
        "It is no list",
        "Look into your mail",
        "Select all 40",
        "Your lists are away",
        "Keep them",
        "Let it go",
        "Its organization",
        "It is made",
    ],
)
def test_what_is_unwanted_is_found(words: str) -> None:
    assert faults(words)


def test_each_word_of_the_pages_has_its_line_in_the_glossary() -> None:
    text = GLOSSARY.read_text()
    for word in ("law", "list", "tick", "smart list", "restore", "two-step verification", "organisation"):
        assert f"**{word}**" in text
