"""Every setting, read once, frozen. Each is an environment variable ``SERTANTAI_<NAME>`` too.

The description beside a setting is its documentation: `docs/guides/settings.md` is made from it.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from sertantai.core.errors import InvalidInput

PREFIX = "SERTANTAI_"
LIMIT = r"^[1-9]\d{0,11}/(\d{1,5} )?(second|minute|hour|day)$"
"""An amount and a period: 60/minute, 20/10 second."""
THRESHOLD = rf"{LIMIT}|^off$"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    host: Annotated[str, Meta(description="Address to listen on.")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535, description="Port to listen on; 0 picks a free one.")] = 8000
    data_dir: Annotated[
        str, Meta(description="Directory of the journal, the embedded database and the signing keys.")
    ] = "data"
    database_url: Annotated[
        str | None,
        Meta(
            description="A PostgreSQL ≥ 15 to use instead of the embedded one: postgresql://user@host/name."
        ),
    ] = None
    journal_url: Annotated[
        str | None,
        Meta(
            description="A PostgreSQL that keeps the journal instead of a file in the data directory, with "
            "all hosts of its cluster: postgresql://user@one,two/name. It needs a `database_url`."
        ),
    ] = None
    journal_durability: Annotated[
        Literal["quorum", "storage", "single"],
        Meta(
            description="Whose copies an answer stands for: `quorum`: a stand-by of that PostgreSQL has it "
            "(`synchronous_standby_names`); `storage`: the service below it keeps copies; `single`: there is "
            "one copy."
        ),
    ] = "quorum"
    database_migration_url: Annotated[
        str | None,
        Meta(
            description="The same database as the PostgreSQL user that migrates, backs up and restores, "
            "where that of `database_url` cannot become the owner of the tables; not set: one for all."
        ),
    ] = None
    database_pool_size_max: Annotated[
        int,
        Meta(
            ge=4,
            le=200,
            description="Connections to PostgreSQL at most; signing in, lists and the synchroniser have "
            "their own among them, which reading never takes.",
        ),
    ] = 12
    database_connect_timeout_s: Annotated[
        float, Meta(gt=0, description="How long opening a connection to PostgreSQL may take, in seconds.")
    ] = 3.0
    database_command_timeout_s: Annotated[
        float, Meta(gt=0, description="How long a statement of a request may take, in seconds.")
    ] = 4.0
    hot_tier_bytes_max: Annotated[
        int, Meta(ge=1_000_000, description="Memory for lists kept in the hot tier, in bytes.")
    ] = 512_000_000
    journal_bytes_max: Annotated[
        int,
        Meta(
            ge=1_000_000, description="Size of unsynchronised changes, in bytes, at which more are refused."
        ),
    ] = 1_000_000_000
    journal_operations_max: Annotated[
        int, Meta(ge=1_000, description="Number of unsynchronised operations at which more are refused.")
    ] = 5_000_000
    backup_kept_days: Annotated[
        int,
        Meta(
            ge=0,
            le=36_600,
            description="For how many days you keep backups: a certificate of an erasure then names the day "
            "on which the last one ages out; 0: it says none. Nothing is deleted by it.",
        ),
    ] = 0
    journal_keep_operations: Annotated[
        int,
        Meta(
            ge=0,
            description="Operations kept in the journal after they reached PostgreSQL, so that a database "
            "restored from an older backup can catch up.",
        ),
    ] = 100_000
    journal_keep_days: Annotated[
        int,
        Meta(
            ge=0,
            le=36_600,
            description="And none of them for longer, in days, as they say from where they were done; 0: "
            "however old.",
        ),
    ] = 30
    list_bytes_max: Annotated[
        int,
        Meta(
            ge=100_000,
            le=400_000_000,
            description="Notes and tags of one list, in bytes; more are refused (409, "
            "`list_bytes_exceeded`). One change may be 8 MB larger (413, `operation_bytes_exceeded`).",
        ),
    ] = 32_000_000
    owner_bytes_max: Annotated[
        int,
        Meta(
            ge=100_000,
            description="Memory for all lists of one person with their notes, in bytes; more is refused "
            "(409, `owner_bytes_exceeded`).",
        ),
    ] = 100_000_000
    owner_waiting_bytes_max: Annotated[
        int,
        Meta(
            ge=100_000,
            description="Changes of one person that may wait for PostgreSQL, in bytes as they are written "
            "there; more are refused until then (503, `owner_waiting_bytes_exceeded`). Nobody gets more "
            "than an eighth of the space left in the journal.",
        ),
    ] = 64_000_000
    sync_process: Annotated[
        bool,
        Meta(
            description="Whether changes go to PostgreSQL from a process of its own, which takes some 50 MB."
        ),
    ] = True
    sync_interval_ms: Annotated[
        int, Meta(ge=0, le=10_000, description="Pause between two batches to PostgreSQL, in milliseconds.")
    ] = 20
    sync_batch_records_max: Annotated[
        int,
        Meta(
            ge=1,
            le=100_000,
            description="Changed laws written to PostgreSQL in one transaction. A larger operation is "
            "written, and sealed, in parts of 2,000, or of fewer where this is less: do not change it "
            "until a restored database has caught up.",
        ),
    ] = 2_000
    sync_backoff_s_max: Annotated[
        float, Meta(gt=0, description="Longest pause between two attempts to reach PostgreSQL, in seconds.")
    ] = 5.0
    audit_retention_months: Annotated[
        int,
        Meta(
            ge=0,
            le=1_200,
            description="Whole months of the audit trail that are kept beside the current one; 0: for "
            "ever. Less than before counts 14 days later.",
        ),
    ] = 0
    audit_origins_retention_months: Annotated[
        int,
        Meta(
            ge=0,
            le=1_200,
            description="Whole months for which the trail says from which address, browser and session; "
            "0: as long as the rest.",
        ),
    ] = 13
    audit_guests_retention_months: Annotated[
        int,
        Meta(
            ge=0,
            le=1_200,
            description="Whole months of what guests did that are kept in the trail; 0: for ever.",
        ),
    ] = 13
    rejections_retention_months: Annotated[
        int,
        Meta(
            ge=0,
            le=1_200,
            description="Months for which operations that PostgreSQL refused are kept once they were dealt "
            "with; 0: for ever.",
        ),
    ] = 13
    access_retention_months: Annotated[
        int,
        Meta(
            ge=0,
            le=1_200,
            description="Months for which it is kept who looked at what of others, exported it, or made a "
            "report of it; 0: for ever. Less than before counts 14 days later.",
        ),
    ] = 25
    retention_hour: Annotated[
        int,
        Meta(ge=0, le=23, description="Hour of the day, in UTC, in which whatever is over is removed."),
    ] = 2
    retention_archive_dir: Annotated[
        str | None,
        Meta(
            description="Directory to which a month of the trail is written before rows of it go; not set: "
            "nowhere."
        ),
    ] = None
    audit_witness_urls: Annotated[
        tuple[str, ...],
        Meta(
            description="Witnesses of the sealed log, as a JSON list of `KEY URL`: the key that `sertantai "
            "witness key` prints (C2SP `tlog-witness`, cosignature/v1), and where its `add-checkpoint` "
            "is; empty: none."
        ),
    ] = ()
    audit_tsa_url: Annotated[
        str | None,
        Meta(
            description="A time-stamping authority (RFC 3161) that stamps the last head of the sealed log of "
            "each day, such as `https://freetsa.org/tsr` (needs the extra `timestamps`); not set: none."
        ),
    ] = None
    audit_stream_url: Annotated[
        str | None,
        Meta(
            description="Where the entries of the sealed log are sent as they are sealed, a line of signed "
            "JSON each (NDJSON, `POST`), such as a SIEM's collector: `https://`, or `http://` on this "
            "machine; not set: nowhere."
        ),
    ] = None
    audit_stream_authorization: Annotated[
        str | None,
        Meta(description="The header `Authorization` of what is sent there, such as `Splunk TOKEN`."),
    ] = None
    audit_head_recipients: Annotated[
        tuple[str, ...],
        Meta(
            description="Who gets the newest heads of the sealed log by e-mail each day, as a JSON list of "
            "addresses: somebody elsewhere who saves them; empty: nobody."
        ),
    ] = ()
    shutdown_s_max: Annotated[
        float, Meta(gt=0, description="How long a graceful stop may take before it ends anyway, in seconds.")
    ] = 20.0
    trusted_proxies: Annotated[
        tuple[str, ...],
        Meta(
            description="Addresses or ranges of our own proxies, as a JSON list; only their X-Forwarded-For "
            "and X-Forwarded-Proto are believed."
        ),
    ] = ()
    allowed_hosts: Annotated[
        tuple[str, ...],
        Meta(
            description="Host names this server answers to, as a JSON list; `*.example.org` covers "
            "subdomains; empty: any."
        ),
    ] = ()
    live_origins: Annotated[
        tuple[str, ...],
        Meta(
            description="Origins of other sites, as `https://portal.example.org`, whose pages may open live "
            "connections with a token; never with a cookie."
        ),
    ] = ()
    connections_max: Annotated[
        int,
        Meta(
            ge=1,
            le=60_000,
            description="Connections at the same time; fewer where the process may open few files, as some "
            "are kept in reserve.",
        ),
    ] = 8_192
    connections_per_address_max: Annotated[
        int,
        Meta(
            ge=1, le=60_000, description="Connections from one address that is not one of `trusted_proxies`."
        ),
    ] = 1_500
    secure_cookies: Annotated[
        bool, Meta(description="Cookies are sent over TLS only; set it behind a TLS proxy.")
    ] = False
    hsts_max_age_s: Annotated[
        int, Meta(ge=0, description="How long browsers insist on TLS, in seconds; 0: no such header.")
    ] = 0
    bcrypt_cost: Annotated[
        int,
        Meta(
            ge=4,
            le=16,
            description=(
                "Cost of password hashes: each step doubles the time. Below 10 only on a loopback host."
            ),
        ),
    ] = 12
    bcrypt_threads: Annotated[
        int, Meta(ge=1, le=64, description="Passwords checked at the same time, each on a core of its own.")
    ] = 2
    bcrypt_waiting_max: Annotated[
        int,
        Meta(
            ge=0,
            le=10_000,
            description="Password checks that may wait; beyond that, signing in is answered with 503.",
        ),
    ] = 64
    password_hashes: Annotated[
        str,
        Meta(
            pattern="^(auto|own|plain)$",
            description="Form of password hashes. own: every byte of a long password counts; plain: bcrypt "
            "that a sister application on the same table of users can check; auto: plain where that table "
            "belongs to another program.",
        ),
    ] = "auto"  # noqa: S105  # a form
    password_rehash_at_sign_in: Annotated[
        bool,
        Meta(description="Whether a hash of another form or a lower cost is replaced at the next sign-in."),
    ] = True
    session_lifetime_h: Annotated[
        int, Meta(ge=1, le=8_760, description="How long a browser stays signed in, in hours.")
    ] = 336
    bearer_lifetime_h: Annotated[
        int, Meta(ge=1, le=8_760, description="How long a bearer token is valid, in hours.")
    ] = 24
    session_cache_max: Annotated[
        int, Meta(ge=100, le=10_000_000, description="Sessions kept in memory at most.")
    ] = 50_000
    session_recheck_s: Annotated[
        float,
        Meta(gt=0, le=3_600, description="How often a session in use is looked up again, in seconds."),
    ] = 60.0
    guests_enabled: Annotated[
        bool, Meta(description="Whether people may tick before they sign in; false: no new guests.")
    ] = True
    guest_lifetime_days: Annotated[
        int,
        Meta(ge=1, le=366, description="How long a guest's ticks are kept after the first one, in days."),
    ] = 30
    guest_records_max: Annotated[
        int, Meta(ge=1, le=1_000_000, description="Laws that a guest may have ticked at the same time.")
    ] = 2_000
    guest_bytes_max: Annotated[
        int,
        Meta(
            ge=10_000,
            description="Memory for everything a guest ticked and wrote, in bytes; more is refused.",
        ),
    ] = 2_000_000
    rate_limits_enabled: Annotated[
        bool, Meta(description="Whether anybody is ever slowed down; false for load tests only.")
    ] = True
    rate_limit_store_url: Annotated[
        str | None,
        Meta(
            description="Where several servers count limits and failed sign-ins together, in the notation "
            "of the Python library `limits`, such as `redis://host` (needs the extra `shared-limits`); not "
            "set: each counts for itself."
        ),
    ] = None
    rate_limit_sign_in_per_address: Annotated[
        str,
        Meta(
            pattern=LIMIT,
            description="Attempts to sign in or create an account from one IP address, successful or not.",
        ),
    ] = "60/minute"
    rate_limit_guests_per_address: Annotated[
        str,
        Meta(pattern=LIMIT, description="New guests from one IP address; an office may share one."),
    ] = "120/hour"
    rate_limit_changes_per_user: Annotated[
        str, Meta(pattern=LIMIT, description="Single changes of one user.")
    ] = "3600/minute"
    rate_limit_changes_per_address: Annotated[
        str, Meta(pattern=LIMIT, description="Single changes from one IP address; an office may share one.")
    ] = "36000/minute"
    rate_limit_bulk_per_user: Annotated[
        str, Meta(pattern=LIMIT, description="Bulk operations and undos of one user.")
    ] = "240/minute"
    rate_limit_bulk_per_address: Annotated[
        str, Meta(pattern=LIMIT, description="Bulk operations and undos from one IP address.")
    ] = "2400/minute"
    rate_limit_bulk_records_per_user: Annotated[
        str,
        Meta(
            pattern=LIMIT,
            description="Laws that one user's bulk operations touch; the first is always possible.",
        ),
    ] = "10000000/minute"
    rate_limit_bulk_records_per_address: Annotated[
        str, Meta(pattern=LIMIT, description="Laws that bulk operations from one IP address touch.")
    ] = "50000000/minute"
    rate_limit_bulk_bytes_per_user: Annotated[
        str,
        Meta(
            pattern=LIMIT,
            description="Bytes of notes, tags and descriptions that one user's changes write to PostgreSQL, "
            "its audit included; the first is always possible.",
        ),
    ] = "1000000000/hour"
    rate_limit_bulk_bytes_per_address: Annotated[
        str, Meta(pattern=LIMIT, description="The same from one IP address.")
    ] = "10000000000/hour"
    rate_limit_reads_per_user: Annotated[
        str, Meta(pattern=LIMIT, description="Pages and other reads of one user.")
    ] = "6000/minute"
    rate_limit_reads_per_address: Annotated[
        str, Meta(pattern=LIMIT, description="Pages and other reads from one IP address.")
    ] = "60000/minute"
    rate_limit_exports_per_user: Annotated[
        str, Meta(pattern=LIMIT, description="Files exported by one user.")
    ] = "60/minute"
    rate_limit_exports_per_address: Annotated[
        str, Meta(pattern=LIMIT, description="Files exported from one IP address.")
    ] = "600/minute"
    rate_limit_work_per_user: Annotated[
        str,
        Meta(
            pattern=LIMIT,
            description="Milliseconds of processor time that one person's requests may take: 9000 "
            "in a minute are 15 % of it. Signing in and out is always possible.",
        ),
    ] = "9000/minute"
    rate_limit_work_per_address: Annotated[
        str,
        Meta(
            pattern=LIMIT,
            description="The same for everybody with an account at one IP address; an office may share one.",
        ),
    ] = "36000/minute"
    rate_limit_work_of_strangers_per_address: Annotated[
        str,
        Meta(
            pattern=LIMIT,
            description="The same for everybody without an account at one IP address; it takes nothing from "
            "people with an account there.",
        ),
    ] = "12000/minute"
    rate_limit_work_of_exports_per_user: Annotated[
        str,
        Meta(
            pattern=LIMIT,
            description="The same for one person's exports, which wait in a queue; they "
            "take nothing from the person's other requests.",
        ),
    ] = "60000/5 minute"
    metrics_access: Annotated[
        str,
        Meta(
            pattern="^(everybody|local|admin)$",
            description="Who may read /metrics: everybody, callers on this machine, or administrators.",
        ),
    ] = "local"
    alert_urls: Annotated[
        tuple[str, ...],
        Meta(
            description="Who gets alerts, as a JSON list of Apprise URLs (e-mail, chat, webhook and many "
            "more); empty: they are logged and kept only."
        ),
    ] = ()
    security_alert_failed_sign_ins: Annotated[
        str,
        Meta(
            pattern=THRESHOLD,
            description="Failed sign-ins of one account or address worth an alert; `off`: never.",
        ),
    ] = "20/5 minute"
    security_alert_new_devices: Annotated[
        str, Meta(pattern=THRESHOLD, description="New devices of one account.")
    ] = "4/hour"
    security_alert_token_misuse: Annotated[
        str,
        Meta(pattern=THRESHOLD, description="Invalid tokens or links, from one address or for one account."),
    ] = "20/5 minute"  # noqa: S105  # a threshold
    security_alert_denied_access: Annotated[
        str, Meta(pattern=THRESHOLD, description="Requests by one user for what belongs to others.")
    ] = "10/5 minute"
    security_alert_limits_hit: Annotated[
        str, Meta(pattern=THRESHOLD, description="Refusals by rate limits, for one user or address.")
    ] = "50/5 minute"
    security_alert_mass_removal: Annotated[
        str, Meta(pattern=THRESHOLD, description="Unusual removals by one user.")
    ] = "1/minute"
    security_alert_protection: Annotated[
        str, Meta(pattern=THRESHOLD, description="Attempts to change rows that are kept for ever.")
    ] = "1/minute"
    security_alert_sync_rejected: Annotated[
        str, Meta(pattern=THRESHOLD, description="Changes refused by PostgreSQL, and parts that fail.")
    ] = "1/minute"
    security_alert_quiet_s: Annotated[
        int, Meta(ge=0, le=604_800, description="How long an alert is not repeated, in seconds.")
    ] = 900
    security_mass_removal_records: Annotated[
        int, Meta(ge=1, description="How many laws removed from a list at once are unusual.")
    ] = 1_000
    security_mass_removal_fraction: Annotated[
        float,
        Meta(gt=0, le=1, description="Part of a list of 20 laws or more that is unusual to remove at once."),
    ] = 0.5
    security_events_waiting_max: Annotated[
        int, Meta(ge=100, le=1_000_000, description="Security events that may wait for PostgreSQL.")
    ] = 10_000
    security_events_retention_days: Annotated[
        int, Meta(ge=30, le=36_600, description="How long security events are kept, in days.")
    ] = 400
    sessions_kept_days: Annotated[
        int, Meta(ge=1, le=3_660, description="How long a session is listed after its end, in days.")
    ] = 30
    links_kept_days: Annotated[
        int,
        Meta(ge=1, le=3_660, description="How long a link sent by e-mail is kept after its end, in days."),
    ] = 7
    mail_kept_days: Annotated[
        int, Meta(ge=1, le=3_660, description="How long an e-mail that was sent is kept, in days.")
    ] = 7
    api_tokens_kept_days: Annotated[
        int, Meta(ge=1, le=3_660, description="How long an API token is listed after its end, in days.")
    ] = 30
    public_url: Annotated[
        str | None,
        Meta(
            description="Address at which people reach this server, for links in e-mails; not set: http://HOST:PORT."
        ),
    ] = None
    email_confirmation_required: Annotated[
        bool, Meta(description="Whether a new account can be used only once its address is confirmed.")
    ] = False
    sign_in_free_failures: Annotated[
        int, Meta(ge=1, le=100, description="Wrong passwords for one account before it is slowed down.")
    ] = 5
    sign_in_free_failures_per_address: Annotated[
        int,
        Meta(ge=1, le=10_000, description="Wrong passwords from one IP address before it is slowed down."),
    ] = 30
    sign_in_delay_s_max: Annotated[
        float, Meta(ge=1, le=86_400, description="Longest wait between two attempts to sign in, in seconds.")
    ] = 900.0
    sign_in_forgotten_s: Annotated[
        float,
        Meta(ge=1, le=604_800, description="When failed attempts to sign in are forgotten, in seconds."),
    ] = 3600.0
    sign_in_issuer: Annotated[
        str | None,
        Meta(
            description="Issuer of a provider of OpenID Connect that everybody may sign in with: "
            "https://accounts.example.org; not set: none but those of organisations."
        ),
    ] = None
    sign_in_client_id: Annotated[str, Meta(description="What this server is called at that provider.")] = ""
    sign_in_client_secret: Annotated[
        str | None, Meta(description="Secret of this server at that provider.")
    ] = None
    sign_in_name: Annotated[str, Meta(description="What that provider is called on the page to sign in.")] = (
        "Single sign-on"
    )
    sign_in_inner_hosts: Annotated[
        tuple[str, ...],
        Meta(
            description="Host names of providers that may stand at addresses inside our own network, and be "
            "asked without TLS, as a JSON list; empty: none."
        ),
    ] = ()
    dns_servers: Annotated[
        tuple[str, ...],
        Meta(
            description="Servers of the DNS that are asked whether a domain is an organisation's, and where "
            "its provider is, as a JSON list of addresses, with a port where it is not 53; empty: those of "
            "this machine."
        ),
    ] = ()
    api_token_lifetime_days_max: Annotated[
        int, Meta(ge=1, le=3_660, description="Longest life of a personal API token, in days.")
    ] = 366
    sister_jwt_secret: Annotated[
        str | None,
        Meta(
            description="Secret shared with a sister application whose JWTs (HS256, `sub: user?id=UUID`) are "
            "accepted, at least 32 characters; not set: none are."
        ),
    ] = None
    smtp_host: Annotated[
        str | None,
        Meta(
            description="Mail server; not set: no e-mail is sent, and `sertantai users reset-link` prints a "
            "link on the host."
        ),
    ] = None
    smtp_port: Annotated[int, Meta(ge=1, le=65535, description="Port of the mail server.")] = 587
    smtp_security: Annotated[
        str,
        Meta(
            pattern="^(starttls|tls|none)$", description="How the connection to the mail server is secured."
        ),
    ] = "starttls"
    smtp_username: Annotated[str | None, Meta(description="User at the mail server.")] = None
    smtp_password: Annotated[str | None, Meta(description="Password at the mail server.")] = None
    mail_from: Annotated[str, Meta(description="Sender of e-mails.")] = "Sertantai <sertantai@localhost>"
    log_level: Annotated[str, Meta(pattern="^(debug|info|warning|error)$", description="What is logged.")] = (
        "info"
    )
    log_format: Annotated[
        str,
        Meta(pattern="^(auto|json|console)$", description="auto: console on a terminal, else JSON lines."),
    ] = "auto"

    @property
    def data_path(self) -> Path:
        return Path(self.data_dir).expanduser().absolute()


def read_settings(environment: Mapping[str, str], **given: Any) -> Settings:
    """Settings from what was ``given`` (None: not given), else the environment, else the defaults.

    Raises `InvalidInput` naming the setting that is wrong.
    """
    values: dict[str, Any] = {}
    for field in msgspec.structs.fields(Settings):
        name = PREFIX + field.name.upper()
        if given.get(field.name) is not None:
            values[field.name] = given[field.name]
        elif name in environment:
            values[field.name] = _parsed(environment[name])
    try:
        settings = msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as error:
        setting = str(error).rpartition("`$.")[2].rstrip("`")
        raise InvalidInput(f"{PREFIX}{setting.upper()}: {error}", field=setting) from None
    if settings.database_migration_url is not None and settings.database_url is None:
        name = "database_migration_url"
        raise InvalidInput(
            f"{PREFIX}{name.upper()}: it needs {PREFIX}DATABASE_URL; the embedded one has both users.",
            field=name,
        )
    if settings.journal_url is not None and settings.database_url is None:
        raise InvalidInput(f"{PREFIX}JOURNAL_URL: it needs {PREFIX}DATABASE_URL.", field="journal_url")
    return settings


def _parsed(text: str) -> Any:
    """Lists are written as JSON, everything else as it is."""
    if text.startswith(("[", "{")):
        try:
            return msgspec.json.decode(text)
        except msgspec.DecodeError:
            return text
    return text
