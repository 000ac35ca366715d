"""``/api/v1``: lists, ticks and the register as the caller sees it. Shapes are kept; see docs/guides/api.md."""
