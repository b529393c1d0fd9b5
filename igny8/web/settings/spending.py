"""Model costs of a site in a month, per stage and model, and what is left of its caps."""

import re
from typing import Any

from flask import Blueprint, abort, render_template, request
from sqlalchemy import Row

from igny8.extensions import db
from igny8.models import Site
from igny8.models.changes import PART_STAGE, REDRAW_STAGE
from igny8.models.credit_account import committed_money, local_now
from igny8.models.price import MICROS_PER_CREDIT
from igny8.models.queries import site_values, spending
from igny8.stages import STAGES
from igny8.web.auth.current_user import is_visible_site
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("spending", __name__, url_prefix="/sites/<slug>/settings/spending")
STAGE_LABELS = {stage.NUMBER: f"{stage.NUMBER} {stage.SHORT_NAME}" for stage in STAGES} | {
    PART_STAGE: "Changed parts",
    REDRAW_STAGE: "Redrawn images",
}
MONTH = re.compile(r"20\d{2}-(0[1-9]|1[0-2])")


@bp.get("")
def index(slug: str) -> str:
    """Show a month, by default the current one."""
    site = site_or_404(slug)
    stored = site_values.settings_of(db.session, site.id)
    today = local_now(stored["time_zone"]).date().isoformat()
    month = request.args.get("month", today[:7])
    if not MONTH.fullmatch(month):
        abort(404, "There is no such month.")
    parts = spending.by_stage_and_model(db.session, site.id, month)
    return render_template(
        "settings/spending.html",
        site=site,
        month=month,
        months=spending.months(db.session, site.id),
        parts=parts,
        billed=sum(part.billed for part in parts),
        maybe_billed=sum(part.maybe_billed for part in parts),
        caps=_caps(site, stored, today),
        stages=STAGE_LABELS,
        sites=spending.by_site(db.session, is_visible_site(Site.id), month),
    )


def _caps(site: Row, stored: Any, today: str) -> list[dict[str, Any]]:
    """Return the spent, reserved and free amounts of the caps per day and per month."""
    found = spending.accounts(db.session, site.id, (today, today[:7]))
    caps = []
    for label, period, cap in (
        ("Today", today, stored["cap_day"]),
        ("This month", today[:7], stored["cap_month"]),
    ):
        if cap is None:
            continue
        row, limit = found.get(period), cap * MICROS_PER_CREDIT
        caps.append(
            {
                "label": label,
                "cap": limit,
                "spent": row.billed if row else 0,
                "maybe_billed": row.maybe_billed if row else 0,
                "reserved": row.in_flight if row else 0,
                "free": limit - (committed_money(row) if row else 0),
            }
        )
    return caps
