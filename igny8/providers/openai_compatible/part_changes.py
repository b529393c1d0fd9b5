"""Change one part of an article as requested by a reviewer, with one request."""

import re

from bs4 import BeautifulSoup

from igny8.errors import ExternalError
from igny8.providers.base import PartChangeRequest, RequestSender, Usage
from igny8.providers.footnotes import drop_loose_marks
from igny8.providers.openai_compatible import schemas
from igny8.providers.openai_compatible.messages import question
from igny8.providers.openai_compatible.prose import prose_html
from igny8.providers.openai_compatible.structured_output import StructuredClient
from igny8.sanitising import clean

MIN_ROOM_CHARS = 1_500
HEADINGS = ("h1", "h2")
TAG = re.compile(r"<(?:p|h3|h4|ul|ol|table|blockquote)\b", re.IGNORECASE)


def change_part(
    client: StructuredClient, wish: PartChangeRequest, sender: RequestSender, name: str = "part"
) -> tuple[str, Usage, str]:
    """Return the HTML of the changed part with its heading, the usage, and the prompts."""
    asked = question(
        "part",
        wish.voice,
        wish.site_name,
        wish.language,
        has_rules=True,
        title=wish.title,
        keyword=wish.keyword,
        wish=wish.wish,
        heading=wish.heading or "the opening",
        outline="; ".join(wish.outline) or "none",
        text=wish.html,
    )
    shape = schemas.changed_part(MIN_ROOM_CHARS + 2 * len(wish.html))
    answer, used = client.ask(sender, name, asked.messages, shape)
    body = drop_loose_marks(_body(answer.html), wish.citations, wish.language)
    if not BeautifulSoup(body, "html.parser").get_text(strip=True):
        raise ExternalError(f"{client.model} gave an empty text", kind="bad_answer")
    return heading_of(wish.html) + body, used, asked.prompt


def heading_of(html: str) -> str:
    """Return the heading of a part as HTML, empty for the introduction."""
    found = BeautifulSoup(html, "html.parser").find("h2")
    return str(found) if found else ""


def _body(text: str) -> str:
    """Return an answer as clean HTML without the heading of the part."""
    html = text if TAG.search(text) else prose_html(text)
    page = BeautifulSoup(html, "html.parser")
    for heading in page.find_all(HEADINGS):
        heading.decompose()
    return clean(str(page))
