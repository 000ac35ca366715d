"""The mail of an invitation: the same as text and HTML, and no link in it but ours."""

import re
from datetime import UTC, datetime

import pytest

from sertantai.accounts.mail.outbox import Mail
from sertantai.accounts.mail.sender import as_message
from sertantai.organizations.letters import invitation, unlinked
from sertantai.process.new_ids import new_id

LINK = "https://laws.example.org/invitations/accept?token=abc"
UNTIL = datetime(2026, 12, 6, tzinfo=UTC)


def test_it_says_who_invites_to_what_as_what_and_until_when() -> None:
    text = invitation("Ann Lee", "Acme Ltd", "admin", LINK, UNTIL)
    assert text.subject == "Invitation to “Acme Ltd” in Sertantai"
    for said in (text.body, text.html):
        assert (
            "Ann Lee invites you to work on lists of laws with “Acme Ltd” in Sertantai, as an admin." in said
        )
        assert "until 6 December 2026" in said
        assert LINK in said
    assert "You are invited to work" in invitation("", "Acme", "member", LINK, UNTIL).body


@pytest.mark.parametrize(
    "name", ["win.example", "https://evil.example/x", "www.evil.example", "ann@evil.example", "evil:8080//x"]
)
def test_a_name_does_not_become_a_link(name: str) -> None:
    assert not re.search(r"\S[.:@]\S|//", unlinked(name))
    text = invitation(name, name, "member", LINK, UNTIL)
    for said in (text.subject, text.body.replace(LINK, ""), text.html.replace(LINK, "")):
        assert "evil.example" not in said
        assert "win.example" not in said


def test_a_name_is_no_markup() -> None:
    assert "<b>" not in invitation("<b>Ann", "<b>Acme", "member", LINK, UNTIL).html


def test_a_mail_has_both_forms_where_there_are_both() -> None:
    text = invitation("Ann", "Acme", "viewer", LINK, UNTIL)
    mail = Mail(new_id(), "ben@example.org", text.subject, text.body, UNTIL, html=text.html)
    message = as_message(mail, "laws@example.org")
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    plain = as_message(Mail(new_id(), "ben@example.org", "x", "y", UNTIL), "laws@example.org")
    assert plain.get_content_type() == "text/plain"
