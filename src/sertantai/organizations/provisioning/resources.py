"""What users and groups of a directory have in common as resources of SCIM."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar
from uuid import UUID

from sertantai.organizations.provisioning.house import Asking, House

One = TypeVar("One")
Fits = Callable[[House, Any], Awaitable[None]]
"""Asked, in an organization's turn, of what is about to be changed; raises where it is another by now."""


class Resources(Protocol[One]):
    """What can be asked of users, and of groups. All raise `ResourceNotFound`, and what they say else."""

    async def all(self, asking: Asking) -> tuple[House, Sequence[One]]:
        """In an order that lasts."""

    async def one(self, asking: Asking, id: UUID) -> tuple[House, One]: ...

    async def create(self, asking: Asking, given: Mapping[str, Any]) -> tuple[House, One]: ...

    async def replace(
        self, asking: Asking, id: UUID, given: Mapping[str, Any], fits: Fits
    ) -> tuple[House, One]: ...

    async def patch(self, asking: Asking, id: UUID, operations: Any, fits: Fits) -> tuple[House, One]: ...

    async def delete(self, asking: Asking, id: UUID, fits: Fits) -> None: ...

    def shown(self, house: House, one: One, *, whole: bool = True) -> dict[str, Any]:
        """As SCIM has it, without where it is; not ``whole``: without what may be thousands."""
