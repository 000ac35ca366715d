"""From lines that somebody pastes to laws, and from laws to one operation."""
