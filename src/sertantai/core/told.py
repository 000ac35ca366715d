"""Answers of PostgreSQL, each with the position that it is true for."""

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import msgspec

from sertantai.core.errors import Unavailable
from sertantai.core.ids import Position

T = TypeVar("T")
Other = TypeVar("Other")


class Told(msgspec.Struct, Generic[T], frozen=True):
    """What PostgreSQL says, and up to which position of the owner's journal it is all there is: the watermark
    of the same snapshot. It says nothing of what stands behind ``upto``.

    ``wanted`` is how far whoever asks was told that things are done.
    """

    upto: Position
    answer: T
    wanted: Position = Position(0)

    @property
    def settled(self) -> bool:
        """Whether nothing that was done is missing from the answer."""
        return self.upto >= self.wanted

    def about(self, answer: Other) -> "Told[Other]":
        """What is made of the answer is true for the same."""
        return Told(self.upto, answer, self.wanted)

    def settled_answer(self) -> T:
        """Raises `Unavailable` where something is missing."""
        if not self.settled:
            raise Unavailable(
                "The latest changes are saved, but are not yet in the history. Nothing was changed.",
                retry_after_s=2,
            )
        return self.answer


Ask = Callable[[], Awaitable[Told[T]]]
