"""Questions to the trail as pages: which there are, and each with its answer, picture and table."""
