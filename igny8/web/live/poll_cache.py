"""Polls that were answered before: the same question of the same viewer needs the database, and nothing else.

A thousand open pages ask all the time, and each time the gate finds the same. So a question that it let pass is
remembered with the facts by which it did (account, role, session, site). The next time one statement reads these facts
again, together with the tag of the run: while they are the same, so is what the viewer may see, and where a picture has
to be made the gate need not read them once more. Whatever is unlike, and whatever would be refused, goes the long way
through the gate (docs/decisions/0018).
"""

import re
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import NamedTuple

from flask import Flask, current_app, g, request, session
from flask_wtf.csrf import generate_csrf
from sqlalchemy import and_, bindparam, select

from igny8 import clock, progress
from igny8.extensions import db
from igny8.models import LoginSession, Membership, Site, SiteSettings, User
from igny8.models.tokens import hash_token
from igny8.server import HEADERS, NOT_KEPT
from igny8.web.auth.current_user import LAST_SEEN_INTERVAL, PRELOADED_LOOKUP, CurrentUser
from igny8.web.http.metrics import observe_poll
from igny8.web.http.security_headers import HTTPS_HEADERS
from igny8.web.live.partial_cache import partial_cache_of

ADDRESS = re.compile(r"/sites/([^/]+)/automation/live")
SEEN = re.compile(r"v=([\w-]{1,64})")
UNCACHEABLE_HEADERS = (
    "HTTP_AUTHORIZATION",
    "HTTP_TRANSFER_ENCODING",
    "CONTENT_LENGTH",
    "CONTENT_TYPE",
)
MAX_REMEMBERED, REMEMBERED_FOR_S = (
    10_000,
    60.0,
)  # questions, and seconds after which the gate is asked again whatever the facts are
COMMON_HEADERS = [
    ("Content-Type", "text/html; charset=utf-8"),
    *HEADERS.items(),
    NOT_KEPT,
    ("Vary", "Cookie"),
]
user, login, membership, site = (
    User.__table__,
    LoginSession.__table__,
    Membership.__table__,
    Site.__table__,
)
site_settings = SiteSettings.__table__

# A session that has to be noted as seen is not found here, and so goes the long way.
ACCESS_STATEMENT = progress.add_tag_columns(
    select(
        user.c.id.label("user_id"),
        user.c.name.label("user_name"),
        user.c.is_admin,
        membership.c.role,
        login.c.id.label("session_id"),
        site,
        site_settings.c.time_zone,
        site_settings.c.next_run_at,
    )
    .select_from(
        login.join(user, user.c.id == login.c.user_id)
        .join(site, site.c.slug == bindparam("slug"))
        .join(site_settings, site_settings.c.site_id == site.c.id)
        .outerjoin(
            membership, and_(membership.c.user_id == user.c.id, membership.c.site_id == site.c.id)
        )
    )
    .where(
        login.c.token_hash == bindparam("hash"),
        user.c.disabled.is_(False),
        login.c.ends_at > bindparam("now"),
        login.c.seen_at > bindparam("lately"),
    )
)
TAG_COLUMNS = 4  # columns at the end: what the tag is made of, which changes all the time


class RunTag(NamedTuple):
    """What the tag of a run is made of."""

    run_id: int | None
    version: int
    state: str
    slots: int


@dataclass(frozen=True)
class RememberedPoll:
    """A question that the gate let pass: by which facts, to which picture, with which form token (None: none yet)."""

    slug: str
    hash: str
    facts: tuple
    current_user: CurrentUser
    site: dict
    key: tuple  # of the picture
    token: str | None
    until: float


