"""The audit trail: read by its owner, grouped into a timeline, checked against the rows, kept in months."""
