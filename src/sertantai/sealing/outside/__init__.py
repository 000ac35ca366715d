"""Who outside remembers the sealed log: witnesses are asked to sign, and their silence is told."""
