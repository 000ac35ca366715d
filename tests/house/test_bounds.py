"""A bound that no test meets is a hope: each is named in a test, or stands here with its reason.

A test names a bound when it has the constant's name, and that of its module. Whether it meets it, who reads
the test must judge: it goes to the bound, and one beyond.
"""

import re
from functools import cache
from pathlib import Path

from sertantai.engine.bounds import Bounds
from tests.house.repository import ROOT, SOURCE, source_files, text_of

DEFINED = re.compile(r"^\s*_?([A-Z][A-Z0-9_]*_MAX)\b(?::[^=\n]+)?\s*=[^=]", re.MULTILINE)

NOBODY_IS_REFUSED = "it only says which of two ways is taken, and both lead to the same"
LONGEST_PAUSE = "how long a pause may grow; what ends it is tested"
SHOWN_ONLY = "how much of what there is is shown, beside how much that is"
ANOTHERS = "a fact of somebody else's: a format, a system, a driver"
TRIED_AGAIN = "how often it is tried again; that it ends is seen where it fails for good"
READ_AGAIN = "how many are remembered; what is beyond is read again"
A_TURN = "how much one turn takes; the next one takes the rest"

UNMET = {
    "cli/changes/stream.py PAUSE_S_MAX": LONGEST_PAUSE,
    "sync/apart/supervised.py ENDING_S_MAX": "what does not end by then is ended",
    "synchronising.py CONNECTIONS_MAX": "shared by lanes, whose bounds are met",
    "audit/guarding/accepting.py SAID_MAX": SHOWN_ONLY,
    "audit/comparing/readable.py NAMED_MAX": SHOWN_ONLY,
    "audit/standing/as_found.py FOUND_MAX": SHOWN_ONLY,
    "audit/standing/difference.py SAID_MAX": SHOWN_ONLY,
    "audit/guarding/rebuilding.py NOTICES_TRIED_MAX": "between two heads, which are a second apart",
    "audit/retaining/acts.py MONTHS_AT_ONCE_MAX": A_TURN,
    "audit/retaining/acts.py POLICIES_TOLD_MAX": SHOWN_ONLY,
    "audit/retaining/leaving.py LISTS_TOLD_MAX": "the next notice takes the rest",
    "audit/retaining/leaving.py RANGES_TOLD_MAX": "the next notice takes the rest",
    "persons/asking.py SHOWN_MAX": SHOWN_ONLY,
    "persons/performing.py FLUSH_S_MAX": "who is not erased by then is at the next turn",
    "persons/service.py DUE_TOGETHER_MAX": A_TURN,
    "retention/holds.py HOLDS_SHOWN_MAX": SHOWN_ONLY,
    "retention/telling.py RECIPIENTS_MAX": "who administers a site, or owns an organization: there are a few",
    "retention/telling.py TOLD_TOGETHER_MAX": A_TURN,
    "accounts/guests/purge.py GUESTS_TOGETHER_MAX": A_TURN,
    "accounts/guests/claims.py WAITING_MAX": A_TURN,
    "accounts/people_checked.py FOUND_MAX": SHOWN_ONLY,
    "accounts/people_told.py FOUND_TOGETHER_MAX": A_TURN,
    "security/events_checked.py FOUND_MAX": SHOWN_ONLY,
    "accounts/providers/host_names.py NAME_S_MAX": "within that of the whole question, which is met",
    "accounts/mail/links.py BY_HAND_PER_HOUR_MAX": "an operator's own hands; the one of strangers is met",
    "accounts/mail/outbox.py ERROR_CHARACTERS_MAX": SHOWN_ONLY,
    "accounts/mail/outbox.py SHOWN_MAX": SHOWN_ONLY,
    "accounts/store.py SAME_MAILBOX_MAX": "two rows are too many already, which is tested",
    "accounts/store.py SESSIONS_SHOWN_MAX": SHOWN_ONLY,
    "app.py CONNECTIONS_WAITING_MAX": ANOTHERS,
    "audit/sealed_rows.py KEYS_KEPT_MAX": READ_AGAIN,
    "audit/verify_seals.py FAULTS_MAX": SHOWN_ONLY,
    "backup/creating.py ATTEMPTS_MAX": TRIED_AGAIN,
    "backup/dumping.py SAID_CHARS_MAX": SHOWN_ONLY,
    "cli/accounts.py EVENTS_WAITING_MAX": "given to a recorder whose bound is met",
    "cli/health_checks.py CLOCK_SKEW_S_MAX": "it asks the clock of this machine",
    "cli/health_checks.py FOREIGN_EMAILS_MAX": SHOWN_ONLY,
    "audit/comparing/forged.py TOLD_MAX": SHOWN_ONLY,
    "cli/health_checks.py SHOWN_MAX": SHOWN_ONLY,
    "cli/journal/salvage.py SHOWN_MAX": SHOWN_ONLY,
    "cli/users/create.py PASSWORD_LINE_CHARS_MAX": "an operator's own line; a longer password is refused",
    "core/weight.py ANNOTATION_BYTES_MAX": "an estimate from above; `lists/annotations.py` has the bound",
    "engine/large_operations.py NOTES_AT_HAND_MAX": NOBODY_IS_REFUSED,
    "engine/loading.py TRIES_MAX": TRIED_AGAIN,
    "witness/serving.py CONNECTIONS_MAX": "given to connections whose bound is met",
    "witness/serving.py PER_ADDRESS_MAX": "given to connections whose bound is met",
    "engine/rejection_retries.py BATCH_MAX": A_TURN,
    "files/pdf.py SAID_CHARS_MAX": SHOWN_ONLY,
    "files/pdf_process.py MEMORY_BYTES_MAX": "of our own template; the rows that it is given are bounded",
    "files/pdf_process.py PROCESSOR_S_MAX": "of our own template; the rows that it is given are bounded",
    "files/report_files.py LINE_BYTES_MAX": "lines of our own process",
    "files/report_files.py SAID_CHARS_MAX": SHOWN_ONLY,
    "evidence/gathering.py ROWS_AT_HAND_MAX": NOBODY_IS_REFUSED,
    "evidence/report.py LAWS_SHOWN_MAX": SHOWN_ONLY,
    "files/streaming.py PAUSE_S_MAX": LONGEST_PAUSE,
    "files/tables/bound_process.py SAID_CHARS_MAX": SHOWN_ONLY,
    "files/thrift.py SHORT_DELTA_MAX": ANOTHERS,
    "files/thrift.py SHORT_LIST_MAX": ANOTHERS,
    "files/workbook_process.py LINE_BYTES_MAX": "lines of our own process",
    "files/workbook_process.py SAID_CHARS_MAX": SHOWN_ONLY,
    "http/aside.py ITEMS_AT_HAND_MAX": NOBODY_IS_REFUSED,
    "journal/sqlite_entries.py READ_BYTES_MAX": A_TURN,
    "journal/survey.py WRITE_VERSION_MAX": ANOTHERS,
    "lists/changed_records.py LISTS_LOOKED_AT_MAX": "a default; the bound itself is met",
    "lists/deleted_lists.py OWNERS_TOGETHER_MAX": A_TURN,
    "lists/exporting/queue.py SMALL_ROWS_MAX": NOBODY_IS_REFUSED,
    "lists/live_lists.py RETRY_S_MAX": LONGEST_PAUSE,
    "sync/rejections.py TOGETHER_MAX": A_TURN,
    "sync/seals.py AT_HAND_MAX": NOBODY_IS_REFUSED,
    "sync/seals.py NAMES_KEPT_MAX": READ_AGAIN,
    "web/pages/lists/shared.py PRINTED_MAX": SHOWN_ONLY,
    "web/pages/organizations/since_yesterday.py PEOPLE_SHOWN_MAX": SHOWN_ONLY,
    "lists/search.py TURN_S_MAX": A_TURN,
    "organizations/domain_checks.py TOGETHER_MAX": A_TURN,
    "organizations/memberships.py READS_MAX": TRIED_AGAIN,
    "organizations/operator.py TAKEN_TOGETHER_MAX": A_TURN,
    "organizations/provisioning/teams.py MEMBERS_CHANGED_MAX": "about as many as a body holds, which is met",
    "organizations/provisioning/coming.py TEAMS_INVITED_TO_MAX": "that of an invitation, which is met",
    "postgres/cluster.py SOCKET_PATH_BYTES_MAX": ANOTHERS,
    "postgres/migrations/grants.py ATTEMPTS_MAX": TRIED_AGAIN,
    "reporting/sending.py ERROR_CHARACTERS_MAX": SHOWN_ONLY,
    "reporting/wording.py DETAILS_CHARACTERS_MAX": SHOWN_ONLY,
    "records/finding/finder.py READINGS_MAX": "of one line there are a few readings",
    "records/finding/in_part.py READ_MAX": "of many that hold as much, nothing says which is meant",
    "records/finding/titles.py TITLES_KEPT_MAX": NOBODY_IS_REFUSED,
    "records/finding/text.py ENDS_MAX": "of one line a few are enough",
    "process/garbage.py YOUNG_OBJECTS_MAX": ANOTHERS,
    "process/sampling.py SAMPLES_MAX": "a default; the bound itself is met",
    "records/catalogue.py SEARCHES_KEPT_MAX": NOBODY_IS_REFUSED,
    "records/importing/generating.py COUNT_MAX": "for who makes up a register for a test",
    "records/paging.py WALK_ROWS_MAX": NOBODY_IS_REFUSED,
    "records/register.py LOOKED_UP_AT_HAND_MAX": NOBODY_IS_REFUSED,
    "records/register.py RETRY_S_MAX": LONGEST_PAUSE,
    "records/terms.py LARGE_KEPT_MAX": NOBODY_IS_REFUSED,
    "security/alerting.py ATTEMPTS_MAX": TRIED_AGAIN,
    "security/alerting.py DELIVERY_S_MAX": LONGEST_PAUSE,
    "security/recording.py RETRY_S_MAX": LONGEST_PAUSE,
    "lists/between/handing_over.py WHOSE_CHARACTERS_MAX": SHOWN_ONLY,
    "sync/pacing.py PAUSE_S_MAX": LONGEST_PAUSE,
    "audit/postgres_effects.py AT_HAND_MAX": NOBODY_IS_REFUSED,
    "sync/postgres_store.py AT_HAND_MAX": NOBODY_IS_REFUSED,
    "web/api/groups.py OTHERS_LAWS_MAX": SHOWN_ONLY,
    "web/api/shown_ids.py IDS_SHOWN_MAX": SHOWN_ONLY,
    "web/parts/change_details.py DETAIL_RECORDS_MAX": SHOWN_ONLY,
    "web/viewing.py COOKIE_CHARACTERS_MAX": "a cookie of our own, signed; what is longer is none of ours",
    "web/parts/list_summary.py SHOWN_MAX": SHOWN_ONLY,
    "web/pages/lists/guest_ticks.py GUESTS_MAX": "guests of one browser: there are a few",
    "web/pages/lists/guest_ticks.py SHOWN_MAX": SHOWN_ONLY,
    "web/parts/list_facets.py VALUES_SHOWN_MAX": SHOWN_ONLY,
    "web/parts/nearest.py NEAREST_MAX": SHOWN_ONLY,
    "web/pages/lists/suggestions.py SHOWN_MAX": SHOWN_ONLY,
    "web/pages/lists/suggestions.py LAWS_SHOWN_MAX": SHOWN_ONLY,
    "web/pages/lists/suggestions.py FAMILIES_SHOWN_MAX": SHOWN_ONLY,
}

