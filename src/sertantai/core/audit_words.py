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
TAKE_OVER: Final = "take_over"
HAND_OVER: Final = "hand_over"
ADMIT: Final = "admit"
CHANGE_MEMBER: Final = "change_member"
EXPEL: Final = "expel"
TAKE_BACK: Final = "take_back"
OFFER_OWNERSHIP: Final = "offer_ownership"
TAKE_OWNERSHIP: Final = "take_ownership"
SET_TEAM: Final = "set_team"
JOIN_TEAM: Final = "join_team"
GRANT: Final = "grant"
DESCRIBE: Final = "describe"
SUGGEST: Final = "suggest"
DECIDE: Final = "decide_suggestion"
WITHDRAW: Final = "withdraw_suggestion"
END_ORGANIZATION: Final = "end_organization"
LOOK_IN: Final = "look_in"
EXPORT_LIST: Final = "export_list"

ADDING: Final = (SELECT, BULK_SELECT)
"""A record came into the list."""
REMOVING: Final = (DESELECT, BULK_DESELECT, CLEAR_ALL)
"""A record went out of it."""
NOTES: Final = (ANNOTATE,)
"""It stayed, and what is written with it changed."""
OF_RECORDS: Final = (SELECT, DESELECT, BULK_SELECT, BULK_DESELECT, CLEAR_ALL, ANNOTATE)
"""The three above, in the order in which they are shown."""
MOVING: Final = (TAKE_OVER, HAND_OVER)
"""The list came from another owner, or went to one, with all its records."""
OF_LISTS: Final = (CREATE_GROUP, UPDATE_GROUP, DELETE_GROUP, *MOVING)
"""The list itself changed; no record is named."""
OF_ORGANIZATIONS: Final = (
    ADMIT,
    CHANGE_MEMBER,
    EXPEL,
    TAKE_BACK,
    OFFER_OWNERSHIP,
    TAKE_OWNERSHIP,
    SET_TEAM,
    JOIN_TEAM,
    GRANT,
    DESCRIBE,
    END_ORGANIZATION,
    LOOK_IN,
    EXPORT_LIST,
)
"""Who may do what was changed, or the organization itself: named as the operations are."""
OF_SUGGESTIONS: Final = (SUGGEST, DECIDE, WITHDRAW)
"""What somebody would do, and what was decided of it; an accepted one has rows of its records, too."""
WITHOUT_RECORD: Final = (*OF_LISTS, *OF_SUGGESTIONS, *OF_ORGANIZATIONS)
ALL: Final = (*OF_RECORDS, *WITHOUT_RECORD)
