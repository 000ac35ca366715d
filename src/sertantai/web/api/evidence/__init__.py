"""Evidence packs, as programs ask for them."""
