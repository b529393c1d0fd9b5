"""The images of an article: their prompts before they are paid for, and their files."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from sqlalchemy import Connection, Row
from werkzeug.wrappers import Response

from igny8 import jobs
from igny8.engine.changes.prompts import DRAW, edit_prompt
from igny8.engine.runs import gate_decisions, gates
from igny8.errors import ActionRefused
from igny8.extensions import db, read_transaction, write_transaction
from igny8.models import GateDecision, Image, ImageRedraw
from igny8.models.gate import APPROVED, REJECTED
from igny8.models.queries import articles
from igny8.stages.provider_choice import resolve_providers
from igny8.web.ui.forms import Form
from igny8.web.ui.request_args import typed_reason
from igny8.web.ui.template_context import site_or_404

bp = Blueprint(
    "article_images", __name__, url_prefix="/sites/<slug>/content/<int:content_id>/images"
)
MAX_PROMPT_CHARS = 3000  # what is sent of a prompt
MAX_ALT_CHARS = 300
MESSAGES = {
    "save": "The prompt was saved.",
    "approve": "The image is approved.",
    "reject": "The image was dropped; nothing is paid for it.",
}


@dataclass(frozen=True)
class TypedPrompt:
    """A refused form: what was typed for an image, and what is wrong with it."""

    image_id: int
    form: Form


@bp.get("")
def show(slug: str, content_id: int) -> str:
    """Show the images with their prompts and what can be done with each."""
    site = site_or_404(slug)
    return _page(site, find_article(site, content_id))


@bp.post("/<int:image_id>/<any(save, approve, reject):verb>")
def decide(slug: str, content_id: int, image_id: int, verb: str) -> Response | tuple[str, int]:
    """Save the prompt of an image that is not drawn yet, and approve or drop the image."""
    site = site_or_404(slug)
    row = find_article(site, content_id)
    image = Image.find(db.session, row.id, image_id) or abort(404)
    form = Form(request.form.to_dict())
    prompt, alt = read_prompt(form, image)
    if form.errors and verb != "reject":
        return _page(site, row, TypedPrompt(image.id, form)), 422
    db.session.remove()
    try:
        with write_transaction() as tx:
            if verb != "reject":
                _save(tx, image, form, prompt, alt)
            if verb != "save":
                _decide(tx, image, verb)
    except ActionRefused as refused:
        form.message = str(refused)
        return _page(site, find_article(site, content_id), TypedPrompt(image.id, form)), 409
    if verb != "save":
        gate_decisions.advance_open_run(site.id)
        jobs.wake_workers()
    flash(MESSAGES[verb])
    return redirect(
        url_for(".show", slug=slug, content_id=row.id, _anchor=f"image-{image.id}"), 303
    )


def read_prompt(form: Form, image: Row[Any]) -> tuple[str, str]:
    """Return prompt and alt text from the form, with their line breaks; a prompt is required."""
    prompt = form.optional_text("prompt", MAX_PROMPT_CHARS)
    if not prompt:
        form.errors["prompt"] = "Enter a prompt."
    return prompt, form.optional_text("alt", MAX_ALT_CHARS)


def find_article(site: Row[Any], content_id: int) -> Row[Any]:
    """Return an article of a site, read anew, or answer 404."""
    db.session.rollback()
    return articles.find(db.session, site.id, content_id) or abort(404)


def fingerprint(image: Row[Any]) -> str:
    """Return a short hash of the texts of an image, to notice that others changed them."""
    return sha256(f"{image.prompt}\0{image.alt}".encode()).hexdigest()[:16]


def has_image_model(site: Row[Any]) -> bool:
    """Return whether a model draws the images of a site, which reads their prompts."""
    with read_transaction() as tx:
        return "draw" in resolve_providers(tx, site.id).providers


def _save(tx: Connection, image: Row[Any], form: Form, prompt: str, alt: str) -> None:
    """Store the texts of an image where they were changed; raise ActionRefused where it cannot."""
    is_as_seen = form.value("seen") == fingerprint(image)
    seen = (image.prompt, image.alt) if is_as_seen else ("", "")
    if not is_as_seen or (prompt, alt) != seen:
        edit_prompt(tx, image, seen, prompt, alt, g.current_user.name)


def _decide(tx: Connection, image: Row[Any], verb: str) -> None:
    reason = typed_reason()
    verdict = APPROVED if verb == "approve" else REJECTED
    by = g.current_user.name
    if not gate_decisions.decide(tx, image.site_id, [image.id], DRAW, verdict, by, reason):
        raise ActionRefused("This image is not waiting to be drawn any more.")


def _page(site: Row[Any], row: Row[Any], typed: TypedPrompt | None = None) -> str:
    images = articles.images_of(db.session, [row.id])
    with read_transaction() as tx:
        settings = resolve_providers(tx, site.id)
        is_gated = gates.needs_approval(tx, site.id, DRAW, settings)
    return render_template(
        "content/images/show.html",
        site=site,
        row=row,
        images=images,
        typed=typed,
        seen={image.id: fingerprint(image) for image in images},
        decisions=GateDecision.of_subjects(db.session, DRAW, [image.id for image in images]),
        redraws=ImageRedraw.shown(db.session, row.id),
        is_gated=is_gated,
        has_model="draw" in settings.providers,
        waits=row.status == "review" and row.handed_over,
        limits=(MAX_PROMPT_CHARS, MAX_ALT_CHARS),
    )
