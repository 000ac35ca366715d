"""What we write to people: plain text, short, and clear about what happens if they do nothing."""

from datetime import timedelta

from msgspec import Struct


class MailText(Struct, frozen=True):
    subject: str
    body: str


def in_words(lifetime: timedelta) -> str:
    minutes = round(lifetime.total_seconds() / 60)
    if minutes < 120:
        return f"{minutes} minutes"
    hours = round(minutes / 60)
    return f"{hours} hours" if hours < 72 else f"{round(hours / 24)} days"


def reset_password(link: str, lifetime: timedelta) -> MailText:
    return MailText(
        "Set a new password for Sertantai",
        f"""Somebody, probably you, asked to set a new password for your account at Sertantai.

Open this link to set one:

{link}

It works once, and for {in_words(lifetime)}. If you did not ask for it, do nothing: your password stays
as it is.
""",
    )


def confirm_email(link: str, lifetime: timedelta) -> MailText:
    return MailText(
        "Confirm your e-mail address for Sertantai",
        f"""Welcome to Sertantai. Open this link to confirm that this is your address:

{link}

It works once, and for {in_words(lifetime)}. If you did not make an account, do nothing.
""",
    )


def already_registered(sign_in: str, reset: str) -> MailText:
    return MailText(
        "You already have an account at Sertantai",
        f"""Somebody, probably you, tried to make an account at Sertantai with this e-mail address. There is
one already, and nothing was changed.

Sign in: {sign_in}
If you have forgotten the password: {reset}
""",
    )


def password_changed(reset: str) -> MailText:
    return MailText(
        "Your password for Sertantai has been changed",
        f"""The password of your account at Sertantai has just been changed, and your other devices were
signed out.

If it was not you, set a new one at once: {reset}
""",
    )
