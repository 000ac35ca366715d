"""A witness of other people's logs: it remembers their heads, and signs what continues them."""
