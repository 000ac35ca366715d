"""What the routes of this room work with; the composition root puts it into the application's state."""

import msgspec

from sertantai.audit.changed_by import ChangedBy
from sertantai.audit.effects import Effects
from sertantai.audit.moments import Moments
from sertantai.audit.operations import Timeline
from sertantai.audit.rights_then import RightsThen
from sertantai.audit.trail import Trail
from sertantai.core.clock import Clock
from sertantai.engine.engine import Engine
from sertantai.evidence.kept import KeptPacks
from sertantai.evidence.packs import Packs
from sertantai.http.caller import AnyRequest as AnyRequest  # for all of web/
from sertantai.lists.access import Access
from sertantai.lists.actions import Actions
from sertantai.lists.between.copying import Copying
from sertantai.lists.between.handing_over import HandingOver
from sertantai.lists.exporting.running import RunningExports
from sertantai.lists.groups import Groups
from sertantai.lists.guest_ticks import GuestTicks
from sertantai.lists.importing.kept_reports import ImportReports
from sertantai.lists.importing.matching import Matching
from sertantai.lists.importing.uploads import Uploads
from sertantai.lists.past import PastLists
from sertantai.lists.saved_views import SavedViews
from sertantai.lists.together.links import Links
from sertantai.lists.together.suggestions import Suggestions
from sertantai.organizations.directory import Directory
from sertantai.organizations.domains import Domains
from sertantai.organizations.going.taking_back import TakingBack
from sertantai.organizations.invitations import Invitations
from sertantai.organizations.joining import Joining
from sertantai.organizations.looking_in import LooksIn
from sertantai.organizations.organizations import Organizations
from sertantai.organizations.providers import Providers
from sertantai.organizations.provisioning.directories import Directories
from sertantai.organizations.settings import WaysSaid
from sertantai.records.own_abbreviations import OwnAbbreviations
from sertantai.records.register import Register
from sertantai.reporting.saved import SavedReports
from sertantai.reporting.service import Reporting
from sertantai.reporting.sights import Sights
from sertantai.reporting.trail_reviewing import TrailReviews
from sertantai.sealing.outside.memories import Memories
from sertantai.sealing.sealer import Sealer
from sertantai.security.accesses import Accesses

STATE_KEY = "selections"


class Services(msgspec.Struct, frozen=True):
    engine: Engine
    effects: Effects
    access: Access
    register: Register
    actions: Actions
    groups: Groups
    copying: Copying
    handing_over: HandingOver
    guest_ticks: GuestTicks
    clock: Clock
    trail: Trail
    timeline: Timeline
    changed_by: ChangedBy
    moments: Moments
    past: PastLists
    views: SavedViews
    reporting: Reporting
    sights: Sights
    saved_reports: SavedReports
    trail_reviews: TrailReviews
    import_reports: ImportReports
    abbreviations: OwnAbbreviations
    organizations: Organizations
    suggestions: Suggestions
    rights_then: RightsThen
    directory: Directory
    invitations: Invitations
    taking_back: TakingBack
    links: Links
    domains: Domains
    joining: Joining
    looks: LooksIn
    directories: Directories
    providers: Providers
    said: WaysSaid
    sealer: Sealer
    memories: Memories
    matching: Matching
    exports: RunningExports
    uploads: Uploads
    accesses: Accesses
    packs: Packs
    kept_packs: KeptPacks


def services(request: AnyRequest) -> Services:
    found: Services = request.app.state[STATE_KEY]
    return found
