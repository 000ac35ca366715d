"""Who goes from an organization, what is handed on by it, and how that is undone."""
