"""What watches over the trail and the sealed log beside it, mends what can be mended, and begins anew."""
