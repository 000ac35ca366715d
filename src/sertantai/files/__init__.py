"""Rows in: CSV, JSON. Rows out: CSV, JSON, XLSX, Parquet, BibTeX and RIS."""
