"""Who owns lists is not who acts on them: a person's id becomes an owner's at one door, `lists/access.py`."""

import re
from pathlib import Path

from tests.house.repository import SOURCE, place

DOOR = "lists/access.py"
READ_FROM_A_ROW = {
    "organizations/provisioning/tokens.py": "whose directory has a token",
    "organizations/directory.py": "an organization that the operator names",
    "audit/reports.py": "and an administrator's own words for an owner",
    "audit/rights_kept.py": "organizations that a month tells of",
    "organizations/retention_notices.py": "organizations whose owners are to be told",
    "audit/rights_then.py": "whose line of the trail it is",
    "audit/sealed_rows.py": "whose row of the trail it is",
    "audit/verify.py": "what the database has and the log has not",
    "engine/salvaging.py": "which owners PostgreSQL knows",
    "organizations/looking_in.py": "organizations with looks that a killed process left open",
    "organizations/expired_grants.py": "organizations with grants that are due",
    "organizations/ended_organizations.py": "organizations that end",
    "organizations/providers.py": "whose slug or domain somebody names",
    "organizations/before_the_log.py": "a new organization, and one whose founding was broken off",
    "lists/deleted_lists.py": "owners with lists that are due; the first is looked for behind the lowest id",
    "lists/together/links.py": "to whose list a secret leads",
    "lists/live_lists.py": "lists that follow a filter",
    "journal/shared/journal.py": "whose checkpoint it is",
}


FOR_A_PERSON_WITHOUT_A_REQUEST = {
    "app.py": "who signs out, or was a guest whose time is over",
    "lists/guest_ticks.py": "a guest whom somebody has turned out to have been",
}


def naming(call: str) -> set[str]:
    return {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        if re.search(rf"\b{call}\(", path.read_text("utf-8"))
    }


def test_an_owner_is_made_at_the_door_or_read_from_a_row() -> None:
    assert naming("OwnerId") == {DOOR, *READ_FROM_A_ROW}


def test_a_person_becomes_an_owner_at_the_door() -> None:
    assert naming("own_lists") == {DOOR, *FOR_A_PERSON_WITHOUT_A_REQUEST}


def test_a_route_asks_for_a_list_at_the_door() -> None:
    """It reaches past the door neither for an owner's state nor for the database."""
    web = sorted((SOURCE / "web").rglob("*.py"))
    past_it = re.compile(
        r"engine\.(state|hot_owner)\(|app\.state\.database\b|\b(find_group|own_lists|OwnerId)\("
    )
    assert [place(path) for path in web if past_it.search(path.read_text("utf-8"))] == []


def test_whether_a_list_that_comes_to_be_is_restricted_is_decided_in_one_place() -> None:
    """Wherever one is made, copied or taken over, it is asked what the organization has set for new lists."""
    makes = {
        path
        for path in naming(r"(CreateGroup|moved)")
        if path.startswith(("accounts/", "lists/", "organizations/", "web/"))
    }
    assert makes == {"lists/groups.py", "lists/between/copying.py", "lists/between/handing_over.py"}
    assert makes <= naming("comes_restricted")
    reads = {path.relative_to(SOURCE).as_posix() for path in SOURCE.rglob("*.py") if reads_setting(path)}
    assert reads == {"organizations/settings.py", "web/pages/organizations/settings.py"}


def reads_setting(path: Path) -> bool:
    return re.search(r"settings\.get\((NEW_LISTS|\"new_lists\")", path.read_text("utf-8")) is not None
