"""A class that a template gives is one that a style sheet knows; what is not is a mistake, or a hook.

The kit's sheet holds what templates used when `scripts/vendor.py` made it. A class of the kit that no
template used then does nothing, and is found here.
"""

import re

from tests.house.repository import SOURCE, VENDORED, place, source_files, text_of

WEB = SOURCE / "web"
HOOKS = {
    *("history-of", "list-menu", "list-state", "pages-where", "record-row", "saying"),
    *("col-title_en", "combine-lists", "page-footer-end", "selection-dot", "tool-text"),
    "is-neutral",
}
"""Without a style of their own: what tests and scripts look for, names of parts, and the usual kind."""
CLASS_ATTRIBUTE = re.compile(r'\bclass="([^"]*)"')
EXPRESSION = re.compile(r"({{.*?}}|{%.*?%})", re.S)
QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")
WORD = re.compile(r"^[A-Za-z][\w-]*[^\W_-]$|^[A-Za-z]$")
GLUED = re.compile(r"[\w-]$")
DEFINED = re.compile(r"\.(-?[A-Za-z_][\w-]*)")


def given(attribute: str) -> set[str]:
    """The classes of one attribute: those written out, and those that an expression in it may choose."""
    found: set[str] = set()
    before = ""
    for part in EXPRESSION.split(attribute):
        if part.startswith("{{"):
            chosen = [text for pair in QUOTED.findall(part.partition(" if ")[0]) for text in pair]
            # What is glued to a word ends its name; only a text that begins with a space begins one.
            found |= {
                word
                for text in chosen
                if not GLUED.search(before) or text[:1] == " "
                for word in text.split()
            }
        elif not part.startswith("{%"):
            found |= set(part.split())
        before = part
    return {name for name in found if WORD.match(name)}


def defined() -> set[str]:
    return {name for path in source_files(".css") for name in DEFINED.findall(text_of(path))}


def test_every_class_of_a_template_is_one_that_a_style_sheet_knows() -> None:
    known = defined() | HOOKS
    unknown = [
        f"{place(path)}: {name}"
        for path in source_files(".html")
        for attribute in CLASS_ATTRIBUTE.findall(text_of(path))
        for name in sorted(given(attribute) - known)
    ]
    advice = "unknown to every style sheet; if the kit has it, run scripts/vendor.py: "
    assert not unknown, advice + ", ".join(unknown)


def test_no_hook_is_left_over() -> None:
    used = {
        name
        for path in source_files(".html")
        for attribute in CLASS_ATTRIBUTE.findall(text_of(path))
        for name in given(attribute)
    }
    macros = {"is-neutral", "record-row"}
    assert used | macros >= HOOKS
    assert not HOOKS & defined()


def test_no_rule_makes_the_browser_look_at_a_whole_page_again() -> None:
    """``:has()`` in the kit does at every tick, ``+ *`` whenever a part of a page is replaced."""
    for path in source_files(".css"):
        text = text_of(path)
        assert not re.search(r"[+~]\s*[*:\[]", text), place(path)
        assert VENDORED not in path.parents or ":has(" not in text, place(path)


def test_the_rule_reads_what_an_expression_may_choose() -> None:
    attribute = "btn {{ 'btn-icon' if small }} is-{{ kind or 'teal' }}{{ ' is-wide' if x == 'y' else '' }}"
    assert given(attribute) == {"btn", "btn-icon", "is-wide"}
