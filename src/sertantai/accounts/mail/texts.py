"""What we write to people: plain text, short, and clear about what happens if they do nothing."""

from datetime import timedelta

from msgspec import Struct


class MailText(Struct, frozen=True):
    """``html`` says the same, for programs that show it; it may be empty."""

    subject: str
    body: str
    html: str = ""


def in_words(lifetime: timedelta) -> str:
    minutes = round(lifetime.total_seconds() / 60)
    if minutes == 60:
        return "1 hour"
    if minutes < 120:
        return f"{minutes} minutes"
    hours = round(minutes / 60)
    return f"{hours} hours" if hours < 72 else f"{round(hours / 24)} days"


def reset_password(link: str, lifetime: timedelta) -> MailText:
    return MailText(
        "Reset your Sertantai password",
        f"""Somebody, probably you, asked to reset the password of your Sertantai account.

Open this link to set a new one:

{link}

The link works once and expires in {in_words(lifetime)}. If you did not ask for it, ignore this e-mail:
your password stays as it is.
""",
    )


def confirm_email(link: str, lifetime: timedelta) -> MailText:
    return MailText(
        "Confirm your e-mail address for Sertantai",
        f"""Welcome to Sertantai. Open this link to confirm your e-mail address:

{link}

The link works once and expires in {in_words(lifetime)}. If you did not create an account, ignore this
e-mail.
""",
    )


def already_registered(sign_in: str, reset: str) -> MailText:
    return MailText(
        "You already have a Sertantai account",
        f"""Somebody, probably you, tried to create a Sertantai account with this e-mail address. You already
have one, and nothing was changed.

Sign in: {sign_in}
If you have forgotten your password: {reset}
""",
    )


def password_changed(reset: str) -> MailText:
    return MailText(
        "Your Sertantai password has been changed",
        f"""The password of your Sertantai account has just been changed, and your other devices have been
signed out.

If this was not you, set a new password now: {reset}
""",
    )
