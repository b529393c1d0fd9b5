"""Downloads of articles: one as HTML, Markdown or ZIP with images, or all approved ones."""

from collections.abc import Sequence
from dataclasses import replace

from flask import Blueprint, abort, current_app
from sqlalchemy import Row
from werkzeug.wrappers import Response

from igny8 import publishing
from igny8.engine.publications.texts import load_texts
from igny8.extensions import db
from igny8.models.queries import articles as queries
from igny8.web.auth.action_limits import enforce_rate_limit
from igny8.web.ui.downloads import made_file
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("downloads", __name__, url_prefix="/sites/<slug>/content")
ARTICLES_PER_ZIP = 500
MIME_TYPES = {"html": "text/html", "md": "text/markdown"}
NONE_APPROVED = "There are no approved articles for this file. Approve articles in Review first."


@bp.get("/<int:content_id>/download.<any(html, md, zip):kind>")
def article(slug: str, content_id: int, kind: str) -> Response:
    """Return an article as a file; HTML embeds its images, Markdown has them only in the ZIP."""
    site = site_or_404(slug)
    [text] = load_articles(site, [content_id]) or abort(404)
    name = publishing.file_name(text.slug)
    if kind == "zip":
        return _zip([text], f"{name}.zip")
    if kind == "html":
        return _file(publishing.to_one_file(text), f"{name}.html", MIME_TYPES[kind])
    markdown = publishing.to_markdown(replace(text, images=()))
    return _file(markdown, f"{name}.md", MIME_TYPES[kind])


@bp.get("/approved-<int:part>.zip")
def approved(slug: str, part: int) -> Response:
    """Return one part of the approved articles as a ZIP file; the first is part 1."""
    site = site_or_404(slug)
    enforce_rate_limit("export")
    offset = (part - 1) * ARTICLES_PER_ZIP
    ids = queries.approved_ids(db.session, site.id, ARTICLES_PER_ZIP, offset) if part else []
    if not ids:
        abort(404, NONE_APPROVED)
    name = f"{publishing.file_name(slug)}-approved-{part}.zip"
    return _zip(load_articles(site, ids), name)


def approved_part_count(site_id: int) -> int:
    """Return the number of ZIP files for the approved articles of a site."""
    return -(-queries.approved_count(db.session, site_id) // ARTICLES_PER_ZIP)


def load_articles(site: Row, ids: Sequence[int]) -> list[publishing.Text]:
    """Return articles of a site ready for publishing, in the order of the ids."""
    folder = current_app.config["SETTINGS"].images
    return load_texts(db.session, site, ids, folder)


def _zip(texts: list[publishing.Text], name: str) -> Response:
    return made_file(lambda target: publishing.write_zip(texts, target), "application/zip", name)


def _file(text: str, name: str, mimetype: str) -> Response:
    response = current_app.response_class(text.encode(), mimetype=mimetype)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
