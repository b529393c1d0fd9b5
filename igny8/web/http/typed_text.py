"""Typed form texts: shown again after a refusal, and marked as saved in the browser.

The script static/drafts.js keeps them in the tab as well. Secrets are neither kept nor shown again.
"""

import re
from dataclasses import dataclass

from flask import Flask, current_app, request, session, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from igny8.voice_fields import VOICE_FIELDS
from igny8.web.auth.request_checks import is_same_origin

MAX_SHOWN_BYTES = 4 * 1024 * 1024  # of a request; larger ones are not read to show them again
REMEMBERED_DRAFTS = 8
DRAFT_ID = re.compile(r"[0-9a-f]{12}")


@dataclass(frozen=True)
class TypedForm:
    """The page of a form, and the labels of its typed fields; never a password or a key."""

    page: str
    fields: dict[str, str]


ARTICLE = {
    "title": "Title",
    "excerpt": "Excerpt",
    "html": "Text",
    "meta_title": "Title in search results",
    "meta_description": "Description in search results",
}
IDEA = {"title": "Title", "angle": "Angle", "outline": "Outline"}
IMAGE = {"prompt": "Prompt", "alt": "Alt text"}
VOICE = {field.name: field.label for field in VOICE_FIELDS}
SITE = {"name": "Name", "url": "Address"}
SERVER = {"server_name": "Name", "base_url": "Address"}
TARGET = {"target_name": "Name", "target_url": "Address", "username": "User name"}
TYPED_FORMS = {
    "publishing.add": TypedForm("publishing.new", TARGET),
    "publishing.change": TypedForm("publishing.show", TARGET),
    "edit.save": TypedForm("edit.show", ARTICLE),
    "prompts.save": TypedForm("prompts.index", {"text": "Prompt"}),
    "general.save": TypedForm("general.index", VOICE | SITE),
    "site_pages.start": TypedForm(
        "site_pages.reading", {"url": "Address", "addresses": "Addresses"}
    ),
    "article_images.decide": TypedForm("article_images.show", IMAGE),
    "redraws.ask": TypedForm("article_images.show", IMAGE),
    "idea_edit.save": TypedForm("idea_edit.show", IDEA),
    "client.comment": TypedForm("client.show", {"quote": "Place in the text", "text": "Comment"}),
    "gates.save": TypedForm("gates.index", {}),
    "model_servers.add": TypedForm("model_servers.new", SERVER),
    "model_servers.change": TypedForm("model_servers.show", SERVER),
    "sites.create": TypedForm("sites.new", SITE),
    "imports.upload": TypedForm("imports.index", {"text": "Keywords"}),
    "sources.add": TypedForm(
        "sources.index", {"title": "Title", "address": "Address", "text": "Text"}
    ),
    "review.decide": TypedForm("review.show", {"reason": "Note"}),
}


def register(app: Flask) -> None:
    """Record saved drafts after each request, and add their ids to templates."""
    app.after_request(note_saved_draft)
    app.jinja_env.globals["saved_drafts"] = saved_drafts


def note_saved_draft(response: Response) -> Response:
    """Record the draft of a form that was saved, which is a response with 303."""
    if request.method == "POST" and response.status_code == 303:
        draft = request.form.get("draft", "")
        if DRAFT_ID.fullmatch(draft):
            session["saved"] = [*saved_drafts(), draft][-REMEMBERED_DRAFTS:]
    return response


def saved_drafts() -> list[str]:
    """Return the ids of this browser's recently saved drafts."""
    return session.get("saved", [])


def typed_texts() -> list[tuple[str, str]]:
    """Return (label, text) of the typed fields of a refused form."""
    form = _sent_form()
    if form is None or not is_same_origin() or request.mimetype == "multipart/form-data":
        return []
    if (request.content_length or 0) > MAX_SHOWN_BYTES:
        return []
    try:
        sent = request.form
    except HTTPException:  # it was refused because it cannot be read
        return []
    return [(label, sent[name]) for name, label in form.fields.items() if sent.get(name)]


def form_page() -> str | None:
    """Return the address of the page with the sent form, or None."""
    form = _sent_form()
    if form is None:
        return None
    arguments = next(current_app.url_map.iter_rules(form.page)).arguments
    given = request.view_args or {}
    return url_for(form.page, **{name: given[name] for name in arguments if name in given})


def _sent_form() -> TypedForm | None:
    return TYPED_FORMS.get(request.endpoint or "") if request.method == "POST" else None
