"""The whole installation, for its administrators: all sites and runs, all accounts, and who did what."""

import tempfile

from flask import Blueprint, flash, g, redirect, render_template, request, send_file, url_for
from sqlalchemy import func, select

from igny8 import jobs, progress, publishing
from igny8.engine.runs import controls, start_run
from igny8.errors import ActionRefused
from igny8.extensions import db, write_transaction
from igny8.models import ApiToken, AuditEntry, Invitation, LoginSession, Membership, Site, User
from igny8.upkeep import last_backup
from igny8.web.auth.permissions import enforce_rate_limit
from igny8.web.ui.listing import contains_text, paginate, search_arg

bp = Blueprint("admin", __name__, url_prefix="/admin")
user, entry, membership, site = (
    User.__table__,
    AuditEntry.__table__,
    Membership.__table__,
    Site.__table__,
)
SORTS = {"at": entry.c.id}
MAX_ROWS, SPOOL_BYTES = 50_000, 4 * 1024 * 1024
OUTCOMES = {"done": entry.c.status < 400, "refused": entry.c.status >= 400}
ACTIONS = {
    "run": lambda row, by: start_run.start_run(row.id, trigger="admin", by=by, refuse=True)[1],
    "pause": lambda row, by: controls.pause(row.id, by=by),
    "resume": lambda row, by: controls.resume(row.id, by=by),
    "cancel": lambda row, by: controls.cancel(row.id, by=by),
}


@bp.get("")
def index():
    """Show all sites with their runs."""
    return render_template(
        "admin/index.html",
        overview=progress.sites_overview(),
        open_states=("running", "queued"),
        backup=last_backup.load(),
    )


@bp.post("/sites/<int:site_id>/<any(run, pause, resume, cancel):verb>")
def run_action(site_id: int, verb: str):
    """Say a verb to the run of any site."""
    row = Site.find(site_id)
    if row is None:
        raise ActionRefused("This site does not exist any more.", 404)
    g.audit_detail = row.name
    changed = ACTIONS[verb](row, g.current_user.name)
    jobs.wake_workers()
    flash(f"{row.name}: {verb} {'was done' if changed else 'changed nothing: look at its page'}.")
    return redirect(url_for(".index"), 303)


@bp.get("/accounts")
def accounts():
    """Show all accounts."""
    return _accounts_page()


@bp.post("/accounts/invite")
def invite():
    """Make a link for one more administrator and show it, this once."""
    with write_transaction() as tx:
        token = Invitation.create(tx, g.current_user.name)
    return _accounts_page(
        url_for("login.show_invitation", token=token, _external=True),
        "Whoever opens this link within a week becomes an administrator of the whole installation:",
    )


@bp.post("/accounts/<int:user_id>/<any(promote, demote, disable, enable, reset):verb>")
def change_account(user_id: int, verb: str):
    """Make an account an administrator or not, shut it out or let it in, or make a link for a new password."""
    with write_transaction() as tx:
        row = User.fetch(tx, user_id)
        if row is None:
            raise ActionRefused("This account does not exist any more.", 404)
        g.audit_detail = row.name
        if verb == "reset":
            token = Invitation.create(tx, g.current_user.name, user_id=user_id)
        elif verb in ("promote", "demote"):
            User.set_admin(tx, user_id, verb == "promote")
        else:
            User.set_disabled(tx, user_id, verb == "disable")
        if verb != "reset" and user_id != g.current_user.user_id:
            LoginSession.end_all(tx, user_id)
        if verb == "disable":
            ApiToken.remove_all(tx, user_id)
    if verb == "reset":
        return _accounts_page(
            url_for("login.show_invitation", token=token, _external=True),
            f"With this link {row.name} sets a new password, once, within a week:",
        )
    flash(f"{row.name}: done.")
    return redirect(url_for(".accounts"), 303)


@bp.post("/accounts/links/<int:invitation_id>/withdraw")
def withdraw(invitation_id: int):
    """Delete an unused link of the installation."""
    with write_transaction() as tx:
        gone = Invitation.withdraw(tx, None, invitation_id)
    flash(
        "The link does not work any more." if gone else "That link was used or withdrawn already."
    )
    return redirect(url_for(".accounts"), 303)


@bp.get("/audit")
def audit():
    """Show who did what."""
    filters = _filters()
    found = paginate(
        _narrowed(filters),
        lambda ids: select(entry).where(entry.c.id.in_(ids)),
        SORTS,
        filters,
        "at",
        entry.c.id,
    )
    return render_template("admin/audit.html", found=found, outcomes=tuple(OUTCOMES))


@bp.get("/audit.csv")
def export():
    """Answer the log that fits the filter as CSV, newest first."""
    enforce_rate_limit("export", max_requests=30, seconds=60)
    ids = _narrowed(_filters()).order_by(entry.c.id.desc()).limit(MAX_ROWS).subquery()
    rows = db.session.execute(
        select(entry).where(entry.c.id.in_(select(ids.c.id))).order_by(entry.c.id.desc())
    )
    target = tempfile.SpooledTemporaryFile(SPOOL_BYTES)  # noqa: SIM115 - closed when the answer has been sent
    publishing.to_csv(
        ("at", "who", "address", "action", "site", "detail", "status"),
        (
            (
                row.at.isoformat(timespec="seconds"),
                row.who,
                row.address,
                row.action,
                row.site,
                row.detail,
                row.status,
            )
            for row in rows
        ),
        target,
    )
    target.seek(0)
    return send_file(
        target, mimetype="text/csv", as_attachment=True, download_name="igny8-audit.csv"
    )


def _filters() -> dict:
    chosen = request.args.get("status", "")
    return {"q": search_arg(), "status": chosen if chosen in OUTCOMES else ""}


def _narrowed(filters: dict):
    query = select(entry.c.id)
    if filters["q"]:
        query = query.where(
            contains_text(entry.c.who, filters["q"])
            | contains_text(entry.c.action, filters["q"])
            | contains_text(entry.c.site, filters["q"])
            | contains_text(entry.c.detail, filters["q"])
            | contains_text(entry.c.address, filters["q"])
        )
    return query.where(OUTCOMES[filters["status"]]) if filters["status"] else query


def _accounts_page(link: str | None = None, message: str = ""):
    db.session.rollback()  # what was read before a change is over
    sites = (
        select(func.count())
        .where(membership.c.user_id == user.c.id)
        .correlate(user)
        .scalar_subquery()
    )
    rows = db.session.execute(select(user, sites.label("sites")).order_by(user.c.name_key)).all()
    return render_template(
        "admin/accounts.html",
        rows=rows,
        links=Invitation.fetch_open(db.session, None),
        link=link,
        message=message,
    )
