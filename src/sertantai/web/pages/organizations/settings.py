"""``/organizations/{organization}/settings``: its name and address, its rules, and its end."""

from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath

from sertantai.core.access_state import AccessState
from sertantai.core.errors import InvalidInput, SertantaiError
from sertantai.core.lasting.retention import RETENTION_MONTHS_MIN
from sertantai.core.rights import Right
from sertantai.core.sharing.removal_reasons import ASK, NEVER, REMOVAL_REASONS, REQUIRE, removal_reasons
from sertantai.core.sharing.who_is_here import HIDDEN, PRESENCE, is_presence_shown
from sertantai.http.guards import signed_in
from sertantai.lists.access import Lists
from sertantai.organizations.organizations import GRACE
from sertantai.organizations.settings import AUDIT_RETENTION, NEW_LISTS
from sertantai.organizations.shown import kept_in
from sertantai.web.pages.organizations.frame import PATH, Refused, answer, done, frame, path_of
from sertantai.web.parts.forms import form_fields
from sertantai.web.requests import organization_of
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_READING

RESTRICTED: Final = "new_lists_restricted"
UNSEEN: Final = "presence_hidden"
REASONS: Final = (
    (NEVER, "Do not ask for a reason"),
    (ASK, "Ask for a reason, which may be left out"),
    (REQUIRE, "Require a reason"),
)


@get(f"{PATH}/settings", guards=[signed_in], opt=FOR_READING, include_in_schema=False)
async def settings_page(request: AnyRequest, organization: FromPath[str]) -> Response[bytes]:
    return _page(request, await organization_of(request, organization))


@post(f"{PATH}/settings", guards=[signed_in], include_in_schema=False)
async def change_settings(request: AnyRequest, organization: FromPath[str]) -> Response[Any]:
    lists = await organization_of(request, organization)
    fields = await form_fields(request, "name", "slug", RESTRICTED, REMOVAL_REASONS, UNSEEN)
    standing = lists.standing()
    try:
        now = await services(request).organizations.describe(
            standing,
            name=fields["name"],
            slug=fields["slug"].strip().lower(),
            settings={
                NEW_LISTS: "restricted" if fields[RESTRICTED] else None,
                **_reasons(standing.access, fields[REMOVAL_REASONS]),
                **_presence(standing.access, hidden=bool(fields[UNSEEN])),
            },
        )
    except SertantaiError as error:
        return _page(request, lists, Refused(error, "settings"), fields)
    return done(request, f"{path_of(now)}/settings", "The settings have been saved.")


def _reasons(access: AccessState, wanted: str) -> dict[str, str | None]:
    """Only what is to be different: the history tells of each setting that is made."""
    if not wanted or wanted == removal_reasons(access):
        return {}
    return {REMOVAL_REASONS: None if wanted == NEVER else wanted}


def _presence(access: AccessState, *, hidden: bool) -> dict[str, str | None]:
    """As of reasons."""
    return {} if hidden != is_presence_shown(access) else {PRESENCE: HIDDEN if hidden else None}


@post(f"{PATH}/retention", guards=[signed_in], include_in_schema=False)
async def keep_history(request: AnyRequest, organization: FromPath[str]) -> Response[Any]:
    """For how many months; nothing typed: as long as the site's."""
    lists = await organization_of(request, organization)
    typed = (await form_fields(request, "months"))["months"].strip()
    service = services(request)
    try:
        now = await service.organizations.describe(
            lists.standing(), settings={AUDIT_RETENTION: _number(typed)}
        )
    except SertantaiError as error:
        return _page(request, lists, Refused(error, "retention"), months=typed)
    kept = kept_in(now.access, service.organizations.site_retention_months, service.clock.now())
    waits = kept.next_months is not None
    said = "Its owners are told by e-mail." if waits else "The settings have been saved."
    return done(request, f"{path_of(now)}/settings", said)


def _number(typed: str) -> int | str | None:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else typed or None


@post(f"{PATH}/end", guards=[signed_in], include_in_schema=False)
async def end_organization(request: AnyRequest, organization: FromPath[str]) -> Response[Any]:
    """Only who has typed its address means it."""
    lists = await organization_of(request, organization)
    confirm = (await form_fields(request, "confirm"))["confirm"].strip()
    standing = lists.standing()
    try:
        standing.require(Right.END)
        if confirm != standing.access.slug:
            raise InvalidInput(f"Type {standing.access.slug} to confirm.", field="confirm")
        await services(request).organizations.end(standing)
    except SertantaiError as error:
        return _page(request, lists, Refused(error, "end"))
    return done(request, path_of(standing), f"“{standing.access.name}” ends in {GRACE.days} days.")


@post(f"{PATH}/continue", guards=[signed_in], include_in_schema=False)
async def call_off_the_end(request: AnyRequest, organization: FromPath[str]) -> Response[Any]:
    lists = await organization_of(request, organization)
    standing = lists.standing()
    try:
        await services(request).organizations.go_on(standing)
    except SertantaiError as error:
        return _page(request, lists, Refused(error, "end"))
    return done(request, path_of(standing), f"“{standing.access.name}” does not end.")


def _page(
    request: AnyRequest,
    lists: Lists,
    refused: Refused | None = None,
    typed: dict[str, str] | None = None,
    months: str | None = None,
) -> Response[bytes]:
    standing, service = lists.standing(), services(request)
    access, rights = standing.access, standing.rights
    if Right.END not in rights:
        lists.require(Right.SETTINGS)
    stated = {
        "name": access.name,
        "slug": access.slug,
        RESTRICTED: access.settings.get(NEW_LISTS) == "restricted",
        REMOVAL_REASONS: removal_reasons(access),
        UNSEEN: not is_presence_shown(access),
    }
    return answer(
        request,
        "organizations/settings.html",
        refused,
        org=frame(lists),
        typed=typed or stated,
        may_change=Right.SETTINGS in rights,
        may_ways_in=bool(rights & {Right.DOMAINS, Right.SSO}),
        may_end=Right.END in rights,
        may_provision=Right.SSO in rights,
        grace_days=GRACE.days,
        may_keep=Right.RETENTION in rights,
        kept=kept_in(access, service.organizations.site_retention_months, service.clock.now()),
        months=months,
        months_min=RETENTION_MONTHS_MIN,
        reasons=REASONS,
    )


ROUTES = [settings_page, change_settings, keep_history, end_organization, call_off_the_end]
