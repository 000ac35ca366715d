"""Exports: a list, or any view of the register, as a file in one of many formats, streamed."""

from sertantai.selections.exports.formats import ExportFormat, content_disposition, parse_format
from sertantai.selections.exports.rows import ExportMeta, ExportRow
from sertantai.selections.exports.streaming import export_rows

__all__ = ["ExportFormat", "ExportMeta", "ExportRow", "content_disposition", "export_rows", "parse_format"]
