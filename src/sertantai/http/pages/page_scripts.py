"""The ES modules of a page as one script, put together when the server starts.

Fetched one by one, forty modules are forty requests, and the page is usable after the last. So every module
that no other imports, a page's own, is also there as ``scripts/NAME``: with the module of every page before
it and all that both import, each once. No build step: the modules are written, read and debugged as they are.

Each module becomes a function that is called at once and gives its exports, after those that it imports. Only
what our modules use is understood; anything else is refused at the start.
"""

import posixpath
import re
from collections.abc import Mapping
from typing import Final, NamedTuple, NoReturn

FOLDER: Final = "scripts/"

_IMPORT: Final = re.compile(r'^import (?:\{([^}]*)\} from )?"(\.{1,2}/[^"]+)";\n?', re.MULTILINE)
_EXPORT: Final = re.compile(r"^export (?=(?:async )?(?:function|class|const)\*? *([\w$]+))", re.MULTILINE)
_NOT_UNDERSTOOD: Final = re.compile(
    r"^(?:import|export)\b.*|\bimport(?:\.meta|\().*|^await\b.*", re.MULTILINE
)


class _Module(NamedTuple):
    """``texts`` is what stands around the imports: one more than there are ``imports``, names with a path."""

    imports: list[tuple[str, str]]
    texts: list[str]
    exports: list[str]


def page_scripts(modules: Mapping[str, str], app: str) -> dict[str, str]:
    """The scripts of all pages by their names; ``modules`` are the sources by their paths.

    ``app`` is the one of every page.
    """
    read = {name: _read(name, source) for name, source in modules.items()}
    imported = {path for module in read.values() for _, path in module.imports}
    pages = sorted(modules.keys() - imported - {app})
    return {f"{FOLDER}{name}": _script((app, name), read) for name in (app, *pages)}


def _read(name: str, source: str) -> _Module:
    folder = posixpath.dirname(name)
    texts, names, paths = (_IMPORT.split(source)[at::3] for at in range(3))
    bodies = [_EXPORT.sub("", text) for text in texts]
    if unknown := _NOT_UNDERSTOOD.search("".join(bodies)):
        _refuse(name, unknown.group())
    whole = [posixpath.normpath(posixpath.join(folder, path)) for path in paths]
    return _Module(list(zip(names, whole, strict=True)), bodies, _EXPORT.findall(source))


def _script(entries: tuple[str, ...], modules: Mapping[str, _Module]) -> str:
    order: list[str] = []
    for entry in entries:
        _visit(entry, modules, order, ())
    return "\n".join(_as_function(at, order, modules) for at in range(len(order)))


def _visit(name: str, modules: Mapping[str, _Module], order: list[str], above: tuple[str, ...]) -> None:
    """Put ``name`` behind all that it imports."""
    if name in above:
        raise ValueError(f"modules import each other: {' → '.join((*above, name))}")
    if name in order:
        return
    if name not in modules:
        raise ValueError(f"{above[-1]} imports {name}, which is not there")
    for _, other in modules[name].imports:
        _visit(other, modules, order, (*above, name))
    order.append(name)


def _as_function(at: int, order: list[str], modules: Mapping[str, _Module]) -> str:
    name = order[at]
    module = modules[name]
    body = module.texts[0]
    for (names, path), text in zip(module.imports, module.texts[1:], strict=True):
        taken = f"const {{{names.replace(' as ', ': ')}}} = $module{order.index(path)};\n" if names else ""
        body += taken + text
    exports = ", ".join(module.exports)
    return f"// {name}\nconst $module{at} = (() => {{\n{body}\nreturn {{ {exports} }};\n}})();"


def _refuse(name: str, what: str) -> NoReturn:
    raise ValueError(f"{name}: {what!r} is not understood; see {__name__}")
