"""Edit an article in review: its title, its search result and its text."""

from hashlib import sha256
from typing import cast

from bs4 import BeautifulSoup
from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from sqlalchemy import Row
from werkzeug.wrappers import Response

from igny8.extensions import db, write_transaction
from igny8.models import ContentVersion, Publication
from igny8.models.content_version import MAX_CHARS, TEXTS
from igny8.models.queries import articles
from igny8.providers.builtin.briefs.html import update_facts
from igny8.providers.builtin.vocabulary import truncate
from igny8.sanitising import clean
from igny8.web.content.article_texts import measure
from igny8.web.content.title_cards import TitleCard, redraw_title_card
from igny8.web.ui.forms import Form
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("edit", __name__, url_prefix="/sites/<slug>/review/<int:content_id>/edit")
META_TITLE_CHARS = 60  # shown by search engines
DECIDED = (
    "A decision was made in the meantime, so your changes were not saved. "
    "Copy what you need; the decision can be undone on the page of the article."
)
SAVED_BY_ANOTHER = "Someone else saved first. Save again to replace their version with yours."
EMPTY = "The text is empty. To discard the article, reject it instead."
Refusal = tuple[str, int]


@bp.get("")
def show(slug: str, content_id: int) -> str:
    """Show the form."""
    site = site_or_404(slug)
    row = _find(site, content_id)
    if not _is_in_review(row):
        abort(404, "This article is no longer waiting for review.")
    return _page(site, row, Form({name: getattr(row, name) for name in TEXTS}))


@bp.post("")
def save(slug: str, content_id: int) -> Response | Refusal:
    """Save the article and return to the queue.

    Changes by others in the meantime are not overwritten: the form is shown again with the typed
    text.
    """
    site = site_or_404(slug)
    row, form = _find(site, content_id), Form(request.form.to_dict())
    if not _is_in_review(row):
        form.message = DECIDED
        return _page(site, row, form), 409
    texts = _read_texts(form)
    if _merge_changes(row, form, texts):
        return _page(site, row, form), 409
    _update_derived_texts(row, texts)
    if not BeautifulSoup(texts["html"], "html.parser").get_text(strip=True):
        form.errors["html"] = EMPTY
    if form.errors:
        return _page(site, row, form), 422
    card, problem = redraw_title_card(row, texts["title"])
    if not _store(site, row, texts, card):
        form.message = SAVED_BY_ANOTHER
        return _page(site, _find(site, content_id), form), 409
    flash(f"Changes saved. {problem}".strip())
    return redirect(url_for("review.show", slug=slug, content_id=content_id), 303)


def _read_texts(form: Form) -> dict[str, str]:
    return {
        "title": form.text("title", "a title", MAX_CHARS["title"]),
        "meta_title": form.text("meta_title", "a title", MAX_CHARS["meta_title"]),
        "meta_description": form.optional_text("meta_description", MAX_CHARS["meta_description"]),
        "excerpt": form.optional_text("excerpt", MAX_CHARS["excerpt"]),
        "html": clean(form.optional_text("html", MAX_CHARS["html"])),
    }


def _merge_changes(row: Row, form: Form, texts: dict[str, str]) -> bool:
    """Add others' changes to the form; return whether both changed the same field.

    In that case the form gets errors. Its field `seen` has the hashes of the opened version.
    """
    seen = dict(zip(TEXTS, form.value("seen").split("-"), strict=False))
    who, both = row.edited_by or "A run", False
    for name in TEXTS:
        theirs = getattr(row, name)
        if seen.get(name) == _fingerprint(theirs):
            continue
        if seen.get(name) == _fingerprint(texts[name]):
            texts[name] = theirs
            cast("dict[str, str]", form.sent)[name] = theirs  # save() gave it a dict
        elif texts[name] != theirs:
            both = True
            form.errors[name] = _conflict(who, name, theirs)
    if both:
        form.message = (
            f"{who} changed the same fields in the meantime. Save again to replace their version, "
            "or open the article in another tab and compare first."
        )
    return both


def _conflict(who: str, name: str, theirs: str) -> str:
    if name == "html":
        return f"{who} also changed the text."
    return f"{who} changed this too. Save again to replace their version: {truncate(theirs, 300)}"


def _update_derived_texts(row: Row, texts: dict[str, str]) -> None:
    """Update texts derived from the title: the search title, and a brief's facts."""
    if texts["meta_title"] == row.meta_title == truncate(row.title, META_TITLE_CHARS):
        texts["meta_title"] = truncate(texts["title"], META_TITLE_CHARS)
    if row.kind == "brief":
        facts = {
            "Title": (row.title, texts["title"]),
            "Description": (row.meta_description, texts["meta_description"]),
        }
        texts["html"] = clean(update_facts(texts["html"], facts))


def _store(site: Row, row: Row, texts: dict[str, str], card: TitleCard | None) -> bool:
    """Save the texts and the new title card; return False if another person saved first."""
    numbers = measure(site, row, texts, row.citations)
    editor = g.current_user.name
    with write_transaction() as tx:
        saved = ContentVersion.replace(
            tx, site.id, row.id, "person", editor, row.edited_at, **texts, **numbers
        )
        replaced = bool(saved and card is not None and card.replace_image(tx))
        if saved:
            Publication.mark_outdated(tx, row.id, editor)
    if card is not None:
        card.delete_unused_file(replaced)
    return bool(saved)


def _find(site: Row, content_id: int) -> Row:
    db.session.rollback()  # start a new read after a change
    return articles.find_with_idea(db.session, site.id, content_id) or abort(404)


def _is_in_review(row: Row) -> bool:
    return row.status == "review" and row.handed_over


def _fingerprint(text: str) -> str:
    """Return a short hash of a text."""
    return sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


def _page(site: Row, row: Row, form: Form) -> str:
    return render_template(
        "content/edit/show.html",
        site=site,
        row=row,
        form=form,
        waits=_is_in_review(row),
        seen="-".join(_fingerprint(getattr(row, name)) for name in TEXTS),
    )
