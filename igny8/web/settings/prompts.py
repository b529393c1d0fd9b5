"""The prompts of a site: show, change, preview and reset them."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection, Row

from igny8.extensions import db, write_transaction
from igny8.models import Prompt, Site
from igny8.providers.prompts import MAX_PROMPT_CHARS, fill_placeholders, problem_with, prompts
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("prompts", __name__, url_prefix="/sites/<slug>/settings/prompts")
EXAMPLES = {
    "voice": "Tone: plain and friendly. Readers: gardeners with little time. ",
    "count": "3",
    "topic": "prune blueberries",
    "intent": "informational",
    "formats": "none",
    "groups": "1. now “prune blueberries” (informational): how to prune "
    "blueberries; when to prune blueberries",
    "keywords": "1. how to prune blueberries (4,400 searches per month)\n"
    "2. when to prune blueberries (1,900 searches per month)",
    "title": "How to Prune Blueberries: Steps and Mistakes",
    "keyword": "how to prune blueberries",
    "words": "180",
    "angle": "for somebody who has never done it",
    "secondary": "when to prune blueberries",
    "outline": "When to prune; Tools; Step by step",
    "added": "2",
    "most": "8",
    "findings": "No section answers “Do birds eat the buds?”: one was added.",
    "note": "",
    "title_chars": "60",
    "description_chars": "120 to 155",
    "wish": "Make it shorter.",
    "text": "<h2>When to prune</h2><p>Prune in late winter.</p>",
    "heading": "When to prune",
    "points": "Late winter; After the harvest",
    "after": "Tools; Step by step",
    "earlier": "Blueberries fruit best on young wood.",
    "passages": "[1] Pruning guide: Cut out stems that are older than six years.",
    "date": "2026-03-02",
    "headings": "When to prune; Tools",
}


@bp.get("")
def index(slug: str) -> ResponseReturnValue:
    """Show the prompts."""
    return _page(site_or_404(slug))


@bp.post("/<name>")
def save(slug: str, name: str) -> ResponseReturnValue:
    """Store a changed prompt as its next version, or show a preview with example values."""
    site = site_or_404(slug)
    if name not in prompts():
        abort(404)
    text = request.form.get("text", "").replace("\r\n", "\n").replace("\0", "").strip()
    fault = problem_with(name, text)
    if fault:
        return _page(site, name, text, fault=fault), 422
    if request.form.get("do") == "preview":
        examples = example_values(site.name, site.language)
        return _page(site, name, text, preview=fill_placeholders(text, examples))
    with write_transaction() as tx:
        Site.lock(tx, site.id)  # a repeated click adds no second version
        _store(tx, site.id, name, text)
    flash("Saved. The next run uses this prompt.")
    return redirect(url_for("prompts.index", slug=slug, _anchor=name), 303)


@bp.post("/<name>/reset")
def reset(slug: str, name: str) -> ResponseReturnValue:
    """Reset a prompt to the default; its earlier versions are kept in the history."""
    site = site_or_404(slug)
    with write_transaction() as tx:
        if name not in Prompt.fetch_changed(tx, site.id):
            abort(404)
        Prompt.add_version(tx, site.id, name, None)
    flash("Prompt reset to the default.")
    return redirect(url_for("prompts.index", slug=slug, _anchor=name), 303)


def example_values(site: str, language: str) -> dict[str, str]:
    """Return an example of each placeholder for the name and language of a site."""
    return EXAMPLES | {"site": site, "language": language}


def _store(tx: Connection, site_id: int, name: str, text: str) -> None:
    """Add a version of a prompt if its text changed; the default text resets it."""
    changed = Prompt.fetch_changed(tx, site_id).get(name)
    if text == prompts()[name].text:
        if changed is not None:
            Prompt.add_version(tx, site_id, name, None)
    elif changed is None or changed["text"] != text:
        Prompt.add_version(tx, site_id, name, text)


def _page(
    site: Row,
    name: str | None = None,
    text: str | None = None,
    fault: str | None = None,
    preview: str | None = None,
) -> str:
    return render_template(
        "settings/prompts.html",
        site=site,
        prompts=prompts().values(),
        longest=MAX_PROMPT_CHARS,
        changed=Prompt.fetch_changed(db.session, site.id),
        name=name,
        text=text,
        fault=fault,
        preview=preview,
    )
