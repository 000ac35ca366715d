"""Every key of the register and of a list, as the dialog of shortcuts tells it; the scripts obey."""

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
        (("Ctrl", "P"), "Print everything, not only this page"),
        (("?",), "Show these shortcuts"),
    ),
)

OF_A_LIST: Final[tuple[Section, ...]] = (
    ANYWHERE,
    (
        "On a tick box in the list",
        (
            (("↑", "↓"), "One law up or down"),
            (("Space",), "Untick or tick the law"),
            (("x",), "Mark the law, to act on several at once"),
            (("Esc",), "Clear the marks"),
            (("Alt", "↑ ↓"), "Move the law up or down in the list"),
        ),
    ),
    (
        "With the mouse",
        (
            (("click a row",), "Mark the law; with Shift, mark a range"),
            (("drag",), "Move the law within the list, or copy it to another list"),
            (("Shift", "drag"), "Move it to another list"),
        ),
    ),
)

SHORTCUTS: Final[tuple[Section, ...]] = (
    ANYWHERE,
    (
        "In the table",
        (
            (("↑", "↓"), "One law up or down, continuing on the next page"),
            (("Page Up", "Page Down"), "Ten laws up or down"),
            (("Home", "End"), "First or last law of the page"),
            (("←", "→"), "Previous or next page"),
            (("Space",), "Tick or untick the law, or all marked laws"),
            (("Shift", "↑ ↓"), "Mark a range"),
            (("Esc",), "Clear the marks"),
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
            (("Shift", "click a tick box"), "Tick a range, even across pages"),
            (("Shift", "click a heading"), "Sort by a second column"),
        ),
    ),
)
