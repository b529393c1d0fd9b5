"""Edit an idea before it is written: title, angle, format, keywords, length, outline."""

import json
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import Row
from werkzeug.wrappers import Response

from igny8.extensions import db, write_transaction
from igny8.models import Idea
from igny8.models.base import is_row_id
from igny8.models.queries import clusters
from igny8.models.queries import ideas as queries
from igny8.providers.base import FORMATS
from igny8.web.ui.forms import Form
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("idea_edit", __name__, url_prefix="/sites/<slug>/ideas/<int:idea_id>/edit")
MIN_WORDS, MAX_WORDS = 100, 10_000
MAX_OUTLINE_CHARS, MAX_SECTIONS, MAX_POINTS = 20_000, 60, 30
TITLE_TAKEN = "Another idea of this site has this title. Choose a different one."
WRITTEN = "This idea is written already. Edit the article instead."
CHANGED = (
    "Somebody else changed this idea while you edited it. Open it in another tab and compare, then "
    "save again to replace their version."
)
FORM_COLUMNS = (
    *("title", "angle", "format", "target_words", "outline", "primary_keyword_id", "secondary"),
)
SECONDARY_COLUMNS = ("volume", "volume_low", "volume_high", "difficulty", "impressions")


@bp.get("")
def show(slug: str, idea_id: int) -> str:
    """Show the form."""
    site = site_or_404(slug)
    row = _find(site, idea_id)
    values = {
        "title": row.title,
        "angle": row.angle,
        "format": row.format,
        "target_words": str(row.target_words),
        "outline": outline_text(row.outline),
        "primary": str(row.primary_keyword_id or ""),
    }
    return _page(site, row, Form(values), {word["key"] for word in row.secondary})


@bp.post("")
def save(slug: str, idea_id: int) -> Response | tuple[str, int]:
    """Store the changes; the next run writes the article from them."""
    site = site_or_404(slug)
    row, form = _find(site, idea_id), Form(request.form)
    members = {word.id: word for word in clusters.keywords_of(db.session, row.cluster_id)}
    chosen = [int(key) for key in request.form.getlist("secondary") if is_row_id(key)]
    values = _read(form, row, members, chosen)
    db.session.remove()
    if not form.errors:
        with write_transaction() as tx:
            is_same = form.value("seen") in ("", fingerprint(Idea.for_update(tx, site.id, idea_id)))
            if is_same and Idea.edit(tx, site.id, idea_id, **values):
                flash("Changes saved.")
                return redirect(url_for("ideas.show", slug=slug, idea_id=idea_id), 303)
        if is_same:
            form.errors["title"] = TITLE_TAKEN
        else:
            form.message = CHANGED
    return _page(site, _find(site, idea_id), form, set(chosen)), 409 if form.message else 422


def fingerprint(row: Row[Any]) -> str:
    """Return a hash of the form's values of an idea, to detect changes by others."""
    shown = [getattr(row, name) for name in FORM_COLUMNS]
    return sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()[:16]


def outline_text(outline: Sequence[dict[str, Any]]) -> str:
    """Return an outline as text: a heading per line, its points after dashes."""
    lines = []
    for section in outline:
        lines.append(section["heading"])
        lines += [f"- {point}" for point in section.get("points", ())]
    return "\n".join(lines)


def parse_outline(text: str, before: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the sections of a text; unchanged headings keep their keywords."""
    known = {section["heading"]: section for section in before}
    sections: list[dict[str, Any]] = []
    for line in text.splitlines():
        words = line.strip()
        if words.startswith(("-", "•", "*")) and sections:
            point = words.lstrip("-•* ").strip()
            if point and len(sections[-1]["points"]) < MAX_POINTS:
                sections[-1]["points"].append(point)
        elif words and len(sections) < MAX_SECTIONS:
            sections.append({**known.get(words, {}), "heading": words, "points": []})
    return sections


def _read(
    form: Form, row: Row[Any], members: dict[int, Row[Any]], chosen: list[int]
) -> dict[str, Any]:
    """Return the columns of the idea from the form."""
    primary = form.value("primary")
    values: dict[str, Any] = {
        "title": form.text("title", "a title", 200),
        "angle": form.optional_text("angle", 1000),
        "format": form.choice("format", FORMATS),
        "target_words": form.integer("target_words", MIN_WORDS, MAX_WORDS),
        "outline": parse_outline(form.optional_text("outline", MAX_OUTLINE_CHARS), row.outline),
    }
    if primary and is_row_id(primary) and int(primary) in members:
        values["primary_keyword_id"] = int(primary)
        values["primary_phrase"] = members[int(primary)].phrase
    first = values.get("primary_keyword_id", row.primary_keyword_id)
    kept = [word for word in row.secondary if word["key"] not in members]
    values["secondary"] = kept + [
        _secondary(members[key]) for key in chosen if key in members and key != first
    ]
    return values


def _secondary(word: Row[Any]) -> dict[str, Any]:
    facts = {name: getattr(word, name) for name in SECONDARY_COLUMNS}
    return {"key": word.id, "text": word.phrase, **facts}


def _find(site: Row[Any], idea_id: int) -> Row[Any]:
    row = queries.find(db.session, site.id, idea_id) or abort(404)
    if row.content_status is not None and row.content_status != "sent_back":
        abort(409, WRITTEN)
    return row


def _page(site: Row[Any], row: Row[Any], form: Form, secondary: set[int]) -> str:
    return render_template(
        "library/ideas/edit.html",
        site=site,
        row=row,
        form=form,
        seen=fingerprint(row),
        formats=FORMATS,
        members=clusters.keywords_of(db.session, row.cluster_id),
        secondary=secondary,
        limits=(MIN_WORDS, MAX_WORDS),
    )
