"""Guessing is slowed down, on one server or several."""
