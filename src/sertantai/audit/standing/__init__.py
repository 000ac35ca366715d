"""What stands now, lists and sums and people, held against what the trail and the sealed log say of it."""
