"""Which laws a text means: by abbreviations, numbers and titles as people write them."""
