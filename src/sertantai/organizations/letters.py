"""What we write to people about organizations: the same as text and as HTML.

Names in it were chosen by strangers to whoever reads it: no program makes a link of one, and no page.
"""

import re
from datetime import datetime
from html import escape
from typing import Final

from sertantai.accounts.mail.texts import MailText

_BECOMES_A_LINK: Final = re.compile(r"(?<=\S)[.:@](?=\S)|//+")
_STYLE: Final = "font-family:sans-serif;font-size:16px;line-height:1.5;color:#1b1b1b"
_BUTTON: Final = "display:inline-block;padding:10px 18px;background:#1f5d3a;color:#fff;text-decoration:none"


def invitation(
    inviter: str, organization: str, role: str, link: str, expires_at: datetime, *, as_before: bool = False
) -> MailText:
    """``inviter``: a name; empty: the organization itself. ``as_before``: back, to what they were."""
    organization, inviter = unlinked(organization), unlinked(inviter)
    who = f"{inviter} invites you to" if inviter else "You are invited to"
    again = "come back and " if as_before else ""
    what = f"{who} {again}work on lists of laws with “{organization}” in Sertantai, as {_as_a(role)}."
    if as_before:
        what += " If you accept within 30 days of leaving, your role, teams and lists are what they were."
    until = f"{expires_at.day} {expires_at:%B %Y}"
    rest = (
        f"The link works once, for this e-mail address only, until {until}. You see who invites you to what "
        "before you accept, and can create an account on the way. If you do not expect this, ignore this "
        "e-mail: nothing happens."
    )
    body = f"{what}\n\nOpen this link to look at the invitation:\n\n{link}\n\n{rest}\n"
    html = (
        f'<div style="{_STYLE}"><p>{escape(what)}</p>'
        f'<p><a href="{escape(link)}" style="{_BUTTON}">Look at the invitation</a></p>'
        f"<p>{escape(rest)}</p><p>{escape(link)}</p></div>"
    )
    return MailText(f"Invitation to “{organization}” in Sertantai", body, html)


def provisioned(organization: str, role: str, sign_in: str, forgotten: str) -> MailText:
    """To somebody for whom their organization's directory has made an account."""
    organization = unlinked(organization)
    what = f"“{organization}” has created an account for you in Sertantai, with this e-mail address."
    rest = (
        f"You are in “{organization}” as {_as_a(role)}, and can work on its lists of laws. Sign in with your "
        "organisation, or set a password first, with “Forgot password”."
    )
    body = f"{what}\n\n{rest}\n\nSign in:\n\n{sign_in}\n\nSet a password:\n\n{forgotten}\n"
    html = (
        f'<div style="{_STYLE}"><p>{escape(what)}</p><p>{escape(rest)}</p>'
        f'<p><a href="{escape(sign_in)}" style="{_BUTTON}">Sign in</a></p>'
        f"<p>Set a password: {escape(forgotten)}</p></div>"
    )
    return MailText(f"Your account for “{organization}” in Sertantai", body, html)


def ending(organization: str, ends_at: datetime, link: str) -> MailText:
    """To its owners."""
    organization = unlinked(organization)
    until = f"{ends_at.day} {ends_at:%B %Y}"
    what = f"“{organization}” in Sertantai ends on {until}. Its lists go with it, for good."
    rest = (
        "Until then everything in it can be read and exported, and nothing changed. An owner can still call "
        "its end off, on its page under Settings."
    )
    body = f"{what}\n\n{rest}\n\n{link}\n"
    html = (
        f'<div style="{_STYLE}"><p>{escape(what)}</p><p>{escape(rest)}</p>'
        f'<p><a href="{escape(link)}" style="{_BUTTON}">Look at the organisation</a></p>'
        f"<p>{escape(link)}</p></div>"
    )
    return MailText(f"“{organization}” in Sertantai ends on {until}", body, html)


def kept_shorter(organization: str, name: str, months: int, at: datetime, link: str) -> MailText:
    """To its owners: from then on its history is kept for ``months`` only (0: as long as the site's).
    ``name``: who wants it so; empty: the site's operator."""
    organization, who = unlinked(organization), unlinked(name) or "The operator of this site"
    day = f"{at.day} {at:%B %Y}"
    kept = f"for {months:,} months" if months else "only as long as the site keeps everybody's"
    what = f"{who} has decided that the history of “{organization}” in Sertantai is kept {kept}."
    rest = (
        f"From {day} on, whole months that are older are removed, for good: who changed what in its lists, "
        "and how they were then, can no longer be shown. The lists themselves stay as they are. Until that "
        "day an owner can call it off under Settings."
    )
    body = f"{what}\n\n{rest}\n\n{link}\n"
    html = (
        f'<div style="{_STYLE}"><p>{escape(what)}</p><p>{escape(rest)}</p>'
        f'<p><a href="{escape(link)}" style="{_BUTTON}">Look at the settings</a></p>'
        f"<p>{escape(link)}</p></div>"
    )
    return MailText(f"The history of “{organization}” will be kept for less time from {day}", body, html)


def looked_into(organization: str, name: str, reason: str, until: datetime, link: str) -> MailText:
    """To its owners. ``name``: who administers the site and looks in."""
    organization, name, reason = unlinked(organization), unlinked(name), unlinked(reason)
    what = f"{name}, an administrator of this site, has opened “{organization}” in Sertantai to read it."
    why = f"The reason given: “{reason}”"
    rest = (
        f"This ends at {until:%H:%M} UTC on {until.day} {until:%B %Y} at the latest. Nothing can be changed "
        "this way. Which lists were looked at, and when it ended, is in the history of the organisation."
    )
    body = f"{what}\n\n{why}\n\n{rest}\n\n{link}\n"
    html = (
        f'<div style="{_STYLE}"><p>{escape(what)}</p><p>{escape(why)}</p><p>{escape(rest)}</p>'
        f'<p><a href="{escape(link)}" style="{_BUTTON}">Look at the history</a></p>'
        f"<p>{escape(link)}</p></div>"
    )
    return MailText(f"“{organization}” in Sertantai was opened by an administrator", body, html)


def unlinked(name: str) -> str:
    """A name such as ``win.example`` as no mail program makes a link of it."""
    return _BECOMES_A_LINK.sub(" ", name)


def _as_a(role: str) -> str:
    return f"an {role}" if role[:1] in "aeiou" else f"a {role}"
