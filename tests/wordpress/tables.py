"""Read what a WordPress holds from its own tables, from outside: no API, and nothing of igny8."""

import sqlite3
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

POSTS = (
    "SELECT ID, post_title, post_content, post_excerpt, post_name, post_status, post_date_gmt "
    "FROM wp_posts WHERE post_type = ? AND post_status <> 'auto-draft' ORDER BY ID"
)
META = "SELECT post_id, meta_key, meta_value FROM wp_postmeta"
TERMS = (
    "SELECT r.object_id, x.taxonomy, t.name FROM wp_term_relationships r "
    "JOIN wp_term_taxonomy x ON x.term_taxonomy_id = r.term_taxonomy_id "
    "JOIN wp_terms t ON t.term_id = x.term_id ORDER BY t.term_id"
)


@dataclass
class Tables:
    """Posts and media by their number at one moment."""

    posts: dict[int, dict] = field(default_factory=dict)
    media: dict[int, dict] = field(default_factory=dict)


def read_tables(file: Path) -> Tables:
    """Return all posts and attachments of a site with their fields."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=30)) as db:
        db.execute("BEGIN")
        posts = db.execute(POSTS, ("post",)).fetchall()
        media = db.execute(POSTS, ("attachment",)).fetchall()
        meta, terms = defaultdict(dict), defaultdict(lambda: defaultdict(list))
        for post_id, key, value in db.execute(META):
            meta[post_id][key] = value
        for post_id, taxonomy, name in db.execute(TERMS):
            terms[post_id][taxonomy].append(name)
    return Tables(
        {row[0]: _post(row, meta[row[0]], terms[row[0]]) for row in posts},
        {row[0]: _media(row, meta[row[0]]) for row in media},
    )


def _post(row: tuple, meta: dict, terms: dict) -> dict:
    names = ("id", "title", "content", "excerpt", "slug", "status", "date_gmt")
    return dict(zip(names, row, strict=True)) | {
        "featured_media": int(meta.get("_thumbnail_id", 0)),
        "categories": terms["category"],
        "tags": terms["post_tag"],
    }


def _media(row: tuple, meta: dict) -> dict:
    return {
        "id": row[0],
        "title": row[1],
        "source_url": meta.get("_wp_attached_file", ""),
        "alt": meta.get("_wp_attachment_image_alt", ""),
    }
