"""A reviewer's own hand on a text that waits: its title, its lines for search results, and the text itself."""

from dataclasses import asdict
from hashlib import sha256

from bs4 import BeautifulSoup
from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from sqlalchemy import select

from igny8.extensions import db, write_transaction
from igny8.models import Content, Idea, Task
from igny8.providers.base import Assignment, Draft, Phrase
from igny8.providers.builtin.briefs.checking import check_search_result
from igny8.providers.builtin.briefs.html import count_words, update_facts
from igny8.providers.builtin.vocabulary import truncate
from igny8.providers.checks import check_article
from igny8.sanitising import clean
from igny8.web.content.title_cards import redraw_title_card
from igny8.web.ui.forms import Form
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("edit", __name__, url_prefix="/sites/<slug>/review/<int:content_id>/edit")
content, idea, task = Content.__table__, Idea.__table__, Task.__table__
EDITABLE_FIELDS = ("title", "meta_title", "meta_description", "excerpt", "html")
MAX_HTML_CHARS = 400_000
META_TITLE_CHARS = 60  # characters of a title in search results


@bp.get("")
def show(slug: str, content_id: int):
    """Show the text in fields."""
    site = site_or_404(slug)
    row = _find(site, content_id)
    if not _is_in_review(row):
        abort(404, "This text does not wait for review any more.")
    return _page(site, row, Form({name: getattr(row, name) for name in EDITABLE_FIELDS}))


@bp.post("")
def save(slug: str, content_id: int):
    """Keep what was written, look at an article again, and go back to the queue.

    What somebody else changed or decided meanwhile is not written over: the form comes back with what was typed.
    """
    site = site_or_404(slug)
    row, form = _find(site, content_id), Form(request.form.to_dict())
    if not _is_in_review(row):
        form.message = (
            "This text was decided meanwhile, so your changes were not kept. Copy what you need; the "
            "decision can be taken back on the page of the text."
        )
        return _page(site, row, form), 409
    texts = {
        "title": form.text("title", "a title", 200),
        "meta_title": form.text("meta_title", "a title", 200),
        "meta_description": form.optional_text("meta_description", 400),
        "excerpt": form.optional_text("excerpt", 1000),
        "html": clean(form.optional_text("html", MAX_HTML_CHARS)),
    }
    if _merge_changes(row, form, texts):
        return _page(site, row, form), 409
    _update_derived_texts(row, texts)
    page = BeautifulSoup(texts["html"], "html.parser")
    if not page.get_text(strip=True):
        form.errors["html"] = "The text is empty. To drop it, reject it instead."
    if form.errors:
        return _page(site, row, form), 422
    numbers = {
        "words": count_words(texts["html"]),
        "headings": [" ".join(h.get_text(" ").split()) for h in page.find_all("h2")],
    }
    numbers["checks"] = _run_checks(row, texts, numbers)
    card, trouble = redraw_title_card(row, texts["title"])
    with write_transaction() as tx:
        kept = Content.edit(
            tx, site.id, content_id, g.current_user.name, row.edited_at, **texts, **numbers
        )
        shown = kept and card is not None and card.replace_image(tx)
    if card is not None:
        card.delete_unused_file(shown)
    if not kept:
        form.message = (
            "Somebody else was a moment quicker. Save again to put your version in its place."
        )
        return _page(site, _find(site, content_id), form), 409
    flash(f"Your changes are kept. {trouble}".strip())
    return redirect(url_for("review.show", slug=slug, content_id=content_id), 303)


def _merge_changes(row, form: Form, texts: dict) -> bool:
    """Take over what another person changed in fields that this one left alone; return whether both changed one.

    Then the form says so, and shows the other's version of all that this person did not touch.
    """
    began = dict(zip(EDITABLE_FIELDS, form.value("seen").split("-"), strict=False))
    who, both = row.edited_by or "A run", []
    for name in EDITABLE_FIELDS:
        theirs = getattr(row, name)
        if began.get(name) == _fingerprint(theirs):
            continue
        if began.get(name) == _fingerprint(texts[name]):
            texts[name] = form.sent[name] = theirs
        elif texts[name] != theirs:
            both.append(name)
            form.errors[name] = (
                f"{who} changed this too. Save again to put yours in the place of: {truncate(theirs, 300)}"
                if name != "html"
                else f"{who} changed the text, too."
            )
    if both:
        form.message = (
            f"{who} changed what you changed, meanwhile. Save again to put your version in its place, or "
            "open the text in another tab and compare first."
        )
    return bool(both)


def _update_derived_texts(row, texts: dict) -> None:
    """Let what repeats the title say the new one: a brief, and the title in search results if it is no other one."""
    if texts["meta_title"] == row.meta_title == truncate(row.title, META_TITLE_CHARS):
        texts["meta_title"] = truncate(texts["title"], META_TITLE_CHARS)
    if row.kind == "brief":
        texts["html"] = clean(
            update_facts(
                texts["html"],
                {
                    "Title": (row.title, texts["title"]),
                    "Description": (row.meta_description, texts["meta_description"]),
                },
            )
        )


def _find(site, content_id: int):
    """Return the row of a text with what its idea wanted, or answer 404."""
    db.session.rollback()  # what was read before a change is over
    return db.session.execute(
        select(content, idea.c.target_words, idea.c.secondary, idea.c.format, idea.c.intent)
        .join(task, task.c.id == content.c.task_id)
        .join(idea, idea.c.id == task.c.idea_id)
        .where(content.c.site_id == site.id, content.c.id == content_id)
    ).first() or abort(404)


def _is_in_review(row) -> bool:
    return row.status == "review" and row.handed_over


def _fingerprint(text: str) -> str:
    """Return a short mark that changes with a text."""
    return sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


def _run_checks(row, texts: dict, numbers: dict) -> list[dict]:
    """Return the checks of a text as it is now; a brief's plan stays as it was, what search results show may not."""
    if row.kind == "brief":
        shown = check_search_result(row.primary_phrase, texts["title"], texts["meta_description"])
        return [asdict(check) for check in shown] + row.checks[len(shown) :]
    job = Assignment(
        title=texts["title"],
        slug=row.slug,
        meta_description=texts["meta_description"],
        format=row.format,
        intent=row.intent,
        angle="",
        target_words=row.target_words,
        outline=(),
        primary=Phrase(0, row.primary_phrase),
        secondary=tuple(Phrase(s["key"], s["text"]) for s in row.secondary),
        cluster="",
        site_name="",
    )
    return [
        asdict(check)
        for check in check_article(
            Draft(
                row.kind,
                slug=row.slug,
                words=numbers["words"],
                headings=tuple(numbers["headings"]),
                **texts,
            ),
            job,
        ).checks
    ]


def _page(site, row, form: Form):
    return render_template(
        "content/edit/show.html",
        site=site,
        row=row,
        form=form,
        waits=_is_in_review(row),
        seen="-".join(_fingerprint(getattr(row, name)) for name in EDITABLE_FIELDS),
    )
