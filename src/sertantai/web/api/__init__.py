"""``/api/v1``: a file for each resource. Names and shapes are kept."""
