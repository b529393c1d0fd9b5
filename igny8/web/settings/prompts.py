"""The prompts of a site: read them, change them, look at them filled in, go back."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from igny8.extensions import db, write_transaction
from igny8.models import Prompt, Site
from igny8.providers.prompts import MAX_PROMPT_CHARS, fill_placeholders, problem_with, prompts
from igny8.web.ui.forms import Form
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
    "keywords": "1. how to prune blueberries (4,400 searches a month)\n"
    "2. when to prune blueberries (1,900 searches a month)",
    "title": "How to Prune Blueberries: Steps and Mistakes",
    "keyword": "how to prune blueberries",
    "words": "180",
    "angle": "for somebody who has never done it",
    "secondary": "when to prune blueberries",
    "outline": "When to prune; Tools; Step by step",
    "note": "",
    "heading": "When to prune",
    "points": "Late winter; After the harvest",
    "before": "the opening",
    "after": "Tools; Step by step",
    "headings": "When to prune; Tools",
}


@bp.get("")
def index(slug: str):
    """Show the prompts."""
    return _page(site_or_404(slug))


@bp.post("/<name>")
def save(slug: str, name: str):
    """Store a changed prompt as its next version, or show it filled in with an example."""
    site = site_or_404(slug)
    if name not in prompts():
        abort(404)
    form = Form(request.form)
    text = form.value("text").replace("\r\n", "\n").replace("\0", "").strip()
    fault = problem_with(name, text)
    if fault:
        form.errors["text"] = fault
    if fault or form.value("do") == "preview":
        examples = EXAMPLES | {"site": site.name, "language": site.language}
        return _page(
            site, name, text, fault, None if fault else fill_placeholders(text, examples)
        ), 422 if fault else 200
    with write_transaction() as tx:
        Site.lock(tx, site.id)  # a repeated click adds no second version
        now = Prompt.fetch_changed(tx, site.id).get(name)
        if text == prompts()[name].text:
            if now is not None:
                Prompt.add_version(tx, site.id, name, None)
        elif now is None or now["text"] != text:
            Prompt.add_version(tx, site.id, name, text)
    flash("Saved. The next run works with this prompt.")
    return redirect(url_for("prompts.index", slug=slug, _anchor=name), 303)


@bp.post("/<name>/reset")
def reset(slug: str, name: str):
    """Go back to the product's own prompt; what was changed stays in the history."""
    site = site_or_404(slug)
    with write_transaction() as tx:
        if name not in Prompt.fetch_changed(tx, site.id):
            abort(404)
        Prompt.add_version(tx, site.id, name, None)
    flash("The product's own prompt holds again.")
    return redirect(url_for("prompts.index", slug=slug, _anchor=name), 303)


def _page(site, name=None, text=None, fault=None, preview=None):
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
