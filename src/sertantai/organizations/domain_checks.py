"""Looks every day whether the DNS still says that a domain is its organization's."""

from datetime import timedelta
from typing import ClassVar, Final

from sertantai.core.clock import Clock
from sertantai.organizations.domains import Domains
from sertantai.process.background import Failures, RegularTurns
from sertantai.process.logs import logger

CHECKED_EVERY: Final = timedelta(days=1)
TOGETHER_MAX: Final = 200

log = logger(__name__)


class DomainChecks(RegularTurns):
    """A silent DNS says nothing: the domain stays as it is, and is looked at in the next turn."""

    task_name = "domain-checks"
    every_s: ClassVar[float] = 3600.0

    def __init__(self, domains: Domains, clock: Clock) -> None:
        self._domains = domains
        self._clock = clock

    async def turn(self) -> None:
        failures = Failures()
        for organization, domain, token in await self._domains.due(
            self._clock.now() - CHECKED_EVERY, TOGETHER_MAX
        ):
            work = self._domains.look(organization, domain, token)
            found = await failures.sparing(work, log, "domain_not_checked", domain=domain)
            if found is not None and found.verified_at is None:
                self._domains.note_lost(domain)
                log.warning("domain_lost", domain=domain)
