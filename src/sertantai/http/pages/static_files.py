"""Static files from memory, under a URL that holds the hash of them all, so browsers may keep them for ever.

One hash for the whole tree, in front of the path: ES modules and style sheets refer to each other by
relative paths, and those stay right when anything changes.
"""

import gzip
import hashlib
import mimetypes
from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import PurePosixPath
from typing import Final

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from sertantai.core.errors import NotFound
from sertantai.http.caller import AnyRequest
from sertantai.http.guards import public
from sertantai.http.pages.page_files import PageFiles
from sertantai.http.pages.page_scripts import FOLDER, page_scripts

IMMUTABLE: Final = "public, max-age=31536000, immutable"
REVALIDATE: Final = "public, no-cache"
_HASH_CHARS: Final = 12
_TYPES: Final = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}
_ALREADY_PACKED: Final = frozenset((".woff2", ".png", ".jpg", ".ico"))


class StaticFile:
    """One file's bytes, plain and, from the first time somebody asks for it, gzipped."""

    def __init__(self, name: str, body: bytes) -> None:
        self.body = body
        suffix = PurePosixPath(name).suffix
        self.content_type = _TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
        self.etag = f'"{hashlib.sha256(self.body).hexdigest()[:32]}"'
        self._packable = suffix not in _ALREADY_PACKED

    @cached_property
    def gzipped(self) -> bytes | None:
        """None where packing does not make it smaller."""
        packed = gzip.compress(self.body, 9, mtime=0) if self._packable else self.body
        return packed if len(packed) < len(self.body) else None


class StaticFiles:
    """The files that browsers load; raises KeyError for a path that it does not hold."""

    def __init__(self, source: PageFiles) -> None:
        self.source = source
        bodies = dict(_read(source))
        bodies |= {name: b"\n".join(bodies[part] for part in parts) for name, parts in source.sheets}
        modules = {
            name: body.decode()
            for name, body in bodies.items()
            if name.endswith(".js") and not name.startswith(source.not_modules)
        }
        scripts = page_scripts(modules, source.app_script)
        bodies |= {name: script.encode() for name, script in scripts.items()}
        self._files = {name: StaticFile(name, body) for name, body in bodies.items()}
        digest = hashlib.sha256()
        for name, file in self._files.items():
            digest.update(f"{name}\0{file.etag}\0".encode())
        self.version = digest.hexdigest()[:_HASH_CHARS]

    def __getitem__(self, path: str) -> StaticFile:
        return self._files[path]

    def url(self, path: str) -> str:
        """The URL of ``path``; raises KeyError, so that a template cannot link to nothing."""
        self._files[path]
        return f"/static/{self.version}/{path}"

    @cache  # noqa: B019  # one for each template, of one object that lives as long as the process
    def script_of(self, template: str) -> str:
        """The module beside a template, of the same name; that of every page where there is none."""
        for folder in self.source.template_folders:
            name = f"{folder}/{template.removesuffix('.html')}.js"
            if f"{FOLDER}{name}" in self._files:
                return name
        return self.source.app_script

    def find(self, url_path: str) -> tuple[StaticFile, bool]:
        """The file behind what follows ``/static/``, and whether the URL names this very version.

        A page rendered before an upgrade asks with an older hash: it gets the present file, not kept.
        """
        version, _, path = url_path.lstrip("/").partition("/")
        if version == self.version and path in self._files:
            return self._files[path], True
        for candidate in (path, url_path.lstrip("/")):
            if candidate in self._files:
                return self._files[candidate], False
        raise NotFound("There is no such file.")


def _read(source: PageFiles) -> Iterator[tuple[str, bytes]]:
    for folder in source.static_folders:
        for path in sorted((source.root / folder).rglob("*")):
            if path.suffix in _TYPES:
                yield path.relative_to(source.root).as_posix(), path.read_bytes()


@cache
def static_files(source: PageFiles) -> StaticFiles:
    """Read once: they never change while the process runs."""
    return StaticFiles(source)


def _answer(request: AnyRequest, file: StaticFile, *, immutable: bool) -> Response[bytes]:
    headers = {
        "Cache-Control": IMMUTABLE if immutable else REVALIDATE,
        "ETag": file.etag,
        "Vary": "Accept-Encoding",
    }
    if request.headers.get("if-none-match") == file.etag:
        return Response(b"", status_code=304, headers=headers, media_type=file.content_type)
    body = file.body
    if "gzip" in request.headers.get("accept-encoding", "") and file.gzipped is not None:
        body = file.gzipped
        headers["Content-Encoding"] = "gzip"
    return Response(body, headers=headers, media_type=file.content_type)


def static_routes(files: StaticFiles) -> list[HTTPRouteHandler]:
    @get("/static/{path:path}", guards=[public], include_in_schema=False, sync_to_thread=False)
    def static_file(request: AnyRequest, path: FromPath[str]) -> Response[bytes]:
        file, immutable = files.find(path)
        return _answer(request, file, immutable=immutable)

    @get("/favicon.ico", guards=[public], include_in_schema=False, sync_to_thread=False)
    def favicon(request: AnyRequest) -> Response[bytes]:
        return _answer(request, files[files.source.icon], immutable=False)

    return [static_file, favicon]
