"""Every route × every kind of caller: what each is answered. A route without a row here fails the test.

In-process, but with everything the product has: PostgreSQL, engine, accounts, guards and middleware.
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from enum import Enum, auto
from functools import cache
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from sertantai.accounts.administration import create_user
from sertantai.accounts.model import SessionKind
from sertantai.http.application import web_application
from sertantai.http.protocol.security_headers import ALWAYS, SECRET_PATHS, WITHOUT_TRACE
from sertantai.process.settings import Settings
from sertantai.web import routes
from sertantai.web.authentication import Authentication
from sertantai.web.page_files import PAGE_FILES
from tests.fixtures.client import ask as patiently
from tests.fixtures.visits import product

pytestmark = pytest.mark.asyncio(loop_scope="module")

PASSWORD = "correct horse battery staple"
INLINE = re.compile(
    r"\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|<style[\s>]|<script(?![^>]*\ssrc=)[^>]*>|javascript:", re.I
)


class Access(Enum):
    PUBLIC = auto()
    """Anybody; a token that is no good makes a stranger."""
    MINE = auto()
    """Whoever is signed in, about themselves."""
    OWNED = auto()
    """It belongs to the owner; to everybody else, administrators too, it does not exist."""
    SESSION = auto()
    """Like MINE, but not with a personal token, whatever its scope."""
    OWNED_SESSION = auto()
    VISITOR = auto()
    """Like MINE, and guests too."""
    OWNED_VISITOR = auto()
    """Like OWNED: to a guest that it does not belong to it does not exist either."""
    ADMIN = auto()
    DIRECTORY = auto()
    """An organization's directory, by a token of its own: to all others it is closed alike."""


@dataclass(frozen=True)
class Row:
    """``ok``: what those who may are answered. ``spends``: callers or their lists do not outlive it.
    ``reads``: it changes nothing, whatever its method."""

    access: Access
    ok: tuple[int, ...] = (200,)
    json: Any = None
    form: dict[str, str] | None = None
    query: str = ""
    spends: bool = False
    reads: bool = False


FOUND, MADE, GONE, SEE = (200,), (201,), (204,), (303,)
UNREAD = (422,)
"""Nothing of use was sent, but whoever may was let in."""
ANSWERS_OF_OTHERS = {"GET /sign-in/with/{provider:str}/callback"}
"""What a provider says behind the question mark is up to it (RFC 6749, 4.1.2: the unknown is passed over)."""
P, M, OWN, A = Access.PUBLIC, Access.MINE, Access.OWNED, Access.ADMIN
D = Access.DIRECTORY
S, OS = Access.SESSION, Access.OWNED_SESSION
V, OV = Access.VISITOR, Access.OWNED_VISITOR
GROUP, RECORD = "/api/v1/groups/{group:str}", "/api/v1/groups/{group:str}/records/{record:str}"
ORG = "/api/v1/organizations/{organization:str}"
ORGANIZATION = "/organizations/{organization:str}"
SCIM = "/scim/v2/{organization:str}"
FORMATS = ("csv", "json", "ndjson", "xlsx", "bib", "ris", "parquet")

