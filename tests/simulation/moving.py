"""Lists that go from a person to an organization, and back, while both are worked in and all breaks."""

import random

from sertantai.core.errors import SertantaiError
from sertantai.core.ids import GroupId, OwnerId, UserId
from sertantai.core.operations import CreateGroup, Origin
from sertantai.engine.engine import Engine
from sertantai.lists.access import Allowed, Lists
from sertantai.lists.between.handing_over import HandingOver
from tests.simulation.colleagues import Works
from tests.simulation.workload import Client
from tests.simulation.world import Crashed, World


class Mover(Client):
    """A member of an organization who has lists of their own, works in these, and moves lists."""

    def __init__(self, world: World, works: Works, dice: random.Random) -> None:
        person = works.people[dice.choice((0, 1, 2))]
        default = GroupId(world.new_uuid())
        owner = OwnerId(person)
        if owner not in world.owners:
            world.database.add_user(owner, default)
            world.model.add_user(owner, default)
            world.owners.append(owner)
        super().__init__(world, owner)
        self._works = works

    async def _step(self) -> None:
        dice = self._rng.random()
        if len(self._lists) == 1 and dice < 0.6:
            common = {**self._common(), "group": GroupId(self._world.new_uuid())}
            await self._write(CreateGroup(name=self._name(), **common))
        elif dice < 0.4:
            await self._move()
        else:
            await super()._step()

    def _actor(self) -> UserId:
        return UserId(self.owner)

    async def _move(self) -> None:
        world, into, dice = self._world, self._rng.random() < 0.6, self._rng.random()

        async def moved(engine: Engine) -> Allowed | None:
            mine, house = [await self._of(engine, owner) for owner in (self.owner, self._works.owner)]
            here, there = (mine, house) if into else (house, mine)
            lists = [one for one in here.state.groups.values() if not one.deleted and here.may_read(one)]
            kept = [one for one in lists if one.is_default]
            lists = [one for one in lists if not one.is_default] or kept
            if not lists:
                return None
            found = here.one(lists[int(dice * len(lists))])
            handing = HandingOver(engine, world.effects(engine), world.clock)
            return await handing.hand_over(found, there, with_history=dice < 0.5)

        try:
            there = await world.ask(moved)
        except (SertantaiError, Crashed):
            return
        if there is not None:
            for lists in (self._lists, self._works.lists):
                if there.group.id not in lists:
                    lists.append(there.group.id)

    async def _of(self, engine: Engine, owner: OwnerId) -> Lists:
        by = Origin(UserId(self.owner), "session", "127.0.0.1")
        return Lists(by, None, owner, await engine.hot_owner(owner), self._world.clock.now, None)
