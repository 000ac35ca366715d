"""One owner's life in the process: what is known of them, and what happens to that.

All facts of one owner stand here, and change here alone. Others tell what has happened, and ask what follows.
"""

import asyncio
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Any, Protocol

from sertantai.core.ids import OwnerId, Position
from sertantai.engine.saved_parts import SavedParts


class Place(Enum):
    """Where an owner's lists are."""

    AWAY = "away"
    """Not in memory: whoever asks for them has them loaded."""
    LOADING = "loading"
    """Being read, once, however many ask."""
    HERE = "here"
    """In memory; that is what everybody is shown."""


class Trust(Enum):
    """What that is worth which was read of them."""

    SURE = "sure"
    """It is what PostgreSQL has, and what the journal holds after that."""
    FROM_CHECKPOINT = "from_checkpoint"
    """It is of the journal file's checkpoint: to be read anew once the database can be asked."""
    DOUBTED = "doubted"
    """It has in it what PostgreSQL refused, or may have lost, or what is another server's by now: to be read
    anew as soon as nothing of theirs is on its way."""


class Kept(Enum):
    """What the journal's file has of them."""

    CURRENT = "current"
    """A checkpoint that may be used, if there is one, and nothing in memory is newer."""
    BEHIND = "behind"
    """Memory is newer than the checkpoint; until it is on the disk they stay in memory."""
    WRONG = "wrong"
    """A checkpoint that must not be used, as it holds what PostgreSQL refused. It is taken out first."""
    UNWRITABLE = "unwritable"
    """It could not be written, and an older one is not the whole story: taken out, and it is not tried
    again before they change something; nor does it keep them in memory."""


class Copy(Protocol):
    """What is in memory of an owner."""

    last: Position


_CURRENT, _DOUBTED = Kept.CURRENT, Trust.DOUBTED  # found faster: every tick looks here
_UNUSABLE = frozenset({Kept.WRONG, Kept.UNWRITABLE})
_TO_BE_WRITTEN = frozenset({Kept.WRONG, Kept.BEHIND})


class OwnersLife:
    """One owner. `Lives` has it from the first that happens until nothing of it is to be known any more."""

    __slots__ = (
        "_lives",
        "awaited",
        "hot",
        "in_flight",
        "kept",
        "left",
        "loading",
        "owner",
        "parts",
        "trust",
        "unsynced",
    )

    def __init__(self, owner: OwnerId, lives: "Lives") -> None:
        self._lives = lives
        self.owner = owner
        self.hot: Copy | None = None
        self.loading: asyncio.Future[Any] | None = None
        self.awaited = 0
        """How many have them loaded and do not have them yet; they must not leave before that."""
        self.in_flight = 0
        """Operations on their way to the journal, and through the fold."""
        self.left = Position(0)
        """The last operation that an earlier run left in the journal: an older checkpoint is not the whole
        story."""
        self.unsynced = Position(0)
        """The same, while PostgreSQL may not have it. Whoever changes something now is in memory until
        PostgreSQL has it."""
        self.trust = Trust.SURE
        self.kept = Kept.CURRENT
        self.parts: SavedParts | None = None
        """What the file has of a checkpoint in parts."""

    # What is asked

    @property
    def place(self) -> Place:
        if self.loading is not None:
            return Place.LOADING
        return Place.AWAY if self.hot is None else Place.HERE

    @property
    def is_outstanding(self) -> bool:
        """Whether anything is to be known of them beside what PostgreSQL and the file say."""
        if self.hot is not None or self.loading is not None or self.awaited or self.in_flight:
            return True
        if self.trust is not Trust.SURE or self.kept is not _CURRENT:
            return True
        return bool(self.left or self.unsynced)

    @property
    def must_be_read_again(self) -> bool:
        """While they are loaded: what was read is too old already. What PostgreSQL does not have yet of an
        earlier run comes first; they are read anew after it."""
        return self.trust is _DOUBTED and not self.unsynced

    @property
    def may_use_checkpoint(self) -> bool:
        return self.kept not in _UNUSABLE

    @property
    def is_unsaved(self) -> bool:
        """Whether a checkpoint is to be written of what memory has."""
        return self.hot is not None and self.kept in _TO_BE_WRITTEN

    @property
    def may_be_saved(self) -> bool:
        return self.trust is not _DOUBTED

    def is_synced(self, watermark: Position) -> bool:
        """PostgreSQL has everything of this owner, and nothing is on its way."""
        if self.in_flight or self.unsynced:
            return False
        return self.hot is None or self.hot.last <= watermark

    def may_leave(self, watermark: Position) -> bool:
        """Whether the file and PostgreSQL have all that memory has, and nobody waits for it."""
        return self.kept not in _TO_BE_WRITTEN and not self.awaited and self.is_synced(watermark)

    def is_to_be_read_anew(self, watermark: Position) -> bool:
        """Now: nothing is on its way that would not be found in what is read."""
        if self.trust is not _DOUBTED or self.loading is not None or self.awaited:
            return False
        return self.is_synced(watermark)

    # What happens

    def recovered(self, last: Position, *, is_unsynced: bool) -> None:
        """At a start: an earlier run left operations of theirs in the journal."""
        self.left = last
        self.unsynced = last if is_unsynced else Position(0)
        self._file()

    def reads(self) -> None:
        """What is read from here on knows all that made them doubted."""
        if self.must_be_read_again:
            self.trust = Trust.SURE
            self._file()

    def arrived(self, hot: Copy, *, from_checkpoint: bool) -> None:
        """They are in memory; nobody else is told before the checkpoint is as new."""
        self.hot = hot
        if self.trust is not _DOUBTED:
            self.trust = Trust.FROM_CHECKPOINT if from_checkpoint else Trust.SURE
        self.changed()
        self._file()

    def loaded(self) -> None:
        """Nobody reads them any more: they are in memory, or could not be read."""
        self.loading = None
        self._file()

    def ended(self) -> None:
        """Something that concerned them is over: perhaps nothing is to be known of them any more."""
        if not self.is_outstanding:
            self._file()

    def changed(self) -> None:
        """Memory is newer than any checkpoint."""
        if self.kept is _CURRENT:
            self.kept = Kept.BEHIND
        elif self.kept is Kept.UNWRITABLE:
            self.kept = Kept.WRONG
        else:
            return
        self._file()

    def synced(self, watermark: Position) -> None:
        """PostgreSQL has what an earlier run left."""
        if self.unsynced and self.unsynced <= watermark:
            self.unsynced = Position(0)
            self._file()

    def refused(self) -> None:
        """PostgreSQL set an operation aside that memory shows, and perhaps the checkpoint."""
        self.trust, self.kept = _DOUBTED, Kept.WRONG
        self._file()

    def doubted(self) -> None:
        """PostgreSQL may say something else by now."""
        self.trust = _DOUBTED
        self._file()

    def is_read_anew(self) -> None:
        """They leave memory, so that whoever asks next has them read."""
        self.trust, self.kept = Trust.SURE, Kept.WRONG
        self._file()

    def gone(self) -> None:
        """They have left memory."""
        self.hot = self.parts = None
        if self.kept is Kept.BEHIND:
            self.kept = _CURRENT
        self._file()

    def saved(self, hot: Copy, position: Position) -> None:
        """A checkpoint of what ``hot`` was at ``position`` is on the disk."""
        if self.hot is hot and hot.last == position and self.trust is not _DOUBTED:
            self.kept = _CURRENT
            self._file()

    def not_saved(self) -> None:
        """Their checkpoint cannot be written."""
        self.kept, self.parts = Kept.UNWRITABLE, None
        self._file()

    def taken_out(self) -> None:
        """The file has no checkpoint of theirs. What is doubted stays wrong: it may be written meanwhile."""
        if self.trust is not _DOUBTED and self.kept in _UNUSABLE:
            wanted = self.kept is Kept.WRONG and self.hot is not None
            self.kept = Kept.BEHIND if wanted else _CURRENT
        self._file()

    def trimmed(self, upto: Position) -> None:
        """The journal has nothing up to ``upto`` any more."""
        if self.left <= upto:
            self.left = Position(0)
            self._file()

    def _file(self) -> None:
        self._lives.file(self)