MATRIX: dict[str, Row] = {
    "GET /": Row(P, (302,)),
    # accounts, for programs
    "POST /api/v1/auth/register": Row(P, UNREAD),
    "POST /api/v1/auth/token": Row(P, UNREAD),
    "DELETE /api/v1/auth/token": Row(M, GONE, spends=True),
    "GET /api/v1/me": Row(V),
    "GET /api/v1/me/sessions": Row(M),
    "DELETE /api/v1/me/sessions": Row(S, GONE, spends=True),
    "DELETE /api/v1/me/sessions/{session:str}": Row(OS, GONE, spends=True),
    "GET /api/v1/me/tokens": Row(M),
    "POST /api/v1/me/tokens": Row(S, UNREAD, json={}),
    "DELETE /api/v1/me/tokens/{token:str}": Row(OS, GONE, spends=True),
    "POST /api/v1/me/password": Row(S, UNREAD, json={}),
    "GET /api/v1/account/data": Row(S),
    "POST /api/v1/account/data/exports": Row(S, UNREAD, json={}),
    "GET /api/v1/account/data/exports/{export:str}": Row(S, (404,)),
    "GET /api/v1/account/erasure": Row(S),
    "POST /api/v1/account/erasure": Row(S, UNREAD, json={}),
    "POST /api/v1/account/erasure/undo": Row(P, UNREAD),
    "GET /api/v1/admin/erasures": Row(A),
    "GET /api/v1/admin/users/{user:str}/erasure": Row(A),
    "POST /api/v1/admin/users/{user:str}/erasure": Row(A, UNREAD, json={}),
    "POST /api/v1/admin/users/{user:str}/erasure/undo": Row(A, (404,), json={}),
    # accounts, for people
    "GET /sign-in": Row(P, (200, 303)),
    "POST /sign-in": Row(P, (401,), form={}),
    "POST /sign-in/code": Row(P, (401,), form={}),
    "POST /sign-in/come-back": Row(P, (401,), form={}),
    "GET /sign-up": Row(P, (200, 303)),
    "POST /sign-up": Row(P, UNREAD, form={}),
    "POST /sign-out": Row(P, SEE, form={}, spends=True),
    "POST /guest": Row(P, (200, 201), form={}),
    "GET /forgot-password": Row(P),
    "POST /forgot-password": Row(P, FOUND, form={}),
    "GET /reset-password": Row(P, UNREAD),
    "POST /reset-password": Row(P, UNREAD, form={}),
    "GET /confirm-email": Row(P, UNREAD),
    "POST /confirm-email": Row(P, UNREAD, form={}),
    "GET /account": Row(S),
    "POST /account/password": Row(S, UNREAD, form={}),
    "POST /account/confirm-email": Row(S, (409,), form={}),
    "POST /account/tokens": Row(S, UNREAD, form={}),
    "POST /account/tokens/{token:str}/revoke": Row(OS, SEE, spends=True),
    "POST /account/sessions/{session:str}/revoke": Row(OS, SEE, spends=True),
    "POST /account/sessions/revoke-others": Row(S, SEE, spends=True),
    "GET /account/data": Row(S),
    "POST /account/data/exports": Row(S, UNREAD, form={}),
    "GET /account/data/exports/{export:str}": Row(S, (404,)),
    "GET /account/data/erase": Row(S),
    "POST /account/data/erase": Row(S, UNREAD, form={}),
    # whoever has the address needs no account, and is told nothing of anybody
    "GET /erasures/{erasure:str}/{key:str}": Row(P, (404,)),
    "GET /erasures/{erasure:str}/{key:str}/{file:str}": Row(P, (404,)),
    "GET /account/second-factor": Row(S),
    "POST /account/second-factor": Row(S, UNREAD, form={}),
    "POST /account/second-factor/codes": Row(S, UNREAD, form={}),
    "POST /account/second-factor/disable": Row(S, UNREAD, form={}),
    # administration
    "GET /admin": Row(A, (302,)),
    "GET /admin/users": Row(A),
    "POST /admin/users/{user:str}/disable": Row(A, SEE, spends=True),
    "POST /admin/users/{user:str}/enable": Row(A, SEE, spends=True),
    "GET /admin/users/{user:str}/data": Row(A),
    "POST /admin/users/{user:str}/exports": Row(A, UNREAD, form={}),
    "GET /admin/users/{user:str}/exports/{export:str}": Row(A, (404,)),
    "POST /admin/users/{user:str}/erase": Row(A, UNREAD, form={}),
    "POST /admin/users/{user:str}/erase/undo": Row(A, (404,), form={}),
    "GET /admin/erasures": Row(A),
    "GET /admin/erasures/{erasure:str}/{file:str}": Row(A, (404,)),
    "GET /admin/organizations": Row(A),
    "GET /admin/organizations/{organization:str}": Row(A),
    "POST /admin/organizations/{organization:str}/look": Row(A, UNREAD, form={}),
    "POST /admin/organizations/{organization:str}/end": Row(A, SEE, form={}),
    "GET /admin/organizations/{organization:str}/lists/{group:str}": Row(A, SEE),
    "GET /admin/organizations/{organization:str}/members": Row(A, SEE),
    "GET /admin/organizations/{organization:str}/audit": Row(A, SEE),
    "GET /admin/audit": Row(A),
    "GET /admin/outbox": Row(A),
    "GET /admin/retention": Row(A),
    "GET /admin/retention/certificate": Row(A),
    "POST /admin/retention/holds": Row(A, UNREAD, form={}),
    "POST /admin/retention/holds/{hold:str}/release": Row(A, UNREAD, form={}),
    "GET /api/v1/retention/plan": Row(A),
    "GET /api/v1/retention/policies": Row(A),
    "POST /api/v1/retention/policies": Row(A, UNREAD, json={}),
    "GET /api/v1/retention/report": Row(A),
    "GET /api/v1/holds": Row(A),
    "POST /api/v1/holds": Row(A, UNREAD, json={}),
    "POST /api/v1/holds/{hold:str}/release": Row(A, UNREAD, json={}),
    "GET /admin/security": Row(A),
    "GET /admin/performance": Row(A),
    "GET /admin/performance/samples": Row(A),
    "POST /admin/security/alerts/test": Row(A, SEE),
    # the register
    "GET /records": Row(P),
    "GET /records/counts": Row(P),
    "GET /records/print": Row(P),
    "GET /records/{record:str}": Row(P),
    "POST /records/ticks": Row(P, SEE, form={}),
    "POST /records/suggestions": Row(S, (404,), form={}),
    "GET /api/v1/records": Row(V),
    "GET /api/v1/records/facets": Row(V),
    "GET /api/v1/records/{record:str}": Row(V),
    "POST /api/v1/records/match": Row(M, json={"text": "ukpga 1974/37"}, reads=True),
    "POST /api/v1/imports/columns": Row(M, json={"rows": [["Law"], ["1974 c. 37"]]}, reads=True),
    "POST /api/v1/imports/match": Row(M, json={"rows": [{"line": 1, "law": ["1974 c. 37"]}]}, reads=True),
    "POST /api/v1/imports/tables": Row(M, json={"text": "Law\tOwner\nNoise Act 1996\tEHS"}, reads=True),
    **{f"GET /api/v1/records/export.{form}": Row(M) for form in FORMATS},
    "GET /api/v1/exports/{key:str}": Row(M),
    # abbreviations of one's own; an id is each caller's own
    "GET /api/v1/abbreviations": Row(M),
    "PUT /api/v1/abbreviations/{abbreviation:str}": Row(
        M, json={"abbreviation": "{unique}", "laws": ["{record}"]}
    ),
    "DELETE /api/v1/abbreviations/{abbreviation:str}": Row(OWN, GONE, spends=True),
    "GET /account/abbreviations": Row(M),
    # views with names; an id is each caller's own
    "GET /api/v1/views": Row(M),
    "PUT /api/v1/views/{view:str}": Row(M, json={"name": "{unique}", "query": "q=noise"}),
    "DELETE /api/v1/views/{view:str}": Row(OWN, GONE, spends=True),
    # lists
    "GET /api/v1/groups": Row(V),
    "POST /api/v1/groups": Row(M, MADE, json={"name": "{unique}"}),
    "GET /api/v1/groups/deleted": Row(M),
    "POST /api/v1/groups/order": Row(M, json={"group_ids": []}),
    "POST /api/v1/groups/combine": Row(M, UNREAD, json={"no": 1}),
    f"POST {GROUP}/imports": Row(OWN, json={"items": [{"record_id": "{record}"}]}),
    f"GET {GROUP}/imports": Row(OWN),
    f"GET {GROUP}/imports/{{import_id:str}}/report.csv": Row(OWN),
    f"DELETE {GROUP}/imports/{{import_id:str}}": Row(OWN, GONE, spends=True),
    f"GET {GROUP}/past": Row(OWN, query="at=2020-01-01"),
    f"POST {GROUP}/past/restore": Row(OWN, (200, 409, 422), json={"at": "2020-01-01"}, spends=True),
    f"PUT {GROUP}/filter": Row(OWN, (200, 422), json={"filter": {"year": "2020"}}, spends=True),
    f"GET {GROUP}/drift": Row(OWN, UNREAD),
    f"POST {GROUP}/drift/accept": Row(OWN, (200, 404, 409, 422), json={}, spends=True),
    f"GET {GROUP}/exceptions": Row(OWN),
    f"DELETE {GROUP}/exceptions/{{record:str}}": Row(OWN),
    "GET /api/v1/changed": Row(M),
    f"GET {GROUP}/changed": Row(OWN),
    f"POST {GROUP}/reviews": Row(OWN, (200, 422), json={"record_ids": ["{record}"]}, spends=True),
    # organizations: the owner is the only member of theirs, see acceptance/organizations for roles
    "GET /api/v1/organizations": Row(M),
    "POST /api/v1/organizations": Row(S, MADE, json={"name": "{unique}"}),
    f"GET {ORG}": Row(OWN),
    f"PATCH {ORG}": Row(OS, json={"settings": {}}),
    f"DELETE {ORG}": Row(OS, GONE, spends=True),
    f"POST {ORG}/restore": Row(OS, json={}),
    f"POST {ORG}/ownership": Row(OS, json={"member": None}),
    f"POST {ORG}/ownership/accept": Row(OS, (403,), json={}),
    f"GET {ORG}/members": Row(OWN),
    f"PATCH {ORG}/members/{{user:str}}": Row(OS, (404,), json={"suspended": False}),
    f"DELETE {ORG}/members/{{user:str}}": Row(OS, (404,)),
    f"GET {ORG}/members/{{user:str}}/leaving": Row(OS, (404,)),
    f"POST {ORG}/members/{{user:str}}/leaving": Row(OS, (404,), json={}),
    f"GET {ORG}/departures": Row(OWN),
    f"GET {ORG}/departures/{{user:str}}/restore": Row(OS, (404,)),
    f"POST {ORG}/departures/{{user:str}}/restore": Row(OS, (404,), json={}),
    f"GET {ORG}/abbreviations": Row(OWN),
    f"PUT {ORG}/abbreviations/{{abbreviation:str}}": Row(
        OS, json={"abbreviation": "{unique}", "laws": ["{record}"]}
    ),
    f"DELETE {ORG}/abbreviations/{{abbreviation:str}}": Row(OS, (404,)),
    f"GET {ORG}/teams": Row(OWN),
    f"POST {ORG}/teams": Row(OS, MADE, json={"name": "{unique}"}),
    f"PATCH {ORG}/teams/{{team:str}}": Row(OS, json={"name": "{unique}"}),
    f"DELETE {ORG}/teams/{{team:str}}": Row(OS, GONE, spends=True),
    f"PUT {ORG}/teams/{{team:str}}/members/{{user:str}}": Row(OS, (404,)),
    f"DELETE {ORG}/teams/{{team:str}}/members/{{user:str}}": Row(OS, (404,)),
    f"GET {ORG}/invitations": Row(OWN),
    f"POST {ORG}/invitations": Row(OS, MADE, json={"role": "viewer"}),
    f"POST {ORG}/invitations/{{invitation:str}}/resend": Row(OS, json={}),
    f"DELETE {ORG}/invitations/{{invitation:str}}": Row(OS, GONE, spends=True),
    f"GET {ORG}/domains": Row(OWN),
    f"POST {ORG}/domains": Row(OS, MADE, json={"domain": "laws.example"}),
    f"POST {ORG}/domains/{{domain:str}}/check": Row(OS, (200, 503), json={}),
    f"PATCH {ORG}/domains/{{domain:str}}": Row(OS, json={"mode": "admit"}),
    f"DELETE {ORG}/domains/{{domain:str}}": Row(OS, GONE, spends=True),
    "GET /api/v1/joinable-organizations": Row(S),
    "POST /api/v1/joinable-organizations/{organization:str}": Row(S, (404,), json={}),
    f"GET {ORG}/sign-in": Row(OWN),
    f"PUT {ORG}/sign-in": Row(OS, UNREAD, json={"issuer": "http://192.0.2.1", "client_id": "x"}),
    f"DELETE {ORG}/sign-in": Row(OS, (404,)),
    f"GET {ORG}/audit": Row(OWN),
    # signing in with a provider, for strangers; who has signed in is led on
    "GET /sign-in/organization": Row(P, (200, 303)),
    "POST /sign-in/organization": Row(P, (404,), form={"organization": "nobody"}),
    "GET /sign-in/with/{provider:str}": Row(P, (303, 404)),
    "GET /sign-in/with/{provider:str}/callback": Row(P, (404,)),
    "GET /sign-in/link": Row(P, (401,)),
    "POST /sign-in/link": Row(P, (401,), form={"link": "none"}),
    "POST /sign-in/link/mail": Row(P, (401,), form={"token": "none"}),
    f"GET {ORG}/groups": Row(OWN),
    f"POST {ORG}/groups": Row(OWN, MADE, json={"name": "{unique}"}),
    "GET /invitations/accept": Row(P, (404,)),
    "POST /invitations/accept": Row(S, (404,), form={"token": "none"}),
    "POST /api/v1/invitations/look-at": Row(P, (404,), json={"token": "none"}),
    "POST /api/v1/invitations/accept": Row(S, (404,), json={"token": "none"}),
    f"GET {GROUP}/access": Row(OWN),
    f"GET {GROUP}/grants": Row(OWN),
    f"PUT {GROUP}/grants/{{grantee:str}}": Row(OS, UNREAD, json={"level": "view"}),
    f"DELETE {GROUP}/grants/{{grantee:str}}": Row(OS, UNREAD),
    # an organization's directory, which speaks SCIM
    f"GET {ORG}/directory-tokens": Row(OS),
    f"POST {ORG}/directory-tokens": Row(OS, MADE, json={}),
    f"DELETE {ORG}/directory-tokens/{{directory_token:str}}": Row(OS, GONE, spends=True),
    **{
        f"{method} {SCIM}/{kind}": Row(D, (), json={})
        for kind in ("Users", "Groups")
        for method in ("GET", "POST")
    },
    **{
        f"{method} {SCIM}/{one}": Row(D, (), json={})
        for one in ("Users/{resource:str}", "Groups/{resource:str}")
        for method in ("GET", "PUT", "PATCH", "DELETE")
    },
    **{
        f"GET {SCIM}/{one}": Row(D, ())
        for one in (
            "ServiceProviderConfig",
            "ResourceTypes",
            "ResourceTypes/{kind:str}",
            "Schemas",
            "Schemas/{schema:str}",
        )
    },
    # links to read a list: whoever has one needs no account, and reaches nothing else
    f"GET {GROUP}/links": Row(OWN),
    f"POST {GROUP}/links": Row(OS, MADE, json={}),
    f"DELETE {GROUP}/links/{{link:str}}": Row(OS, GONE, spends=True),
    "GET /groups/{group:str}/links": Row(OWN),
    "POST /groups/{group:str}/links": Row(OS, UNREAD, form={}),
    "POST /groups/{group:str}/links/{link:str}/revoke": Row(OS, SEE, form={}, spends=True),
    "GET /shared/{secret:str}": Row(P),
    "GET /api/v1/shared/{secret:str}": Row(P),
    "GET /groups/{group:str}/copy": Row(OWN),
    "POST /groups/{group:str}/copy": Row(OS, UNREAD, form={}),
    f"POST {GROUP}/copy": Row(OWN, MADE, json={}),
    "GET /groups/{group:str}/hand-over": Row(OWN),
    "POST /groups/{group:str}/hand-over": Row(OS, (422, 403), form={"to": ""}),
    f"POST {GROUP}/hand-over": Row(OS, (404,), json={"to": "none"}),
    # suggestions: in a list of one's own there is nobody to decide
    "GET /groups/{group:str}/suggestions": Row(OWN, (404,)),
    "POST /groups/{group:str}/suggestions": Row(OS, (404,), form={"laws": "COSHH"}),
    "POST /groups/{group:str}/suggestions/{suggestion:str}": Row(OS, (404,), form={"decision": "accept"}),
    f"GET {GROUP}/suggestions": Row(OWN),
    f"POST {GROUP}/suggestions": Row(
        OWN, (201, 409, 422), json={"action": "bulk_select", "record_ids": ["{record}"]}
    ),
    f"POST {GROUP}/suggestions/{{suggestion:str}}/accept": Row(OWN, (404, 409, 422), json={}),
    f"POST {GROUP}/suggestions/{{suggestion:str}}/decline": Row(OWN, (404, 409, 422), json={}),
    f"DELETE {GROUP}/suggestions/{{suggestion:str}}": Row(OWN, (404, 409, 422)),
    # lists and history, for people
    "GET /guest-ticks": Row(M, SEE),
    "POST /guest-ticks": Row(M, SEE, form={"into": "none"}),
    "GET /groups": Row(M),
    "GET /groups/compare": Row(M),
    "GET /groups/import": Row(M),
    "GET /groups/{group:str}": Row(OWN),
    "GET /groups/{group:str}/counts": Row(OWN),
    "GET /groups/{group:str}/history": Row(OWN, (302,)),
    "GET /groups/{group:str}/history/{operation:str}": Row(OWN),
    "GET /groups/{group:str}/imports": Row(OWN),
    "GET /groups/{group:str}/moments": Row(OWN),
    "GET /groups/{group:str}/exceptions": Row(OWN),
    "GET /groups/{group:str}/print": Row(OWN),
    "GET /groups/{group:str}/changed": Row(OWN),
    "GET /groups/{group:str}/filter": Row(OWN),
    "GET /history": Row(M),
    "GET /history/{operation:str}": Row(OWN),
    "GET /api/v1/audit": Row(V),
    "POST /api/v1/audit/packs": Row(M, MADE, json={"list": "default"}),
    "GET /api/v1/audit/packs/{pack:str}": Row(M, (404,)),
    "GET /api/v1/audit/operations/{proof:str}": Row(OWN),
    "GET /groups/{group:str}/evidence": Row(OWN),
    "POST /groups/{group:str}/evidence": Row(OWN, form={}),
    # questions to one's own trail
    "GET /audit/reports": Row(M),
    "GET /audit/reports/{question:str}": Row(M),
    "GET /api/v1/audit/reports": Row(M),
    # reports with names; an id is each caller's own
    "POST /audit/reviews": Row(S, SEE, form={"since": "2026-01-01", "until": "2026-01-31"}),
    "POST /audit/saved-reports": Row(S, SEE, form={"name": "{unique}", "question": "removals"}),
    "POST /audit/saved-reports/{report:str}/delete": Row(OS, SEE, form={}, spends=True),
    "GET /api/v1/audit/saved-reports": Row(M),
    "PUT /api/v1/audit/saved-reports/{report:str}": Row(M, json={"name": "{unique}", "question": "removals"}),
    "DELETE /api/v1/audit/saved-reports/{report:str}": Row(OWN, GONE, spends=True),
    "GET /api/v1/audit/reports/{question:str}": Row(M),
    "GET /audit": Row(M),
    "GET /audit/proof": Row(M),
    "GET /trail/checkpoint": Row(P, (200, 404)),
    "GET /api/v1/trail/checkpoint": Row(P, (200, 404)),
    "GET /api/v1/trail/consistency/{first:str}": Row(M, (200, 404)),
    "GET /api/v1/trail/tile/{level:str}/{index:str}": Row(M, (200, 404)),
    # one's own lists nobody else sees
    "GET /groups/{group:str}/access": Row(OWN, (404,)),
    "POST /groups/{group:str}/access": Row(OWN, (404,), form={}),
    "POST /groups/{group:str}/access/grants": Row(OWN, (404,), form={}),
    # organizations, for people; to anybody else there is none
    "GET /organizations": Row(M),
    "POST /organizations": Row(M, UNREAD, form={}),
    f"GET {ORGANIZATION}": Row(OWN),
    "POST /join-organization": Row(S, (404,), form={"organization": "none"}),
    f"GET {ORGANIZATION}/ways-in": Row(OS),
    f"POST {ORGANIZATION}/ways-in": Row(OS, UNREAD, form={"domain": "none"}),
    f"POST {ORGANIZATION}/ways-in/domain": Row(OS, UNREAD, form={"domain": "none"}),
    f"POST {ORGANIZATION}/ways-in/sign-in": Row(OS, UNREAD, form={"issuer": "none"}),
    f"POST {ORGANIZATION}/ways-in/sign-in/remove": Row(OS, SEE, form={}),
    f"POST {ORGANIZATION}/groups": Row(OWN, UNREAD, form={}),
    f"POST {ORGANIZATION}/ownership/accept": Row(OWN, (403,), form={}),
    f"GET {ORGANIZATION}/leave": Row(OWN),
    f"POST {ORGANIZATION}/leave": Row(OWN, (409,), form={}),
    f"POST {ORGANIZATION}/name": Row(OWN, UNREAD, form={}),
    f"GET {ORGANIZATION}/members": Row(OWN),
    f"GET {ORGANIZATION}/departures/{{member:str}}": Row(OWN, (404, 409)),
    f"POST {ORGANIZATION}/departures/{{member:str}}": Row(OWN, (404, 409), form={}),
    f"GET {ORGANIZATION}/members/{{member:str}}": Row(OWN),
    f"POST {ORGANIZATION}/members/{{member:str}}": Row(OWN, SEE, form={}),
    f"POST {ORGANIZATION}/members/{{member:str}}/suspend": Row(OWN, SEE, form={}),
    f"POST {ORGANIZATION}/members/{{member:str}}/remove": Row(OWN, (409,), form={}),
    f"POST {ORGANIZATION}/members/{{member:str}}/view": Row(OWN, (403,), form={}),
    "POST /viewing/end": Row(S, SEE, form={}),
    f"POST {ORGANIZATION}/members/{{member:str}}/ownership": Row(OWN, SEE, form={}),
    f"GET {ORGANIZATION}/abbreviations": Row(OWN),
    f"GET {ORGANIZATION}/teams": Row(OWN),
    f"POST {ORGANIZATION}/teams": Row(OWN, UNREAD, form={}),
    f"GET {ORGANIZATION}/teams/{{team:str}}": Row(OWN),
    f"POST {ORGANIZATION}/teams/{{team:str}}": Row(OWN, UNREAD, form={}),
    f"POST {ORGANIZATION}/teams/{{team:str}}/members": Row(OWN, (404,), form={"member": str(uuid4())}),
    f"POST {ORGANIZATION}/teams/{{team:str}}/end": Row(OWN, SEE, form={}, spends=True),
    f"GET {ORGANIZATION}/audit": Row(OWN),
    f"GET {ORGANIZATION}/invitations": Row(OS),
    f"POST {ORGANIZATION}/invitations": Row(OWN, UNREAD, form={}),
    f"POST {ORGANIZATION}/invitations/{{invitation:str}}/resend": Row(OWN, form={}),
    f"POST {ORGANIZATION}/invitations/{{invitation:str}}/revoke": Row(OWN, SEE, form={}, spends=True),
    f"GET {ORGANIZATION}/settings": Row(OWN),
    f"GET {ORGANIZATION}/provisioning": Row(OS),
    f"POST {ORGANIZATION}/provisioning": Row(OS, UNREAD, form={}),
    f"POST {ORGANIZATION}/provisioning/{{directory_token:str}}/revoke": Row(OS, SEE, form={}, spends=True),
    f"POST {ORGANIZATION}/settings": Row(OWN, UNREAD, form={}),
    f"POST {ORGANIZATION}/retention": Row(OWN, SEE, form={}),
    f"POST {ORGANIZATION}/end": Row(OWN, UNREAD, form={}),
    f"POST {ORGANIZATION}/continue": Row(OWN, SEE, form={}),
    f"GET {GROUP}": Row(OV),
    f"PATCH {GROUP}": Row(OWN, json={"description": "laws"}),
    f"DELETE {GROUP}": Row(OWN, (200, 204), spends=True),
    f"POST {GROUP}/restore": Row(OWN, (200, 409), spends=True),
    f"GET {GROUP}/records": Row(OV),
    f"GET {GROUP}/record-ids": Row(OV),
    f"GET {GROUP}/changes": Row(OV, query="since=0"),
    "POST /api/v1/live/tickets": Row(M, MADE, reads=True),
    f"GET {GROUP}/events": Row(OV, query="until=now"),
    f"PUT {RECORD}": Row(OV),
    f"DELETE {RECORD}": Row(OV, spends=True),
    f"PATCH {RECORD}": Row(OV, json={"note": "read it"}),
    f"POST {GROUP}/operations": Row(OV, json={"action": "clear_all"}, spends=True),
    f"POST {GROUP}/undo": Row(OV, json={}, spends=True),
    f"POST {GROUP}/ranges": Row(
        OV, json={"action": "bulk_select", "from": "{record}", "to": "{record}"}, spends=True
    ),
    f"PATCH {GROUP}/records": Row(
        OWN, (200, 422), json={"record_ids": ["{record}"], "review_on": "2030-01-01"}, spends=True
    ),
    f"POST {GROUP}/places": Row(OWN, json={"record_ids": ["{record}"]}, spends=True),
    f"POST {GROUP}/transfers": Row(OWN, json={"to": "default", "record_ids": ["{record}"]}, spends=True),
    **{f"GET {GROUP}/export.{form}": Row(OWN) for form in FORMATS},
}