OF_THE_ENGINE_UNMET = {
    "sync_backoff_s_max": LONGEST_PAUSE,
    "checkpoint_whole_bytes_max": NOBODY_IS_REFUSED,
}


def bounds() -> list[tuple[Path, str]]:
    return [
        (path, name) for path in source_files(".py") for name in sorted(set(DEFINED.findall(text_of(path))))
    ]


@cache
def texts_naming() -> dict[str, list[str]]:
    """The texts of all tests but the house's, by each bound that they name."""
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "tests").rglob("*.py")):
        if path.parent.name != "house":
            text = text_of(path)
            for name in set(re.findall(r"\b[A-Z][A-Z0-9_]*_MAX\b", text)):
                found.setdefault(name, []).append(text)
    return found


def is_met(path: Path, name: str) -> bool:
    module = re.compile(rf"\b{path.stem if path.stem != '__init__' else path.parent.name}\b")
    return any(module.search(text) for text in texts_naming().get(name, ()))


def named(path: Path, name: str) -> str:
    return f"{path.relative_to(SOURCE)} {name}"


def test_every_bound_is_named_in_a_test_or_says_why_not() -> None:
    unmet = [named(path, name) for path, name in bounds() if not is_met(path, name)]
    assert sorted(set(unmet) - UNMET.keys()) == [], "meet each in a test, at the bound and one beyond it"


def test_whatever_is_met_by_now_is_no_more_in_the_list() -> None:
    left = {named(path, name) for path, name in bounds() if not is_met(path, name)}
    assert sorted(UNMET.keys() - left) == []


def test_every_bound_of_the_engine_is_met() -> None:
    """These protect everybody from the few; the simulation looks at them too, see `bounds_kept`."""
    tested = "\n".join(text_of(path) for path in sorted((ROOT / "tests" / "unit").rglob("*.py")))
    fields = [name for name in Bounds.__struct_fields__ if name not in OF_THE_ENGINE_UNMET]
    assert [name for name in fields if not re.search(rf"\b{name}\b", tested)] == []


def test_every_bound_of_the_engine_is_obeyed() -> None:
    """One that is read nowhere is a promise that nothing keeps."""
    text = "\n".join(text_of(path) for path in source_files(".py"))
    assert [name for name in Bounds.__struct_fields__ if not re.search(rf"ounds\.{name}\b", text)] == []
