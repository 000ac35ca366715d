"""What we write to somebody whose account is to be signed in to with a provider."""

from sertantai.accounts.mail.texts import MailText


def link_account(link: str) -> MailText:
    return MailText(
        "Connect your Sertantai account with your organisation’s sign-in",
        f"""Somebody, probably you, signed in with your organisation and wants to use your Sertantai account
with it from now on.

Open this link, in the same browser, to connect them:

{link}

The link works once and expires in 1 hour. If this was not you, ignore this e-mail: nothing is connected.
""",
    )
