"""The protocol that every provider implements: plain values in, plain values out.

A provider imports neither database nor Flask and knows no runs. One contract test checks all of
them.
"""

from igny8.providers.base.articles import (
    Assignment,
    Check,
    Citation,
    Draft,
    Idea,
    Link,
    OutlineReview,
    PartChangeRequest,
    Passage,
    Section,
)
from igny8.providers.base.connection import ConnectionReport, ConnectionRow
from igny8.providers.base.images import (
    ImageFile,
    ImagePrompt,
    Page,
    Palette,
)
from igny8.providers.base.keywords import (
    FORMATS,
    INTENTS,
    ClusterOptions,
    ClusterPlan,
    ClusterReasons,
    KnownCluster,
    NearestPages,
    Phrase,
    PlannedCluster,
    Topic,
    Vectors,
    Voice,
    demand,
)
from igny8.providers.base.protocol import (
    Answer,
    Provider,
    ignore_progress,
)
from igny8.providers.base.requests import (
    UNRECORDED,
    Endpoint,
    Reply,
    RequestSender,
    UnrecordedSender,
    Usage,
    request_names,
    was_skipped,
)

__all__ = [
    "FORMATS",
    "INTENTS",
    "UNRECORDED",
    "Answer",
    "Assignment",
    "Check",
    "Citation",
    "ClusterOptions",
    "ClusterPlan",
    "ClusterReasons",
    "ConnectionReport",
    "ConnectionRow",
    "Draft",
    "Endpoint",
    "Idea",
    "ImageFile",
    "ImagePrompt",
    "KnownCluster",
    "Link",
    "NearestPages",
    "OutlineReview",
    "Page",
    "Palette",
    "PartChangeRequest",
    "Passage",
    "Phrase",
    "PlannedCluster",
    "Provider",
    "Reply",
    "RequestSender",
    "Section",
    "Topic",
    "UnrecordedSender",
    "Usage",
    "Vectors",
    "Voice",
    "demand",
    "ignore_progress",
    "request_names",
    "was_skipped",
]
