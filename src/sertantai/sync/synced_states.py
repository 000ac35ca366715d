"""What the synchroniser keeps between batches: owners' states as PostgreSQL has them, bounded by memory."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping

from sertantai.core.ids import OwnerId
from sertantai.core.state import OwnerState, weight_bytes


class SyncedStates:
    """Those met longest ago leave first; those of the batch at hand stay, however large they are."""

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._states: OrderedDict[OwnerId, OwnerState] = OrderedDict()
        self._weights: dict[OwnerId, int] = {}
        self._bytes = 0
        self._unweighed: set[OwnerId] = set()
        """Put since they were weighed: once for a batch is often enough."""

    def __len__(self) -> int:
        return len(self._states)

    def get(self, owner: OwnerId) -> OwnerState | None:
        return self._states.get(owner)

    def missing(self, owners: Iterable[OwnerId]) -> list[OwnerId]:
        return [owner for owner in owners if owner not in self._states]

    def put(self, owner: OwnerId, state: OwnerState) -> None:
        self._states[owner] = state
        self._unweighed.add(owner)

    @property
    def bytes(self) -> int:
        for owner in self._unweighed:
            weight = weight_bytes(self._states[owner])
            self._bytes += weight - self._weights.get(owner, 0)
            self._weights[owner] = weight
        self._unweighed.clear()
        return self._bytes

    def meet(self, owners: set[OwnerId], loaded: Mapping[OwnerId, OwnerState]) -> None:
        """The next batch is about ``owners``, of whom ``loaded`` were missing; make room for them."""
        for owner, state in loaded.items():
            self.put(owner, state)
        for owner in owners & self._states.keys():
            self._states.move_to_end(owner)
        while self.bytes > self._bytes_max:
            longest_unmet = next(iter(self._states))
            if longest_unmet in owners:
                return
            del self._states[longest_unmet]
            self._bytes -= self._weights.pop(longest_unmet)

    def clear(self) -> None:
        self._states.clear()
        self._weights.clear()
        self._unweighed.clear()
        self._bytes = 0
