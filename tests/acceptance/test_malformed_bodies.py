"""Ten thousand bodies that make no sense, to every route that takes one: refused, and nothing is changed.

Then a few thousand of the right shape with values that nobody means. In-process, with everything the product
has. The dice are seeded: a failure shows the request, and shows it again.
"""

import inspect
import json
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar
from litestar.routes import HTTPRoute

from sertantai.http.forms import FORM_TYPE
from sertantai.http.framework_problems import NO_BODY
from sertantai.web.services import STATE_KEY
from tests.acceptance.test_route_matrix import MATRIX, Access
from tests.fixtures.client import PASSWORD, ask
from tests.fixtures.visits import product

MALFORMED_BODIES: Final = 10_000
STRANGE_BODIES: Final = 2_500
FORMS_ONE_IN: Final = 8
"""Each answer to a form is a whole page, which takes as long as many others."""
SEED: Final = 20_260_131
JSON: Final = "application/json"
FOR_ADMINISTRATORS: Final = "Only administrators can do this."
SAYS_NOTHING: Final = "/forgot-password"
"""Answers every form alike, so that nobody learns who has an account."""
NEEDS_NOTHING: Final = frozenset({"/groups/{group}/evidence"})
"""A form of which each field may be left out."""
REFERENCES: Final = {
    f"{{{name}:str}}": f"{{{name}}}" for name in ("group", "record", "organization", "team", "user")
}


@dataclass(frozen=True)
class Route:
    """``fields``: what its body may have, by name, each with its schema; ``good``: a body that it takes."""

    method: str
    path: str
    template: str
    takes: str
    needs_body: bool = True
    fields: dict[str, Any] = field(default_factory=dict)
    good: Any = None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Reader:
    """Somebody with a list and a few records in it; requests go through ``http``."""

    app: Litestar
    http: httpx.AsyncClient
    known: dict[str, str]

    def filled(self, text: str) -> str:
        for name, value in self.known.items():
            text = text.replace("{" + name + "}", value)
        return text

    async def all_there_is(self) -> Any:
        """What no malformed request may change; the trail of what was done before it is written first."""
        await self.app.state[STATE_KEY].engine.flush()
        paths: tuple[str, ...] = ("groups", "groups/deleted", "groups/default/records", "me/tokens", "audit")
        below = f"organizations/{self.known['organization']}"
        paths += ("organizations", *(f"{below}/{what}" for what in ("members", "teams", "groups")))
        answers = [(await self.http.get(f"/api/v1/{path}")).raise_for_status().json() for path in paths]
        users = [user.user_id for user in await self.app.state.accounts.list_users()]
        return answers, users


@pytest_asyncio.fixture
async def reader() -> AsyncIterator[Reader]:
    async with product() as app:
        transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]  # Litestar types ASGI more narrowly
        async with httpx.AsyncClient(transport=transport, base_url="http://x.test") as http:
            account = {"email": "reader@example.org", "password": PASSWORD}
            made = await http.post("/api/v1/auth/register", json=account)
            http.headers["authorization"] = f"Bearer {made.json()['token']}"
            records = (await http.get("/api/v1/records?limit=3")).json()["items"]
            group = (await http.post("/api/v1/groups", json={"name": "mine"})).json()["id"]
            for record in records:
                await http.put(f"/api/v1/groups/default/records/{record['id']}")
                await http.put(f"/api/v1/groups/{group}/records/{record['id']}")
            named = {"name": "Works", "slug": "works"}
            organization = (await http.post("/api/v1/organizations", json=named)).json()["id"]
            below = f"/api/v1/organizations/{organization}"
            team = (await http.post(f"{below}/teams", json={"name": "Leeds"})).json()["id"]
            known = {"group": group, "record": records[0]["id"], "unique": "x"}
            people = {"organization": organization, "team": team, "user": made.json()["user"]["id"]}
            yield Reader(app, http, {**known, **people})


def routes_with_a_body(app: Litestar) -> list[Route]:
    """Those whose API document says so, and the pages that read a form."""
    document = app.openapi_schema.to_schema()
    found = []
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            continue
        for handler in route.route_handlers:
            method = min(handler.http_methods)
            path = route.path
            for parameter, name in REFERENCES.items():
                path = path.replace(parameter, name)
            data = handler.parsed_fn_signature.parameters.get("data")
            if data is not None:
                row = MATRIX.get(f"{method} {route.path}")
                fields = fields_of(document, method, route.path)
                good = row.json if row else None
                found.append(Route(method, path, route.path, JSON, not data.has_default, fields, good))
            elif "form_fields(" in inspect.getsource(handler.fn):
                found.append(Route(method, path, route.path, FORM_TYPE, path not in NEEDS_NOTHING))
    return sorted(found, key=str)