@cache
def all_handlers() -> tuple[tuple[str, str, HTTPRouteHandler], ...]:
    """Method and path template of every handler of the product, with the handler. Asked by every process
    of pytest when it collects, and more than once."""
    app = web_application(
        routes.ALL, Settings(), page_files=PAGE_FILES, secret=b"x" * 32, authentication=[Authentication]
    )
    return tuple(
        (method, route.path, handler)
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        if handler.handler_name != "options_handler"
        for method in handler.http_methods
        if method != "OPTIONS"
    )


OPEN = (
    "/health/",
    "/metrics",
    "/openapi.json",
    "/socket/longpoll",
    "/api/v1/openapi",
    "/static/",
    "/favicon.ico",
    "/csrf-token",
)
ROUTES = sorted({f"{method} {path}" for method, path, _ in all_handlers() if not path.startswith(OPEN)})


A_PLACE_IN_THE_LOG = {"first": "1", "level": "0", "index": "0"}


async def test_every_route_has_a_row_and_every_row_a_route() -> None:
    assert set(ROUTES) == MATRIX.keys()


# --------------------------------------------------------------------------------------------- callers


@dataclass(frozen=True)
class Somebody:
    http: httpx.AsyncClient
    user_id: str = ""


@dataclass(frozen=True)
class Cast:
    """All kinds of callers, and what belongs to the owner."""

    callers: dict[str, Somebody]
    parameters: dict[str, str]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def app() -> AsyncIterator[Litestar]:
    async with product() as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lasting(app: Litestar) -> AsyncIterator[Cast]:
    async with cast_of(app) as cast:
        yield cast


