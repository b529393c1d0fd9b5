"""Models and money of a site: its model servers, who works in which stage, its voice, its caps."""

from dataclasses import asdict

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    g,
    redirect,
    render_template,
    request,
    url_for,
)
from sqlalchemy import func, select

from igny8.engine.billing.providers import allowed_addresses, check_connection
from igny8.extensions import db, write_transaction
from igny8.models import AllowedAddress, CircuitBreaker, CreditEntry, ProviderEndpoint, SiteSettings
from igny8.models.base import is_row_id
from igny8.models.encryption import DecryptError, decrypt, is_undecryptable
from igny8.models.price import MICROS_PER_CREDIT
from igny8.models.provider_endpoint import origin
from igny8.outbound.addresses import ForbiddenAddress, check_url
from igny8.outbound.server_url import parse_server_url
from igny8.providers import base
from igny8.providers.presets import PRESETS, Preset, find_preset
from igny8.providers.register import BUILT_IN, OPENAI_COMPATIBLE
from igny8.stages import STAGES
from igny8.stages.provider_choice import DRAW, EXPECTED_USAGE
from igny8.web.auth.permissions import enforce_rate_limit
from igny8.web.ui.forms import Form
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("models", __name__, url_prefix="/sites/<slug>/settings/models")
SERVER_DEFAULT = ""
MIN_DEADLINE_S, MAX_DEADLINE_S = 10, 3600
REASONING_EFFORTS = ("none", "minimal", "low", "medium", "high")
MAX_CONCURRENT_REQUESTS, MAX_REQUESTS_PER_MINUTE, MAX_CAP_CREDITS = 64, 100_000, 100_000_000
CAPS = (("cap_run", "A run"), ("cap_day", "A day"), ("cap_month", "A month"))


@bp.get("")
def index(slug: str):
    """Show the model servers, the stages, the voice and the caps."""
    return _page(site_or_404(slug))


@bp.post("")
def save(slug: str):
    """Store who works where, how the site sounds, and what may be spent."""
    site = site_or_404(slug)
    form = Form(request.form)
    known = {row.id: row for row in _endpoints(site)}
    choices = {
        "engines": {
            key: chosen
            for key in EXPECTED_USAGE
            if (chosen := _read_stage_choice(form, key, known)) is not None
        },
        "fallback_card": form.value("fallback_card") == "1",
        "tone": form.optional_text("tone", 200),
        "audience": form.optional_text("audience", 200),
        "knowledge": form.optional_text("knowledge", 4000),
        **{name: form.optional_integer(name, 1, MAX_CAP_CREDITS) for name, _ in CAPS},
    }
    if form.errors:
        return _page(site, form=form), 422
    with write_transaction() as tx:
        SiteSettings.change(tx, site.id, **choices)
    flash("Saved. The next run works with these settings.")
    return redirect(url_for("models.index", slug=slug), 303)


@bp.get("/servers/new")
def new(slug: str):
    """Show the form for a model server, filled in where a preset is named."""
    site = site_or_404(slug)
    preset = find_preset(request.args.get("preset", ""))
    form = Form(_preset_values(preset)) if preset else None
    return _server_page(site, None, form, preset=preset)


@bp.post("/servers/new")
def add(slug: str):
    """Add a model server."""
    return _store(site_or_404(slug), None)


@bp.get("/servers/<int:endpoint_id>")
def show(slug: str, endpoint_id: int):
    """Show a model server, without its key."""
    site = site_or_404(slug)
    return _server_page(site, ProviderEndpoint.find(db.session, site.id, endpoint_id) or abort(404))


@bp.post("/servers/<int:endpoint_id>")
def change(slug: str, endpoint_id: int):
    """Change a model server; an empty key keeps the stored one."""
    site = site_or_404(slug)
    return _store(site, ProviderEndpoint.find(db.session, site.id, endpoint_id) or abort(404))


@bp.post("/servers/<int:endpoint_id>/test")
def test(slug: str, endpoint_id: int):
    """Try the connection of a model server and say what came of it."""
    site = site_or_404(slug)
    row = ProviderEndpoint.find(db.session, site.id, endpoint_id) or abort(404)
    enforce_rate_limit("test connection", max_requests=10, seconds=60)
    may_ask = allowed_addresses(db.session)
    try:
        key = decrypt(row.encrypted_key) if row.encrypted_key else ""
    except DecryptError as locked:
        return _server_page(
            site, row, tried={"ok": False, "text": str(locked), "models": (), "rows": ()}
        )
    db.session.rollback()  # the server may take its time: hold no connection meanwhile
    trial = check_connection(
        base.Endpoint(
            row.base_url,
            key,
            row.chat_model,
            row.image_model,
            row.embedding_model,
            may_ask,
            row.deadline_s,
            row.reasoning_effort,
        )
    )
    return _server_page(site, row, tried=asdict(trial))


