"""``/erasures/…``: what became of an erasure, for who has no account any more; and its certificate.

The address holds a key, and shows no more than the certificate: nothing of it names anybody.
"""

import tempfile
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.params import FromPath

from sertantai.core.errors import NotFound
from sertantai.core.ids import parse_uuid
from sertantai.files.pdf import can_make_pdf, pdf_of
from sertantai.http.guards import ANY_TOKEN, public
from sertantai.http.pages.rendering import page
from sertantai.http.patience import TAKES_ITS_TIME
from sertantai.persons.certificate import as_html, as_pdf, as_text, stays
from sertantai.persons.desk import Proof
from sertantai.persons.wording import going, staying
from sertantai.web.api.persons.own_data import desk_of
from sertantai.web.services import AnyRequest

PATH: Final = "/erasures/{erasure:str}/{key:str}"
ENDINGS: Final = ("html", "pdf", "json", "txt")


@get(PATH, guards=[public], opt=ANY_TOKEN, include_in_schema=False)
async def erasure_page(request: AnyRequest, erasure: FromPath[str], key: FromPath[str]) -> Response[Any]:
    id = _opened(request, erasure, key)
    proof = await desk_of(request).proof(id)
    return page(
        request,
        "persons/erasure.html",
        path=f"/erasures/{id}/{key}",
        erasure=proof.erasure,
        going=going(proof.erasure.went),
        staying=staying(proof.erasure.went),
        grounds=stays(proof.erasure, proof.backup_kept_days),
        has_pdf=can_make_pdf(),
    )


@get(
    f"{PATH}/{{file:str}}",
    guards=[public],
    opt={**ANY_TOKEN, TAKES_ITS_TIME: True},
    include_in_schema=False,
)
async def erasure_file(
    request: AnyRequest, erasure: FromPath[str], key: FromPath[str], file: FromPath[str]
) -> Response[Any]:
    id = _opened(request, erasure, key)
    return await certificate_file(await desk_of(request).proof(id), file)


def _opened(request: AnyRequest, erasure: str, key: str) -> UUID:
    id = parse_uuid(erasure, "erasure")
    desk_of(request).require_key(id, key)
    return id


async def certificate_file(proof: Proof, file: str) -> Response[Any]:
    """``file``: certificate.html, .pdf, .json or .txt. Raises `NotFound`, `PdfMissing`."""
    stem, _, ending = file.rpartition(".")
    if stem != "certificate" or ending not in ENDINGS:
        raise NotFound("There is no such certificate.")
    headers = {"content-disposition": f'attachment; filename="erasure-{proof.erasure.id}.{ending}"'}
    told = proof.erasure, proof.head, proof.backup_kept_days
    if ending == "json":
        return Response(msgspec.json.encode(proof), media_type="application/json", headers=headers)
    if ending == "txt":
        return Response(as_text(*told) + "\n", media_type="text/plain; charset=utf-8", headers=headers)
    if ending == "pdf":
        with tempfile.TemporaryDirectory(prefix="sertantai-certificate-") as folder:
            made = Path(folder) / "made.pdf"
            await pdf_of(as_pdf(*told), {}, made)
            return Response(made.read_bytes(), media_type="application/pdf", headers=headers)
    return Response(as_html(*told), media_type="text/html; charset=utf-8", headers=headers)


ROUTES = [erasure_page, erasure_file]
