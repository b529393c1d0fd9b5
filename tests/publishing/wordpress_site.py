"""A WordPress REST API in memory: posts, media and terms as the real one answers, and its faults."""

import base64
import json
import random
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.publishing.http_server import Reply

USER, PASSWORD = "anna", "abcd EFGH ijkl MNOP qrst UVWX"
LOGIN_PAGE = b"<html><head><title>Log In - My Site</title></head><body>...</body></html>"
ROLES = {
    "editor": {"publish_posts": True, "upload_files": True, "manage_categories": True},
    "author": {"publish_posts": True, "upload_files": True},
    "contributor": {"edit_posts": True},
}
# fault → answer; `after` faults come when the request was carried out
BEFORE = {
    "429": Reply(429, b"", {"retry-after": "120"}),
    "waf": Reply(
        403, b"<title>Attention Required! | Firewall</title>", {"content-type": "text/html"}
    ),
    "login": Reply(200, LOGIN_PAGE, {"content-type": "text/html"}),
    "cut": Reply(cut=True),
    "413": Reply(413, b"<title>413 Request Entity Too Large</title>"),
}
AFTER = {
    "500 after": Reply(500, b"<title>Critical error</title>"),
    "cut after": Reply(cut=True),
    "empty after": Reply(201, b""),
}


