"""What the toolkit reads from the settings, for tests that start no product."""

from msgspec import Struct

SECRET = b"0123456789abcdef0123456789abcdef"


class Options(Struct, frozen=True):
    trusted_proxies: tuple[str, ...] = ()
    allowed_hosts: tuple[str, ...] = ()
    hsts_max_age_s: int = 0
    secure_cookies: bool = False
    metrics_access: str = "everybody"
