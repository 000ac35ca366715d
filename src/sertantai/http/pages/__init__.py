"""Pages from templates, and the files that they need."""
