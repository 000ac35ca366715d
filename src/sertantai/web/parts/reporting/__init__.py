"""Whose trail a report is about, and what its address says."""
