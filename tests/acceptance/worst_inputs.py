"""The most work that each route lets one request ask for, with the whole register. Read by `test_turns`.

A route whose work grows with nothing that is sent, nor with what its owner has, is one of `FIXED`: it is
asked plainly.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

GROUP = "/api/v1/groups/{group:str}"
DELETE, RESTORE, UNDO = f"DELETE {GROUP}", f"POST {GROUP}/restore", f"POST {GROUP}/undo"
REVIEWS, IMPORTS = f"POST {GROUP}/reviews", f"POST {GROUP}/imports"
HAND_OVER = f"POST {GROUP}/hand-over"
PACKS = PACK, PACK_ON_THE_PAGE = "POST /api/v1/audit/packs", "POST /groups/{group:str}/evidence"
FORMATS = ("csv", "json", "ndjson", "xlsx", "bib", "ris", "parquet")
IDS_MAX = 45_000
"""As many as fit into a body."""
IMPORTED_MAX = 20_000
REPORTED_MAX = 12_000
"""Lines of a report that fit into a body, each with a law."""
IMPORT = "018f0000-0000-7000-8000-000000000016"
TEXT_BYTES_MAX = 1_800_000


@dataclass(frozen=True)
class Stock:
    """What there is to ask about: ids of the register, and lists of one person, who has hundreds."""

    ids: Sequence[str]
    years: Sequence[int]
    families: Sequence[str]
    everything: str
    """A list of the whole register."""
    noted: str
    """A list of many laws, each with a note and tags."""
    spare: str
    """A list that may be filled and emptied."""
    shared: str
    """An empty list of an organization."""
    doomed: str
    """A list as `noted`, which is deleted, brought back, reviewed."""
    moving: str
    """A list as `noted`, which is handed over and comes back."""
    organization: str
    operations: Sequence[str]
    """That filled the list of everything, and that which reviewed the doomed one."""
    moment: str
    """Before the lists were filled."""
    secrets: Sequence[str]
    """Of links that show the list of everything, and that of notes with them."""


@dataclass(frozen=True)
class Input:
    """Nothing stated: what the matrix of routes asks. ``first``: asked just before, if it is not so."""

    query: str = ""
    json: Any = None
    form: dict[str, str] | None = None
    group: str = ""
    """Which list the path names, where it is not the small one."""
    operation: str = ""
    """The same of an operation."""
    import_id: str = ""
    """The same of an import."""
    secret: str = ""
    """The same of a link to read a list."""
    question: str = ""
    """The same of a question to the trail."""
    first: "tuple[str, Input] | None" = None

    @property
    def plain(self) -> bool:
        return self.json is None and self.form is None and not self.query and not self.named

    @property
    def named(self) -> dict[str, str]:
        """What the path names."""
        named = {"group": self.group, "operation": self.operation, "import_id": self.import_id}
        named |= {"secret": self.secret, "question": self.question}
        return {name: value for name, value in named.items() if value}


Worst = Callable[[Stock], list[Input]]


def _by_links(*queries: str) -> Worst:
    return lambda stock: [Input(query, secret=secret) for query in queries for secret in stock.secrets]


def _both(*queries: str) -> Worst:
    """The same of both large lists."""
    asked = queries or ("",)
    return lambda stock: [
        Input(one, group=group) for one in asked for group in (stock.everything, stock.noted)
    ]


def _reports(*endings: str) -> Worst:
    """What is worked out of the whole register, and what of all that was done."""

    def asked(stock: Stock) -> list[Input]:
        wanted = {
            "applicable": f"list={stock.everything}&at={stock.moment[:10]}",
            "differences": f"list={stock.everything}&at={stock.moment[:10]}&other={stock.noted}",
            "coverage": f"list={stock.everything}",
            "never-considered": f"list={stock.noted}",
            "reviews": "state=all",
            "mass-changes": "period=all&least=1",
            "everything": "period=all",
            "outside-hours": "period=all&hours=00:00-00:01",
            "removals": "period=all",
            "rules": "period=all",
            "response": f"list={stock.everything}&since=2020-01-01&until=2099-12-31",
        }
        return [
            Input(query, question=question + ending)
            for question, query in wanted.items()
            for ending in endings
        ]

    return asked


def _filters(stock: Stock) -> list[str]:
    years, families = [("year", year) for year in stock.years], [("family", one) for one in stock.families]
    letters = " ".join(chr(97 + at % 26) for at in range(500))
    pairs = " ".join(chr(97 + at % 26) + chr(97 + at // 26 % 26) for at in range(333))
    common = " ".join(["regulations", "order", "act", "the", "of", "and", "in", "amendment"] * 40)
    return [
        urlencode([*years, *families]),
        *(urlencode({"q": words[:1_000]}) for words in (letters, pairs, common)),
        "q=the&sort=-md_date",
        "sort=family,-year",
    ]


def _pages(stock: Stock) -> list[Input]:
    return [Input(f"{query}&limit=200&page={page}") for query in _filters(stock) for page in (1, 400)]


def _rows(stock: Stock) -> list[Input]:
    return [Input(f"{query}&limit=500") for query in _filters(stock)]


def _rows_of_lists(stock: Stock) -> list[Input]:
    return _both(*(f"{query}&limit=500" for query in _filters(stock)))(stock)


def _list_pages(stock: Stock) -> list[Input]:
    shown = ("", "sort=added", "sort=-year&page=999", "tag=b", "show=noted", "show=changed")
    pages = _both(*(f"{query}&limit=200" for query in shown))(stock)
    return pages + [Input(f"{query}&limit=200", group=stock.noted) for query in _filters(stock)]


def _texts(stock: Stock) -> list[Input]:
    """What is pasted: ids, a file of records, common words, nothing but odd characters, endless lines."""
    records = [{"id": id, "note": "n", "tags": ["a"]} for id in stock.ids[:IMPORTED_MAX]]
    common = [f"the regulations order {chr(97 + at % 26)} {chr(97 + at // 26 % 26)}" for at in range(600)]
    separators = "id,title_en,tags\n" + "\n".join(
        f"{at},x,{';' * 100_000}" for at in range(TEXT_BYTES_MAX // 100_020)
    )
    texts = [
        "\n".join(stock.ids[:IDS_MAX]),
        json.dumps(records, separators=(",", ":"))[:TEXT_BYTES_MAX],
        "\n".join(common),
        separators,
        "\n".join(" ".join(chr(97 + (at + n) % 26) for n in range(740)) for at in range(600)),
        "\n".join(["é" * 10] * IDS_MAX),
    ]
    return [Input(json={"text": text}) for text in texts]


def _sample(_: Stock) -> list[Input]:
    """As many columns as are looked into, of words that every title has; and as many as there may be."""
    wide = [
        [f"the regulations order {chr(97 + (at + row) % 26)} {at} {row}" for at in range(60)]
        for row in range(200)
    ]
    return [Input(json={"rows": wide}), Input(json={"rows": [["a law"] * 1_000] * 150})]


def _table_rows(stock: Stock) -> list[Input]:
    """Laws by their ids with a note each, and what is pasted, as cells with a reference each."""
    known = [
        {"line": at, "law": [id], "note": "n", "tags": "a; b"}
        for at, id in enumerate(stock.ids[:IMPORTED_MAX])
    ]
    rows = []
    for at in range(600):
        words = f"the regulations order {chr(97 + at % 26)} {chr(97 + at // 26 % 26)}"
        rows.append({"line": at, "law": [words] * 20, "reference": ["SI 2002/2677; " * 5] * 20})
    return [Input(json={"rows": known}), Input(json={"rows": rows})]


def _imports(stock: Stock) -> list[Input]:
    """Each record once with its id alone, and as many as fit with a note and tags."""
    bare = [{"record_id": id} for id in stock.ids[:30_000]]
    full = [{"record_id": id, "note": "n", "tags": ["a"]} for id in stock.ids[:IMPORTED_MAX]]
    return [Input(json={"items": items}, group=stock.spare, first=_emptied(stock)) for items in (bare, full)]


def _reported(stock: Stock) -> Input:
    """The report of an import alone, as long as a request can bring it."""
    lines = [
        {"line": at, "text": "x" * 40, "outcome": "imported", "record_id": id}
        for at, id in enumerate(stock.ids[:REPORTED_MAX], 1)
    ]
    lines[1_000:5_000] = [{"line": 1, "text": "House rules " * 3, "outcome": "missing"}] * 4_000
    return Input(json={"items": [], "report": lines, "import_id": IMPORT}, group=stock.noted)


def _kept_reports(stock: Stock) -> list[Input]:
    return [Input(group=stock.noted, first=(IMPORTS, _reported(stock)))]


def _kept_report(stock: Stock) -> list[Input]:
    return [Input(group=stock.noted, import_id=IMPORT, first=(IMPORTS, _reported(stock)))]


def _emptied(stock: Stock) -> "tuple[str, Input]":
    return f"POST {GROUP}/operations", Input(json={"action": "clear_all"}, group=stock.spare)


def _filled(stock: Stock) -> "tuple[str, Input]":
    return f"POST {GROUP}/operations", Input(json={"action": "bulk_select", "filter": {}}, group=stock.spare)


def _bulk(stock: Stock) -> list[Input]:
    ids = list(stock.ids[:IDS_MAX])
    none, all_ = _emptied(stock), _filled(stock)
    return [
        Input(json={"action": "bulk_select", "record_ids": ids}, group=stock.spare, first=none),
        Input(json={"action": "bulk_select", "filter": {}, "except": ids}, group=stock.spare, first=none),
        Input(json={"action": "bulk_deselect", "filter": {"q": "the"}}, group=stock.spare, first=all_),
        Input(json={"action": "clear_all"}, group=stock.spare, first=all_),
    ]


def _range(stock: Stock) -> list[Input]:
    ends = {"from": stock.ids[0], "to": stock.ids[-1]}
    body = {"action": "bulk_select", "sort": "family,-year", "filter": {}, **ends}
    return [Input(json=body, group=stock.spare, first=_emptied(stock))]


def _suggested(stock: Stock) -> list[Input]:
    ids = list(stock.ids[:IDS_MAX])
    return [
        Input(json={"action": "bulk_select", "record_ids": ids, "reason": "r" * 2_000}, group=stock.shared),
        Input(json={"action": "bulk_select", "filter": {}}, group=stock.shared),
    ]


def _transfers(stock: Stock) -> list[Input]:
    body = {"to": stock.spare, "record_ids": list(stock.ids[:IDS_MAX])}
    return [Input(json=body, group=group, first=_emptied(stock)) for group in (stock.everything, stock.noted)]


def _combined(stock: Stock) -> list[Input]:
    expression = {"op": "union", "of": [stock.everything, stock.noted]}
    saved = {"expression": expression, "save_into": stock.spare}
    return [Input(json={"expression": expression}), Input(json=saved, first=_emptied(stock))]


def _kept_filter(stock: Stock) -> Input:
    return Input(json={"filter": {"q": "the"}, "frozen": True}, group=stock.spare)


def _reviewed(stock: Stock) -> Input:
    return Input(json={"record_ids": list(stock.ids[:IMPORTED_MAX])}, group=stock.doomed)


def _undone(stock: Stock) -> list[Input]:
    """Everything reviewed, and everything selected; this keeps PostgreSQL busy."""
    return [
        Input(json={}, group=stock.doomed, first=(REVIEWS, _reviewed(stock))),
        Input(json={}, group=stock.spare, first=_filled(stock)),
    ]


def _deleted(stock: Stock) -> list[Input]:
    return [Input(group=stock.doomed, first=(RESTORE, Input(group=stock.doomed)))]


def _restored(stock: Stock) -> list[Input]:
    return [Input(group=stock.doomed, first=(DELETE, Input(group=stock.doomed)))]


def _here(stock: Stock) -> tuple[str, Input]:
    """The list that moves is its first owner's."""
    return HAND_OVER, Input(json={"to": "me", "with_history": True}, group=stock.moving)


