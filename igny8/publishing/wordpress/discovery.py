"""Find the REST API of a site, and test whether a user may publish there."""

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from igny8.outbound.http_client import Client, Response
from igny8.publishing.requests import Log, TargetError, send
from igny8.publishing.wordpress.client import WordPress, api_url

LINK = re.compile(r'<([^<>]+)>\s*;\s*rel="?https://api\.w\.org/"?')
HTML_LINK = re.compile(r"""<link[^>]+rel=['"]https://api\.w\.org/['"][^>]+href=['"]([^'"]+)""")
SEO_PLUGINS = {"yoast/v1": "Yoast SEO", "rankmath/v1": "Rank Math"}  # namespace → name
NEEDED = {"publish_posts": "publish posts", "upload_files": "upload files"}
NO_API = (
    "There is no WordPress REST API at this address. Enter the address of the home page; if it is "
    "right, a plugin turns the REST API off: allow it for signed-in users."
)
NO_PASSWORDS = (
    "This site takes no application passwords, because it is not served over https. Set up https, "
    "then enter the address with https://."
)
PASSWORDS_OFF = (
    "Application passwords are turned off on this site, usually by a security plugin. Turn them on."
)


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Result of a test: the address of the API, the user's rights, and the SEO plugin."""

    root: str
    user: str
    seo: str = ""
    can_create_terms: bool = True


def find_api(http: Client, log: Log, url: str) -> str:
    """Return the address of the REST API of a site; raise TargetError with the cause.

    It must have the same origin as `url`, because the password belongs to that.
    """
    response = send(http, log, "GET", url)
    if 300 <= response.status_code < 400:
        to = urljoin(url, response.headers.get("location", ""))
        raise TargetError(
            f"The site redirects to {to}. Enter that address.", "refused", permanent=True
        )
    found = _linked(response, url)
    if found is None:
        found = urljoin(url + "/", "wp-json/")
        if not isinstance(_json(send(http, log, "GET", found)), dict):
            raise TargetError(NO_API, "refused", permanent=True)
    if urlsplit(found)[:2] != urlsplit(url)[:2]:
        raise TargetError(
            f"The site gives {found} as the address of its REST API. Enter the address of the site "
            "as it is there, with the same host and https.",
            "refused",
            permanent=True,
        )
    return found


def check_access(http: Client, log: Log, url: str, user: str, password: str) -> Capabilities:
    """Return what a user may do on a site; raise TargetError with cause and remedy."""
    root = find_api(http, log, url)
    index = _json(send(http, log, "GET", api_url(root, "/", {})))
    if not isinstance(index, dict) or "namespaces" not in index:
        raise TargetError(NO_API, "refused", permanent=True)
    has_passwords = bool(index.get("authentication"))
    if not has_passwords:
        why = PASSWORDS_OFF if url.startswith("https:") else NO_PASSWORDS
        raise TargetError(why, "auth", permanent=True)
    site = WordPress(http, log, root, user, password)
    me = site.get("/wp/v2/users/me", context="edit").value
    may = me.get("capabilities", {}) if isinstance(me, dict) else {}
    missing = [what for name, what in NEEDED.items() if not may.get(name)]
    if missing:
        raise TargetError(
            f"The user may not {' and '.join(missing)}. Give it the role author or editor.",
            "auth",
            permanent=True,
        )
    seo = next((name for space, name in SEO_PLUGINS.items() if space in index["namespaces"]), "")
    shown = str(me.get("name", user))
    return Capabilities(root, shown, seo, bool(may.get("manage_categories")))


def _linked(response: Response, url: str) -> str | None:
    """Return the API address in a header or in the head of the home page."""
    for value in response.headers.get_list("link"):
        if found := LINK.search(value):
            return urljoin(url, found[1])
    found = HTML_LINK.search(response.text)
    return urljoin(url, found[1].replace("&amp;", "&").replace("&#038;", "&")) if found else None


def _json(response: Response) -> Any:
    try:
        return json.loads(response.content)
    except ValueError:
        return None
