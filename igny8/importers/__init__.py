"""Keyword files: bytes in, rows and a report out. One small module a tool, in `dialects`."""

from igny8.importers.base import Problem, Report, Row
from igny8.importers.dialects import DIALECTS
from igny8.importers.entry_points import Preview, preview, read
from igny8.importers.header import MAPPABLE
from igny8.importers.limits import NoKeywordColumn
from igny8.importers.normalise import keyword_key
from igny8.importers.parsed_file import ParsedFile
from igny8.importers.sample import sample_path

__all__ = [
    "DIALECTS",
    "MAPPABLE",
    "NoKeywordColumn",
    "Preview",
    "Problem",
    "ParsedFile",
    "Report",
    "Row",
    "keyword_key",
    "preview",
    "read",
    "sample_path",
]
