"""What lets months of the trail go: what is due, what is written of it before, and what the log is told."""