def _handed_over(stock: Stock) -> list[Input]:
    """There, where all notes are signed, and back."""
    there = {"to": stock.organization, "with_history": True}
    moved = Input(json=there, group=stock.moving, first=_here(stock))
    back = Input(
        json={"to": "me"}, group=stock.moving, first=(HAND_OVER, Input(json=there, group=stock.moving))
    )
    return [moved, back]


def _handed_over_on_the_page(stock: Stock) -> list[Input]:
    form = {"to": stock.organization, "with_history": "1"}
    return [Input(form=form, group=stock.moving, first=_here(stock))]


WORST: dict[str, Worst] = {
    "GET /records": _pages,
    "GET /records/{record:str}": lambda stock: [Input(f"group={stock.everything}")],
    "GET /records/counts": lambda stock: [
        Input(f"{query}{narrowed}") for query in _filters(stock) for narrowed in ("", "&selected=false")
    ],
    "GET /records/print": lambda _: [Input(), Input("q=the&sort=family,-year")],
    "GET /api/v1/records": _rows,
    "GET /api/v1/records/facets": lambda stock: [Input(query) for query in _filters(stock)[:-2]],
    "POST /api/v1/records/match": _texts,
    "POST /api/v1/imports/columns": _sample,
    "POST /api/v1/imports/match": _table_rows,
    "POST /api/v1/imports/tables": lambda _: [
        Input(json={"text": "\n".join(f"An Act of {n}\t{'a note ' * 20}" for n in range(20_000))})
    ],
    **{f"GET /api/v1/records/export.{form}": lambda _: [Input("year_from=2025")] for form in FORMATS},
    "PUT /api/v1/views/{view:str}": lambda _: [
        Input(json={"name": uuid4().hex, "query": "&".join(f"year={year}" for year in range(1100, 2000))})
    ],
    "PUT /api/v1/abbreviations/{abbreviation:str}": lambda stock: [
        Input(json={"abbreviation": f"a{uuid4().hex}", "laws": list(stock.ids[:20])})
    ],
    "PUT /api/v1/organizations/{organization:str}/abbreviations/{abbreviation:str}": lambda stock: [
        Input(json={"abbreviation": f"a{uuid4().hex}", "laws": list(stock.ids[:20])})
    ],
    "GET /api/v1/abbreviations": lambda _: [Input()],
    "GET /account/abbreviations": lambda _: [Input()],
    "GET /groups": lambda _: [Input()],
    "GET /api/v1/groups": lambda _: [Input()],
    "POST /api/v1/groups/order": lambda stock: [Input(json={"group_ids": [stock.everything, stock.noted]})],
    "POST /api/v1/groups/combine": _combined,
    "GET /groups/compare": lambda stock: [Input(f"of={stock.everything}&of={stock.noted}")],
    "GET /groups/{group:str}": _list_pages,
    "GET /groups/{group:str}/counts": _list_pages,
    "GET /groups/{group:str}/moments": lambda stock: _both("", f"at={stock.moment}")(stock),
    "GET /groups/{group:str}/print": _both(),
    "GET /groups/{group:str}/changed": _both(),
    "GET /groups/{group:str}/filter": _both("q=the"),
    "GET /groups/{group:str}/history/{operation:str}": lambda stock: [
        Input(group=group, operation=one)
        for group, one in zip((stock.everything, stock.doomed), stock.operations, strict=True)
    ],
    "GET /groups/{group:str}/imports": _kept_reports,
    "GET /history": lambda _: [Input(), Input("law=the+regulations+order")],
    "GET /audit": lambda _: [Input(), Input("law=the+regulations+order"), Input("undone=yes&source=salvage")],
    "GET /history/{operation:str}": lambda stock: [Input(operation=one) for one in stock.operations],
    "GET /api/v1/audit": lambda _: [Input("limit=500")],
    "GET /audit/reports/{question:str}": _reports(""),
    "GET /api/v1/audit/reports/{question:str}": _reports("", ".ndjson"),
    "GET /api/v1/organizations/{organization:str}/audit": lambda _: [Input("limit=500")],
    "GET /api/v1/changed": lambda _: [Input()],
    f"GET {GROUP}": _both(),
    f"GET {GROUP}/changed": _both(),
    f"GET {GROUP}/changes": _both("since=0"),
    f"GET {GROUP}/events": _both("until=now"),
    f"GET {GROUP}/past": lambda stock: [Input(f"at={stock.moment}", group=stock.everything)],
    f"GET {GROUP}/records": _rows_of_lists,
    f"GET {GROUP}/record-ids": _both(),
    "GET /shared/{secret:str}": _by_links("show=all", "page=100000", "q=a"),
    "GET /api/v1/shared/{secret:str}": _by_links("limit=500", "q=a"),
    **{f"GET {GROUP}/export.{form}": _both("year_from=2025") for form in FORMATS},
    f"GET {GROUP}/drift": lambda stock: [
        Input(group=stock.spare, first=(f"PUT {GROUP}/filter", _kept_filter(stock)))
    ],
    f"PUT {GROUP}/filter": lambda stock: [_kept_filter(stock)],
    IMPORTS: lambda stock: [*_imports(stock), _reported(stock)],
    f"GET {GROUP}/imports": _kept_reports,
    f"GET {GROUP}/imports/{{import_id:str}}/report.csv": _kept_report,
    f"POST {GROUP}/operations": _bulk,
    f"POST {GROUP}/places": lambda stock: [
        Input(json={"record_ids": list(stock.ids[:5_000])}, group=stock.noted)
    ],
    f"POST {GROUP}/copy": lambda stock: [Input(json={}, group=stock.noted)],
    "POST /groups/{group:str}/copy": lambda stock: [
        Input(form={"to": "me", "notes": "1", "order": "1"}, group=stock.everything)
    ],
    PACK: lambda stock: [Input(json={"list": group}) for group in (stock.everything, stock.noted)],
    PACK_ON_THE_PAGE: lambda stock: [Input(form={}, group=stock.noted)],
    HAND_OVER: _handed_over,
    "POST /groups/{group:str}/hand-over": _handed_over_on_the_page,
    f"POST {GROUP}/ranges": _range,
    REVIEWS: lambda stock: [Input(json={"record_ids": list(stock.ids[:IDS_MAX])}, group=stock.noted)],
    f"PATCH {GROUP}/records": lambda stock: [
        Input(json={"filter": {}, "review_on": "2030-01-01"}, group=stock.noted)
    ],
    f"POST {GROUP}/suggestions": _suggested,
    f"POST {GROUP}/transfers": _transfers,
    UNDO: _undone,
    DELETE: _deleted,
    RESTORE: _restored,
}