@asynccontextmanager
async def cast_of(app: Litestar) -> AsyncIterator[Cast]:
    callers = {name: Somebody(client(app)) for name in ("nobody",)}
    callers["guest"] = await guest(app)
    owner = callers["owner"] = await registered(app)
    callers["other"] = await registered(app)
    callers["admin"] = await administrator(app)
    revoked = callers["revoked token"] = await registered(app)
    assert (await revoked.http.delete("/api/v1/auth/token")).status_code == 204
    body = {"current_password": PASSWORD, "name": "reads", "scopes": ["read"]}
    made = await owner.http.post("/api/v1/me/tokens", json=body)
    assert made.status_code == 201, made.text
    callers["wrong scope"] = Somebody(client(app, made.json()["token"]), owner.user_id)
    parameters = {**await belongings(owner), **A_PLACE_IN_THE_LOG}
    try:
        yield Cast(
            callers, {**parameters, "token": made.json()["item"]["id"], "user": callers["other"].user_id}
        )
    finally:
        for caller in callers.values():
            await caller.http.aclose()


def client(app: Litestar, token: str | None = None) -> httpx.AsyncClient:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]  # Litestar types ASGI more narrowly
    return httpx.AsyncClient(transport=transport, base_url="http://sertantai.test", headers=headers)


