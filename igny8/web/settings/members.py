"""The members of a site with their roles, and invitations to it."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection, Row

from igny8.errors import ActionRefused
from igny8.extensions import db, write_transaction
from igny8.models import ROLES, Invitation, LoginSession, Membership, Site, User
from igny8.models.membership import ROLE_DESCRIPTIONS
from igny8.models.queries import accounts
from igny8.web.http.public_address import public_url_for
from igny8.web.ui.forms import Form
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("members", __name__, url_prefix="/sites/<slug>/settings/people")


@bp.get("")
def index(slug: str) -> ResponseReturnValue:
    """Show the members and the open invitations."""
    return _page(site_or_404(slug))


@bp.post("/invite")
def invite(slug: str) -> ResponseReturnValue:
    """Create an invitation link and show it once."""
    site, form = site_or_404(slug), Form(request.form)
    role = form.choice("role", ROLES)
    if form.errors:
        return _page(site, form), 422
    with write_transaction() as tx:
        token = Invitation.create(tx, g.current_user.name, site.id, role)
    return _page(site, link=public_url_for("login.show_invitation", token=token), role=role)


@bp.post("/<int:user_id>/role")
def change(slug: str, user_id: int) -> ResponseReturnValue:
    """Change the role of a member."""
    site, form = site_or_404(slug), Form(request.form)
    role = form.choice("role", ROLES)
    if form.errors:
        return _page(site, form), 422
    with write_transaction() as tx:
        Site.lock(tx, site.id)  # so that parallel changes leave an administrator
        _require_member(tx, user_id, site.id)
        Membership.set_role(tx, user_id, site.id, role)
        _require_administrator(tx, site.id)
        if role != "administrator":
            _end_links(tx, user_id, site.id)
        if user_id != g.current_user.user_id:
            LoginSession.end_all(tx, user_id)
    flash("Role changed. The user has to sign in again.")
    return redirect(url_for(".index", slug=slug), 303)


@bp.post("/<int:user_id>/remove")
def remove(slug: str, user_id: int) -> ResponseReturnValue:
    """Remove a member from the site."""
    site = site_or_404(slug)
    with write_transaction() as tx:
        Site.lock(tx, site.id)  # so that parallel changes leave an administrator
        _require_member(tx, user_id, site.id)
        Membership.remove(tx, user_id, site.id)
        _require_administrator(tx, site.id)
        _end_links(tx, user_id, site.id)
    flash("Member removed.")
    if user_id == g.current_user.user_id and not g.current_user.is_admin:
        return redirect(url_for("sites.index"), 303)
    return redirect(url_for(".index", slug=slug), 303)


@bp.post("/links/<int:invitation_id>/withdraw")
def withdraw(slug: str, invitation_id: int) -> ResponseReturnValue:
    """Withdraw an invitation that was not used."""
    site = site_or_404(slug)
    with write_transaction() as tx:
        gone = Invitation.withdraw(tx, site.id, invitation_id)
    flash("Invitation withdrawn." if gone else "This invitation was already used or withdrawn.")
    return redirect(url_for(".index", slug=slug), 303)


def _end_links(tx: Connection, user_id: int, site_id: int) -> None:
    """End the invitations of a member who may no longer invite."""
    if not User.get(tx, user_id).is_admin:
        Invitation.end_made_by(tx, user_id, site_id)


def _require_member(tx: Connection, user_id: int, site_id: int) -> None:
    if Membership.role_of(tx, user_id, site_id) is None:
        raise ActionRefused("This person is no longer a member of this site. Reload the page.", 404)
    g.audit_detail = User.get(tx, user_id).name


def _require_administrator(tx: Connection, site_id: int) -> None:
    """Raise ActionRefused if a change would leave the site without administrator."""
    if not Membership.has_administrator(tx, site_id) and not g.current_user.is_admin:
        raise ActionRefused(
            "The site would have no administrator. Make someone else an administrator first."
        )


def _page(site: Row, form: Form | None = None, link: str | None = None, role: str = "") -> str:
    db.session.rollback()  # start a new read after a change

    return render_template(
        "settings/members/index.html",
        site=site,
        people=accounts.members_of(db.session, site.id),
        links=Invitation.fetch_open(db.session, site.id),
        form=form or Form({}),
        link=link,
        invited_as=role,
        roles=ROLE_DESCRIPTIONS,
    )
