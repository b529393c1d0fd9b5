"""Texts taken along: one as HTML, Markdown or ZIP with its images, and many approved ones at once."""

import tempfile
from dataclasses import replace

from flask import Blueprint, abort, current_app, send_file
from sqlalchemy import func, select

from igny8 import publishing
from igny8.extensions import db
from igny8.models import Content, Idea, Image, Task
from igny8.web.auth.permissions import enforce_rate_limit
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("downloads", __name__, url_prefix="/sites/<slug>/content")
content, idea, task, image = Content.__table__, Idea.__table__, Task.__table__, Image.__table__
ARTICLES_PER_ZIP = 500
SPOOL_BYTES = 8 * 1024 * 1024


@bp.get("/<int:content_id>/download.<any(html, md, zip):kind>")
def article(slug: str, content_id: int, kind: str):
    """Answer one text as a file; a page holds its pictures, Markdown has them in the ZIP only."""
    site = site_or_404(slug)
    [text] = load_articles(site, [content_id]) or abort(404)
    name = publishing.file_name(text.slug)
    if kind == "zip":
        return _zip([text], f"{name}.zip")
    made = (
        publishing.to_one_file(text)
        if kind == "html"
        else publishing.to_markdown(replace(text, pictures=()))
    )
    return _file(
        made.encode(), f"{name}.{kind}", {"html": "text/html", "md": "text/markdown"}[kind]
    )


@bp.get("/approved-<int:part>.zip")
def approved(slug: str, part: int):
    """Answer approved texts as one ZIP, 500 a part, in the order in which they were written."""
    site = site_or_404(slug)
    enforce_rate_limit("export", max_requests=30, seconds=60)
    ids = (
        db.session.execute(
            select(content.c.id)
            .where(content.c.site_id == site.id, content.c.status == "approved")
            .order_by(content.c.id)
            .limit(ARTICLES_PER_ZIP)
            .offset((part - 1) * ARTICLES_PER_ZIP)
        )
        .scalars()
        .all()
        if part
        else []
    )
    if not ids:
        abort(
            404, "There are no approved articles for this file. Approve articles in Review first."
        )
    return _zip(load_articles(site, ids), f"{publishing.file_name(slug)}-approved-{part}.zip")


def approved_part_count(site_id: int) -> int:
    """Return into how many files the approved texts of a site go."""
    count = db.session.execute(
        select(func.count())
        .select_from(content)
        .where(content.c.site_id == site_id, content.c.status == "approved")
    ).scalar_one()
    return -(-count // ARTICLES_PER_ZIP)


def load_articles(site, ids: list[int]) -> list:
    """Return contents of a site as publishing.Text, in the order of the ids."""
    rows = {
        row.id: row
        for row in db.session.execute(
            select(content, idea.c.secondary)
            .join(task, task.c.id == content.c.task_id)
            .join(idea, idea.c.id == task.c.idea_id)
            .where(content.c.site_id == site.id, content.c.id.in_(ids))
        )
    }
    folder = current_app.config["SETTINGS"].images
    pictures: dict[int, list] = {}
    for row in db.session.execute(
        select(image)
        .where(image.c.content_id.in_(list(rows)), image.c.status == "generated")
        .order_by(image.c.content_id, image.c.position)
    ):
        pictures.setdefault(row.content_id, []).append(
            publishing.Image(
                row.file_name,
                str(folder / row.path),
                row.alt,
                "" if row.role == "featured" else row.heading,
            )
        )
    return [
        publishing.Text(
            kind=row.kind,
            title=row.title,
            slug=row.slug,
            meta_title=row.meta_title,
            meta_description=row.meta_description,
            excerpt=row.excerpt,
            html=row.html,
            language=site.language,
            keyword=row.primary_phrase,
            keywords=tuple(s["text"] for s in row.secondary),
            pictures=tuple(pictures.get(row.id, ())),
        )
        for row in (rows[i] for i in ids if i in rows)
    ]


def _zip(found: list, name: str):
    target = tempfile.SpooledTemporaryFile(SPOOL_BYTES)  # noqa: SIM115 - closed when the answer has been sent
    publishing.write_zip(found, target)
    target.seek(0)
    return send_file(target, mimetype="application/zip", as_attachment=True, download_name=name)


def _file(data: bytes, name: str, mime: str):
    response = current_app.response_class(data, mimetype=mime)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
