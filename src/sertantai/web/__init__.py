"""The web toolkit: problems, pages, guards, CSRF, cursors. It knows no room above it."""
