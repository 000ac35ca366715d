"""Organizations, their members and teams: the ways to an operation. Rights themselves fold in the core."""