async def registered(app: Litestar) -> Somebody:
    email = f"{uuid4().hex}@example.org"
    async with client(app) as stranger:
        answer = await stranger.post("/api/v1/auth/register", json={"email": email, "password": PASSWORD})
    assert answer.status_code == 201, answer.text
    return Somebody(client(app, answer.json()["token"]), answer.json()["user"]["id"])


async def guest(app: Litestar) -> Somebody:
    """Known by a cookie, so that each change needs the token of a page too."""
    http = client(app)
    page_token = (await http.get("/csrf-token")).json()["token"]
    made = await http.post("/guest", headers={"x-csrf-token": page_token})
    assert made.status_code == 201, made.text
    http.headers["x-csrf-token"] = (await http.get("/csrf-token")).json()["token"]
    return Somebody(http, made.json()["user_id"])


async def administrator(app: Litestar) -> Somebody:
    """In a browser: a token does not administer."""
    email = f"{uuid4().hex}@example.org"
    user = await create_user(app.state.accounts, email, PASSWORD, "admin")
    http = client(app)
    page_token = (await http.get("/csrf-token")).json()["token"]
    form = {"email": email, "password": PASSWORD, "_csrf_token": page_token}
    assert (await http.post("/sign-in", data=form)).status_code == 303
    http.headers["x-csrf-token"] = (await http.get("/csrf-token")).json()["token"]
    return Somebody(http, str(user.user_id))


