"""Everything that is promised for a time, with the times of the code and of the settings' defaults.

What has a time and is not here: what only a browser keeps, and the pauses between two tries of anything.
"""

from dataclasses import dataclass
from datetime import timedelta

from sertantai.accounts import retention, sign_in
from sertantai.accounts.guests import purge as guest_purge
from sertantai.accounts.keys.purpose_tokens import Purpose
from sertantai.accounts.mail import links as mail_links
from sertantai.accounts.mail import outbox
from sertantai.accounts.model import SessionKind
from sertantai.accounts.sessions import known_devices
from sertantai.accounts.sessions.kept_sessions import GOOD_FOR
from sertantai.http import idempotency
from sertantai.lists.groups import DELETED_KEPT
from sertantai.persons import given
from tests.postgres.timed.things import (
    SETTINGS,
    Begin,
    Look,
    answer,
    answer_is_known,
    bearer_works,
    browser_is_known,
    browser_is_signed_in,
    can_be_brought_back,
    can_be_told,
    delete_list,
    fail_to_sign_in,
    failures_count,
    file_can_be_fetched,
    first_month,
    first_step,
    give_file,
    guest_works,
    keep_sessions,
    link,
    link_works,
    list_is_there,
    make_token,
    month_is_there,
    months_later,
    open_guest,
    remember_browser,
    report_event,
    revoke_token,
    row_in,
    second_step_is_open,
    session,
    sessions_are_read_back,
    settle_guest,
    write_mail,
)

MONTHS_KEPT = 3


@dataclass(frozen=True)
class Promise:
    """``ends``: when it stops to hold by the clock of the day; ``goes``: when its row is removed.

    What is ``in_memory`` is promised by one run of the server only. ``setting`` says how long it is.
    """

    what: str
    begin: Begin
    holds: Look | None = None
    ends: timedelta | None = None
    is_there: Look | None = None
    goes: timedelta | None = None
    in_memory: bool = False
    setting: str = ""


SESSION = timedelta(hours=SETTINGS.session_lifetime_h)
BEARER = timedelta(hours=SETTINGS.bearer_lifetime_h)
GUEST = timedelta(days=SETTINGS.guest_lifetime_days)
TOKEN = timedelta(days=SETTINGS.api_token_lifetime_days_max)
RESET, CONFIRM = (
    mail_links.LIFETIME_OF[purpose] for purpose in (Purpose.RESET_PASSWORD, Purpose.CONFIRM_EMAIL)
)
EVENTS = timedelta(days=SETTINGS.security_events_retention_days)
FORGOTTEN = timedelta(seconds=SETTINGS.sign_in_forgotten_s)
ANSWERS = timedelta(seconds=idempotency.KEPT_S)

PROMISES = (
    Promise("A deleted list", delete_list, can_be_brought_back, DELETED_KEPT, list_is_there, DELETED_KEPT),
    Promise(
        "A guest with its ticks",
        open_guest,
        guest_works,
        GUEST,
        row_in("users"),
        GUEST,
        setting="guest_lifetime_days",
    ),
    Promise(
        "Where a guest's ticks went",
        settle_guest,
        can_be_told,
        None,
        row_in("guests"),
        guest_purge.TOLD_FOR,
    ),
    Promise(
        "A browser's session",
        session(SessionKind.COOKIE),
        browser_is_signed_in,
        SESSION,
        row_in("user_sessions"),
        SESSION + retention.SESSIONS_KEPT,
        setting="session_lifetime_h",
    ),
    Promise(
        "A bearer token",
        session(SessionKind.BEARER),
        bearer_works,
        BEARER,
        row_in("user_sessions"),
        BEARER + retention.SESSIONS_KEPT,
        setting="bearer_lifetime_h",
    ),
    Promise(
        "A link for a new password",
        link(Purpose.RESET_PASSWORD),
        link_works(Purpose.RESET_PASSWORD),
        RESET,
        row_in("user_one_time_links"),
        RESET + retention.LINKS_KEPT,
    ),
    Promise(
        "A link that confirms an address",
        link(Purpose.CONFIRM_EMAIL),
        link_works(Purpose.CONFIRM_EMAIL),
        CONFIRM,
        row_in("user_one_time_links"),
        CONFIRM + retention.LINKS_KEPT,
    ),
    Promise("An e-mail in the outbox", write_mail, None, None, row_in("mail_outbox"), outbox.KEPT),
    Promise(
        "An API token",
        make_token,
        bearer_works,
        TOKEN,
        row_in("user_api_tokens"),
        TOKEN + retention.TOKENS_KEPT,
        setting="api_token_lifetime_days_max",
    ),
    Promise(
        "A revoked API token", revoke_token, None, None, row_in("user_api_tokens"), retention.TOKENS_KEPT
    ),
    Promise(
        "A security event",
        report_event,
        None,
        None,
        row_in("security_events"),
        EVENTS,
        setting="security_events_retention_days",
    ),
    Promise(
        "A month of the trail",
        first_month,
        None,
        None,
        month_is_there,
        months_later(MONTHS_KEPT + 1),
        setting="audit_retention_months",
    ),
    Promise("A file with what is held about somebody", give_file, file_can_be_fetched, given.KEPT_FOR),
    Promise("A known browser", remember_browser, browser_is_known, known_devices.LIFETIME),
    Promise("The second step of signing in", first_step, second_step_is_open, sign_in.STEP_LIFETIME),
    Promise("The file of sessions", keep_sessions, sessions_are_read_back, GOOD_FOR),
    Promise(
        "Failed sign-ins",
        fail_to_sign_in,
        failures_count,
        FORGOTTEN,
        in_memory=True,
        setting="sign_in_forgotten_s",
    ),
    Promise("The answer to an idempotency key", answer, answer_is_known, ANSWERS, in_memory=True),
)
