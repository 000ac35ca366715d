"""Pages and parts of pages from Jinja2 templates: everything escaped, nothing undefined."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, tzinfo
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from litestar import MediaType, Response
from markupsafe import Markup

from sertantai.http.caller import AnyRequest, guest_of, member_of
from sertantai.http.csrf import CSRF_FIELD, Csrf
from sertantai.http.durations import span_of_time
from sertantai.http.pages.compiled_templates import CompiledTemplates
from sertantai.http.pages.notices import Notices, said
from sertantai.http.pages.page_response import PageResponse
from sertantai.http.pages.static_files import StaticFiles
from sertantai.http.pages.time_zone import name_of, reader_zone

PageContext = Callable[[AnyRequest], Mapping[str, Any]]
"""What every page is told: ``sync`` (state, waiting, …), ``epoch``, ``banner``. Called once a page; cheap."""

_NO_SYNC: Final = {"state": "unknown", "waiting": 0, "oldest_wait_s": 0}


class Pages:
    """The template environment and what every page is given."""

    def __init__(
        self, static: StaticFiles, csrf: Csrf, notices: Notices, page_context: PageContext | None = None
    ) -> None:
        self._static = static
        self._csrf = csrf
        self._notices = notices
        self._page_context = page_context
        self.environment = _environment(static)
        self.error_template = static.source.error_template

    def load_all(self) -> None:
        """Make every template ready, so that the first to ask for a page waits no longer than the next."""
        _load_all(self.environment)

    def response(
        self,
        request: AnyRequest,
        template: str,
        context: Mapping[str, object],
        *,
        block: str | None = None,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        at_once: bool = False,
    ) -> Response[bytes]:
        """The template, or only ``block`` of it, with the CSRF cookie where one is due.

        It is rendered in slices while it is sent; ``at_once``: now, so that whoever asks learns whether it
        can be.
        """
        token, cookie = self._csrf.token(request)
        variables = self._variables(request, token, context)
        variables["page_script"] = self._static.script_of(template)
        whole = block is None and "hx-request" not in request.headers
        saying = variables["saying"] = self._notices.read(request) if whole else None
        pieces = self._pieces(template, block, variables)
        sent: dict[str, Any] = {
            "status_code": status,
            "media_type": MediaType.HTML,
            "headers": {"Vary": "HX-Request", **(headers or {})},
            "cookies": [cookie] if cookie else [],
        }
        response: Response[bytes]
        response = Response("".join(pieces).encode(), **sent) if at_once else PageResponse(pieces, **sent)
        if saying is not None:
            said(response)
        return response

    def _pieces(self, template: str, block: str | None, variables: dict[str, object]) -> Iterable[str]:
        loaded = self.environment.get_template(template)
        if block is None:
            return loaded.generate(variables)
        return loaded.blocks[block](loaded.new_context(variables))

    def of_every_page(self, request: AnyRequest) -> Mapping[str, Any]:
        told = self._page_context(request) if self._page_context else {}
        return {"sync": _NO_SYNC, "epoch": "", "banner": None, **told}

    def _variables(self, request: AnyRequest, token: str, context: Mapping[str, object]) -> dict[str, object]:
        zone = reader_zone(request)
        return {
            **self.of_every_page(request),
            "me": member_of(request),
            "guest": guest_of(request),
            "path": request.url.path,
            "zone": zone,
            "zone_name": name_of(zone),
            "csrf_token": token,
            "csrf_field": Markup('<input type="hidden" name="{}" value="{}">').format(CSRF_FIELD, token),
            **context,
        }


def page(
    request: AnyRequest,
    template: str,
    /,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **context: object,
) -> Response[bytes]:
    """A whole page, such as ``page(request, "account/sign_in.html", form=form)``."""
    return _pages(request).response(request, template, context, status=status, headers=headers)


def rendered_error_page(
    request: AnyRequest, *, status: int, headers: Mapping[str, str] | None, **context: object
) -> Response[bytes]:
    """Rendered before this returns; raises whatever its template raises."""
    pages = _pages(request)
    return pages.response(
        request, pages.error_template, context, status=status, headers=headers, at_once=True
    )


def fragment(
    request: AnyRequest,
    template: str,
    block: str | None = None,
    /,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **context: object,
) -> Response[bytes]:
    """A part of a page for our own script: a template of its own, or one ``block`` of a page's template."""
    return _pages(request).response(request, template, context, block=block, status=status, headers=headers)


