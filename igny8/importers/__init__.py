"""Keyword files: bytes in, rows and a report out. One small module per tool in `dialects`."""

from igny8.importers.base import ImportOptions, Problem, Report, Row, SetAside
from igny8.importers.dialects import DIALECTS, TOOLS
from igny8.importers.encoding_names import CHOICES as ENCODINGS
from igny8.importers.entry_points import ParsedSheets, Preview, preview, read
from igny8.importers.keyword_flags import FLAGS
from igny8.importers.limits import NoKeywordColumn
from igny8.importers.normalise import keyword_key
from igny8.importers.parsed_file import ParsedFile
from igny8.importers.sample import sample_path
from igny8.importers.variants import variant_key
from igny8.keyword_fields import MAPPABLE

__all__ = [
    "DIALECTS",
    "ENCODINGS",
    "FLAGS",
    "MAPPABLE",
    "TOOLS",
    "ImportOptions",
    "NoKeywordColumn",
    "ParsedFile",
    "ParsedSheets",
    "Preview",
    "Problem",
    "Report",
    "Row",
    "SetAside",
    "keyword_key",
    "preview",
    "read",
    "sample_path",
    "variant_key",
]