class PollCache:
    """The way of a poll that was answered before, around the app's own."""

    def __init__(self, app: Flask):
        self._app, self._long_way = app, app.wsgi_app
        self._pictures = partial_cache_of(app)
        self._passed: dict[tuple, RememberedPoll] = {}
        self._looks = None

    def __call__(self, environ: dict, start_response):
        begun = clock.monotonic()
        asked = self._asked(environ, begun)
        if asked is None:
            return self._long_way(environ, start_response)
        passed, glance, seen = asked
        tag = progress.run_tag(glance)
        if tag is None or (tag != seen and passed.token is None):
            return self._make(passed, glance, environ, start_response)
        body = b"" if tag == seen else self._picture(passed, tag, seen, begun)
        if body is None:
            with self._pictures.turn(passed.key):  # one goes to have it made, the others wait
                body = self._picture(passed, tag, seen, begun)
                if body is None:
                    return self._make(passed, glance, environ, start_response)
        length = [("Content-Length", str(len(body)))] if body else []
        start_response(
            "200 OK" if body else "204 NO CONTENT",
            COMMON_HEADERS
            + length
            + (HTTPS_HEADERS if environ["wsgi.url_scheme"] == "https" else []),
        )
        observe_poll("automation", clock.monotonic() - begun)
        return [body]

    def remember(self, key: tuple) -> None:
        """Remember the question of this request, which the gate let pass, and the key of the picture it asks for."""
        question = _question(request.environ)
        if question is None or g.current_user.session_id is None or session.modified:
            return
        token = generate_csrf() if "csrf_token" in session else None
        who, row = g.current_user, g.site
        of_site = {
            name: getattr(row, name) for name in (*site.c.keys(), "time_zone", "next_run_at")
        }
        facts = (
            who.user_id,
            who.name,
            who.is_admin,
            who.role,
            who.session_id,
            *map(_plain, of_site.values()),
        )
        if len(self._passed) >= MAX_REMEMBERED:
            self._passed.clear()
        self._passed[question] = RememberedPoll(
            row.slug,
            hash_token(session["sid"]),
            facts,
            who,
            of_site,
            key,
            token,
            clock.monotonic() + REMEMBERED_FOR_S,
        )

    def _asked(self, environ: dict, begun: float) -> tuple[RememberedPoll, RunTag, str] | None:
        """Return (what passed, the run now, the tag that the page shows) of a poll that was answered before; None for
        all that goes the long way.
        """
        question = _question(environ)
        passed = None if question is None else self._passed.get(question)
        seen = SEEN.fullmatch(environ.get("QUERY_STRING", ""))
        if passed is None or seen is None or passed.until < begun:
            return None
        row = self._look(passed)
        if row is None or tuple(map(_plain, row[:-TAG_COLUMNS])) != passed.facts:
            self._passed.pop(question, None)
            return None
        return passed, RunTag._make(row[-TAG_COLUMNS:]), seen[1]

    def _make(self, passed: RememberedPoll, glance: RunTag, environ: dict, start_response):
        """Go the long way, past the gate: what it would find has been found."""
        row = SimpleNamespace(**passed.site | glance._asdict())
        return self._long_way(
            environ | {PRELOADED_LOOKUP: (passed.current_user, row)}, start_response
        )

    def _picture(self, passed: RememberedPoll, tag: str, seen: str, begun: float) -> bytes | None:
        picture = self._pictures.find(passed.key, tag, seen, begun)
        return None if picture is None else picture.to(passed.token).encode()

    def _look(self, passed: RememberedPoll) -> tuple | None:
        """Return the facts as they are now, with what the tag is made of; None when there are none, or the database
        does not answer.
        """
        if self._looks is None:
            with self._app.app_context():
                self._looks = AccessQuery(db.engine)
        now = clock.now()
        return self._looks.fetch(
            slug=passed.slug, hash=passed.hash, now=now, lately=now - LAST_SEEN_INTERVAL
        )


class AccessQuery:
    """The one statement on connections of its own, without a transaction: it is a single look.

    It goes straight to the driver, for SQLAlchemy's part of it costs several times the statement.
    """

    def __init__(self, engine):
        self._engine, self._idle = engine, deque()
        self._statement = ACCESS_STATEMENT.compile(dialect=engine.dialect)
        self._text = str(self._statement)

    def fetch(self, **values) -> tuple | None:
        """Return the row for these values, None when there is none or it cannot be asked."""
        values = {
            name: _plain(value) for name, value in self._statement.construct_params(values).items()
        }
        if self._statement.positional:
            values = [values[name] for name in self._statement.positiontup]
        try:
            connection = self._idle.pop() if self._idle else self._open()
            cursor = connection.cursor()
            cursor.execute(self._text, values)
            rows = cursor.fetchall()
            cursor.close()
        except self._engine.dialect.dbapi.Error:
            self._idle.clear()  # the others are as old; whoever goes the long way says what is the matter
            return None
        self._idle.append(connection)
        return rows[0] if rows else None

    def _open(self):
        lent = self._engine.raw_connection()
        connection = lent.driver_connection
        lent.detach()
        if self._engine.dialect.name != "sqlite":  # where every connection is so already
            connection.autocommit = True
        return connection


def register(app: Flask) -> None:
    """Let polls that were answered before be answered at the door."""
    app.extensions["igny8.polls"] = app.wsgi_app = PollCache(app)


def remember(key: tuple) -> None:
    """Remember that this request, a poll for the picture of this key, was let pass."""
    current_app.extensions["igny8.polls"].remember(key)


def _question(environ: dict) -> tuple | None:
    """Return what a poll's answer depends on beside the facts, None for what is no plain poll."""
    if (
        environ["REQUEST_METHOD"] != "GET"
        or not ADDRESS.fullmatch(environ.get("PATH_INFO", ""))
        or any(environ.get(name) for name in UNCACHEABLE_HEADERS)
    ):
        return None
    return (
        environ["PATH_INFO"],
        environ.get("SCRIPT_NAME"),
        environ.get("HTTP_HOST"),
        environ["wsgi.url_scheme"],
        environ.get("HTTP_COOKIE"),
    )


def _plain(value):
    """Return a value as both drivers take it: a moment as the text in which SQLite keeps it."""
    if not isinstance(value, datetime):
        return value
    return (value if value.tzinfo is None else value.astimezone(UTC)).strftime(
        "%Y-%m-%d %H:%M:%S.%f"
    )
