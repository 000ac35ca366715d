"""The heart: the engine that keeps every owner's lists, and its ways in and out."""
