"""A page in a list of addresses, with the details that the list contains."""

from dataclasses import dataclass
from datetime import UTC, datetime

from igny8.inventory.page import PageFacts


@dataclass(frozen=True, slots=True)
class ListedPage:
    """An address; `modified_at` is its last change according to the site.

    `facts` are those of the page itself if the list contains its text, so that it is not fetched.
    """

    address: str
    title: str = ""
    modified_at: datetime | None = None
    facts: PageFacts | None = None


def parse_time(text: str | None) -> datetime | None:
    """Return an ISO 8601 time (a date is midnight, no zone is UTC), None if invalid."""
    try:
        at = datetime.fromisoformat((text or "").strip())
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
