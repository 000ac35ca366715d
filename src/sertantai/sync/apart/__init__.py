"""The synchroniser in a process of its own: the same class, and a pipe between it and the server."""
