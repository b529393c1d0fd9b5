"""The articles and briefs of a site: the list, and one with images, checks and origin."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, abort, render_template, url_for
from sqlalchemy import Row

from igny8.engine.reviews.claims import claims_in
from igny8.extensions import db
from igny8.models import ApprovalRule, ClientComment, PublishingTarget
from igny8.models.content import PERSON_ONLY
from igny8.models.queries import articles as queries
from igny8.models.queries import publications, rule_approvals
from igny8.providers.checks.sources import Claim
from igny8.web.content.article_texts import parts_to_fix
from igny8.web.content.downloads import approved_part_count
from igny8.web.content.drift import changed_texts
from igny8.web.content.publications import publication_context
from igny8.web.ui.list_page import ListPage
from igny8.web.ui.list_view import ListView
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("content", __name__, url_prefix="/sites/<slug>/content")
STATUS_LABELS = {
    "draft": "Draft",
    "review": "In review",
    "approved": "Approved",
    "rejected": "Rejected",
    "sent_back": "Sent back",
}
LIST = ListView("content", "article", queries.LIST)


@bp.get("")
def index(slug: str) -> str:
    """Show a page of the articles."""
    site = site_or_404(slug)
    found = LIST.page(site)
    return render_template(
        "content/content/index.html",
        site=site,
        found=found,
        statuses=STATUS_LABELS,
        kinds=queries.KINDS,
        deciders=queries.DECIDERS,
        parts=approved_part_count(site.id),
        **_publishing(site, found),
    )


@bp.get("/<int:content_id>")
def show(slug: str, content_id: int) -> str:
    """Show an article as readers would see it, with its details."""
    site = site_or_404(slug)
    context = article_context(site, content_id) | publication_context(site, content_id)
    return render_template(
        "content/content/show.html",
        site=site,
        changed=changed_texts(context["row"], context["publications"]),
        **context,
    )


def _publishing(site: Row, found: ListPage) -> dict[str, Any]:
    """Return the publications of the articles on a page, and the targets to choose from."""
    return {
        "publications": publications.of_articles(db.session, [row.id for row in found.rows]),
        "targets": PublishingTarget.sent_to(db.session, site.id),
    }


def article_context(site: Row, content_id: int) -> dict[str, Any]:
    """Return the variables of _text.html and _side.html, or raise 404."""
    row = queries.find(db.session, site.id, content_id) or abort(404)
    images = queries.images_of(db.session, [row.id])
    ready = [image for image in images if image.status == "generated" and image.path]
    claims = claims_in(db.session, row) if row.status == "review" else []
    return {
        "row": row,
        "fixable": parts_to_fix(row) if _can_be_fixed(row) else {},
        "claims": claims,
        **_rule_context(row, images, claims),
        "images": images,
        "comments": ClientComment.of_article(db.session, row.id),
        "figures": [_figure(site, image) for image in ready if image.role != "featured"],
        "featured": next((image for image in ready if image.role == "featured"), None),
        "origin": queries.origin(db.session, row),
        "failed_images": sum(image.status == "failed" for image in images),
    }


def _rule_context(row: Row, images: Sequence[Row], claims: Sequence[Claim]) -> dict[str, Any]:
    """Return the rule that may approve an article and when, or why a person must."""
    rule = ApprovalRule.find(db.session, row.site_id)
    if rule is None or row.status != "review" or not row.handed_over:
        return {"rule": rule, "rule_at": None, "needs_person": ""}
    why = PERSON_ONLY.get(row.person_only) or rule_approvals.obstacle(row, images)
    if not why and not all(claim.is_sourced for claim in claims):
        why = PERSON_ONLY["unsourced"]
    due_at = None if why else rule.due_at(row.handed_over_at)
    return {"rule": rule, "rule_at": due_at, "needs_person": why}


def _can_be_fixed(row: Row) -> bool:
    """Return whether a model may fix parts of a text: an article of a model in review."""
    return bool(row.status == "review" and row.handed_over and row.model and row.run_id)


def _figure(site: Row, image: Row) -> tuple[str, str, str, int, int]:
    """Return (heading, address, alt, width, height) of an image in the text."""
    address = url_for("images.show", slug=site.slug, image_id=image.id, file_name=image.file_name)
    return image.heading, address, image.alt, image.width, image.height
