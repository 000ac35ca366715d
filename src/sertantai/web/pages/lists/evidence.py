"""``/groups/{group}/evidence``: an evidence pack of this list's history."""

from collections.abc import Mapping
from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath

from sertantai.core.errors import SertantaiError
from sertantai.evidence.packs import FOR_CHARACTERS_MAX
from sertantai.http.guards import PURPOSE, signed_in
from sertantai.http.pages.rendering import page
from sertantai.http.problems import problem_of, status_of
from sertantai.lists.access import Allowed
from sertantai.web.api.evidence.packs import AS_PACK, PackRequest, may_pack, pack_file, pack_of, sees_origins
from sertantai.web.pages.lists.list_history import history_of
from sertantai.web.parts.forms import form_fields
from sertantai.web.parts.list_summary import summary_in
from sertantai.web.parts.rights_wording import refusal
from sertantai.web.services import AnyRequest
from sertantai.web.token_scopes import FOR_READING

PATH: Final = "/groups/{group:str}/evidence"
FIELDS: Final = ("since", "until", "for", "origins")


@get(
    PATH, guards=[signed_in], opt={**FOR_READING, PURPOSE: "create an evidence pack"}, include_in_schema=False
)
async def evidence_page(request: AnyRequest, group: FromPath[str]) -> Response[bytes]:
    return _page(request, await may_pack(request, group))


@post(PATH, guards=[signed_in], opt=AS_PACK, include_in_schema=False)
async def make_evidence(request: AnyRequest, group: FromPath[str]) -> Response[Any]:
    """Dates are days; an empty one is none."""
    found = await may_pack(request, group)
    fields = await form_fields(request, *FIELDS)
    asked = PackRequest(
        group,
        fields["since"] or None,
        fields["until"] or None,
        fields["for"].strip() or None,
        bool(fields["origins"]),
    )
    try:
        made = await pack_of(request, found, asked)
    except SertantaiError as error:
        return _page(request, found, error, fields)
    return pack_file(made)


def _page(
    request: AnyRequest,
    found: Allowed,
    error: SertantaiError | None = None,
    fields: Mapping[str, str] | None = None,
) -> Response[bytes]:
    return page(
        request,
        "lists/evidence.html",
        status=status_of(error) if error else 200,
        headers=problem_of(error, "").headers if error else None,
        error=refusal(error) if error else "",
        list=summary_in(found, found.group),
        back=history_of(found),
        path=f"/groups/{found.group.id}/evidence",
        fields=dict.fromkeys(FIELDS, "") if fields is None else fields,
        for_max=FOR_CHARACTERS_MAX,
        sees_origins=sees_origins(found),
    )


ROUTES = [evidence_page, make_evidence]
