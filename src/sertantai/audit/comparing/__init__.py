"""What is told where the trail is not what was sealed, and what is left of entries whose rows are gone."""
