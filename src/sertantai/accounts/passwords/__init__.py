"""Passwords: which are good enough, how they are hashed, and proving to know one."""