async def admins_token(app: Litestar, *, for_scripts: bool) -> Somebody:
    """An administrator's bearer token, of a session or for scripts with every scope."""
    email = f"{uuid4().hex}@example.org"
    user = await create_user(app.state.accounts, email, PASSWORD, "admin")
    accounts = app.state.accounts
    if for_scripts:
        token, _ = await accounts.api_tokens.create(
            user.user_id, user.role, "all", ["read", "select", "admin"], 7, None
        )
    else:
        token = (await accounts.open_session(user, SessionKind.BEARER)).token
    return Somebody(client(app, token), str(user.user_id))


@pytest.mark.parametrize("name", [name for name in ROUTES if " /admin" in name])
@pytest.mark.parametrize("for_scripts", [True, False])
async def test_no_bearer_token_administers(
    app: Litestar, lasting: Cast, name: str, for_scripts: bool
) -> None:
    bearer = await admins_token(app, for_scripts=for_scripts)
    async with bearer.http as http:
        answer = await ask(lasting, http, name, MATRIX[name])
    assert answer.status_code == 403, answer.text
    assert "session_needed" in answer.text


async def belongings(owner: Somebody) -> dict[str, str]:
    """A list with a record in it, made by an operation, from a session."""
    record = (await owner.http.get("/api/v1/records?limit=1")).json()["items"][0]["id"]
    group = (await owner.http.post("/api/v1/groups", json={"name": "mine"})).json()["id"]
    ticked = await owner.http.put(f"/api/v1/groups/{group}/records/{record}")
    session = (await owner.http.get("/api/v1/me")).json()["session_id"]
    view = str(uuid4())
    await owner.http.put(f"/api/v1/views/{view}", json={"name": "mine"})
    named_report = str(uuid4())
    saved = {"name": "mine", "question": "removals"}
    await owner.http.put(f"/api/v1/audit/saved-reports/{named_report}", json=saved)
    abbreviation = str(uuid4())
    named = {"abbreviation": "mine", "laws": [record]}
    await owner.http.put(f"/api/v1/abbreviations/{abbreviation}", json=named)
    report = [{"line": 1, "text": "a law", "outcome": "missing"}]
    imported = await owner.http.post(f"/api/v1/groups/{group}/imports", json={"items": [], "report": report})
    organization = (await owner.http.post("/api/v1/organizations", json={"name": "Mine"})).json()["slug"]
    below = f"/api/v1/organizations/{organization}"
    team = (await owner.http.post(f"{below}/teams", json={"name": "Leeds"})).json()["id"]
    invited = await owner.http.post(f"{below}/invitations", json={"role": "viewer"})
    link = (await owner.http.post(f"/api/v1/groups/{group}/links", json={})).json()
    await owner.http.post(f"{below}/domains", json={"domain": "mine.example"})
    return {
        "resource": str(uuid4()),
        "directory_token": (await owner.http.post(f"{below}/directory-tokens", json={})).json()["id"],
        "kind": "User",
        "schema": "urn:ietf:params:scim:schemas:core:2.0:User",
        "link": link["id"],
        "secret": link["token"],
        "domain": "mine.example",
        "provider": "none",
        "organization": organization,
        "team": team,
        "member": owner.user_id,
        "invitation": invited.json()["id"],
        "grantee": str(uuid4()),
        "hold": str(uuid4()),
        "suggestion": str(uuid4()),
        "view": view,
        "abbreviation": abbreviation,
        "import_id": imported.json()["import_id"],
        "group": group,
        "record": record,
        "operation": ticked.json()["operation_id"],
        "session": session,
        "key": "none",
        "pack": str(uuid4()),
        "export": str(uuid4()),
        "erasure": str(uuid4()),
        "file": "certificate.html",
        "proof": f"{ticked.json()['operation_id']}.tlog-proof",
        "question": "removals",
        "report": named_report,
    }


