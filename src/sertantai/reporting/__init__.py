"""Questions to the trail, with parameters: answered row by row, counted, and ended with a digest."""
