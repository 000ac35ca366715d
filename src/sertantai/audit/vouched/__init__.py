"""What is kept beside the trail of what is gone from it: taken only as far as the sealed log tells of it."""
