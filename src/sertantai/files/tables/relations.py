"""How parts of an Office document refer to each other and to the web. ECMA-376, part 2 (9.3)."""

import posixpath
from typing import Final

from sertantai.files.tables.archive import Archive
from sertantai.files.tables.xml_events import xml_events

Relations = dict[str, tuple[str, str]]
"""By id: the kind, and the part's name in the archive or the address outside."""

_ROOT: Final = "_rels/.rels"


def relations_of(archive: Archive, part: str = "") -> Relations:
    """Of a part, or of the document itself. Raises `InvalidInput`, `TooLarge`."""
    folder, name = posixpath.split(part)
    path = posixpath.join(folder, "_rels", f"{name}.rels") if part else _ROOT
    found: Relations = {}
    if path not in archive:
        return found
    with archive.open(path) as raw:
        for kind, element, attributes in xml_events(raw):
            if kind == "start" and element == "Relationship":
                target = attributes.get("Target", "")
                if attributes.get("TargetMode") != "External":
                    target = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
                found[attributes.get("Id", "")] = (attributes.get("Type", ""), target)
    return found


def of_kind(relations: Relations, kind: str) -> str | None:
    """The first target of this kind, named by the end of its type."""
    return next((target for type_, target in relations.values() if type_.endswith(f"/{kind}")), None)
