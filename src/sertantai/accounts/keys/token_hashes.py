"""Tokens are kept as hashes only. They are 256 random bits: one round of SHA-256 is as good as many."""

import hashlib


def digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