def fields_of(document: dict[str, Any], method: str, path: str) -> dict[str, Any]:
    item = document["paths"][path.replace(":str}", "}")][method.lower()]
    schema = item["requestBody"]["content"][JSON]["schema"]
    named = schema.get("$ref", "").rpartition("/")[2]
    fields: dict[str, Any] = document["components"]["schemas"].get(named, schema).get("properties", {})
    return fields


# --------------------------------------------------------------------------------------------- malformed


def malformed(dice: random.Random, route: Route) -> tuple[bytes, str]:
    """A body that is wrong whatever the route, and what it says it is."""
    if route.takes == FORM_TYPE and dice.random() < 0.5:
        return dice.choice([garbage(dice), b"&".join([b"a=1"] * 300), b"=" * 70_000]), FORM_TYPE
    body = dice.choice([garbage, cut_off, deep, no_object, with_an_unknown_field, in_another_encoding])(dice)
    if not route.needs_body and body.strip() in (b"", b"null"):
        body = b"[]"
    others = ["multipart/form-data", "multipart/form-data; boundary=b", "text/plain", "", "application/xml"]
    return body, dice.choice([JSON] * 5 + others)


def garbage(dice: random.Random) -> bytes:
    return b"\xff" + dice.randbytes(dice.randrange(200))


def cut_off(dice: random.Random) -> bytes:
    text = json.dumps(an_object(dice))
    return text[: dice.randrange(1, len(text))].encode()


def deep(dice: random.Random) -> bytes:
    opening = dice.choice([b"[", b'{"name":', b'{"filter":{"q":', b'{"expression":{"op":"union","of":['])
    return opening * dice.randrange(500, 3_000)


def no_object(dice: random.Random) -> bytes:
    return dice.choice(
        [b"", b" ", b"null", b"true", b"0", b"-", b"1e99999", b'"x"', b"[]", b"[{}]", b"NaN", b"{]"]
    )


def with_an_unknown_field(dice: random.Random) -> bytes:
    return json.dumps({**an_object(dice), "no such field": strange_value(dice)}).encode()


def in_another_encoding(dice: random.Random) -> bytes:
    encoding = dice.choice(["utf-16", "utf-32", "utf-8-sig"])
    return json.dumps(an_object(dice)).encode(encoding)


def an_object(dice: random.Random) -> dict[str, Any]:
    names = ["name", "action", "record_ids", "filter", "email", "password", "note", "items", "to", "text"]
    return {name: strange_value(dice) for name in dice.sample(names, dice.randrange(1, 5))}


