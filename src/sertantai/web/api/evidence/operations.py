"""``/api/v1/audit/operations/{id}.tlog-proof``: the proof for one operation."""

import re
from typing import Final
from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath

from sertantai.core.errors import NotFound
from sertantai.core.rights import Right
from sertantai.http.guards import PURPOSE, signed_in
from sertantai.http.limits.limit_classes import OPTION, LimitClass
from sertantai.http.patience import TAKES_ITS_TIME
from sertantai.web.api.evidence.packs import SYNCED_WITHIN_S
from sertantai.web.requests import allowed, asked
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_READING

ENDING: Final = ".tlog-proof"
PLAIN: Final = "text/plain; charset=utf-8"
_NAME: Final = re.compile(
    r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:\.(0|[1-9][0-9]{0,5}))?" + re.escape(ENDING)
)
_NONE: Final = "There is no such operation."
_AS_PROOF: Final = {PURPOSE: "prove what was done", TAKES_ITS_TIME: True, OPTION: LimitClass.EXPORTS}


@get(
    "/api/v1/audit/operations/{proof:str}",
    guards=[signed_in],
    opt={**FOR_READING, **_AS_PROOF},
    tags=["Audit"],
    summary="That an operation is in the sealed log",
    media_type=PLAIN,
)
async def operation_tlog_proof(request: AnyRequest, proof: FromPath[str]) -> Response[str]:
    """`proof` is `{id}.tlog-proof`, of an operation of mine or in a list whose history I may read: the entry
    (`extra`), its place, the hashes beside its way to the root, and the newest signed head, as C2SP's
    `tlog-proof` has them. The entry has no note, name or address in clear text.

    An operation on more than 2,000 laws has several entries: `{id}.1.tlog-proof` is the second one's.
    503 with `not_sealed_yet` within about a second of the operation.
    """
    named = _NAME.fullmatch(proof)
    if named is None:
        raise NotFound(_NONE)
    operation, part = UUID(named[1]), int(named[2] or 0)
    owner = await _owner_of(request, operation)
    text = await services(request).packs.proof_of(owner, operation, part)
    headers = {"Content-Disposition": f'attachment; filename="{proof}"'}
    return Response(text, media_type=PLAIN, headers=headers)


async def _owner_of(request: AnyRequest, operation: UUID) -> UUID:
    """Whose trail it stands in, if whoever asks may read that: of what they may not know of there is none."""
    service, who = services(request), asked(request)
    mine, houses = await service.access.lists_of(who), await service.access.organizations_of(who)
    owners = {lists.owner: lists for lists in (mine, *houses)}
    for lists in owners.values():
        await service.engine.reached(lists.hot.last, SYNCED_WITHIN_S)
    found = await service.packs.whose(operation, list(owners))
    if found is None:
        raise NotFound(_NONE)
    owner, group = found
    if owner != mine.owner:
        if group is None:
            raise NotFound(_NONE)
        try:
            await allowed(request, str(group), Right.AUDIT)
        except NotFound:
            raise NotFound(_NONE) from None
    return owner


ROUTES = [operation_tlog_proof]
