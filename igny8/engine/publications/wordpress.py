"""Publish to WordPress: a draft, its images, its fields, its status; then verify the result.

Each post is looked up by its marker before it is created (docs/publishing.md#exactly-once).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from igny8.engine.publications import drift, lost_answers
from igny8.engine.publications.wordpress_media import ensure_media
from igny8.engine.publications.wordpress_post import (
    date_of,
    fields_of,
    fingerprint,
    prove,
    seo_fields,
    term_names,
)
from igny8.engine.publications.work import RemoteChanged, RemoteMissing, Work
from igny8.outbound.http_client import Client
from igny8.publishing.requests import TargetError, make_target_client, web_address
from igny8.publishing.wordpress import WordPress, find_api
from igny8.publishing.wordpress.blocks import marker_comment
from igny8.publishing.wordpress.reading import plain_text, post_html
from igny8.slugs import slug_of

UNKNOWN_HASH = "unknown"  # of a post of which we no longer know how we left it
RECORD_LOST = (
    "The post is on the site already, and the record of it is lost, as after a restored backup. "
    "Compare it with this version; nothing was overwritten."
)
GONE = (404, 410)


def publish(work: Work) -> None:
    """Carry out the remaining steps of a publication; raise what stops it."""
    with known_shape():
        _publish(work)


@contextmanager
def known_shape() -> Iterator[None]:
    """Raise TargetError if a response does not have the structure that WordPress documents."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise TargetError(
            f"The site answered with data of another shape than WordPress does ({error!r}). A "
            "plugin changes the REST API; turn that off.",
            "bad_answer",
            is_unknown=True,
        ) from error


def _publish(work: Work) -> None:
    with make_target_client(work.allowed) as http:
        site = open_site(work, http)
        if work.state["remote_id"]:
            post = require_unchanged(work, site)
            if drift.is_kept(work.claim) and not work.claim.overwrite:
                raise RemoteChanged(drift.KEPT, _their_text(work, post))
        else:
            _ensure_post(work, site)
        media = ensure_media(work, site)
        terms = _ensure_terms(work, site)
        _send_fields(work, site, fields_of(work, media, terms))
        if work.claim.wanted == "publish":
            work.intend("status")
            site.post(post_route(work), status="publish", **date_of(work))
            work.store("status")
        _read_back(work, site, terms)


def open_site(work: Work, http: Client) -> WordPress:
    """Return the API client of the target."""
    root = work.target.facts.get("root") or find_api(http, work.log, work.target.url)
    return WordPress(http, work.log, root, work.target.username, work.secret)


def post_route(work: Work) -> str:
    """Return the API route of the post."""
    return f"/wp/v2/posts/{work.state['remote_id']}"


def _ensure_post(work: Work, site: WordPress) -> None:
    """Adopt the post with the marker, or create it as a draft with the marker as its slug."""
    slug = f"igny8-{work.claim.marker}"
    comment = marker_comment(work.claim.marker, work.version)
    found, at = _find_post(work, site, slug)
    is_finished = found is not None and not _is_bare(found)
    if found is None:
        lost_answers.wait_until_settled(work, "create", at)
        work.resume("Not at the target; it is created again.")
        work.intend("create", site_at=at)
        values = {"title": work.text.title, "slug": slug, "status": "draft", "content": comment}
        found = lost_answers.create(work, lambda: site.post("/wp/v2/posts", **values).value)
        if not isinstance(found.get("id"), int):
            raise TargetError("The site answered without the number of the post.", is_unknown=True)
    work.resume("Found at the target.")
    told: dict[str, Any] = {
        "remote_id": str(found["id"]),
        "remote_url": web_address(found.get("link")),
    }
    work.store("created", remote_hash=UNKNOWN_HASH if is_finished else "", **told)
    if is_finished and not work.claim.overwrite:
        raise RemoteChanged(RECORD_LOST, _their_text(work, found))


def _is_bare(post: dict[str, Any]) -> bool:
    """Return whether a post is as created: a draft with the marker and nothing else."""
    text = str(post["content"]["raw"]).strip()
    return post["status"] == "draft" and text.startswith("<!-- igny8:") and text.count("<") == 1


def _find_post(work: Work, site: WordPress, slug: str) -> tuple[dict | None, float | None]:
    """Return the post with the marker, or None, and the current time of the site."""
    for query in ({"slug": slug}, {"search": work.claim.marker}):
        answer = site.get("/wp/v2/posts", status="any", context="edit", **query)
        for post in answer.value if isinstance(answer.value, list) else []:
            if f"igny8:{work.claim.marker}:" in post["content"]["raw"]:
                return post, answer.at
    return None, answer.at


