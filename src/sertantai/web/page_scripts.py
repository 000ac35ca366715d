"""The ES modules of a page as one script, put together when the server starts.

Fetched one by one, forty modules are forty requests, and the page is usable after the last. So every module
that no other imports, a page's own, is also there as ``pages/NAME``: with ``app.js`` before it and all that
both import, each once. No build step: the modules are written, read and debugged as they are.

Each module becomes a function that is called at once and gives its exports, after those that it imports. Only
what our modules use is understood; anything else is refused at the start.
"""

import posixpath
import re
from collections.abc import Mapping
from typing import Final, NoReturn

APP: Final = "app.js"
FOLDER: Final = "pages/"

_IMPORT: Final = re.compile(r'^import (?:\{([^}]*)\} from )?"(\.{1,2}/[^"]+)";\n?', re.MULTILINE)
_EXPORT: Final = re.compile(r"^export (?=(?:async )?(?:function|class|const)\*? *([\w$]+))", re.MULTILINE)
_NOT_UNDERSTOOD: Final = re.compile(
    r"^(?:import|export)\b.*|\bimport(?:\.meta|\().*|^await\b.*", re.MULTILINE
)


def page_scripts(modules: Mapping[str, str]) -> dict[str, str]:
    """The scripts of all pages by their names; ``modules`` are the sources by their paths."""
    imported = {name for path, source in modules.items() for name in _imports(path, source)}
    pages = sorted(modules.keys() - imported - {APP})
    return {f"{FOLDER}{name}": _script((APP, name), modules) for name in (APP, *pages)}


def _script(entries: tuple[str, ...], modules: Mapping[str, str]) -> str:
    order: list[str] = []
    for entry in entries:
        _visit(entry, modules, order, ())
    return "\n".join(_as_function(at, order, modules) for at in range(len(order)))


def _visit(name: str, modules: Mapping[str, str], order: list[str], above: tuple[str, ...]) -> None:
    """Put ``name`` behind all that it imports."""
    if name in above:
        raise ValueError(f"modules import each other: {' → '.join((*above, name))}")
    if name in order:
        return
    if name not in modules:
        raise ValueError(f"{above[-1]} imports {name}, which is not there")
    for other in _imports(name, modules[name]):
        _visit(other, modules, order, (*above, name))
    order.append(name)


def _imports(name: str, source: str) -> list[str]:
    folder = posixpath.dirname(name)
    return [posixpath.normpath(posixpath.join(folder, path)) for _, path in _IMPORT.findall(source)]


def _as_function(at: int, order: list[str], modules: Mapping[str, str]) -> str:
    name = order[at]
    source = modules[name]
    folder = posixpath.dirname(name)

    def imported(found: re.Match[str]) -> str:
        names, path = found.groups()
        position = order.index(posixpath.normpath(posixpath.join(folder, path)))
        return f"const {{{names.replace(' as ', ': ')}}} = $module{position};\n" if names else ""

    exports = _EXPORT.findall(source)
    body = _EXPORT.sub("", _IMPORT.sub(imported, source))
    if unknown := _NOT_UNDERSTOOD.search(body):
        _refuse(name, unknown.group())
    return f"// {name}\nconst $module{at} = (() => {{\n{body}\nreturn {{ {', '.join(exports)} }};\n}})();"


def _refuse(name: str, what: str) -> NoReturn:
    raise ValueError(f"{name}: {what!r} is not understood; see {__name__}")
