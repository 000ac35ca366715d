"""Whoever takes a file along, or gets a mail, has the newest head with it; nothing else is sent it."""

import pytest

from sertantai.accounts.mail.outbox import Mail
from sertantai.accounts.mail.sender import as_message, last_line
from sertantai.core.sealing.notes import Head, head_in_words
from sertantai.process.new_ids import new_id
from sertantai.process.system_clock import SystemClock
from sertantai.web.trail_head import HEADER, WithDownloads

HEAD = Head("example.org/trail/1", 20_852_163, bytes(range(32)))
SAID = "example.org/trail/1 20852163 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
FILE = (b"Content-Disposition", b"attachment; filename=laws.csv")


@pytest.mark.parametrize(
    ("headers", "head", "told"),
    [
        ([FILE], HEAD, [SAID.encode()]),
        ([FILE], None, []),
        ([(b"content-disposition", b"inline")], HEAD, []),
        ([], HEAD, []),
    ],
)
def test_a_file_that_is_taken_along_names_the_newest_head(
    headers: list[tuple[bytes, bytes]], head: Head | None, told: list[bytes]
) -> None:
    added = WithDownloads(lambda: head)(headers)
    assert added == tuple((HEADER.lower().encode(), one) for one in told)


def test_the_last_line_of_each_mail_names_it_too() -> None:
    said = head_in_words(HEAD)
    assert said == SAID
    assert head_in_words(None) == "" == last_line("")
    mail = Mail(
        new_id(), "ann@example.org", "Laws", "Dear Ann\n", SystemClock().now(), html="<p>Dear Ann</p>"
    )
    plain, html = as_message(mail, "laws@example.org", said).iter_parts()
    assert plain.get_content().splitlines()[-1] == f"Newest head of the sealed log: {SAID}"
    assert SAID in html.get_content()
    assert "sealed log" not in as_message(mail, "laws@example.org").as_string()
