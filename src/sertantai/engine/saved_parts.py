"""A large owner's checkpoint in parts: what must be written of it, and what the file has from before."""

from collections.abc import Iterator

import msgspec

from sertantai.core.ids import GroupId, Position
from sertantai.core.state import GroupState, OwnerState
from sertantai.core.stored_state import ListParts, Part, encode_head, list_part, notes_parts


class _Saved(msgspec.Struct):
    """``notes`` are those that stand in the file, as long as the list has the very same."""

    version: Position
    notes: object
    parts: ListParts


class SavedParts:
    """Filled while `parts_of` is read to its end; ``names`` are then all that the checkpoint consists of."""

    def __init__(self, earlier: "SavedParts | None") -> None:
        self._earlier = {} if earlier is None else earlier._lists
        self._known = set() if earlier is None else set(earlier.names)
        self._lists: dict[GroupId, _Saved] = {}

    @property
    def names(self) -> tuple[bytes, ...]:
        made_of = [saved.parts for saved in self._lists.values()]
        return tuple({name for parts in made_of for name in (parts.list, *parts.notes)})

    def head(self, state: OwnerState) -> bytes:
        return encode_head(state, [saved.parts for saved in self._lists.values()])

    def parts_of(self, state: OwnerState) -> Iterator[Part | None]:
        """The parts to be written, one at a time; None for one that stands in the file already."""
        for group in state.groups.values():
            saved = self._earlier.get(group.id)
            if saved is not None and saved.version == group.version:
                self._lists[group.id] = saved
                continue
            yield from self._parts_of_list(group, saved)

    def _parts_of_list(self, group: GroupState, saved: _Saved | None) -> Iterator[Part | None]:
        name, content = list_part(group)
        yield self._new(name, content)
        if saved is not None and saved.notes is group.annotations:
            notes = saved.parts.notes
        else:
            names = []
            for part in notes_parts(group.annotations):
                names.append(part[0])
                yield self._new(*part)
            notes = tuple(names)
        self._lists[group.id] = _Saved(group.version, group.annotations, ListParts(name, notes))

    def _new(self, name: bytes, content: bytes) -> Part | None:
        if name in self._known:
            return None
        self._known.add(name)
        return name, content
