"""Guests: people who tick before they sign in."""