@bp.post("/servers/<int:endpoint_id>/remove")
def remove(slug: str, endpoint_id: int):
    """Forget a model server and its key; its stages go back to the environment or the built-in engine."""
    site = site_or_404(slug)
    with write_transaction() as tx:
        row = ProviderEndpoint.find(tx, site.id, endpoint_id)
        if row is None:
            abort(404)
        ProviderEndpoint.remove(tx, site.id, row.id)
        engines = (
            tx.execute(select(SiteSettings.engines).where(SiteSettings.site_id == site.id)).scalar()
            or {}
        )
        SiteSettings.change(
            tx,
            site.id,
            engines={
                key: chosen for key, chosen in engines.items() if chosen.get("endpoint") != row.id
            },
        )
    flash(f"“{row.name}” and its key are removed.")
    return redirect(url_for("models.index", slug=slug), 303)


def _store(site, row):
    form = Form(request.form)
    choices = {
        "name": form.text("server_name", "a name", 80),
        "chat_model": form.optional_text("chat_model", 120),
        "image_model": form.optional_text("image_model", 120),
        "embedding_model": form.optional_text("embedding_model", 120),
        "concurrent": form.integer("concurrent", 1, MAX_CONCURRENT_REQUESTS),
        "per_minute": form.optional_integer("per_minute", 1, MAX_REQUESTS_PER_MINUTE),
        "deadline_s": form.optional_integer("deadline_s", MIN_DEADLINE_S, MAX_DEADLINE_S),
        "reasoning_effort": form.choice("reasoning_effort", REASONING_EFFORTS)
        if form.value("reasoning_effort")
        else "",
    }
    base_url = parse_server_url(form.server_url("base_url")).base_url
    entry = _check_address(form, base_url)
    key = form.value("key").strip()
    if len(key) > 500 or any(c.isspace() or not c.isprintable() for c in key):
        form.errors["key"] = "Give the key alone: at most 500 characters, without spaces."
    for stage in _stages_without_model(site, row, choices):
        field, what = _model_field(stage.KEY)
        form.errors[field] = (
            f"Stage {stage.NUMBER} works with this server: name a model that {what}, or choose "
            "another server for the stage first."
        )
    taken = {
        other.name.casefold() for other in _endpoints(site) if row is None or other.id != row.id
    }
    if choices["name"].casefold() in taken:
        form.errors["server_name"] = (
            "Another model server of this site has this name. Choose another one."
        )
    if form.errors:
        return _server_page(site, row, form, entry=entry), 422
    with write_transaction() as tx:
        if entry:
            AllowedAddress.add(tx, entry)
        if row is None:
            endpoint_id = ProviderEndpoint.create(
                tx, site.id, base_url=base_url, key=key, **choices
            )
            then = (
                "choose it for stages"
                if choices["chat_model"] or choices["image_model"]
                else "name its models"
            )
            said = f"“{choices['name']}” is added. Test the connection, then {then}."
        else:
            endpoint_id, forgets = row.id, form.value("forget_key") == "1"
            ProviderEndpoint.change(
                tx, site.id, row.id, base_url, "" if forgets else key or None, **choices
            )
            said = f"“{choices['name']}” is saved."
            if (
                row.encrypted_key
                and not key
                and not forgets
                and origin(base_url) != origin(row.base_url)
            ):
                said += (
                    " Its key was removed, for the address is another one now: enter the key again."
                )
    flash(said)
    return redirect(url_for("models.show", slug=site.slug, endpoint_id=endpoint_id), 303)


def _check_address(form: Form, base_url: str) -> str | None:
    """Look whether an address will be asked; return the entry of the list that allows it where one is needed.

    Without the owner's tick, or where the asker may not allow anything, that is an error of the form.
    """
    if "base_url" in form.errors:
        return None
    may_ask = allowed_addresses(db.session)
    db.session.rollback()  # looking a name up may take its time: hold no connection meanwhile
    try:
        check_url(base_url, may_ask)
    except ForbiddenAddress as forbidden:
        entry = forbidden.entry if g.current_user.is_superuser else None
        if entry is None or form.value("allow") != entry:
            form.errors["base_url"] = (
                str(forbidden)
                if entry is None
                else f"{entry} lies inside of this machine or network. If it is to be asked, tick below and save again."
            )
        return entry
    return None


