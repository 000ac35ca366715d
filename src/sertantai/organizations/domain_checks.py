"""Looks every day whether the DNS still says that a domain is its organization's."""

from typing import ClassVar, Final

from sertantai.organizations.domains import Domains
from sertantai.process.background import Failures, RegularTurns
from sertantai.process.logs import logger

TOGETHER_MAX: Final = 200

log = logger(__name__)


class DomainChecks(RegularTurns):
    """A silent DNS is its domain's own affair: it ends no turn, and is looked at again behind the others."""

    task_name = "domain-checks"
    every_s: ClassVar[float] = 3600.0

    def __init__(self, domains: Domains) -> None:
        self._domains = domains

    async def turn(self) -> None:
        failures = Failures()
        for organization, domain, token in await self._domains.due(TOGETHER_MAX):
            work = self._domains.look_again(organization, domain, token)
            found = await failures.sparing(work, log, "domain_not_checked", domain=domain)
            if found is not None and found.verified_at is None:
                self._domains.note_lost(domain)
                log.warning("domain_lost", domain=domain)