_OF_DIRECTORY = "/scim/v2/{organization:str}"
_ABOUT = (
    "ResourceTypes",
    "ResourceTypes/{kind:str}",
    "Schemas",
    "Schemas/{schema:str}",
    "ServiceProviderConfig",
)
OF_DIRECTORIES: frozenset[str] = frozenset(
    (
        *(f"GET {_OF_DIRECTORY}/{about}" for about in _ABOUT),
        *(
            f"{method} {_OF_DIRECTORY}/{kind}{one}"
            for kind in ("Users", "Groups")
            for method, one in (
                ("GET", ""),
                ("POST", ""),
                *((method, "/{resource:str}") for method in ("GET", "PUT", "PATCH", "DELETE")),
            )
        ),
    )
)
"""Asked for their most by `test_directory_turns`, of an organization as large as one may be."""

FIXED: frozenset[str] = frozenset(
    (
        "POST /api/v1/live/tickets",
        "GET /organizations/{organization:str}/provisioning",
        "POST /organizations/{organization:str}/provisioning",
        "POST /organizations/{organization:str}/provisioning/{directory_token:str}/revoke",
        "DELETE /api/v1/organizations/{organization:str}/directory-tokens/{directory_token:str}",
        "GET /api/v1/organizations/{organization:str}/directory-tokens",
        "POST /api/v1/organizations/{organization:str}/directory-tokens",
        "POST /groups/{group:str}/links/{link:str}/revoke",
        "POST /groups/{group:str}/links",
        "POST /api/v1/groups/{group:str}/links",
        "GET /groups/{group:str}/history",
        "GET /groups/{group:str}/evidence",
        "GET /api/v1/audit/packs/{pack:str}",
        "GET /api/v1/audit/operations/{proof:str}",
        "GET /groups/{group:str}/links",
        "GET /api/v1/groups/{group:str}/links",
        "DELETE /api/v1/groups/{group:str}/links/{link:str}",
        "DELETE /api/v1/abbreviations/{abbreviation:str}",
        "DELETE /api/v1/auth/token",
        "DELETE /api/v1/groups/{group:str}/exceptions/{record:str}",
        "DELETE /api/v1/groups/{group:str}/grants/{grantee:str}",
        "DELETE /api/v1/groups/{group:str}/imports/{import_id:str}",
        "DELETE /api/v1/groups/{group:str}/records/{record:str}",
        "DELETE /api/v1/groups/{group:str}/suggestions/{suggestion:str}",
        "DELETE /api/v1/me/sessions",
        "DELETE /api/v1/me/sessions/{session:str}",
        "DELETE /api/v1/me/tokens/{token:str}",
        "DELETE /api/v1/organizations/{organization:str}",
        "DELETE /api/v1/organizations/{organization:str}/abbreviations/{abbreviation:str}",
        "DELETE /api/v1/organizations/{organization:str}/domains/{domain:str}",
        "DELETE /api/v1/organizations/{organization:str}/invitations/{invitation:str}",
        "DELETE /api/v1/organizations/{organization:str}/members/{user:str}",
        "DELETE /api/v1/organizations/{organization:str}/sign-in",
        "DELETE /api/v1/organizations/{organization:str}/teams/{team:str}",
        "DELETE /api/v1/organizations/{organization:str}/teams/{team:str}/members/{user:str}",
        "DELETE /api/v1/views/{view:str}",
        "GET /",
        "GET /account",
        "GET /account/data",
        "GET /account/data/erase",
        "GET /account/data/exports/{export:str}",
        "GET /account/second-factor",
        "GET /admin",
        "GET /admin/erasures",
        "GET /admin/erasures/{erasure:str}/{file:str}",
        "GET /admin/users/{user:str}/data",
        "GET /admin/users/{user:str}/exports/{export:str}",
        "GET /api/v1/account/data",
        "GET /api/v1/account/data/exports/{export:str}",
        "GET /api/v1/account/erasure",
        "GET /api/v1/admin/erasures",
        "GET /api/v1/admin/users/{user:str}/erasure",
        "GET /erasures/{erasure:str}/{key:str}",
        "GET /erasures/{erasure:str}/{key:str}/{file:str}",
        "GET /admin/organizations",
        "GET /admin/organizations/{organization:str}",
        "GET /admin/organizations/{organization:str}/audit",
        "GET /admin/organizations/{organization:str}/lists/{group:str}",
        "GET /admin/organizations/{organization:str}/members",
        "GET /admin/audit",
        "GET /admin/outbox",
        "GET /admin/performance",
        "GET /admin/performance/samples",
        "GET /admin/retention",
        "GET /admin/retention/certificate",
        "GET /admin/security",
        "GET /admin/users",
        "GET /api/v1/audit/reports",
        "GET /api/v1/audit/saved-reports",
        "PUT /api/v1/audit/saved-reports/{report:str}",
        "DELETE /api/v1/audit/saved-reports/{report:str}",
        "POST /audit/reviews",
        "POST /audit/saved-reports",
        "POST /audit/saved-reports/{report:str}/delete",
        "GET /api/v1/exports/{key:str}",
        "GET /api/v1/retention/plan",
        "GET /api/v1/retention/policies",
        "GET /api/v1/retention/report",
        "GET /api/v1/groups/deleted",
        "GET /api/v1/holds",
        "GET /api/v1/groups/{group:str}/access",
        "GET /api/v1/groups/{group:str}/exceptions",
        "GET /api/v1/groups/{group:str}/grants",
        "GET /api/v1/groups/{group:str}/suggestions",
        "GET /api/v1/me",
        "GET /api/v1/me/sessions",
        "GET /api/v1/me/tokens",
        "GET /api/v1/organizations",
        "GET /api/v1/organizations/{organization:str}",
        "GET /api/v1/joinable-organizations",
        "GET /api/v1/organizations/{organization:str}/departures",
        "GET /api/v1/organizations/{organization:str}/departures/{user:str}/restore",
        "GET /api/v1/organizations/{organization:str}/domains",
        "GET /api/v1/organizations/{organization:str}/groups",
        "GET /api/v1/organizations/{organization:str}/invitations",
        "GET /api/v1/organizations/{organization:str}/members",
        "GET /api/v1/organizations/{organization:str}/members/{user:str}/leaving",
        "GET /api/v1/organizations/{organization:str}/abbreviations",
        "GET /api/v1/organizations/{organization:str}/sign-in",
        "GET /api/v1/organizations/{organization:str}/teams",
        "GET /api/v1/records/{record:str}",
        "GET /api/v1/trail/checkpoint",
        "GET /api/v1/trail/consistency/{first:str}",
        "GET /api/v1/trail/tile/{level:str}/{index:str}",
        "GET /trail/checkpoint",
        "GET /audit/proof",
        "GET /api/v1/views",
        "GET /audit/reports",
        "GET /confirm-email",
        "GET /forgot-password",
        "GET /groups/import",
        "GET /groups/{group:str}/access",
        "GET /groups/{group:str}/copy",
        "GET /groups/{group:str}/hand-over",
        "GET /groups/{group:str}/suggestions",
        "GET /groups/{group:str}/exceptions",
        "GET /guest-ticks",
        "GET /invitations/accept",
        "GET /organizations",
        "GET /organizations/{organization:str}",
        "GET /organizations/{organization:str}/abbreviations",
        "GET /organizations/{organization:str}/audit",
        "GET /organizations/{organization:str}/invitations",
        "GET /organizations/{organization:str}/departures/{member:str}",
        "GET /organizations/{organization:str}/leave",
        "GET /organizations/{organization:str}/members",
        "GET /organizations/{organization:str}/members/{member:str}",
        "GET /organizations/{organization:str}/settings",
        "GET /organizations/{organization:str}/teams",
        "GET /organizations/{organization:str}/teams/{team:str}",
        "GET /organizations/{organization:str}/ways-in",
        "GET /reset-password",
        "GET /sign-in",
        "GET /sign-in/link",
        "GET /sign-in/organization",
        "GET /sign-in/with/{provider:str}",
        "GET /sign-in/with/{provider:str}/callback",
        "GET /sign-up",
        "PATCH /api/v1/groups/{group:str}",
        "PATCH /api/v1/groups/{group:str}/records/{record:str}",
        "PATCH /api/v1/organizations/{organization:str}",
        "PATCH /api/v1/organizations/{organization:str}/domains/{domain:str}",
        "PATCH /api/v1/organizations/{organization:str}/members/{user:str}",
        "PATCH /api/v1/organizations/{organization:str}/teams/{team:str}",
        "POST /account/confirm-email",
        "POST /account/data/erase",
        "POST /account/data/exports",
        "POST /admin/users/{user:str}/erase",
        "POST /admin/users/{user:str}/erase/undo",
        "POST /admin/users/{user:str}/exports",
        "POST /api/v1/account/data/exports",
        "POST /api/v1/account/erasure",
        "POST /api/v1/account/erasure/undo",
        "POST /api/v1/admin/users/{user:str}/erasure",
        "POST /api/v1/admin/users/{user:str}/erasure/undo",
        "POST /sign-in/come-back",
        "POST /account/password",
        "POST /account/second-factor",
        "POST /account/second-factor/codes",
        "POST /account/second-factor/disable",
        "POST /account/sessions/revoke-others",
        "POST /account/sessions/{session:str}/revoke",
        "POST /account/tokens",
        "POST /account/tokens/{token:str}/revoke",
        "POST /admin/organizations/{organization:str}/end",
        "POST /admin/organizations/{organization:str}/look",
        "POST /admin/retention/holds",
        "POST /admin/retention/holds/{hold:str}/release",
        "POST /admin/security/alerts/test",
        "POST /admin/users/{user:str}/disable",
        "POST /admin/users/{user:str}/enable",
        "POST /api/v1/auth/register",
        "POST /api/v1/auth/token",
        "POST /api/v1/holds",
        "POST /api/v1/holds/{hold:str}/release",
        "POST /api/v1/retention/policies",
        "POST /api/v1/groups",
        "POST /api/v1/groups/{group:str}/drift/accept",
        "POST /api/v1/groups/{group:str}/past/restore",
        "POST /api/v1/groups/{group:str}/suggestions/{suggestion:str}/accept",
        "POST /api/v1/groups/{group:str}/suggestions/{suggestion:str}/decline",
        "POST /api/v1/invitations/accept",
        "POST /api/v1/invitations/look-at",
        "POST /api/v1/me/password",
        "POST /api/v1/me/tokens",
        "POST /api/v1/organizations",
        "POST /api/v1/joinable-organizations/{organization:str}",
        "POST /api/v1/organizations/{organization:str}/departures/{user:str}/restore",
        "POST /api/v1/organizations/{organization:str}/domains",
        "POST /api/v1/organizations/{organization:str}/domains/{domain:str}/check",
        "POST /api/v1/organizations/{organization:str}/groups",
        "POST /api/v1/organizations/{organization:str}/invitations",
        "POST /api/v1/organizations/{organization:str}/invitations/{invitation:str}/resend",
        "POST /api/v1/organizations/{organization:str}/members/{user:str}/leaving",
        "POST /api/v1/organizations/{organization:str}/ownership",
        "POST /api/v1/organizations/{organization:str}/ownership/accept",
        "POST /api/v1/organizations/{organization:str}/restore",
        "POST /api/v1/organizations/{organization:str}/teams",
        "POST /confirm-email",
        "POST /forgot-password",
        "POST /guest",
        "POST /groups/{group:str}/access",
        "POST /groups/{group:str}/suggestions",
        "POST /groups/{group:str}/suggestions/{suggestion:str}",
        "POST /groups/{group:str}/access/grants",
        "POST /guest-ticks",
        "POST /invitations/accept",
        "POST /join-organization",
        "POST /organizations",
        "POST /organizations/{organization:str}/continue",
        "POST /organizations/{organization:str}/end",
        "POST /organizations/{organization:str}/groups",
        "POST /organizations/{organization:str}/leave",
        "POST /organizations/{organization:str}/departures/{member:str}",
        "POST /organizations/{organization:str}/members/{member:str}",
        "POST /organizations/{organization:str}/members/{member:str}/ownership",
        "POST /organizations/{organization:str}/members/{member:str}/remove",
        "POST /organizations/{organization:str}/members/{member:str}/view",
        "POST /viewing/end",
        "POST /organizations/{organization:str}/members/{member:str}/suspend",
        "POST /organizations/{organization:str}/invitations",
        "POST /organizations/{organization:str}/invitations/{invitation:str}/resend",
        "POST /organizations/{organization:str}/invitations/{invitation:str}/revoke",
        "POST /organizations/{organization:str}/name",
        "POST /organizations/{organization:str}/ownership/accept",
        "POST /organizations/{organization:str}/retention",
        "POST /organizations/{organization:str}/settings",
        "POST /organizations/{organization:str}/teams",
        "POST /organizations/{organization:str}/teams/{team:str}",
        "POST /organizations/{organization:str}/teams/{team:str}/end",
        "POST /organizations/{organization:str}/teams/{team:str}/members",
        "POST /records/suggestions",
        "POST /organizations/{organization:str}/ways-in",
        "POST /organizations/{organization:str}/ways-in/domain",
        "POST /organizations/{organization:str}/ways-in/sign-in",
        "POST /organizations/{organization:str}/ways-in/sign-in/remove",
        "POST /records/ticks",
        "POST /reset-password",
        "POST /sign-in",
        "POST /sign-in/code",
        "POST /sign-in/link",
        "POST /sign-in/link/mail",
        "POST /sign-in/organization",
        "POST /sign-out",
        "POST /sign-up",
        "PUT /api/v1/groups/{group:str}/grants/{grantee:str}",
        "PUT /api/v1/groups/{group:str}/records/{record:str}",
        "PUT /api/v1/organizations/{organization:str}/sign-in",
        "PUT /api/v1/organizations/{organization:str}/teams/{team:str}/members/{user:str}",
    )
)
