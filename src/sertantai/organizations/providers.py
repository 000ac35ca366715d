"""With what the people of an organization sign in: who may set it, and whose provider somebody means."""

from functools import partial

from sertantai.accounts.providers.errors import ProviderNotFound
from sertantai.accounts.providers.provider import SITE_REFERENCE, Provider
from sertantai.accounts.providers.provider_settings import NewProvider, ProviderSettings, Stated
from sertantai.core.errors import NotFound
from sertantai.core.ids import OwnerId, uuid_of
from sertantai.core.rights import Right
from sertantai.core.sharing.ways_in import PROVIDER
from sertantai.engine.engine import Engine
from sertantai.organizations import sql
from sertantai.organizations.domain_names import domain_of
from sertantai.organizations.settings import WaysSaid
from sertantai.organizations.standing import Standing
from sertantai.postgres import Database
from sertantai.postgres import Role as DatabaseRole

REFERENCE_CHARACTERS_MAX = 320


class Providers:
    def __init__(
        self,
        database: Database,
        engine: Engine,
        settings: ProviderSettings,
        site: Provider | None,
        said: WaysSaid,
    ) -> None:
        self._said = said
        self._database = database
        self._engine = engine
        self._settings = settings
        self.site = site

    async def stated(self, standing: Standing) -> Stated | None:
        standing.require(Right.SSO)
        return await self._settings.stated(standing.organization)

    async def save(self, standing: Standing, wanted: NewProvider) -> None:
        """Raises `PermissionNeeded`, `ProviderMisconfigured`."""
        standing.require(Right.SSO)
        say = partial(self._said.say, standing.by, standing.organization, PROVIDER)
        await self._settings.save(standing.organization, wanted, standing.actor, standing.by.ip, say)

    async def remove(self, standing: Standing) -> None:
        standing.require(Right.SSO)
        say = partial(self._said.say, standing.by, standing.organization, PROVIDER)
        if not await self._settings.remove(standing.organization, standing.actor, standing.by.ip, say):
            raise NotFound("This organisation has no sign-in of its own.", field="organization")

    async def find(self, reference: str) -> Provider:
        """By an organization's slug or id, by an address of one of its domains, or ``site``.

        Raises `ProviderNotFound` alike for all that there is not.
        """
        reference = reference.strip().lower()
        if reference == SITE_REFERENCE and self.site is not None:
            return self.site
        organization = None
        if 0 < len(reference) <= REFERENCE_CHARACTERS_MAX and reference.isprintable():
            organization = await self._organization(reference)
        found = None if organization is None else await self._of(organization)
        if found is None:
            raise ProviderNotFound
        return found

    async def _organization(self, reference: str) -> OwnerId | None:
        if "@" in reference:
            domain = domain_of(reference)
            whose = await self._settings.whose_domain(domain) if domain else None
            return None if whose is None else OwnerId(whose)
        async with self._database.transaction(DatabaseRole.ACCOUNTS, readonly=True) as connection:
            found = await connection.fetchval(sql.FIND_BY_REFERENCE, reference, uuid_of(reference))
        return None if found is None else OwnerId(found)

    async def _of(self, organization: OwnerId) -> Provider | None:
        try:
            access = (await self._engine.state(organization)).access
        except NotFound:
            return None
        if access is None or access.ends_at is not None:
            return None
        return await self._settings.find(organization, access.name)
