"""What a token needs for each route: what the routes themselves say is compared with this."""

from collections.abc import Iterable
from typing import Final

from sertantai.accounts.caller import TokenScope

Needed = tuple[TokenScope, ...]

ANY: Final[Needed] = ()
"""Any token that is good: nothing of anybody's is shown or changed."""
READ: Final[Needed] = (TokenScope.READ,)
SELECT: Final[Needed] = (TokenScope.SELECT,)
BOTH: Final[Needed] = (TokenScope.READ, TokenScope.SELECT)

_FORMATS: Final = ("csv", "json", "ndjson", "xlsx", "bib", "ris", "parquet")
_GROUP: Final = "/api/v1/groups/{group}"
_ORGANIZATION: Final = "/api/v1/organizations/{organization}"
_RECORD: Final = f"{_GROUP}/records/{{record}}"

_OPEN: Final = (
    "/",
    "/static/{path}",
    "/favicon.ico",
    "/health/live",
    "/health/ready",
    "/metrics",
    "/openapi.json",
    "/api/v1/openapi.json",
    "/api/v1/openapi",
    "/api/v1/openapi/openapi.json",
    "/api/v1/openapi/{path}",
    "/csrf-token",
    "/trail/checkpoint",
    "/api/v1/trail/checkpoint",
    "/erasures/{erasure}/{key}",
    "/erasures/{erasure}/{key}/{file}",
    "/shared/{secret}",
    "/api/v1/shared/{secret}",
)
_READING: Final = (
    "/socket/longpoll",
    "/account/abbreviations",
    "/api/v1/abbreviations",
    "/api/v1/me",
    "/api/v1/me/sessions",
    "/api/v1/me/tokens",
    "/api/v1/audit",
    "/api/v1/audit/packs/{pack}",
    "/api/v1/audit/operations/{proof}",
    "/groups/{group}/evidence",
    "/api/v1/audit/reports",
    "/api/v1/audit/saved-reports",
    "/api/v1/audit/reports/{question}",
    "/audit",
    "/audit/reports",
    "/audit/reports/{question}",
    "/api/v1/trail/consistency/{first}",
    "/api/v1/trail/tile/{level}/{index}",
    "/audit/proof",
    "/api/v1/changed",
    "/api/v1/exports/{key}",
    "/api/v1/groups",
    "/api/v1/groups/deleted",
    _GROUP,
    f"{_GROUP}/access",
    f"{_ORGANIZATION}/abbreviations",
    f"{_ORGANIZATION}/audit",
    f"{_GROUP}/grants",
    f"{_GROUP}/links",
    f"{_GROUP}/suggestions",
    "/api/v1/organizations",
    _ORGANIZATION,
    f"{_ORGANIZATION}/departures",
    f"{_ORGANIZATION}/domains",
    f"{_ORGANIZATION}/groups",
    f"{_ORGANIZATION}/invitations",
    f"{_ORGANIZATION}/members",
    f"{_ORGANIZATION}/sign-in",
    f"{_ORGANIZATION}/teams",
    f"{_GROUP}/records",
    f"{_GROUP}/record-ids",
    f"{_GROUP}/changes",
    f"{_GROUP}/changed",
    f"{_GROUP}/events",
    f"{_GROUP}/drift",
    f"{_GROUP}/exceptions",
    f"{_GROUP}/imports",
    f"{_GROUP}/imports/{{import_id}}/report.csv",
    f"{_GROUP}/past",
    *(f"{_GROUP}/export.{form}" for form in _FORMATS),
    "/api/v1/records",
    "/api/v1/records/facets",
    "/api/v1/records/{record}",
    *(f"/api/v1/records/export.{form}" for form in _FORMATS),
    "/api/v1/views",
    "/confirm-email",
    "/forgot-password",
    "/groups",
    "/groups/compare",
    "/groups/import",
    "/groups/{group}",
    "/groups/{group}/access",
    "/groups/{group}/links",
    "/groups/{group}/copy",
    "/groups/{group}/hand-over",
    "/groups/{group}/suggestions",
    "/groups/{group}/changed",
    "/groups/{group}/counts",
    "/groups/{group}/exceptions",
    "/groups/{group}/filter",
    "/groups/{group}/imports",
    "/groups/{group}/history",
    "/groups/{group}/history/{operation}",
    "/groups/{group}/moments",
    "/groups/{group}/print",
    "/guest-ticks",
    "/invitations/accept",
    "/history",
    "/history/{operation}",
    "/organizations",
    "/organizations/{organization}",
    *(
        f"/organizations/{{organization}}/{page}"
        for page in (
            "abbreviations",
            "audit",
            "leave",
            "members",
            "departures/{member}",
            "members/{member}",
            "settings",
            "teams",
            "teams/{team}",
        )
    ),
    "/records",
    "/records/counts",
    "/records/print",
    "/records/{record}",
    "/reset-password",
    "/sign-in",
    "/sign-in/link",
    "/sign-in/organization",
    "/sign-in/with/{provider}",
    "/sign-in/with/{provider}/callback",
    "/sign-up",
)
_CHANGING: Final = (
    "DELETE /api/v1/auth/token",
    "POST /api/v1/groups",
    f"DELETE {_GROUP}",
    f"PUT {_RECORD}",
    f"DELETE {_RECORD}",
    f"PATCH {_RECORD}",
    f"DELETE {_GROUP}/imports/{{import_id}}",
    f"POST {_GROUP}/operations",
    f"POST {_GROUP}/ranges",
    f"PATCH {_GROUP}/records",
    f"POST {_GROUP}/places",
    f"POST {_GROUP}/reviews",
    f"POST {_GROUP}/undo",
    f"POST {_GROUP}/suggestions",
    f"DELETE {_GROUP}/suggestions/{{suggestion}}",
    "DELETE /api/v1/abbreviations/{abbreviation}",
    "PUT /api/v1/audit/saved-reports/{report}",
    "DELETE /api/v1/audit/saved-reports/{report}",
    "PUT /api/v1/views/{view}",
    "DELETE /api/v1/views/{view}",
    "POST /records/ticks",
)
_READING_AND_CHANGING: Final = (
    "PUT /api/v1/abbreviations/{abbreviation}",
    "POST /api/v1/audit/packs",
    "POST /api/v1/groups/combine",
    "POST /api/v1/groups/order",
    f"POST {_ORGANIZATION}/groups",
    f"PATCH {_GROUP}",
    f"POST {_GROUP}/copy",
    f"POST {_GROUP}/restore",
    f"POST {_GROUP}/suggestions/{{suggestion}}/accept",
    f"POST {_GROUP}/suggestions/{{suggestion}}/decline",
    f"POST {_GROUP}/imports",
    f"POST {_GROUP}/transfers",
    f"POST {_GROUP}/past/restore",
    f"PUT {_GROUP}/filter",
    f"POST {_GROUP}/drift/accept",
    f"DELETE {_GROUP}/exceptions/{{record}}",
    "POST /guest-ticks",
)


def _gets(paths: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"GET {path}" for path in paths)


_MATCHED: Final = ("records/match", "imports/tables", "imports/columns", "imports/match")
MATCHING: Final = frozenset(
    {"POST /socket/longpoll", "POST /api/v1/live/tickets", *(f"POST /api/v1/{path}" for path in _MATCHED)}
)

TABLE: Final[dict[str, Needed]] = {
    **dict.fromkeys(_gets(_OPEN), ANY),
    **dict.fromkeys(_gets(_READING), READ),
    # what is read, matched and guessed changes nothing
    **dict.fromkeys(MATCHING, READ),
    **dict.fromkeys(_CHANGING, SELECT),
    **dict.fromkeys(_READING_AND_CHANGING, BOTH),
}
"""Method and path template of a route → the scopes that a token needs, all of them; any other is closed."""
