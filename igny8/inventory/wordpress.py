"""List the posts and pages of a WordPress site over its public REST API, 100 at a time."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin

from igny8.errors import ExternalError
from igny8.inventory.addresses import is_same_site, normalize
from igny8.inventory.fetching import Fetcher, PageError
from igny8.inventory.listed_page import ListedPage, parse_time
from igny8.inventory.page import read_fragment
from igny8.publishing.requests import TRANSIENT, retry_after, send
from igny8.publishing.wordpress import find_api
from igny8.publishing.wordpress.client import api_url

TYPES = ("posts", "pages")
PER_PAGE = 100
FIELDS = "id,link,title,content,modified_gmt"
NO_MORE = 400  # the status for a page behind the last one


@dataclass(frozen=True, slots=True)
class WordPressCursor:
    """Where listing continues: the post type, and the page of its list (from 1)."""

    kind: str = TYPES[0]
    page: int = 1


def find_wordpress(fetcher: Fetcher, home: str) -> str | None:
    """Return the address of a site's REST API that lists posts, None if there is none."""
    if not fetcher.is_allowed(urljoin(home, "/wp-json/wp/v2/posts")):
        return None
    fetcher.wait()
    try:
        root = find_api(fetcher.http, _log_nothing, home)
        status, value = _get(
            fetcher, api_url(root, "/wp/v2/posts", {"per_page": 1, "_fields": "id"})
        )
    except ExternalError:
        return None  # the site is then read by its sitemap, which tells its own errors
    return root if status == 200 and isinstance(value, list) else None


def list_posts(
    fetcher: Fetcher, root: str, home: str, since: datetime | None, start: WordPressCursor
) -> Iterator[tuple[list[ListedPage], WordPressCursor]]:
    """Yield the posts of each page of the list, and where to continue after it.

    `since` excludes posts that were not modified after it. Raises PageError.
    """
    for kind in TYPES[TYPES.index(start.kind) :]:
        page = start.page if kind == start.kind else 1
        while True:
            query: dict[str, Any] = {"per_page": PER_PAGE, "page": page, "_fields": FIELDS}
            query |= {"orderby": "id", "order": "asc"}
            if since is not None:
                utc = since.astimezone(UTC).replace(tzinfo=None, microsecond=0)
                query["modified_after"] = f"{utc.isoformat()}Z"
            status, value = _get(fetcher, api_url(root, f"/wp/v2/{kind}", query))
            if status in (NO_MORE, 404) or not value:
                break
            page += 1
            yield (
                [found for each in value if (found := _post(each, home))],
                WordPressCursor(kind, page),
            )
            if len(value) < PER_PAGE:
                break


def _get(fetcher: Fetcher, url: str) -> tuple[int, Any]:
    fetcher.wait()
    response = send(fetcher.http, _log_nothing, "GET", url)
    status = response.status_code
    if status in TRANSIENT:
        raise PageError(
            f"The REST API answered {status}.", "rate_limit", False, retry_after(response), status
        )
    try:
        value = json.loads(response.content)
    except ValueError:
        value = None
    if status == 200 and not isinstance(value, list):
        raise PageError(
            "The REST API answered with something that is no list of posts.", status=200
        )
    if status not in (200, NO_MORE, 404):
        raise PageError(f"The REST API refused to list posts ({status}).", status=status)
    return status, value


def _post(value: Any, home: str) -> ListedPage | None:
    """Return a post of the response; None if it belongs to another site or has no address."""
    if not isinstance(value, dict):
        return None
    address = normalize(str(value.get("link", "")), home)
    if address is None or not is_same_site(address, home):
        return None
    title, html = (_rendered(value.get(name)) for name in ("title", "content"))
    facts = read_fragment(html, address, title)
    return ListedPage(address, facts.title, parse_time(str(value.get("modified_gmt", ""))), facts)


def _rendered(value: Any) -> str:
    found = value.get("rendered") if isinstance(value, dict) else None
    return found if isinstance(found, str) else ""


def _log_nothing(line: str) -> None:
    """Ignore log lines: the reading stores errors."""
