"""What was written: the list, and one text with its images, checks and origin."""

from flask import Blueprint, abort, render_template, url_for
from sqlalchemy import func, select

from igny8.extensions import db
from igny8.models import Cluster, Content, Idea, Image, Keyword, Run, Task
from igny8.web.content.downloads import approved_part_count
from igny8.web.ui.listing import choice_arg, contains_text, paginate, search_arg
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("content", __name__, url_prefix="/sites/<slug>/content")
content, cluster, idea, task = Content.__table__, Cluster.__table__, Idea.__table__, Task.__table__
image, keyword, run = Image.__table__, Keyword.__table__, Run.__table__
STATUSES = {
    "draft": "Draft",
    "review": "In review",
    "approved": "Approved",
    "rejected": "Rejected",
    "sent_back": "Sent back",
}
KINDS = ("brief", "article")
SORTS = {
    "added": content.c.id,
    "title": content.c.title,
    "words": content.c.words,
    "decided": content.c.decided_at,
}


@bp.get("")
def index(slug: str):
    """Show a page of the content."""
    site = site_or_404(slug)
    filters = {
        "q": search_arg(),
        "status": choice_arg("status", STATUSES),
        "kind": choice_arg("kind", KINDS),
    }
    ids = select(content.c.id).where(content.c.site_id == site.id)
    if filters["q"]:
        ids = ids.where(contains_text(content.c.title, filters["q"]))
    for name in ("status", "kind"):
        if filters[name]:
            ids = ids.where(content.c[name] == filters[name])
    found = paginate(ids, _detail, SORTS, filters, "added", content.c.id, ascending=("title",))
    return render_template(
        "content/content/index.html",
        site=site,
        found=found,
        statuses=STATUSES,
        kinds=KINDS,
        parts=approved_part_count(site.id),
    )


@bp.get("/<int:content_id>")
def show(slug: str, content_id: int):
    """Show a text as its readers would, with what is known about it."""
    site = site_or_404(slug)
    return render_template(
        "content/content/show.html",
        site=site,
        statuses=STATUSES,
        **article_context(site, content_id),
    )


def article_context(site, content_id: int) -> dict:
    """Return what _text.html and _side.html show of a content, or answer 404."""
    row = db.session.execute(
        select(content).where(content.c.site_id == site.id, content.c.id == content_id)
    ).first() or abort(404)
    pictures = db.session.execute(
        select(image).where(image.c.content_id == row.id).order_by(image.c.position)
    ).all()
    ready = [p for p in pictures if p.status == "generated" and p.path]
    figures = [
        (
            p.heading,
            url_for("images.show", slug=site.slug, image_id=p.id, file_name=p.file_name),
            p.alt,
            p.width,
            p.height,
        )
        for p in ready
        if p.role != "featured"
    ]
    return {
        "row": row,
        "pictures": pictures,
        "figures": figures,
        "featured": next((p for p in ready if p.role == "featured"), None),
        "origin": _origin(row),
        "failed_pictures": sum(p.status == "failed" for p in pictures),
    }


def _origin(row):
    """Return one row: the cluster with its numbers, the idea and the run that a content comes from."""
    keywords = select(func.count()).where(keyword.c.cluster_id == row.cluster_id).scalar_subquery()
    volume = (
        select(func.sum(Keyword.demand()))
        .where(keyword.c.cluster_id == row.cluster_id)
        .scalar_subquery()
    )
    return db.session.execute(
        select(
            cluster.c.id.label("cluster_id"),
            cluster.c.name.label("cluster_name"),
            keywords.label("keywords"),
            volume.label("volume"),
            idea.c.id.label("idea_id"),
            idea.c.secondary,
            run.c.public_id.label("run_id"),
            run.c.number.label("run_number"),
        )
        .select_from(content)
        .join(cluster, cluster.c.id == content.c.cluster_id)
        .join(task, task.c.id == content.c.task_id)
        .join(idea, idea.c.id == task.c.idea_id)
        .outerjoin(run, run.c.id == content.c.run_id)
        .where(content.c.id == row.id)
    ).first()


def _detail(ids: list[int]):
    pictures = (
        select(func.count())
        .where(image.c.content_id == content.c.id, image.c.status == "generated")
        .scalar_subquery()
    )
    return (
        select(
            content.c.id,
            content.c.title,
            content.c.kind,
            content.c.status,
            content.c.words,
            content.c.provider,
            content.c.created_at,
            content.c.decided_at,
            content.c.checks,
            content.c.handed_over,
            pictures.label("pictures"),
            cluster.c.id.label("cluster_id"),
            cluster.c.name.label("cluster_name"),
        )
        .join(cluster, cluster.c.id == content.c.cluster_id)
        .where(content.c.id.in_(ids))
    )
