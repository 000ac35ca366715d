"""Every key of the register and of a list, as the dialog of shortcuts tells it; `static/` obeys."""

from typing import Final

Keys = tuple[tuple[str, ...], str]

Section = tuple[str, tuple[Keys, ...]]

ANYWHERE: Final[Section] = (
    "Anywhere",
    (
        (("/",), "Search"),
        (("Ctrl", "K"), "Find lists, views, commands and laws"),
        (("Ctrl", "Z"), "Undo"),
        (("Ctrl", "Shift", "Z"), "Redo"),
        (("?",), "These shortcuts"),
    ),
)

OF_A_LIST: Final[tuple[Section, ...]] = (
    ANYWHERE,
    (
        "On a box of the list",
        (
            (("↑", "↓"), "One law up or down"),
            (("Space",), "Take the law out, or put it back"),
            (("x",), "Mark the law, to do something with several"),
            (("Esc",), "Take the marks away"),
            (("Alt", "↑ ↓"), "Move the law up or down in the list"),
        ),
    ),
    (
        "With the mouse",
        (
            (("click on a row",), "Mark it; with Shift all from the last one to it"),
            (("drag",), "Put the law elsewhere in the list, or copy it to another"),
            (("Shift", "drag"), "Move it to another list"),
        ),
    ),
)

SHORTCUTS: Final[tuple[Section, ...]] = (
    ANYWHERE,
    (
        "In the table",
        (
            (("↑", "↓"), "One law up or down, on to the next page at the end"),
            (("Page Up", "Page Down"), "Ten laws up or down"),
            (("Home", "End"), "First or last law of the page"),
            (("←", "→"), "Previous or next page"),
            (("Space",), "Tick or untick, everything marked at once"),
            (("Shift", "↑ ↓"), "Mark several"),
            (("Esc",), "Take the mark away"),
            (("Ctrl", "Shift", "A"), "Tick this page"),
            (("Ctrl", "A"), "Tick all results"),
            (("Enter",), "Details"),
        ),
    ),
    (
        "In the details",
        (
            (("j", "k"), "Next or previous law"),
            (("Esc",), "Close"),
        ),
    ),
    (
        "With the mouse",
        (
            (("Shift", "click on a box"), "Tick everything from the last box to this one, also over pages"),
            (("Shift", "click on a heading"), "Sort by a second column"),
        ),
    ),
)
