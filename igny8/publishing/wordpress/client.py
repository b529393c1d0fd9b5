"""Requests to the REST API of a WordPress site, and the meaning of its errors."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from igny8.outbound.http_client import Client, Response
from igny8.publishing.requests import (
    TRANSIENT,
    Log,
    TargetError,
    error_kind,
    retry_after,
    send,
)
from igny8.redaction import register_secrets
from igny8.sanitising import strip_tags

MAX_SHOWN_CHARS = 160
MIME_TYPES = {".webp": "image/webp", ".png": "image/png", ".jpg": "image/jpeg"}
NOT_JSON = (
    "The site answered with a page instead of data: {page}. A sign-in page, a security plugin or a "
    "firewall stands before the REST API. Allow /wp-json/ for this user there."
)
BLOCKED = (
    "A firewall or security plugin refused the request ({status}: {page}). Allow this server and "
    "the REST API (/wp-json/) there."
)
RENEWAL = "Create a new one in WordPress under Users, Profile, Application Passwords."
# WordPress gives one answer to both, unless a plugin asks earlier who the user is
NOT_SIGNED_IN = (
    "The site did not sign the user in: the user name or the application password is wrong. "
    f"{RENEWAL} If both are right, the web server removes the Authorization header: on "
    "Apache add “CGIPassAuth On” or “SetEnvIf Authorization "
    '"(.*)" HTTP_AUTHORIZATION=$1” to .htaccess; on nginx pass HTTP_AUTHORIZATION to PHP.'
)
# codes of WordPress → cause and cure
CAUSES = {
    "incorrect_password": f"The application password is wrong. {RENEWAL}",
    "invalid_username": "WordPress has no user with this name. Enter the user name, as shown under "
    "Users in WordPress.",
    "invalid_email": "WordPress has no user with this e-mail address. Enter the user name instead.",
    "application_passwords_disabled": "Application passwords are turned off on this site. A "
    "security plugin does that, or the site is not served over https.",
    "application_passwords_disabled_for_user": "Application passwords are turned off for this user "
    "by a plugin.",
    "rest_not_logged_in": NOT_SIGNED_IN,
    "rest_forbidden_status": "The user may not see drafts. Give it the role author or editor.",
    "rest_cannot_create": "The user may not create posts. Give it the role author or editor.",
    "rest_cannot_edit": "The user may not edit this post. Give it the role editor.",
    "rest_cannot_publish": "The user may not publish posts. Give it the role author or editor.",
    "rest_upload_file_too_big": "The image is larger than the site takes. Raise "
    "upload_max_filesize in PHP, or the limit of the site.",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """The JSON of a response, and the time of the site if it was included."""

    value: Any
    at: float | None


class WordPress:
    """The REST API of one site; every method raises TargetError on failure."""

    def __init__(self, http: Client, log: Log, root: str, user: str, password: str) -> None:
        self._http, self._log, self._root = http, log, root
        pair = base64.b64encode(f"{user}:{password}".encode()).decode()
        register_secrets(pair, password)
        self._headers = {"authorization": f"Basic {pair}", "accept": "application/json"}

    def get(self, route: str, **query: Any) -> Answer:
        """Return the response to a GET request."""
        return self._send("GET", route, query)

    def post(self, route: str, **values: Any) -> Answer:
        """Return the response to a POST request with a JSON body."""
        body = json.dumps(values, ensure_ascii=False).encode()
        return self._send("POST", route, {}, body, {"content-type": "application/json"})

    def delete(self, route: str) -> Answer:
        """Move an object to the trash."""
        return self._send("DELETE", route, {})

    def upload(self, path: Path, name: str, data: bytes | None = None) -> Answer:
        """Upload an image file under that name; return the response."""
        body = path.read_bytes() if data is None else data
        mime = MIME_TYPES.get(Path(name).suffix.lower(), "application/octet-stream")
        headers = {
            "content-type": mime,
            "content-disposition": f'attachment; filename="{quote(name)}"',
        }
        try:
            return self._send("POST", "/wp/v2/media", {}, body, headers)
        except TargetError as error:
            if error.status == 413:
                raise TargetError(
                    f"The site refuses files of {len(body) / 1024:.0f} KB (413). Raise "
                    "client_max_body_size (nginx) or LimitRequestBody (Apache).",
                    "refused",
                    permanent=True,
                    status=413,
                ) from error
            raise

    def _send(
        self,
        method: str,
        route: str,
        query: dict[str, Any],
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        url = api_url(self._root, route, query)
        all_headers = self._headers | (headers or {})
        log = _logger(self._log, method, route)
        response = send(self._http, log, method, url, all_headers, body)
        return Answer(_value(response, is_write=method != "GET"), site_time(response))


def connect(http: Client, log: Log, root: str, user: str, password: str) -> WordPress:
    """Return the API client for `root`, as returned by `find_api`."""
    return WordPress(http, log, root, user, password)


def api_url(root: str, route: str, query: dict[str, Any]) -> str:
    """Return the address of a route; with plain permalinks the route is a query parameter."""
    address = root.rstrip("/") + route if "?" not in root else root.rstrip("/") + quote(route)
    if not query:
        return address
    return f"{address}{'&' if '?' in root else '?'}{urlencode(query)}"


def site_time(response: Response) -> float | None:
    """Return the time of the site in seconds since 1970, or None."""
    try:
        at: datetime = parsedate_to_datetime(response.headers.get("date", ""))
    except ValueError:
        return None
    return at.timestamp()


def page_title(response: Response) -> str:
    """Return the title of an HTML page, for a message."""
    text = response.text
    lower = text.lower()
    start, end = lower.find("<title"), lower.find("</title")
    part = text[start:end].partition(">")[2] if -1 < start < end else text
    return " ".join(strip_tags(part).split())[:MAX_SHOWN_CHARS] or "an empty answer"


def _logger(log: Log, method: str, route: str) -> Callable[[str], None]:
    """Return the log function of a request, which records the route instead of the address."""

    def line(text: str) -> None:
        log(f"{method} {route}:{text.rpartition(':')[2] if text[-3:].isdigit() else ' ' + text}")

    return line


def _value(response: Response, is_write: bool) -> Any:
    """Return the JSON of a response; raise TargetError for an error or other content."""
    try:
        value = json.loads(response.content)
    except ValueError:
        value = None
    status = response.status_code
    if 200 <= status < 300 and isinstance(value, dict | list):
        return value
    if 200 <= status < 300:
        raise TargetError(
            NOT_JSON.format(page=page_title(response)), "bad_answer", is_unknown=is_write
        )
    raise _refusal(response, value if isinstance(value, dict) else {}, is_write)


def _refusal(response: Response, value: dict[str, Any], is_write: bool) -> TargetError:
    status, code = response.status_code, _code(value)
    is_auth = status == 401 or (status in (400, 403) and code in CAUSES)
    return TargetError(
        _cause(response, value, code),
        "auth" if is_auth else error_kind(response),
        permanent=status not in TRANSIENT and not (status == 403 and not code),
        retry_after=retry_after(response),
        is_unknown=is_write and (status >= 500 or (status == 403 and not code)),
        status=status,
        code=code,
        data=value.get("data") if isinstance(value.get("data"), dict) else None,
    )


def _code(value: dict[str, Any]) -> str:
    """Return the code of an error; for invalid parameters that of the status, if included."""
    data = value.get("data")
    details = data.get("details") if isinstance(data, dict) else None
    status = details.get("status") if isinstance(details, dict) else None
    error = status if isinstance(status, dict) else value
    return str(error.get("code", ""))


def _cause(response: Response, value: dict[str, Any], code: str) -> str:
    status = response.status_code
    if code in CAUSES:
        return CAUSES[code]
    if 300 <= status < 400:
        to = response.headers.get("location", "another address")
        return f"The site redirects to {to}. Enter its address as it is there."
    if code:
        message = " ".join(strip_tags(str(value.get("message", ""))).split())[:MAX_SHOWN_CHARS]
        return f"WordPress refused it: {message} ({code}, {status})."
    if status == 429:
        return "The site asked to wait (429)."
    if status in (401, 403, 406):
        return BLOCKED.format(status=status, page=page_title(response))
    return f"The site answered {status}: {page_title(response)}."
