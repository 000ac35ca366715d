"""The keys of an issuer, as we keep and try them: those alone that can have signed for us, of a bounded size.

A provider's words are chosen by somebody in an organization, and a key is as costly to try as its numbers are
long: so they have bounds, and what else a key says is not kept.
"""

import base64
from collections.abc import Mapping
from typing import Any, Final

import msgspec

FAMILY_OF: Final = {
    **{f"{kind}{bits}": "RSA" for kind in ("RS", "PS") for bits in (256, 384, 512)},
    **{f"ES{bits}": "EC" for bits in (256, 384, 512)},
    "EdDSA": "OKP",
}
"""The algorithms that are believed, with the kind of key that each is for."""
CURVES: Final = {"EC": ("P-256", "P-384", "P-521"), "OKP": ("Ed25519", "Ed448")}
KEY_ID_CHARACTERS_MAX: Final = 300
NUMBER_CHARACTERS_MAX: Final = 700
"""In base64: a little more than `MODULUS_BITS_MAX`."""
MODULUS_BITS_MIN: Final = 2048
MODULUS_BITS_MAX: Final = 4096
EXPONENT_BITS_MAX: Final = 32
FITTING_MAX: Final = 10
"""So many keys are tried for one token."""


class PublicKey(msgspec.Struct, frozen=True):
    """``numbers``: what it is made of, with ``kty``, as RFC 7518, 6 names them."""

    key_id: str | None
    algorithm: str | None
    numbers: Mapping[str, str]

    def may_have_signed(self, algorithm: str, key_id: str | None) -> bool:
        return (
            self.numbers["kty"] == FAMILY_OF[algorithm]
            and self.algorithm in (None, algorithm)
            and key_id in (None, self.key_id)
        )


def public_key_of(said: object) -> PublicKey | None:
    """None for what is no key of ours: another kind, for another use, or too large a one."""
    if not isinstance(said, dict) or said.get("use", "sig") != "sig":
        return None
    key_id, algorithm = said.get("kid"), said.get("alg")
    if key_id is not None and not _is_text(key_id, KEY_ID_CHARACTERS_MAX):
        return None
    if algorithm is not None and not (isinstance(algorithm, str) and algorithm in FAMILY_OF):
        return None
    numbers = _rsa(said) if said.get("kty") == "RSA" else _on_a_curve(said)
    return None if numbers is None else PublicKey(key_id, algorithm, numbers)


def _rsa(said: Mapping[str, Any]) -> dict[str, str] | None:
    modulus, exponent = _bits(said.get("n")), _bits(said.get("e"))
    if not MODULUS_BITS_MIN <= modulus <= MODULUS_BITS_MAX or not 1 < exponent <= EXPONENT_BITS_MAX:
        return None
    return {"kty": "RSA", "n": said["n"], "e": said["e"]}


def _on_a_curve(said: Mapping[str, Any]) -> dict[str, str] | None:
    family, curve = said.get("kty"), said.get("crv")
    if not isinstance(family, str) or curve not in CURVES.get(family, ()):
        return None
    found = {"kty": family, "crv": curve, "x": said.get("x")}
    if family == "EC":
        found["y"] = said.get("y")
    return found if all(_is_text(one, NUMBER_CHARACTERS_MAX) for one in found.values()) else None


def _bits(number: object) -> int:
    """How long a number in base64 is; 0 for what is none."""
    if not isinstance(number, str) or not _is_text(number, NUMBER_CHARACTERS_MAX):
        return 0
    try:
        return int.from_bytes(base64.urlsafe_b64decode(number + "=" * (-len(number) % 4))).bit_length()
    except ValueError:
        return 0


def _is_text(value: object, characters_max: int) -> bool:
    return isinstance(value, str) and 0 < len(value) <= characters_max
