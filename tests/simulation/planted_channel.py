"""Bugs of the kind that leaves a screen wrong without knowing it, to see that the watchers find each."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from pyroaring import BitMap

from sertantai.engine.epochs import Epochs
from sertantai.live import hub as hubs
from sertantai.live import ring as rings
from sertantai.live import steps
from sertantai.live.hub import Hub
from sertantai.live.listening_rights import ListeningRights
from sertantai.live.screens import Channel, Screen
from sertantai.live.steps import Missed, Step


def _nothing(*_given: object) -> None: ...


def _always(*_given: object) -> bool:
    return True


def _no_laws(*_given: object) -> BitMap:
    return BitMap()


def _journal_alone(epochs: Epochs, _owner: object) -> str:
    return epochs.of_all


def join_between_two_messages() -> Any:
    """What is pending as somebody joins is told behind the list that they are given, with what comes."""

    def join(hub: Hub, channel: Channel) -> None:
        with mock.patch.object(Hub, "_flush", _nothing):
            original(hub, channel)

    original = Hub.join
    return mock.patch.object(Hub, "join", join)


def trust_any_version() -> Any:
    """Whatever version somebody says they have, the steps behind it are taken for what they lack."""

    def since(some: Iterable[Step], known: int) -> Missed | None:
        behind = [step for step in some if step.version > known]
        return steps.missed_in(behind) if behind else None

    return _both(mock.patch.object(hubs, "since", since), mock.patch.object(rings, "since", since))


def one_epoch_for_ever() -> Any:
    return mock.patch.object(Epochs, "of", _journal_alone)


def keep_what_was_refused() -> Any:
    """What was read anew is told to nobody."""
    return mock.patch.object(Hub, "_reset", _nothing)


def ask_for_rights_once() -> Any:
    return _both(
        mock.patch.object(ListeningRights, "may_listen", _always),
        mock.patch.object(Hub, "look_at_rights", _nothing),
    )


def forget_who_did_not_read() -> Any:
    def drained(_hub: Hub, screen: Screen) -> None:
        screen.lagging_since = None
        screen.missed.clear()

    return mock.patch.object(Hub, "drained", drained)


def keep_the_notes_of_what_came_again() -> Any:
    def missed_in(some: Iterable[Step]) -> Missed:
        found = original(some)
        noted = BitMap.union(BitMap(), *(step.annotated for step in some))
        return Missed(found.added, found.removed, found.annotated & noted, found.says_list, found.suggests)

    original = steps.missed_in
    return mock.patch.object(steps, "missed_in", missed_in)


def keep_the_notes_that_come_with_laws() -> Any:
    """Whoever is told of a law takes it for one beside which nothing stands."""
    return mock.patch.object(steps, "came_with_notes", _no_laws)


@contextmanager
def _both(*some: Any) -> Iterator[None]:
    first, second = some
    with first, second:
        yield


PLANTINGS: dict[str, Callable[[], Any]] = {
    "join between two messages": join_between_two_messages,
    "trust any version": trust_any_version,
    "one epoch for ever": one_epoch_for_ever,
    "keep what was refused": keep_what_was_refused,
    "ask for rights once": ask_for_rights_once,
    "forget who did not read": forget_who_did_not_read,
    "keep the notes of what came again": keep_the_notes_of_what_came_again,
    "keep the notes that come with laws": keep_the_notes_that_come_with_laws,
}
