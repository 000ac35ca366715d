"""Signing in with somebody else's word for it: a provider of OpenID Connect."""