@pytest.mark.parametrize(
    ("scopes", "needed_more"), [(["select"], "read"), (["read"], "select"), (["read", "select"], None)]
)
async def test_what_answers_with_lists_needs_the_scope_to_read_them(
    app: Litestar, lasting: Cast, scopes: list[str], needed_more: str | None
) -> None:
    owner = lasting.callers["owner"]
    made = await app.state.accounts.api_tokens.create(UUID(owner.user_id), "user", "one", scopes, 7, None)
    async with client(app, made[0]) as http:
        answer = await http.post("/api/v1/groups/combine", json={"expression": "default"})
    assert answer.status_code == (200 if needed_more is None else 403), answer.text


async def test_a_guests_session_is_not_answered_again_to_somebody_else_with_its_key(app: Litestar) -> None:
    key = {"idempotency-key": "guessed"}
    async with client(app) as first, client(app) as second:
        for browser in (first, second):
            browser.headers["x-csrf-token"] = (await browser.get("/csrf-token")).json()["token"]
        made = await first.post("/guest", headers=key)
        other = await second.post("/guest", headers=key)
        async with client(app) as nobody:
            assert (await nobody.post("/guest", headers=key)).status_code == 403
    assert (made.status_code, other.status_code) == (201, 201)
    assert made.json()["user_id"] != other.json()["user_id"]


