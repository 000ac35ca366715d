"""Every key of the register, as the dialog of shortcuts tells it; `static/register/` and `ticking/` obey."""

from typing import Final

Keys = tuple[tuple[str, ...], str]

SHORTCUTS: Final[tuple[tuple[str, tuple[Keys, ...]], ...]] = (
    (
        "Anywhere",
        (
            (("/",), "Search"),
            (("Ctrl", "K"), "Find lists, views, commands and laws"),
            (("Ctrl", "Z"), "Undo"),
            (("Ctrl", "Shift", "Z"), "Redo"),
            (("?",), "These shortcuts"),
        ),
    ),
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
            (("p",), "Tick this page"),
            (("a",), "Tick all that match"),
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
