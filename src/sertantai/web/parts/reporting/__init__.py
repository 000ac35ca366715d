"""Whose trail a report is about, what its address says, and how a history is shown: lines, a calendar."""
