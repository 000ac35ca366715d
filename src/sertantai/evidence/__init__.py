"""Evidence packs: what a history was, for somebody who need not trust us, our database or our programs."""
