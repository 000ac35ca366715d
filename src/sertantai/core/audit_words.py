"""What the audit calls things, in one place: who writes it, reads it, or asks it takes the words from here.

The table's own rules (its CHECK, the functions and triggers of the migrations) and the browser's code have
them written out; a test compares those with these.
"""

from typing import Final

SELECT: Final = "select"
DESELECT: Final = "deselect"
BULK_SELECT: Final = "bulk_select"
BULK_DESELECT: Final = "bulk_deselect"
CLEAR_ALL: Final = "clear_all"
ANNOTATE: Final = "annotate"
CREATE_GROUP: Final = "create_group"
UPDATE_GROUP: Final = "update_group"
DELETE_GROUP: Final = "delete_group"

ADDING: Final = (SELECT, BULK_SELECT)
"""A record came into the list."""
REMOVING: Final = (DESELECT, BULK_DESELECT, CLEAR_ALL)
"""A record went out of it."""
NOTES: Final = (ANNOTATE,)
"""It stayed, and what is written with it changed."""
OF_RECORDS: Final = (SELECT, DESELECT, BULK_SELECT, BULK_DESELECT, CLEAR_ALL, ANNOTATE)
"""The three above, in the order in which they are shown."""
OF_LISTS: Final = (CREATE_GROUP, UPDATE_GROUP, DELETE_GROUP)
"""The list itself changed; no record is named."""
ALL: Final = (*OF_RECORDS, *OF_LISTS)