class Site:
    """One site; `faults` are (part of method and route, name of a fault), each used once."""

    def __init__(self):
        self.posts, self.media, self.terms = {}, {}, {"categories": {}, "tags": {}}
        self.faults, self.asked, self.url = [], [], ""
        self.pending = []  # requests that take effect later, though their line was cut
        self.role, self.namespaces = "editor", ["wp/v2"]
        self.kept_meta, self.passwords, self.plain, self.header_lost = (), True, False, False
        self.refuses_webp, self.has_clock = False, True
        self.tells_apart = False  # a wrong name from a wrong password, as with some plugins
        self.now = datetime(2026, 12, 1, 9, tzinfo=UTC)

    def later(self, seconds: float, is_waiting: bool = False) -> None:
        self.now += timedelta(seconds=seconds)
        while self.pending and not is_waiting:
            self._answer(*self.pending.pop())

    def fail(self, where: str, *names: str) -> None:
        self.faults += [(where, name) for name in names]

    def __call__(self, request) -> Reply:
        parts = urlsplit(request.path)
        query = dict(parse_qsl(parts.query))
        route = query.pop("rest_route", None) or unquote(parts.path).removeprefix("/wp-json")
        if parts.path == "/" and "rest_route" not in request.path:
            reply = self._home()
        elif self.plain and parts.path.startswith("/wp-json"):
            reply = Reply(200, b"<html>home</html>", {"content-type": "text/html"})
        else:
            reply = self._faulty(request, route.rstrip("/") or "/", query)
        if self.has_clock:
            reply.headers = {"date": format_datetime(self.now, usegmt=True)} | reply.headers
        return reply

    def _home(self) -> Reply:
        root = f"{self.url}/?rest_route=/" if self.plain else f"{self.url}/wp-json/"
        link = f'<{root}>; rel="https://api.w.org/"'
        return Reply(200, b"<html></html>", {"link": link, "content-type": "text/html"})

    def _faulty(self, request, route: str, query: dict) -> Reply:
        line = f"{request.method} {route}"
        self.asked.append(line)
        fault = next((each for each in self.faults if each[0] in line), None)
        if fault is not None:
            self.faults.remove(fault)
            if fault[1] == "late":
                self.pending.append((request, route, query))
                return Reply(cut=True)
            if fault[1] in BEFORE:
                told = BEFORE[fault[1]]
                return Reply(told.status, told.body, dict(told.headers), told.cut)
        reply = self._answer(request, route, query)
        told = AFTER[fault[1]] if fault else reply
        return Reply(told.status, told.body, dict(told.headers), told.cut)

    def _answer(self, request, route: str, query: dict) -> Reply:
        if route == "/":
            ways = {"application-passwords": {}} if self.passwords else []
            return _json({"namespaces": self.namespaces, "authentication": ways})
        denied = self._denied(request)
        if denied is not None:
            return denied
        if route == "/wp/v2/users/me":
            return _json({"name": "Anna", "capabilities": ROLES[self.role]})
        _, _, _, kind, *rest = route.split("/")
        call = {"posts": self._posts, "media": self._media}.get(kind, self._terms)
        return call(request, kind, rest, query)

    def _denied(self, request) -> Reply | None:
        sent = request.headers.get("authorization", "")
        if self.header_lost or not sent:
            return _error(401, "rest_not_logged_in", "You are not currently logged in.")
        user, _, password = base64.b64decode(sent.split()[1]).decode().partition(":")
        is_right = (user, password.replace(" ", "")) == (USER, PASSWORD.replace(" ", ""))
        if not is_right and not self.tells_apart:
            return _error(401, "rest_not_logged_in", "You are not currently logged in.")
        if user != USER:
            return _error(401, "invalid_username", "Unknown username.")
        if not is_right:
            return _error(401, "incorrect_password", "The provided password is invalid.")
        return None

    def _posts(self, request, kind, rest, query) -> Reply:
        if rest and int(rest[0]) not in self.posts:
            return _error(404, "rest_post_invalid_id", "Invalid post ID.")
        if request.method == "GET":
            if rest:
                return _json(self._shown(self.posts[int(rest[0])]))
            return _json([self._shown(p) for p in self.posts.values() if _matches(p, query)])
        if request.method == "DELETE":
            post = self.posts[int(rest[0])]
            if post["status"] == "trash":
                return _error(410, "rest_already_trashed", "The post has already been deleted.")
            post["status"] = "trash"
            return _json(self._shown(post))
        values = json.loads(request.body)
        if self.role == "contributor" and values.get("status") == "publish":
            return _error(403, "rest_cannot_publish", "Sorry.")
        post = self.posts[int(rest[0])] if rest else self._new_post()
        meta = values.pop("meta", {})
        post["meta"] |= {k: v for k, v in meta.items() if k in self.kept_meta}
        post |= values
        post["modified_gmt"] = self.now.isoformat()[:19]
        if post["status"] in ("publish", "future"):
            ahead = post.get("date_gmt", "") > self.now.isoformat()[:19]
            post["status"] = "future" if ahead else "publish"
        if post["status"] != "draft":
            post["slug"] = self._free_slug(post)
        return _json(self._shown(post), 200 if rest else 201)

    def _new_post(self) -> dict:
        post_id = 10 + len(self.posts)
        self.posts[post_id] = {"id": post_id, "status": "draft", "meta": {}, "slug": ""}
        return self.posts[post_id]

    def _free_slug(self, post: dict) -> str:
        taken = {p["slug"] for p in self.posts.values() if p is not post}
        slug, number = post["slug"], 1
        while slug in taken:
            number += 1
            slug = f"{post['slug']}-{number}"
        return slug

    def _shown(self, post: dict) -> dict:
        raw = {name: {"raw": post.get(name, "")} for name in ("title", "content", "excerpt")}
        return post | raw | {"link": f"{self.url}/{post['slug']}/"}

    def _media(self, request, kind, rest, query) -> Reply:
        if request.method == "GET":
            return _json([m for m in self.media.values() if _matches(m, query)])
        if rest:
            media = self.media[int(rest[0])]
            media |= json.loads(request.body)
            return _json(media)
        name = request.headers["content-disposition"].split('"')[1]
        if self.refuses_webp and name.endswith(".webp"):
            return _error(500, "rest_upload_sideload_error", "You may not upload this file type.")
        media_id = 100 + len(self.media)
        url = f"{self.url}/uploads/{name}"
        slug = name.rpartition(".")[0]
        self.media[media_id] = {"id": media_id, "slug": slug, "source_url": url, "title": slug}
        return _json(self.media[media_id], 201)

    def _terms(self, request, kind, rest, query) -> Reply:
        terms = self.terms[kind]
        if request.method == "GET":
            found = [{"id": i, **t} for i, t in terms.items() if t["slug"] == query["slug"]]
            return _json(found)
        values = json.loads(request.body)
        if kind == "categories" and not ROLES[self.role].get("manage_categories"):
            return _error(403, "rest_cannot_create", "Sorry.")
        known = next((i for i, t in terms.items() if t["name"] == escape(values["name"])), None)
        if known:
            return _error(400, "term_exists", "A term exists.", term_id=known)
        term_id = 1000 + len(terms) + (500 if kind == "tags" else 0)
        terms[term_id] = {"name": escape(values["name"]), "slug": values["slug"]}
        return _json({"id": term_id, **terms[term_id]}, 201)


def _matches(row: dict, query: dict) -> bool:
    if "slug" in query:
        return row["slug"] == query["slug"]
    return query["search"] in f"{row.get('title')} {row.get('content', '')}"


def _json(value, status: int = 200) -> Reply:
    return Reply(status, json.dumps(value).encode())


def _error(status: int, code: str, message: str, **data) -> Reply:
    return _json({"code": code, "message": message, "data": {"status": status, **data}}, status)


class ScriptedFaults(Site):
    """A site with a real clock that answers one request at a time, and badly by chance."""

    RATE = 0.04
    NAMES = ("500 after", "cut after", "empty after", "cut", "login")

    def __init__(self, dice: random.Random):
        super().__init__()
        self.dice, self.made, self._lock = dice, 0, threading.Lock()

    def __call__(self, request) -> Reply:
        with self._lock:
            self.now = datetime.now(UTC)
            if "/wp/v2/" in unquote(request.path) and self.dice.random() < self.RATE:
                self.made += 1
                self.fail("", self.dice.choice(self.NAMES))
            return super().__call__(request)
