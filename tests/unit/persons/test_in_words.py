"""What is said of erasures and of what is held: complete, and as text, whatever it holds."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from sertantai.core.ids import UserId
from sertantai.persons.about_you import ROWS_SHOWN, Shown, about_you, first_rows
from sertantai.persons.certificate import BACKUPS, as_html, as_pdf, as_text, stays
from sertantai.persons.held_sql import counting
from sertantai.persons.letters import to_be_erased
from sertantai.persons.model import Erasure, Obstacle
from sertantai.persons.parts import PARTS, kept_in_words
from sertantai.persons.wording import Voice, going, in_words, staying
from sertantai.process.settings import Settings

PERSON, ADMINISTRATOR = UUID(int=7), UUID(int=8)
AT = datetime(2026, 11, 30, 12, tzinfo=UTC)
MARKUP = "<script>alert(1)</script>"
WENT = {
    "users/deleted": 1,
    "user_sessions/deleted": 1_200,
    "selection_audit_log/redacted": 9,
    "months/rewritten": 2,
    "new_table/deleted": 3,
}


def erasure(done_at: datetime | None = AT, by: UUID | None = PERSON, reason: str = "Asked") -> Erasure:
    times = AT + timedelta(days=14), False, None, done_at, done_at
    return Erasure(UUID(int=1), PERSON, AT, by, reason, *times, WENT if done_at else {})


def test_a_certificate_says_what_went_what_stays_and_on_which_ground() -> None:
    page = as_html(erasure(reason=MARKUP), "example.org/trail/1\n12\n<root>")
    for said in (
        "1,200",
        "Sessions",
        "Art. 17(3)(b)",
        "themselves",
        "&lt;root&gt;",
        "new_table",
        str(PERSON),
    ):
        assert said in page, said
    assert MARKUP not in page
    for outside in ("<script", "http:", "https:", "src=", "url("):
        assert outside not in page, outside
    assert "1,200  user_sessions deleted" in as_text(erasure())
    made = as_pdf(erasure(), "head")
    assert ("Sessions", "1,200", "gone") in made.rows
    assert len(made.rows) == len(WENT)


def test_a_certificate_names_the_day_on_which_the_last_backup_ages_out_where_that_is_known() -> None:
    for known, said in ((None, "they age out; anyone"), (35, "the last of them ages out by 2027-01-04")):
        assert said in as_text(erasure(), None, known)
        assert said[1:] in as_html(erasure(), None, known)
        assert any(said in why for _, why in as_pdf(erasure(), None, known).facts)
    assert "they are kept for 35 days" in dict(stays(None, 35))[BACKUPS]


def test_one_that_waits_says_when_it_is_due_and_by_whom_it_was_asked_for() -> None:
    for by, said in ((None, "the operator"), (PERSON, "themselves"), (ADMINISTRATOR, str(ADMINISTRATOR))):
        page = as_html(erasure(None, by), "head")
        assert said in page
        assert "2026-12-14 12:00 UTC" in page
        assert "What went" not in page


def test_what_goes_and_what_stays_is_told_apart() -> None:
    assert [rows for _, rows in going(WENT)] == [1, 1_200, 3]
    assert [rows for _, rows in staying(WENT)] == [9, 2]


def test_each_voice_knows_all_that_may_be_in_the_way() -> None:
    words = ("held", "last_owner", "member", "last_administrator", "rejected", "importing")
    for voice in Voice:
        said = in_words([Obstacle(word, "northern-works") for word in words], "ann@example.org", voice)
        assert said.count("northern-works") >= 2
        assert "{" not in said
    assert "sertantai " not in in_words([Obstacle(word) for word in words], "", Voice.THEMSELVES)


def test_who_asked_for_it_is_told_how_to_come_back_and_others_whom_to_ask() -> None:
    links = "https://example.org/sign-in", "https://example.org/erasures/1"
    own, by_another = (to_be_erased(erasure(None, by), *links).body for by in (PERSON, ADMINISTRATOR))
    assert "14 December 2026, 12:00 UTC" in own
    assert links[0] in own
    assert links[0] not in by_another
    assert links[1] in by_another


def test_the_page_of_what_is_held_shows_the_first_rows_as_text_and_says_how_many_there_are() -> None:
    rows = [{"name": MARKUP, "note": None, "at": AT, "flag": True, "more": {"a": 1}}] * 60
    first = first_rows(rows, ROWS_SHOWN)
    shown = [
        Shown(part, 60 if part.name == "lists" else 0, first if part.name == "lists" else [])
        for part in PARTS
    ]
    page = about_you(UserId(PERSON), AT, shown, Settings())
    assert MARKUP not in page
    for said in ("&lt;script&gt;", f"The first {ROWS_SHOWN} of 60", "yes", "30 days after their end"):
        assert said in page, said
    assert "<th scope=col>note" not in page, "a column in which nothing stands"


def test_for_how_long_each_part_is_kept_follows_the_settings() -> None:
    settings = Settings(sessions_kept_days=1, audit_retention_months=24, audit_origins_retention_months=0)
    said = {part.name: kept_in_words(part, settings) for part in PARTS}
    assert said["sessions"] == "1 day after their end"
    assert said["trail"] == "24 months; from where it was done: for ever"


def test_rows_are_counted_without_their_order() -> None:
    for part in PARTS:
        counted = counting(part.statement)
        assert "ORDER BY" not in counted.upper()
        assert "$1" in counted
