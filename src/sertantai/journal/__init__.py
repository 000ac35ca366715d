"""The journal: the one ordered, durable log of operations that everything else is a reader of."""
