"""The headers that tell a browser what our pages may do: nothing that we do not need."""

from typing import Final

CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
PERMISSIONS_POLICY: Final = ", ".join(
    f"{feature}=()"
    for feature in (
        "camera",
        "display-capture",
        "geolocation",
        "microphone",
        "payment",
        "publickey-credentials-get",
        "usb",
    )
)

Header = tuple[bytes, bytes]

ALWAYS: Final[tuple[Header, ...]] = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", PERMISSIONS_POLICY.encode()),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
SECRET_PATHS: Final = ("/shared/", "/api/v1/shared/", "/erasures/")
"""Addresses that open something to whoever has them."""
WITHOUT_TRACE: Final[tuple[Header, ...]] = (
    *(header for header in ALWAYS if header[0] != b"referrer-policy"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-robots-tag", b"noindex, nofollow"),
)
"""The same for these: no server, ours neither, is told the address as where somebody came from."""
PRIVATE: Final[Header] = (b"cache-control", b"no-store")
"""For every answer that does not say itself how long it may be kept: it may be somebody's list."""


def hsts(max_age_s: int) -> tuple[Header, ...]:
    """Strict-Transport-Security for answers over TLS; none for 0."""
    if max_age_s <= 0:
        return ()
    return ((b"strict-transport-security", f"max-age={max_age_s}; includeSubDomains".encode()),)