def _stages_without_model(site, row, choices: dict) -> list:
    """Return the stages that work with a server and would be left without a model."""
    engines = (
        db.session.execute(
            select(SiteSettings.engines).where(SiteSettings.site_id == site.id)
        ).scalar()
        or {}
    )
    using = {
        key
        for key, chosen in engines.items()
        if row is not None and chosen.get("endpoint") == row.id and not chosen.get("model")
    }
    return [
        stage for stage in STAGES if stage.KEY in using and not choices[_model_field(stage.KEY)[0]]
    ]


def _model_field(key: str) -> tuple[str, str]:
    """Return which model of a server works in a stage: its field, and what it does."""
    return ("image_model", "draws") if key == DRAW else ("chat_model", "writes")


def _read_stage_choice(form: Form, key: str, known: dict) -> dict | None:
    """Return what the form says about a stage, None where the environment decides."""
    chosen, model = form.value(f"engine_{key}"), form.optional_text(f"model_{key}", 120)
    if chosen == SERVER_DEFAULT:
        return None
    if chosen == BUILT_IN:
        return {"provider": BUILT_IN}
    if is_row_id(chosen) and int(chosen) in known:
        field, what = _model_field(key)
        if not model and not getattr(known[int(chosen)], field):
            form.errors[f"model_{key}"] = (
                f"This server names no model that {what}: name one here, or on its page."
            )
        return {"provider": OPENAI_COMPATIBLE, "endpoint": int(chosen), "model": model}
    form.errors[f"engine_{key}"] = "Choose one from the list."
    return None


def _endpoints(site) -> list:
    table = ProviderEndpoint.__table__
    return db.session.execute(
        select(table).where(table.c.site_id == site.id).order_by(table.c.name)
    ).all()


def _server_page(site, row, form=None, tried=None, entry=None, preset=None):
    values = (
        {}
        if row is None
        else {
            "server_name": row.name,
            "base_url": row.base_url,
            "chat_model": row.chat_model,
            "image_model": row.image_model,
            "embedding_model": row.embedding_model,
            "concurrent": str(row.concurrent),
            "per_minute": str(row.per_minute or ""),
            "deadline_s": str(row.deadline_s or ""),
            "reasoning_effort": row.reasoning_effort,
        }
    )
    return render_template(
        "settings/model_server.html",
        site=site,
        row=row,
        form=form or Form(values),
        tried=tried,
        entry=entry,
        gate=row and CircuitBreaker.find(db.session, row.breaker_key),
        preset=preset,
        presets=PRESETS,
        reasoning_efforts=REASONING_EFFORTS,
        most_at_once=MAX_CONCURRENT_REQUESTS,
        locked=row is not None and is_undecryptable(row.encrypted_key),
    )


def _preset_values(preset: Preset) -> dict[str, str]:
    """Return the fields of the form that a preset fills in."""
    return {
        "server_name": preset.label,
        "base_url": preset.base_url,
        "chat_model": preset.chat_model,
        "image_model": preset.image_model,
        "embedding_model": preset.embedding_model,
    }


def _page(site, form=None):
    stored = db.session.execute(
        select(SiteSettings.__table__).where(SiteSettings.site_id == site.id)
    ).one()
    endpoints = _endpoints(site)
    gate = CircuitBreaker.__table__
    gates = {
        row.key: row
        for row in db.session.execute(
            select(gate).where(
                gate.c.key.in_([e.breaker_key for e in endpoints]), gate.c.open_until.is_not(None)
            )
        )
    }
    ledger = CreditEntry.__table__
    month = func.substr(ledger.c.day, 1, 7)
    spent = db.session.execute(
        select(month, func.sum(ledger.c.amount))
        .where(ledger.c.site_id == site.id, ledger.c.kind == "settle")
        .group_by(month)
        .order_by(month.desc())
        .limit(6)
    ).all()
    return render_template(
        "settings/models.html",
        site=site,
        form=form or Form(_form_values(stored)),
        endpoints=endpoints,
        gates=gates,
        locked={row.id for row in endpoints if is_undecryptable(row.encrypted_key)},
        ai=current_app.config["SETTINGS"].env_provider,
        caps=CAPS,
        spent=spent,
        credit=MICROS_PER_CREDIT,
        stages=[stage for stage in STAGES if stage.KEY in EXPECTED_USAGE],
        built_in=BUILT_IN,
    )


def _form_values(stored) -> dict:
    values = {
        name: "" if getattr(stored, name) is None else str(getattr(stored, name))
        for name in ("tone", "audience", "knowledge", *(name for name, _ in CAPS))
    }
    values["fallback_card"] = "1" if stored.fallback_card else ""
    for key, chosen in (stored.engines or {}).items():
        values[f"engine_{key}"] = str(chosen.get("endpoint") or chosen["provider"])
        values[f"model_{key}"] = chosen.get("model") or ""
    return values
