"""What is written to somebody who is to be erased: also so that they hear of it who did not ask."""

from sertantai.accounts.mail.texts import MailText
from sertantai.persons.model import Erasure


def to_be_erased(erasure: Erasure, sign_in: str, certificate: str) -> MailText:
    when = f"{erasure.due_at:%-d %B %Y, %H:%M} UTC"
    if erasure.is_own:
        asked = f"You asked us to erase your Sertantai account. It will be erased on {when}."
        back = f"""If you change your mind, or did not ask for this, sign in before then and come back:
{sign_in}"""
    else:
        asked = f"An administrator asked to erase your Sertantai account. It will be erased on {when}."
        back = "If you think that this is a mistake, write to your administrator before then."
    return MailText(
        "Your Sertantai account will be erased",
        f"""{asked}
Until then nobody can use it, and you are signed out everywhere.

{back}

Afterwards this page says what was erased, what stays and why. Nobody needs an account to open it:
{certificate}
""",
    )
