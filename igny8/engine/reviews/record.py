"""The record of human review of an article: what machines made, what people changed and decided.

Its fields are described in docs/review-record.md.
"""

import hashlib
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from igny8 import clock
from igny8.models import (
    ClientComment,
    ContentVersion,
    GateDecision,
    Image,
    ImageRedraw,
    PartChange,
    Site,
    Task,
)
from igny8.models.base import Executor

FORMAT = "igny8-review-record/1"
IDEA_STAGE, IMAGE_STAGE = 3, 6
image, change, redraw = Image.__table__, PartChange.__table__, ImageRedraw.__table__


def review_record(tx: Executor, row: Row[Any]) -> dict[str, Any]:
    """Return the record of an article (a row of content) as plain JSON values."""
    site = tx.execute(
        select(Site.name, Site.url, Site.language).where(Site.id == row.site_id)
    ).one()
    return {
        "format": FORMAT,
        "issued_at": _time(clock.now()),
        "site": {"name": site.name, "url": site.url, "language": site.language},
        "article": {name: getattr(row, name) for name in ("id", "kind", "title", "slug", "status")},
        "text": {"version": row.version, "sha256": _digest(row.html), "words": row.words},
        "machine": _machine(row),
        "sources": _sources(row),
        "versions": _versions(tx, row),
        "changed_parts": _changed_parts(tx, row.id),
        "images": _images(tx, row.id),
        "decisions": _decisions(tx, row),
        "client_comments": _comments(tx, row.id),
    }


def _machine(row: Row[Any]) -> dict[str, Any]:
    """Return what wrote the text first, and with which prompts."""
    made = {"provider": row.provider, "model": row.model, "prompts": row.prompt}
    return made | {"tokens": row.tokens_in + row.tokens_out}


def _sources(row: Row[Any]) -> list[dict[str, Any]]:
    return [
        {"title": cited.get("title", ""), "address": cited.get("address", "")}
        for cited in row.citations
    ]


def _versions(tx: Executor, row: Row[Any]) -> list[dict[str, Any]]:
    """Return the versions of the text, the first one first; the last is the current one."""
    table = ContentVersion.__table__
    query = select(table).where(table.c.content_id == row.id, table.c.number < row.version)
    versions = [
        _version(old.number, old.kind, old.author, old.written_at, old.html)
        for old in tx.execute(query.order_by(table.c.number))
    ]
    author = row.edited_by or row.model or row.provider
    written_at = row.edited_at or row.created_at
    return [*versions, _version(row.version, row.version_kind, author, written_at, row.html)]


def _version(
    number: int, kind: str, author: str, written_at: datetime, html: str
) -> dict[str, Any]:
    facts = {"number": number, "kind": kind, "author": author}
    return facts | {"written_at": _time(written_at), "sha256": _digest(html)}


def _changed_parts(tx: Executor, content_id: int) -> list[dict[str, Any]]:
    """Return what people asked a model to change, and whether they took it."""
    query = select(change).where(change.c.content_id == content_id).order_by(change.c.id)
    return [
        {"part": asked.heading, "wish": asked.wish} | _asked(asked) for asked in tx.execute(query)
    ]


def _images(tx: Executor, content_id: int) -> list[dict[str, Any]]:
    query = select(image).where(image.c.content_id == content_id).order_by(image.c.position)
    asked = select(redraw).where(redraw.c.content_id == content_id).order_by(redraw.c.id)
    redraws = tx.execute(asked).all()
    return [
        {
            "position": each.position,
            "status": each.status,
            "provider": each.provider,
            "prompt": each.prompt,
            "alt": each.alt,
            "edited_by": each.edited_by,
            "edited_at": _time(each.edited_at),
            "redraws": [
                {"prompt": again.prompt} | _asked(again)
                for again in redraws
                if again.image_id == each.id
            ],
        }
        for each in tx.execute(query)
    ]


def _asked(asked: Row[Any]) -> dict[str, Any]:
    """Return who asked a model for a change, when, and what became of it."""
    facts = {"model": asked.model, "requested_by": asked.requested_by, "state": asked.state}
    return facts | {"requested_at": _time(asked.created_at), "ended_at": _time(asked.ended_at)}


def _decisions(tx: Executor, row: Row[Any]) -> list[dict[str, Any]]:
    """Return who decided about the idea, the images and the text, and about which version."""
    ideas = select(Task.idea_id).where(Task.id == row.task_id)
    images = select(image.c.id).where(image.c.content_id == row.id)
    table = GateDecision.__table__
    query = select(table).where(
        ((table.c.stage == IDEA_STAGE) & table.c.subject_id.in_(ideas))
        | ((table.c.stage == IMAGE_STAGE) & table.c.subject_id.in_(images))
    )
    found = [
        _decision("idea" if made.stage == IDEA_STAGE else "image prompt", made.decision, made)
        for made in tx.execute(query.order_by(table.c.decided_at, table.c.id))
    ]
    if row.decided_at is None:
        return found
    by_rule = row.rule_hours is not None
    about: dict[str, Any] = {"version": row.version}
    about |= {"by": "rule", "rule_hours": row.rule_hours} if by_rule else {}
    return [*found, _decision("text", row.status, row) | about]


def _decision(about: str, verdict: str, made: Row[Any]) -> dict[str, Any]:
    reason = made.decision_reason if about == "text" else made.reason
    facts = {"about": about, "decision": verdict, "by": "person", "decided_by": made.decided_by}
    return facts | {"decided_at": _time(made.decided_at), "reason": reason}


def _comments(tx: Executor, content_id: int) -> list[dict[str, Any]]:
    return [
        {"author": said.author, "verdict": said.verdict, "written_at": _time(said.created_at)}
        for said in ClientComment.of_article(tx, content_id)
    ]


def _digest(html: str) -> str:
    return hashlib.sha256(html.encode()).hexdigest()


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="seconds")
