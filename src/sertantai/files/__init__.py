"""Rows out, as CSV, JSON, XLSX, Parquet, BibTeX and RIS."""

from sertantai.files.formats import ExportFormat, content_disposition, parse_format
from sertantai.files.rows import ExportMeta, ExportRow
from sertantai.files.streaming import export_rows

__all__ = ["ExportFormat", "ExportMeta", "ExportRow", "content_disposition", "export_rows", "parse_format"]
