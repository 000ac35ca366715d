"""``/api/v1``: lists, ticks and the register as the caller sees it. Names and shapes are kept."""
