"""Pages of organizations: mine, and of each its lists, members, teams, settings and history."""
