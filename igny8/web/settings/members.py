"""The people of a site: who is there with what role, and links that invite more."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from sqlalchemy import select

from igny8 import clock
from igny8.errors import ActionRefused
from igny8.extensions import db, write_transaction
from igny8.models import ROLES, Invitation, LoginSession, Membership, User
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
        _require_member(tx, user_id, site.id)
        Membership.set_role(tx, user_id, site.id, role)
        _require_administrator(tx, site.id)
        if user_id != g.current_user.user_id:
            LoginSession.end_all(tx, user_id)
    flash("Role changed. The user has to sign in again.")
    return redirect(url_for(".index", slug=slug), 303)


@bp.post("/<int:user_id>/remove")
def remove(slug: str, user_id: int):
    """Take somebody off the site."""
    site = site_or_404(slug)
    with write_transaction() as tx:
        _require_member(tx, user_id, site.id)
        Membership.remove(tx, user_id, site.id)
        _require_administrator(tx, site.id)
    flash("Member removed.")
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
    flash("Invitation withdrawn." if gone else "This invitation was already used or withdrawn.")
    return redirect(url_for(".index", slug=slug), 303)


def _require_member(tx, user_id: int, site_id: int) -> None:
    if Membership.role_of(tx, user_id, site_id) is None:
        raise ActionRefused("This person is no longer a member of this site. Reload the page.", 404)
    g.audit_detail = User.fetch(tx, user_id).name


def _require_administrator(tx, site_id: int) -> None:
    """Raise Refused where a change by a member would leave the site without an administrator."""
    left = tx.execute(
        select(membership.c.user_id).where(
            membership.c.site_id == site_id, membership.c.role == "administrator"
        )
    ).first()
    if left is None and not g.current_user.is_admin:
        raise ActionRefused(
            "The site would have no administrator. Make someone else an administrator first."
        )


def _page(site, form: Form | None = None, link: str | None = None, role: str = ""):
    db.session.rollback()  # what was read before a change is over
    people = db.session.execute(
        select(user.c.id, user.c.name, user.c.is_admin, user.c.disabled, membership.c.role)
        .join(membership, membership.c.user_id == user.c.id)
        .where(membership.c.site_id == site.id)
        .order_by(user.c.name_key)
    ).all()
    links = db.session.execute(
        select(invitation)
        .where(
            invitation.c.site_id == site.id,
            invitation.c.used_at.is_(None),
            invitation.c.ends_at > clock.now(),
        )
        .order_by(invitation.c.id)
    ).all()
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
