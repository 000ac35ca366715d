"""What is written to whoever answers for what is kept."""

from datetime import datetime
from html import escape
from typing import Final

from sertantai.accounts.mail.texts import MailText
from sertantai.core.lasting.policies import Kept
from sertantai.organizations.letters import unlinked
from sertantai.retention.wording import about_in_words

_STYLE: Final = "font-family:sans-serif;font-size:16px;line-height:1.5;color:#1b1b1b"


def kept_shorter(
    about: str, organization: str | None, action: str | None, kept: Kept, at: datetime, link: str
) -> MailText:
    """From then on it is kept for less time than now."""
    day = f"{at.day} {at:%B %Y}"
    whose = f" of “{unlinked(organization)}”" if organization else ""
    what = f"“{about_in_words(about, action)}”{whose} will be kept in Sertantai for {kept}."
    rest = (
        f"From {day} on, what is older is removed, for good, but for what a legal hold covers. The lists "
        "themselves stay as they are. Until that day it can be called off: by a longer time."
    )
    html = f'<div style="{_STYLE}"><p>{escape(what)}</p><p>{escape(rest)}</p><p>{escape(link)}</p></div>'
    return MailText(f"Less will be kept in Sertantai from {day}", f"{what}\n\n{rest}\n\n{link}\n", html)
