"""The people of a site: who is there with what role, and links that invite more."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from sqlalchemy import select

from igny8.errors import ActionRefused
from igny8.extensions import db, write_transaction
from igny8.models import ROLES, Invitation, LoginSession, Membership, Site, User
from igny8.models.membership import ROLE_DESCRIPTIONS
from igny8.web.ui.forms import Form
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("members", __name__, url_prefix="/sites/<slug>/settings/people")
user, membership, invitation = User.__table__, Membership.__table__, Invitation.__table__


@bp.get("")
def index(slug: str):
    """Show the people and the links that wait."""
    return _page(site_or_404(slug))


@bp.post("/invite")
def invite(slug: str):
    """Make a link for somebody and show it, this once."""
    site, form = site_or_404(slug), Form(request.form)
    role = form.choice("role", ROLES)
    if form.errors:
        return _page(site, form), 422
    with write_transaction() as tx:
        token = Invitation.create(tx, g.current_user.name, site.id, role)
    return _page(
        site, link=url_for("login.show_invitation", token=token, _external=True), role=role
    )


@bp.post("/<int:user_id>/role")
def change(slug: str, user_id: int):
    """Give somebody another role on the site."""
    site, form = site_or_404(slug), Form(request.form)
    role = form.choice("role", ROLES)
    if form.errors:
        return _page(site, form), 422
    with write_transaction() as tx:
        Site.lock(tx, site.id)  # so that parallel changes leave an administrator
        _require_member(tx, user_id, site.id)
        Membership.set_role(tx, user_id, site.id, role)
        _require_administrator(tx, site.id)
        if user_id != g.current_user.user_id:
            LoginSession.end_all(tx, user_id)
    flash("The role was changed. Who has it now signs in again.")
    return redirect(url_for(".index", slug=slug), 303)


@bp.post("/<int:user_id>/remove")
def remove(slug: str, user_id: int):
    """Take somebody off the site."""
    site = site_or_404(slug)
    with write_transaction() as tx:
        Site.lock(tx, site.id)  # so that parallel changes leave an administrator
        _require_member(tx, user_id, site.id)
        Membership.remove(tx, user_id, site.id)
        _require_administrator(tx, site.id)
    flash("They do not see this site any more.")
    return redirect(
        url_for(
            "sites.index"
            if user_id == g.current_user.user_id and not g.current_user.is_admin
            else ".index",
            **(
                {}
                if user_id == g.current_user.user_id and not g.current_user.is_admin
                else {"slug": slug}
            ),
        ),
        303,
    )


@bp.post("/links/<int:invitation_id>/withdraw")
def withdraw(slug: str, invitation_id: int):
    """Make a link worthless that was not used."""
    site = site_or_404(slug)
    with write_transaction() as tx:
        gone = Invitation.withdraw(tx, site.id, invitation_id)
    flash(
        "The link does not work any more." if gone else "That link was used or withdrawn already."
    )
    return redirect(url_for(".index", slug=slug), 303)


def _require_member(tx, user_id: int, site_id: int) -> None:
    if Membership.role_of(tx, user_id, site_id) is None:
        raise ActionRefused("That person is not on this site any more. Reload the page.", 404)
    g.audit_detail = User.fetch(tx, user_id).name


def _require_administrator(tx, site_id: int) -> None:
    """Raise Refused where a change by a member would leave the site without an administrator."""
    if not Membership.has_administrator(tx, site_id) and not g.current_user.is_admin:
        raise ActionRefused(
            "Nobody would look after this site any more. Make somebody else an administrator first."
        )


def _page(site, form: Form | None = None, link: str | None = None, role: str = ""):
    db.session.rollback()  # what was read before a change is over
    people = db.session.execute(
        select(user.c.id, user.c.name, user.c.is_admin, user.c.disabled, membership.c.role)
        .join(membership, membership.c.user_id == user.c.id)
        .where(membership.c.site_id == site.id)
        .order_by(user.c.name_key)
    ).all()
    links = Invitation.fetch_open(db.session, site.id)
    return render_template(
        "settings/members/index.html",
        site=site,
        people=people,
        links=links,
        form=form or Form({}),
        link=link,
        invited_as=role,
        roles=ROLE_DESCRIPTIONS,
    )
