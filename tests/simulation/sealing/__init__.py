"""The sealed log in the simulation: the real sealer, on a disk that forgets and a database that fails."""
