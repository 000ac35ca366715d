"""The history: what happened, by operation, with an undo for each."""
