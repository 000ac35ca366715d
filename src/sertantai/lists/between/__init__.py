"""Laws, and whole lists, that go from one list or owner to another."""