@pytest.mark.timeout(600)
async def test_ten_thousand_malformed_bodies_are_refused_and_change_nothing(reader: Reader) -> None:
    dice = random.Random(SEED)  # a test that can be repeated
    routes = routes_with_a_body(reader.app)
    assert len(routes) > 25
    before = await reader.all_there_is()
    wrong = []
    forms = [route for route in routes if route.takes == FORM_TYPE]
    others = [route for route in routes if route.takes != FORM_TYPE]
    for number in range(MALFORMED_BODIES):
        is_form = number % FORMS_ONE_IN == 0
        route = forms[number // FORMS_ONE_IN % len(forms)] if is_form else others[number % len(others)]
        body, kind = malformed(dice, route)
        answer = await reader.http.request(
            route.method, reader.filled(route.path), content=body, headers={"content-type": kind}
        )
        if not is_refusal(route, answer.status_code):
            wrong.append(f"{answer.status_code} {route} {kind} {body[:100]!r}")
    assert not wrong, "\n".join(wrong[:20])
    assert await reader.all_there_is() == before


async def test_whoever_sends_no_body_is_told_that_one_is_expected(reader: Reader) -> None:
    routes = [one for one in routes_with_a_body(reader.app) if one.takes == JSON and one.needs_body]
    assert len(routes) > 15
    for route in routes:
        answer = await reader.http.request(route.method, reader.filled(route.path))
        said = answer.status_code, answer.json()["detail"]
        is_refused_before = MATRIX[f"{route.method} {route.template}"].access is Access.ADMIN
        assert said == ((403, FOR_ADMINISTRATORS) if is_refused_before else (422, f"body: {NO_BODY}")), route


def is_refusal(route: Route, status: int) -> bool:
    """A form with nothing in it may also lead back to where it belongs."""
    is_led_back = route.takes == FORM_TYPE and status == 303
    return 400 <= status < 500 or is_led_back or (route.path == SAYS_NOTHING and status == 200)


# ----------------------------------------------------------------------------------------------- strange

TEXTS: Final = ("", " ", "\0", "a\0b", "\ud800", "ﬀ", "💚" * 300, "x" * 20_000, "default", "../..", "=1+1")
INNER: Final = ("q", "year", "family", "live", "colour", "rank", "filter", "sort", "frozen", "archived_at")
NUMBERS: Final = (0, -1, 0.5, 1e308, -1e308, 2**31, 2**53 + 1, 2**63, 10**30, 99_999)


def strange_value(dice: random.Random, depth: int = 2) -> Any:
    if depth and dice.random() < 0.3:
        inner = [strange_value(dice, depth - 1) for _ in range(dice.randrange(3))]
        return inner if dice.random() < 0.5 else {str(dice.choice(TEXTS)): value for value in inner}
    return dice.choice([None, True, dice.choice(TEXTS), dice.choice(NUMBERS)])


def of_the_right_kind(dice: random.Random, schema: dict[str, Any], known: list[str]) -> Any:
    """What the document allows for a field, as far as kinds go."""
    kinds = [schema, *schema.get("oneOf", ()), *schema.get("anyOf", ())]
    match dice.choice([str(kind["type"]) for kind in kinds if "type" in kind] or ["anything"]):
        case "string":
            return dice.choice(schema.get("enum") or TEXTS)
        case "integer" | "number":
            return dice.choice(NUMBERS)
        case "boolean":
            return dice.random() < 0.5
        case "array":
            return [dice.choice([*known, *TEXTS]) for _ in range(dice.randrange(3))]
        case "object":
            return {dice.choice(INNER): dice.choice([*TEXTS, *NUMBERS]) for _ in range(dice.randrange(1, 3))}
        case _:
            return strange_value(dice)


def strange(dice: random.Random, route: Route, reader: Reader) -> bytes:
    """A good body of the route, one or two fields of which hold what nobody means."""
    known = {**reader.known, "unique": f"list {dice.random()}"}
    good = json.loads(replace(reader, known=known).filled(json.dumps(route.good or {})))
    for name in dice.sample(sorted(route.fields), min(len(route.fields), dice.randrange(1, 3))):
        is_right_kind = dice.random() < 0.8
        good[name] = (
            of_the_right_kind(dice, route.fields[name], list(known.values()))
            if is_right_kind
            else strange_value(dice)
        )
    return json.dumps(good).encode()


@pytest.mark.timeout(600)
async def test_strange_values_break_nothing_and_what_is_taken_reaches_the_database(reader: Reader) -> None:
    dice = random.Random(SEED)  # a test that can be repeated
    routes = [route for route in routes_with_a_body(reader.app) if route.fields]
    wrong, taken = [], 0
    for number in range(STRANGE_BODIES):
        route = routes[number % len(routes)]
        body = strange(dice, route, reader)
        asked = {"content": body, "headers": {"content-type": JSON}}
        answer = await ask(reader.http, route.method, reader.filled(route.path), **asked)
        taken += answer.is_success
        if answer.status_code >= 500:
            wrong.append(f"{answer.status_code} {route} {body[:200]!r}")
    assert not wrong, "\n".join(wrong[:20])
    assert taken > STRANGE_BODIES / 20  # most are refused, the more so the more a route asks for
    assert not [path async for path in broken_pages(reader)]
    engine = reader.app.state[STATE_KEY].engine
    await engine.flush()
    assert engine.status().sync.rejected == 0


async def broken_pages(reader: Reader) -> AsyncIterator[str]:
    """What cannot be looked at any more."""
    groups = (await reader.http.get("/api/v1/groups?limit=500")).raise_for_status().json()["items"]
    lists = [f"/groups/{group['id']}" for group in groups]
    for path in ("/records", "/groups", "/history", "/account", "/groups/compare", *lists):
        answer = await ask(reader.http, "GET", path, headers={"accept": "text/html"})
        if answer.status_code >= 400:
            yield f"{answer.status_code} {path}"
