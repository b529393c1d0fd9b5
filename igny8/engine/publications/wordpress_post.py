"""The fields that are written to a post, and their comparison with what was stored."""

import hashlib
import html
from typing import Any

from igny8.engine.publications.work import Work
from igny8.publishing.wordpress.blocks import Media, marker_comment, to_blocks, to_classic
from igny8.publishing.wordpress.seo import SEO_LABELS, seo_meta


def fields_of(work: Work, media: list[dict[str, Any]], terms: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of the post; the slug is sent with the first version only."""
    text = work.text
    values: dict[str, Any] = {
        "title": text.title,
        "content": _content(work, media),
        "excerpt": text.excerpt,
        **{taxonomy: terms[taxonomy] for taxonomy in terms["names"]},
    }
    if work.claim.published_at is None:
        values["slug"] = text.slug
    featured = [m for m, image in zip(media, text.images, strict=True) if not image.heading]
    if featured:
        values["featured_media"] = featured[0]["id"]
    if seo := seo_fields(work):
        values["meta"] = seo
    return values


def date_of(work: Work) -> dict[str, str]:
    """Return the date field of an article that is or was scheduled."""
    at = work.claim.publish_at
    return {} if at is None else {"date_gmt": at.isoformat()[:19]}


def _content(work: Work, media: list[dict[str, Any]]) -> str:
    images = [
        Media(uploaded["id"], uploaded["url"], image.alt, image.heading)
        for uploaded, image in zip(media, work.text.images, strict=True)
        if image.heading
    ]
    comment = marker_comment(work.claim.marker, work.version)
    write = to_classic if work.target.options.get("format") == "classic" else to_blocks
    return write(work.text.html, images, comment)


def term_names(work: Work) -> dict[str, list[str]]:
    """Return the names of the category and tags of the target, by taxonomy."""
    options, names = work.target.options, {}
    if options.get("categories"):
        names["categories"] = [work.topic]
    if options.get("tags"):
        names["tags"] = list(work.text.tags)
    return names


def seo_fields(work: Work) -> dict[str, str]:
    """Return the fields of the site's SEO plugin, empty without one."""
    return seo_meta(work.text, work.target.facts.get("seo", ""))


def fingerprint(post: dict[str, Any]) -> str:
    """Return a hash of the parts of a post that a person could change."""
    content = "\0".join(str(post[name]["raw"]) for name in ("title", "content", "excerpt"))
    return hashlib.sha256(content.encode()).hexdigest()


def prove(
    work: Work, post: dict[str, Any], terms: dict[str, Any], seo: dict[str, str]
) -> list[dict[str, Any]]:
    """Return {name, ok, note} for each field of a post that was read back."""
    text, slug, status = work.text, str(post["slug"]), str(post["status"])
    wanted = {"publish": _shown(work), "draft": ("draft", "publish", "future")}[work.claim.wanted]
    rows = [
        _row("Title", _same(post["title"]["raw"], text.title), "the site changed it"),
        _row("Excerpt", _same(post["excerpt"]["raw"], text.excerpt), "the site changed it"),
        _row("Status", status in wanted, f"the site made it “{status}”"),
    ]
    if work.claim.published_at is None:
        rows.append(_row("Address", slug == text.slug, f"“{slug}”, because the other is taken"))
    for taxonomy, label in (("categories", "Category"), ("tags", "Tags")):
        if taxonomy in terms["names"]:
            kept = set(terms[taxonomy]) <= set(post.get(taxonomy, ()))
            rows.append(_row(label, kept, "the site did not keep it"))
    if terms["missing"]:
        note = f"not created: the user may not ({', '.join(terms['missing'])})"
        rows.append(_row("New categories and tags", False, note))
    if any(not image.heading for image in text.images):
        rows.append(_row("Featured image", bool(post.get("featured_media")), "not set"))
    return rows + _prove_seo(work, post, seo)


def _shown(work: Work) -> tuple[str, ...]:
    """Return the statuses of a post that is, or will be, visible to readers."""
    return ("future",) if work.is_ahead_of_time else ("publish",)


def _prove_seo(work: Work, post: dict[str, Any], seo: dict[str, str]) -> list[dict[str, Any]]:
    meta = post.get("meta")
    kept = meta if isinstance(meta, dict) else {}
    plugin = work.target.facts.get("seo")
    note = f"the site did not keep it: {plugin} does not accept it over REST. Set it by hand."
    return [
        _row(label, kept.get(key) == value, note)
        for label, (key, value) in zip(SEO_LABELS, seo.items(), strict=False)
    ]


def _row(name: str, is_ok: bool, note: str) -> dict[str, Any]:
    return {"name": name, "ok": is_ok, "note": "" if is_ok else note}


def _same(kept: str, sent: str) -> bool:
    """Return whether two texts are equal after resolving entities and white space."""
    return html.unescape(kept).split() == html.unescape(sent).split()
