"""Sertantai: selections over a legal register that are never lost."""