def of_every_page(request: AnyRequest) -> Mapping[str, Any]:
    """What every page is told (`PageContext`), for an answer that brings a page of ours up to date."""
    return _pages(request).of_every_page(request)


def _pages(request: AnyRequest) -> Pages:
    pages: Pages = request.app.state.pages
    return pages


def compile_templates(static: StaticFiles) -> bool:
    """Compiles every template for all starts that come; False when nothing could be kept, see
    `CompiledTemplates`."""
    environment = _environment(static)
    _load_all(environment)
    kept = environment.bytecode_cache
    return isinstance(kept, CompiledTemplates) and any(kept.files())


def _load_all(environment: Environment) -> None:
    for name in environment.list_templates(extensions=["html"]):
        environment.get_template(name)


def _environment(static: StaticFiles) -> Environment:
    filters = (number, figure, day, moment, day_of, shown, wall_clock, span_of_time)
    folders = static.source.template_paths
    environment = Environment(
        loader=FileSystemLoader(folders),
        bytecode_cache=CompiledTemplates(folders[0], (_environment, *filters)),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
    )
    environment.globals["static"] = static.url
    environment.filters.update({each.__name__: each for each in filters})
    return environment


def number(value: int) -> Markup:
    """12345 as 12,345; the browser writes it in the reader's language. For attributes see `figure`."""
    return Markup('<data value="{}">{}</data>').format(value, figure(value))


def figure(value: int) -> str:
    """12345 as 12,345, within a sentence or an attribute of an element that says ``data-numbered``."""
    return f"{value:,}"


def day(value: date | str | None) -> str:
    """A date as 24 November 2026; nothing for nothing. Of a point in time, see `day_of`."""
    if value is None or value == "":
        return ""
    if isinstance(value, str):
        value = date.fromisoformat(value[:10])
    return f"{value.day} {value:%B %Y}"


@pass_context
def moment(context: Context, value: datetime | None) -> Markup:
    """A point in time as ``<time>``, in the reader's zone; the browser writes it in the reader's language."""
    if value is None:
        return Markup("")
    local = value.astimezone(_zone(context))
    return Markup('<time datetime="{}" data-local>{} {}</time>').format(
        _in_utc(value), day(local), f"{local:%H:%M %Z}"
    )


@pass_context
def day_of(context: Context, value: datetime) -> Markup:
    """The day on which a point in time lies where the reader is, as `moment` has it."""
    local = value.astimezone(_zone(context))
    return Markup('<time datetime="{}" data-local="day">{}</time>').format(_in_utc(value), day(local))


@pass_context
def shown(context: Context, value: str | date) -> str | Markup:
    """A text as it is, a point in time as `moment` has it, a day as ``<time>``."""
    if isinstance(value, datetime):
        return moment(context, value)
    if isinstance(value, date):
        return Markup('<time datetime="{}" data-day="longDay">{}</time>').format(
            value.isoformat(), day(value)
        )
    return value


@pass_context
def wall_clock(context: Context, value: datetime | None) -> str:
    """What a field for a date and a time holds: the reader's clock, without its zone."""
    if value is None:
        return ""
    return value.astimezone(_zone(context)).replace(tzinfo=None).isoformat(timespec="seconds")


def _in_utc(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="seconds")


def _zone(context: Context) -> tzinfo:
    zone: tzinfo = context["zone"]
    return zone
