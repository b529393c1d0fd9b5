"""Compare each published text, field by field, with what a WordPress holds in its own tables.

It has its own SQL and imports nothing of igny8, as publication_checker.py.
"""

import html
import re

from tests.chaos.checker import looking_at

TEXTS = (
    "SELECT p.marker, p.remote_id, c.id, c.title, c.slug, c.excerpt, c.html, c.primary_phrase, "
    "coalesce(nullif(k.pillar, ''), k.name) AS topic FROM publication p "
    "JOIN content c ON c.id = p.content_id JOIN cluster k ON k.id = c.cluster_id "
    "WHERE p.state = 'published'"
)
IMAGES = "SELECT alt, role FROM image WHERE content_id = ? AND status = 'generated' ORDER BY alt"
TAG = re.compile(r"<!--.*?-->|<[^>]*>", re.DOTALL)


def check_fields(file, site) -> list[str]:
    """Return which fields of which posts are not what was approved; for a site at rest."""
    posts, media, broken = site.posts, site.media, []
    with looking_at(file) as db:
        for row in db.execute(TEXTS).fetchall():
            images = [dict(image) for image in db.execute(IMAGES, (row["id"],))]
            files = [each for each in media.values() if row["marker"] in each["source_url"]]
            post = posts.get(int(row["remote_id"]), {})
            broken += [
                f"field: {name} of “{row['title']}” is not as approved"
                for name, is_kept in _fields(dict(row), post, images, files).items()
                if not is_kept
            ]
    return broken


def _fields(row: dict, post: dict, images: list[dict], files: list[dict]) -> dict[str, bool]:
    """Return whether each field was kept; a post that is not there kept none."""
    told = sorted(image["alt"] for image in images)
    featured = next((image["alt"] for image in images if image["role"] == "featured"), "")
    shown = {each["id"]: each["alt"] for each in files}
    content = post.get("content", "")
    placed = [each for each in files if f'"id":{each["id"]},' in content]
    return {
        "title": _words(post.get("title", "")) == _words(row["title"]),
        "excerpt": _words(post.get("excerpt", "")) == _words(row["excerpt"]),
        "text": _words(TAG.sub(" ", row["html"])) == _words(TAG.sub(" ", content)),
        "address": re.fullmatch(rf"{re.escape(row['slug'])}(-\d+)?", post.get("slug", ""))
        is not None,
        "status": post.get("status") == "publish",
        "category": [_plain(name) for name in post.get("categories", ())] == [row["topic"]],
        "tags": row["primary_phrase"] in map(_plain, post.get("tags", ())),
        "images": sorted(shown.values()) == told,
        "images in the text": len(placed) == len(images) - bool(featured),
        "featured image": shown.get(post.get("featured_media"), "") == featured,
    }


def _plain(name: str) -> str:
    return html.unescape(name)


def _words(text: str) -> list[str]:
    return html.unescape(text).split()
