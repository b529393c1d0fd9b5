"""The record of human review of an article, as a page and as signed JSON."""

import importlib
import json
from types import ModuleType

from flask import Blueprint, abort, current_app, jsonify, render_template
from werkzeug.wrappers import Response

from igny8 import publishing
from igny8.engine.reviews.record import review_record
from igny8.extensions import db
from igny8.models.queries import articles
from igny8.web.content.content import STATUS_LABELS
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("record", __name__)
PATH = "/sites/<slug>/content/<int:content_id>/record"


@bp.get(PATH)
def show(slug: str, content_id: int) -> str:
    """Show who made, changed and decided about an article."""
    site = site_or_404(slug)
    row = articles.find(db.session, site.id, content_id) or abort(404)
    return render_template(
        "content/record/show.html",
        site=site,
        row=row,
        record=review_record(db.session, row),
        statuses=STATUS_LABELS,
    )


@bp.get(f"{PATH}.json")
def download(slug: str, content_id: int) -> Response:
    """Return the record as signed JSON."""
    site = site_or_404(slug)
    row = articles.find(db.session, site.id, content_id) or abort(404)
    signed = signature().sign(_secret(), review_record(db.session, row))
    text = json.dumps(signed, ensure_ascii=False, indent=2)
    response = current_app.response_class(text, mimetype="application/json")
    name = f"{publishing.file_name(row.slug)}-review.json"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


@bp.get("/review-record-keys.json")
def keys() -> Response:
    """Return the public key that verifies the records of this installation (a JWK set)."""
    return jsonify(keys=[signature().public_key(_secret())])


def signature() -> ModuleType:
    """Return the module that signs; imported at the first record, because it loads a library."""
    return importlib.import_module("igny8.engine.reviews.signature")


def _secret() -> str:
    return str(current_app.config["SETTINGS"].secret_key)