class Lives:
    """Of whom anything is to be known; by what is asked of many at once. Owners who are away, with nothing
    outstanding, are not here."""

    def __init__(self) -> None:
        self._known: dict[int, OwnersLife] = {}
        # In the order in which they came, so that a story can be told again.
        self.doubted: dict[OwnersLife, None] = {}
        self.from_checkpoint: dict[OwnersLife, None] = {}
        self.unsynced: dict[OwnersLife, None] = {}
        self.left: dict[OwnersLife, None] = {}
        self.unsaved: dict[OwnersLife, None] = {}
        """Whose checkpoint is to be written."""
        self.unusable: dict[OwnersLife, None] = {}
        """Whose checkpoint is to be taken out."""
        self.highest = Position(0)
        """The highest watermark seen; a database that now says less has lost its newest transactions."""

    def __len__(self) -> int:
        return len(self._known)

    def __iter__(self) -> Iterator[OwnersLife]:
        return iter(self._known.values())

    def of(self, owner: OwnerId) -> OwnersLife:
        life = self._known.get(owner.int)
        if life is None:
            life = self._known[owner.int] = OwnersLife(owner, self)
        return life

    async def is_in_doubt(self, owner: OwnerId) -> bool:
        """Whether memory may show something of theirs that PostgreSQL has not, and is not to have."""
        life = self._known.get(owner.int)
        return life is not None and life.trust is not Trust.SURE

    def synced(self, watermark: Position, owners: Iterable[OwnerId] | None) -> None:
        """PostgreSQL has everything up to ``watermark``; None: whoever that may concern."""
        self.highest = max(self.highest, watermark)
        if self.unsynced:
            known = self._known
            of_them = list(self.unsynced) if owners is None else [known.get(owner.int) for owner in owners]
            for life in of_them:
                if life is not None:
                    life.synced(watermark)

    def database_back(self) -> None:
        """The database can be asked (again): what came from checkpoints is read from it. So are those who
        are being read: what is found of them may be of a checkpoint."""
        for life in [*self.from_checkpoint, *(one for one in self if one.loading is not None)]:
            life.doubted()

    def moved(self) -> None:
        """Some people may be another server's by now."""
        for life in [one for one in self if one.place is not Place.AWAY]:
            life.doubted()

    def file(self, life: OwnersLife) -> None:
        """Where it is found, by its facts."""
        _file(self.doubted, life, life.trust is _DOUBTED)
        _file(self.from_checkpoint, life, life.trust is Trust.FROM_CHECKPOINT)
        _file(self.unsynced, life, life.unsynced > 0)
        _file(self.left, life, life.left > 0)
        _file(self.unsaved, life, life.is_unsaved)
        _file(self.unusable, life, life.kept in _UNUSABLE)
        if life.is_outstanding:
            self._known[life.owner.int] = life
        else:
            self._known.pop(life.owner.int, None)


def _file(those: dict[OwnersLife, None], life: OwnersLife, belongs: bool) -> None:
    if belongs:
        those[life] = None
    else:
        those.pop(life, None)
