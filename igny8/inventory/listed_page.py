"""A page as a list of addresses names it, with what the list already says about it."""

from dataclasses import dataclass
from datetime import UTC, datetime

from igny8.inventory.page import PageFacts


@dataclass(frozen=True, slots=True)
class ListedPage:
    """An address; `modified_at` is when the site says that it changed last.

    `facts` are those of the page itself where the list has its text, so that it is not fetched.
    """

    address: str
    title: str = ""
    modified_at: datetime | None = None
    facts: PageFacts | None = None


def parse_time(text: str | None) -> datetime | None:
    """Return a time of ISO 8601 (a date counts as midnight, no zone as UTC), None for others."""
    try:
        at = datetime.fromisoformat((text or "").strip())
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
