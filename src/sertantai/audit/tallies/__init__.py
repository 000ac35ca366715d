"""What sums of the trail say, of each day, without reading it."""
