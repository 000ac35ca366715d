"""Questions to the trail for programs, and their answers as files."""
