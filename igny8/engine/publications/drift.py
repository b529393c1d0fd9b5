"""An article that a person changed at its target: the stored text and the three decisions.

A decision applies to the text that the person saw, identified by its fingerprint, and is made once,
in the caller's transaction. The functions return False if another decision was made or the text
changed again (docs/publishing.md#changed-on-the-site).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from igny8.internal_links import unlink_published
from igny8.models import ContentVersion, Publication
from igny8.models.content_hash import content_hash
from igny8.models.content_version import MAX_CHARS, TEXTS

KEPT = (
    "The text on the site was kept as a person left it; nothing was overwritten. Choose again "
    "which of the two is to stay."
)
KEEP, TAKE, SEND = "keep", "take", "send"
VERBS = (KEEP, TAKE, SEND)
publication = Publication.__table__


def stored_text(
    addresses: Mapping[str, str],
    fingerprint: str,
    changed_at: str,
    title: str,
    excerpt: str,
    html: str,
) -> dict[str, Any] | None:
    """Return the columns of a sanitised text, None if a part exceeds the limits of articles.

    Links to `addresses` of published articles become links between articles. `changed_at` is the
    time of the change in UTC as reported by the target.
    """
    texts = {"title": title, "excerpt": excerpt, "html": html}
    if any(len(text) > MAX_CHARS[name] for name, text in texts.items()):
        return None
    texts["html"] = unlink_published(html, addresses)
    return {"fingerprint": fingerprint, "changed_at": changed_at, **texts}


def is_kept(row: Row) -> bool:
    """Return whether a person decided to keep the text at the target."""
    return bool(row.theirs and row.theirs.get("is_kept"))


def is_open(row: Row) -> bool:
    """Return whether the text of a publication waits for a decision."""
    return bool(row.state == "outdated" and row.changed_there and row.theirs)


def find_open(tx: Any, site_id: int, content_id: int, target_id: int) -> Row | None:
    """Return the publication of an article at a target if it waits for a decision, else None."""
    row = Publication.find(tx, content_id, target_id)
    return row if row is not None and row.site_id == site_id and is_open(row) else None


def keep(tx: Connection, row: Row, seen: str, who: str) -> bool:
    """Accept the text at the target as the published one; the article here stays unchanged.

    A later update asks again before it overwrites that text.
    """
    current = _lock(tx, row, seen)
    if current is None:
        return False
    theirs = current.theirs | {"is_kept": True}
    return _settle(tx, current, who, "The text on the site was kept.", theirs=theirs)


def take_in(
    tx: Connection,
    row: Row,
    seen: str,
    who: str,
    target_name: str,
    edited_at: datetime | None,
    numbers: dict[str, Any],
) -> bool:
    """Make the text at the target the next version of the article, which stays approved.

    `edited_at` is the last edit of the article that the person saw; `numbers` are the word count,
    headings and checks of the text. Other targets then have an earlier version.
    """
    current = _lock(tx, row, seen)
    if current is None:
        return False
    texts = {name: current.theirs[name] for name in TEXTS if name in current.theirs}
    editor = f"a person on {target_name}"[:80]
    if not ContentVersion.take_in(
        tx, current.site_id, current.content_id, editor, who, edited_at, **texts, **numbers
    ):
        return False
    version = content_hash(tx, current.content_id)
    why = "The text on the site was taken in as a new version."
    done = _settle(tx, current, who, why, theirs=None, version=version)
    Publication.mark_outdated(tx, current.content_id, who)
    return done


def send(tx: Connection, row: Row, seen: str, who: str) -> bool:
    """Queue the article to overwrite the text at the target, unless that changes again.

    Raises ActionRefused for an article that is not approved.
    """
    current = _lock(tx, row, seen)
    if current is None:
        return False
    seen_there = update(publication).where(publication.c.id == row.id)
    tx.execute(seen_there.values(theirs=None, remote_hash=seen))
    asked = (current.site_id, current.content_id, current.target_id)
    return Publication.request(tx, *asked, who, current.wanted)


def _lock(tx: Connection, row: Row, seen: str) -> Row | None:
    """Lock and return the publication if it waits for a decision about the text that was seen."""
    query = select(publication).where(publication.c.id == row.id).with_for_update()
    current = tx.execute(query).first()
    if current is None or not is_open(current):
        return None
    return current if current.theirs["fingerprint"] == seen else None


def _settle(tx: Connection, row: Row, who: str, why: str, **values: Any) -> bool:
    """Store that the text at the target is the published one."""
    values |= {"changed_there": False, "remote_hash": row.theirs["fingerprint"], "proof": []}
    return Publication.transition(tx, row.id, ("outdated",), "published", who, why, **values)
