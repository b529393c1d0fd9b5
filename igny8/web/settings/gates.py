"""Approval settings: where runs wait, how many articles people read, approval by rule."""

from decimal import Decimal, InvalidOperation
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row

from igny8 import jobs
from igny8.engine.runs import gate_decisions
from igny8.extensions import db, write_transaction
from igny8.models import ApprovalRule, Gate, Gates
from igny8.models.gate import ABOVE, EVERY, FIRST, MODES, OFF
from igny8.stages import GATED_STAGES, get_stage
from igny8.web.ui.forms import Form
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("gates", __name__, url_prefix="/sites/<slug>/settings/approval")
CREDITS_PER_DOLLAR = 10_000
MAX_FIRST, MAX_DOLLARS, MAX_UNREAD, MAX_RULE_HOURS = 1000, 100_000, 10_000, 720
MODE_LABELS = {
    OFF: "Continue without asking",
    EVERY: "Wait for an approval of every item",
    FIRST: "Wait after the first, then continue",
    ABOVE: "Wait only if the rest costs more",
}
# the first stage groups all keywords at once: there is no first part of it
FIRST_STAGES = tuple(n for n in GATED_STAGES if n > 1)


@bp.get("")
def index(slug: str) -> ResponseReturnValue:
    """Show the gates."""
    site = site_or_404(slug)
    stored = Gates.load(db.session, site.id)
    limit = stored.reading_limit
    rule = ApprovalRule.find(db.session, site.id)
    values = {"reading_limit": "" if limit is None else str(limit)}
    values["rule_hours"] = "" if rule is None else str(rule.hours)
    for number in GATED_STAGES:
        gate = stored.after.get(number, Gate())
        values[f"mode_{number}"] = gate.mode
        values[f"first_{number}"] = str(gate.amount if gate.mode == FIRST else 3)
        dollars = gate.amount / CREDITS_PER_DOLLAR if gate.mode == ABOVE else 5
        values[f"above_{number}"] = f"{dollars:g}"
    return _page(site, Form(values))


@bp.post("")
def save(slug: str) -> ResponseReturnValue:
    """Store the gates; an open run applies them from its next item on."""
    site, form = site_or_404(slug), Form(request.form)
    after = {number: _gate(form, number) for number in GATED_STAGES}
    wanted = Gates(
        {number: gate for number, gate in after.items() if gate.mode != OFF},
        form.optional_integer("reading_limit", 1, MAX_UNREAD),
    )
    hours = form.optional_integer("rule_hours", 1, MAX_RULE_HOURS)
    if form.errors:
        return _page(site, form), 422
    _change_rule(site, hours)
    gate_decisions.change_gates(site.id, wanted)
    jobs.wake_workers()
    flash("Saved. An open run follows this from its next item on.")
    return redirect(url_for(".index", slug=slug), 303)


def _change_rule(site: Row[Any], hours: int | None) -> None:
    """Store the approval rule; a change is recorded in the audit log."""
    db.session.remove()
    with write_transaction() as tx:
        changed = ApprovalRule.change(tx, site.id, hours)
    if changed:
        rule = "off" if hours is None else f"after {hours:,} h"
        g.audit_detail = f"approve by rule: {rule}"


def _gate(form: Form, number: int) -> Gate:
    mode = form.choice(f"mode_{number}", MODES if number in FIRST_STAGES else (OFF, EVERY, ABOVE))
    if mode == FIRST:
        return Gate(mode, form.integer(f"first_{number}", 1, MAX_FIRST))
    return Gate(mode, _credits(form, f"above_{number}") if mode == ABOVE else 0)


def _credits(form: Form, name: str) -> int:
    """Return an amount of money in credits."""
    try:
        dollars = Decimal(form.value(name).strip())
    except InvalidOperation:
        dollars = Decimal(-1)
    if dollars.is_finite() and 0 <= dollars <= MAX_DOLLARS:
        return int(dollars * CREDITS_PER_DOLLAR)
    form.errors[name] = f"Enter an amount from 0 to {MAX_DOLLARS:,}, such as 2.50."
    return 0


def _page(site: Row[Any], form: Form) -> str:
    labels = dict.fromkeys(GATED_STAGES, MODE_LABELS)
    labels[1] = {mode: label for mode, label in MODE_LABELS.items() if mode != FIRST}
    return render_template(
        "settings/gates.html",
        site=site,
        form=form,
        stages=[get_stage(number) for number in GATED_STAGES],
        labels=labels,
        first_stages=FIRST_STAGES,
        max_first=MAX_FIRST,
        max_unread=MAX_UNREAD,
        max_rule_hours=MAX_RULE_HOURS,
    )
