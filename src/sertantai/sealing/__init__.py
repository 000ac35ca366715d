"""The sealed log: what happened, hashed into a tree whose heads are signed and remembered elsewhere."""