# ---------------------------------------------------------------------------------------------- answers

KINDS = ("nobody", "guest", "revoked token", "wrong scope", "other", "admin", "owner")
"""The owner last: what they do may end what the others ask for."""


OWNED = (Access.OWNED, Access.OWNED_SESSION, Access.OWNED_VISITOR)


def expected(row: Row, kind: str, method: str) -> tuple[int, ...]:
    if row.access is Access.DIRECTORY:
        return (401,)
    if row.access is Access.PUBLIC:
        # A form wants its CSRF token, and a token for reading changes nothing.
        is_refused = method != "GET" and (
            kind == "wrong scope" or (kind == "nobody" and row.form is not None)
        )
        return (403,) if is_refused else row.ok
    if kind in ("nobody", "revoked token"):
        return (401,)
    visited = row.access in (Access.VISITOR, Access.OWNED_VISITOR)
    if kind == "guest" and not visited:
        return (401,)
    if row.access is Access.ADMIN:
        return row.ok if kind == "admin" else (403,)
    if kind == "wrong scope":
        is_session = row.access in (Access.SESSION, Access.OWNED_SESSION)
        return (403,) if is_session or not (method == "GET" or row.reads) else row.ok
    if kind in ("guest", "other", "admin") and row.access in OWNED:
        return (404,)
    return row.ok


@pytest.mark.parametrize("name", ROUTES)
async def test_each_caller_is_answered_as_the_matrix_says(app: Litestar, lasting: Cast, name: str) -> None:
    row = MATRIX.get(name)
    assert row is not None, f"{name} has no row in the matrix: say who may call it"
    if not row.spends:
        await walk(lasting, name, row)
        return
    async with cast_of(app) as cast:
        await walk(cast, name, row)


async def walk(cast: Cast, name: str, row: Row) -> None:
    wrong = []
    for kind in KINDS:
        answer = await ask(cast, cast.callers[kind].http, name, row)
        wanted = expected(row, kind, name.partition(" ")[0])
        if answer.status_code not in wanted:
            wrong.append(f"{kind}: {answer.status_code}, not {wanted}: {answer.text[:200]}")
        assert_defended(answer)
        if name.startswith("GET "):
            await assert_head_is_the_same(cast, cast.callers[kind].http, name, row, answer)
    assert not wrong, f"{name}\n" + "\n".join(wrong)


@pytest.mark.parametrize(
    "name", [name for name in ROUTES if name.startswith("GET ") and name not in ANSWERS_OF_OTHERS]
)
async def test_an_address_refuses_what_it_does_not_know(app: Litestar, lasting: Cast, name: str) -> None:
    """A misspelt filter would mean the whole register; what other people's links add follows readers only."""
    row = MATRIX[name]
    http = lasting.callers["admin" if row.access is Access.ADMIN else "owner"].http
    plain = await ask(lasting, http, name, row)
    wrong = await ask(lasting, http, name, replace(row, query=f"{row.query}&famliy=x".lstrip("&")))
    assert (wrong.status_code, "famliy" in wrong.text) == (422, True), wrong.text[:200]
    followed = replace(row, query=f"{row.query}&utm_source=letter&fbclid=x&gclid=y".lstrip("&"))
    answer = await ask(lasting, http, name, followed)
    assert answer.status_code == plain.status_code, answer.text[:200]
    assert "utm_source" not in answer.text
    assert "utm_source" not in answer.headers.get("location", "")


async def assert_head_is_the_same(
    cast: Cast, http: httpx.AsyncClient, name: str, row: Row, answer: httpx.Response
) -> None:
    head = await ask(cast, http, name.replace("GET", "HEAD", 1), row)
    assert (head.status_code, head.content) == (answer.status_code, b""), name
    for header in ("content-type", "content-disposition", "location", "x-total"):
        assert head.headers.get(header) == answer.headers.get(header), f"{name}: {header}"
    assert_defended(head)


@pytest.mark.parametrize(
    "path", ["/health/live", "/health/ready", "/openapi.json", "/static/browser/app.css", "/favicon.ico"]
)
async def test_monitors_and_link_checkers_may_ask_for_heads(app: Litestar, path: str) -> None:
    async with client(app) as anybody:
        answer, head = await anybody.get(path), await anybody.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == answer.headers["content-type"]


async def ask(cast: Cast, http: httpx.AsyncClient, name: str, row: Row) -> httpx.Response:
    method, _, template = name.partition(" ")
    path = re.sub(r"\{(\w+):\w+\}", lambda found: cast.parameters[found.group(1)], template)
    url = f"{path}?{row.query}" if row.query else path
    return await patiently(http, method, url, json=filled(row.json, cast.parameters), data=row.form)


def filled(value: Any, parameters: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: filled(part, parameters) for key, part in value.items()}
    if isinstance(value, list):
        return [filled(part, parameters) for part in value]
    if isinstance(value, str):
        return value.replace("{record}", parameters["record"]).replace("{unique}", uuid4().hex)
    return value


def assert_defended(answer: httpx.Response) -> None:
    """Each answer carries the browser's orders, and no page needs what they forbid."""
    for header, value in WITHOUT_TRACE if answer.url.path.startswith(SECRET_PATHS) else ALWAYS:
        assert answer.headers.get(header.decode()) == value.decode(), f"{answer.url}: {header.decode()}"
    assert answer.headers["cache-control"]
    if answer.headers.get("content-type", "").startswith("text/html"):
        found = [line for line in INLINE.findall(answer.text) if "application/json" not in line]
        assert not found, f"{answer.url}: {found}"
