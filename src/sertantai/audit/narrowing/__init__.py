"""The timeline, narrowed by what has no index of its own."""
