"""Entries of who looked at what, once their time is over."""
