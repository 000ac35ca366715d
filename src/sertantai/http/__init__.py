"""A toolkit for the web that knows no room above it."""
