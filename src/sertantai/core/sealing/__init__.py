"""What makes the trail impossible to falsify unnoticed: entries, commitments, the tree, heads. Pure."""
