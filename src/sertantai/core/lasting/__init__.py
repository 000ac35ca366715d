"""How long what is kept lasts: by which time, and for how many months."""