def require_unchanged(work: Work, site: WordPress) -> dict[str, Any]:
    """Return the post; raise RemoteMissing if it was deleted, RemoteChanged if it was edited."""
    try:
        post = site.get(post_route(work), context="edit").value
    except TargetError as error:
        if error.status in GONE and error.code:
            raise RemoteMissing(
                "The post was deleted on the site. “Publish again” creates a new one."
            ) from error
        raise
    if post.get("status") == "trash":
        raise RemoteMissing(
            "The post is in the bin of the site. “Publish again” creates a new one."
        )
    work.resume("Found at the target.")
    intent = work.state["intent"] or {}
    comment = marker_comment(work.claim.marker, work.version)
    is_ours = intent.get("name") in ("fields", "status") and comment in post["content"]["raw"]
    known = work.state["remote_hash"]
    if known and not work.claim.overwrite and not is_ours and fingerprint(post) != known:
        if known == UNKNOWN_HASH:
            raise RemoteChanged(RECORD_LOST, _their_text(work, post))
        when = str(post.get("modified_gmt", ""))[:16].replace("T", " ")
        raise RemoteChanged(
            f"Changed on the site by a person on {when} (UTC); nothing was overwritten.",
            _their_text(work, post),
        )
    return post


def _their_text(work: Work, post: dict[str, Any]) -> dict[str, Any] | None:
    """Return the columns that store a post which a person changed."""
    return drift.stored_text(
        work.addresses,
        fingerprint=fingerprint(post),
        changed_at=str(post.get("modified_gmt", ""))[:19],
        title=plain_text(post["title"]["raw"]),
        excerpt=plain_text(post["excerpt"]["raw"]),
        html=post_html(post["content"]["raw"]),
    )


def _ensure_terms(work: Work, site: WordPress) -> dict[str, Any]:
    """Return the ids of category and tags by taxonomy, and the names of `missing` ones."""
    stored = work.state["progress"].get("terms")
    names = term_names(work)
    if stored is not None and stored["names"] == names:
        return stored
    terms: dict[str, Any] = {"names": names, "missing": []}
    for taxonomy, wanted in names.items():
        terms[taxonomy] = []
        for name in wanted:
            term_id = _ensure_term(work, site, taxonomy, name)
            terms[taxonomy if term_id else "missing"].append(term_id or name)
    work.store("terms", {"terms": terms})
    return terms


def _ensure_term(work: Work, site: WordPress, taxonomy: str, name: str) -> int | None:
    """Return the id of a category or tag, created if new; None if the user may not create it."""
    slug = slug_of(name, work.site.language)
    found = site.get(f"/wp/v2/{taxonomy}", slug=slug).value
    if isinstance(found, list) and found:
        return int(found[0]["id"])
    work.intend("term")
    try:
        return int(site.post(f"/wp/v2/{taxonomy}", name=name, slug=slug).value["id"])
    except TargetError as error:
        if error.code == "term_exists" and error.data.get("term_id"):
            return int(error.data["term_id"])
        if error.status == 403 and error.code:
            return None
        raise


def _send_fields(work: Work, site: WordPress, values: dict[str, Any]) -> None:
    """Write all fields in one request; repeat without the SEO plugin's fields if refused."""
    work.intend("fields")
    try:
        site.post(post_route(work), **values)
    except TargetError as error:
        if "meta" not in values or error.status not in (400, 403) or not error.code:
            raise
        site.post(post_route(work), **{k: v for k, v in values.items() if k != "meta"})
    work.store("fields")


def _read_back(work: Work, site: WordPress, terms: dict[str, Any]) -> None:
    """Compare the post field by field and settle; raise TargetError if the marker is missing."""
    post = site.get(post_route(work), context="edit").value
    if marker_comment(work.claim.marker, work.version) not in post["content"]["raw"]:
        raise TargetError(
            "The site did not keep the text as it was sent: the mark by which IGNY8 finds it again "
            "is missing. A plugin removes comments from posts; turn that off.",
            "bad_answer",
            permanent=True,
        )
    proof = prove(work, post, terms, seo_fields(work))
    settle = work.settle_ahead_of_time if post["status"] == "future" else work.settle
    settle(
        step="done",
        remote_url=web_address(post["link"]),
        remote_hash=fingerprint(post),
        proof=proof,
    )
