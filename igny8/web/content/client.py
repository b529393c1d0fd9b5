"""Pages for clients with a link: articles to read, comment on, and decide about.

They need no account and no session; a GET only reads, since mail scanners open links too.
"""

from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from sqlalchemy import Row
from werkzeug.exceptions import BadRequest, Forbidden, TooManyRequests
from werkzeug.wrappers import Response

from igny8.engine.reviews import decisions
from igny8.extensions import db, write_transaction
from igny8.models import ClientComment, ClientLink, Content, RateLimit, Site
from igny8.models.client_link import MAX_ARTICLES
from igny8.models.queries import articles
from igny8.web.content.images import send_image
from igny8.web.ui.forms import Form
from igny8.web.ui.request_args import seen_version

bp = Blueprint("client", __name__, url_prefix="/client/<token>")
MAX_COMMENT_CHARS, MAX_QUOTE_CHARS = 4000, 500
ACTIONS_PER_MINUTE = 30
VERDICTS = {"approve": "approved", "request_changes": "sent_back"}
DECIDED = "A decision had already been made; nothing was changed."
CHANGED = "The text was changed while you read it; nothing was decided. Read it again, then decide."


@bp.get("")
def index(token: str) -> str:
    """Show the articles of the link."""
    link, site = _load(token)
    rows = db.session.execute(ClientLink.articles(link).limit(MAX_ARTICLES)).all()
    return render_template("client/index.html", link=link, of=site, token=token, rows=rows)


@bp.get("/<int:content_id>")
def show(token: str, content_id: int) -> str:
    """Show an article with its comments and the forms."""
    link, site = _load(token)
    return _page(link, site, token, _article(link, content_id), Form({}))


@bp.get("/<int:content_id>/images/<int:image_id>")
def image(token: str, content_id: int, image_id: int) -> Response:
    """Return an image file of an article that the link shows."""
    link, site = _load(token)
    _article(link, content_id)
    row = articles.find_image(db.session, site.id, image_id)
    if row is None or row.content_id != content_id:
        abort(404)
    return send_image(row)


@bp.post("/<int:content_id>/comment")
def comment(token: str, content_id: int) -> Response | tuple[str, int]:
    """Store a comment on an article, or on the quoted part of its text."""
    link, site = _load(token)
    row, form = _article(link, content_id), Form(request.form)
    author = form.text("author", "your name", 80)
    text, quote = _text(form, "text"), form.optional_text("quote", MAX_QUOTE_CHARS)
    if form.errors:
        return _page(link, site, token, row, form), 422
    with _change(link, author) as tx:
        ClientComment.add(tx, content_id, link.id, author, text, quote)
    flash("Thank you. Your comment is stored.")
    return redirect(url_for(".show", token=token, content_id=content_id), 303)


@bp.post("/<int:content_id>/<any(approve, request_changes):verb>")
def decide(token: str, content_id: int, verb: str) -> Response | tuple[str, int]:
    """Approve an article or request changes: the comments become notes for the rewrite."""
    link, site = _load(token)
    if not link.may_decide:
        raise Forbidden("This link is for reading and comments.")
    row, form = _article(link, content_id), Form(request.form)
    author = form.text("author", "your name", 80)
    text = form.optional_text("text", MAX_COMMENT_CHARS)
    if form.errors:
        return _page(link, site, token, row, form), 422
    with _change(link, author) as tx:
        done = _decide(tx, link, content_id, verb, author, text)
    if not done and _article(link, content_id).status == "review":
        form.message = CHANGED
        return _page(link, site, token, _article(link, content_id), form), 409
    flash(_message(verb) if done else DECIDED)
    return redirect(url_for(".show", token=token, content_id=content_id), 303)


def _decide(tx: Any, link: Row[Any], content_id: int, verb: str, author: str, text: str) -> bool:
    if verb == "approve":
        note = f"approved by {author} by the link “{link.name}”"
    else:
        note = ClientComment.with_comments(tx, content_id, text)
        if not note:
            raise BadRequest("Say what should change, or comment on a place of the text.")
    version, by = seen_version(), f"{author} ({link.name})"[:80]
    if not decisions.decide(tx, link.site_id, content_id, VERDICTS[verb], note, by, version):
        return False
    told = "approved" if verb == "approve" else "changes"
    ClientComment.add(tx, content_id, link.id, author, text, verdict=told)
    return True


def _load(token: str) -> tuple[Row[Any], Row[Any]]:
    """Return the link and its site; raise 404 if it is unknown, expired or revoked."""
    link = ClientLink.find(db.session, token)
    site = None if link is None else Site.find(link.site_id, db.session)
    if link is None or site is None:
        abort(404, "This link is not valid any more. Ask for a new one.")
    g.audit_site = site.slug
    return link, site


def _article(link: Row[Any], content_id: int) -> Row[Any]:
    query = ClientLink.articles(link).where(Content.id == content_id)
    row = db.session.execute(query).first()
    return row if row is not None else abort(404)


def _change(link: Row[Any], author: str) -> Any:
    """Return a write transaction for an action by a link, within its rate limit."""
    db.session.remove()
    g.audit_user, g.audit_detail = f"client {author}"[:80], f"link {link.name}"
    with write_transaction() as tx:
        wait = RateLimit.take(tx, f"client {link.id}", ACTIONS_PER_MINUTE, 60)
        ClientLink.record_use(tx, link.id)
    if wait:
        raise TooManyRequests("Too many requests. Wait a minute.", retry_after=round(wait + 0.5))
    return write_transaction()


def _text(form: Form, name: str) -> str:
    text = form.optional_text(name, MAX_COMMENT_CHARS)
    if not text:
        form.errors[name] = "Enter a comment."
    return text


def _message(verb: str) -> str:
    return "Approved. Thank you." if verb == "approve" else "Thank you. It will be written again."


def _page(link: Row[Any], site: Row[Any], token: str, row: Row[Any], form: Form) -> str:
    ready = [
        image
        for image in articles.images_of(db.session, [row.id])
        if image.status == "generated" and image.path
    ]
    addresses = {
        image.id: url_for(".image", token=token, content_id=row.id, image_id=image.id)
        for image in ready
    }
    figures = [
        (image.heading, addresses[image.id], image.alt, image.width, image.height)
        for image in ready
    ]
    return render_template(
        "client/show.html",
        link=link,
        of=site,
        token=token,
        row=row,
        form=form,
        figures=figures,
        comments=ClientComment.of_article(db.session, row.id),
        most=(MAX_COMMENT_CHARS, MAX_QUOTE_CHARS),
    )
