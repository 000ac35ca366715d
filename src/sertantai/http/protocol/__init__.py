"""HTTP itself, with a bound and a clock for all that a client may send."""
