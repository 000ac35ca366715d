"""Backups: one file that holds a database, the journal that goes on from it, and the keys."""
