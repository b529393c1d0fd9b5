"""The model servers of a site: add, change, test and remove them."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import Row
from werkzeug.wrappers import Response

from igny8.engine.billing.connection_tests import check_connection
from igny8.extensions import db, write_transaction
from igny8.models import AllowedAddress, CircuitBreaker, ProviderEndpoint, SiteSettings
from igny8.models.encryption import is_undecryptable
from igny8.models.provider_endpoint import origin
from igny8.models.queries import site_values
from igny8.outbound.server_url import parse_server_url
from igny8.providers.presets import PRESETS, Preset, find_preset
from igny8.stages import STAGES
from igny8.web.auth.action_limits import enforce_rate_limit
from igny8.web.settings.models import model_field
from igny8.web.settings.private_address import check_address
from igny8.web.ui.forms import Form
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("model_servers", __name__, url_prefix="/sites/<slug>/settings/models/servers")
MIN_DEADLINE_S, MAX_DEADLINE_S = 10, 3600
REASONING_EFFORTS = ("none", "minimal", "low", "medium", "high")
MAX_CONCURRENT_REQUESTS, MAX_REQUESTS_PER_MINUTE, MAX_KEY_CHARS = 64, 100_000, 500
Answer = Response | str | tuple[str, int]


@bp.get("/new")
def new(slug: str) -> str:
    """Show the form for a model server, filled in from a preset if one is given."""
    site = site_or_404(slug)
    preset = find_preset(request.args.get("preset", ""))
    form = Form(_preset_values(preset)) if preset else None
    return _page(site, None, form, preset=preset)


@bp.post("/new")
def add(slug: str) -> Answer:
    """Add a model server."""
    return _save(site_or_404(slug), None)


@bp.get("/<int:endpoint_id>")
def show(slug: str, endpoint_id: int) -> str:
    """Show a model server, without its key."""
    site = site_or_404(slug)
    return _page(site, _find(site, endpoint_id))


@bp.post("/<int:endpoint_id>")
def change(slug: str, endpoint_id: int) -> Answer:
    """Change a model server; an empty key keeps the stored one."""
    site = site_or_404(slug)
    return _save(site, _find(site, endpoint_id))


@bp.post("/<int:endpoint_id>/test")
def test(slug: str, endpoint_id: int) -> str:
    """Test the connection of a model server and show the result."""
    site = site_or_404(slug)
    row = _find(site, endpoint_id)
    enforce_rate_limit("test connection")
    db.session.rollback()  # hold no connection during the request
    return _page(site, row, tried=asdict(check_connection(row)))


@bp.post("/<int:endpoint_id>/remove")
def remove(slug: str, endpoint_id: int) -> Response:
    """Delete a model server and its key; its stages use the default again."""
    site = site_or_404(slug)
    with write_transaction() as tx:
        row = ProviderEndpoint.find(tx, site.id, endpoint_id) or abort(404)
        ProviderEndpoint.remove(tx, site.id, row.id)
        chosen = site_values.stage_providers(tx, site.id)
        kept = {key: choice for key, choice in chosen.items() if choice.get("endpoint") != row.id}
        SiteSettings.change(tx, site.id, providers=kept)
    flash(f"“{row.name}” and its key were removed.")
    return redirect(url_for("models.index", slug=slug), 303)


def _find(site: Row, endpoint_id: int) -> Row:
    return ProviderEndpoint.find(db.session, site.id, endpoint_id) or abort(404)


def _save(site: Row, row: Row | None) -> Answer:
    """Add a server (`row` is None) or change one, or show the form again with errors."""
    form = Form(request.form)
    values = _read(form)
    entry = check_address(form, "base_url", values["base_url"])
    _check_stages(site, row, form, values)
    _check_name(site, row, form, values["name"])
    if form.errors:
        return _page(site, row, form, entry=entry), 422
    with write_transaction() as tx:
        if entry:
            AllowedAddress.add(tx, entry)
        if row is None:
            endpoint_id = ProviderEndpoint.create(tx, site.id, **values)
        else:
            endpoint_id, key = row.id, values.pop("key")
            new_key = "" if form.value("forget_key") == "1" else key or None
            ProviderEndpoint.change(tx, site.id, row.id, values.pop("base_url"), new_key, **values)
    flash(_result(form, row))
    return redirect(url_for(".show", slug=site.slug, endpoint_id=endpoint_id), 303)


def read_key(form: Form) -> str:
    """Return the key in the form, "" if empty."""
    key = form.value("key").strip()
    if len(key) > MAX_KEY_CHARS or any(c.isspace() or not c.isprintable() for c in key):
        form.errors["key"] = "Enter only the key: at most 500 characters, without spaces."
    return key


def _read(form: Form) -> dict[str, Any]:
    return {
        "name": form.text("server_name", "a name", 80),
        "base_url": parse_server_url(form.server_url("base_url")).base_url,
        "key": read_key(form),
        "chat_model": form.optional_text("chat_model", 120),
        "image_model": form.optional_text("image_model", 120),
        "embedding_model": form.optional_text("embedding_model", 120),
        "concurrent": form.integer("concurrent", 1, MAX_CONCURRENT_REQUESTS),
        "per_minute": form.optional_integer("per_minute", 1, MAX_REQUESTS_PER_MINUTE),
        "deadline_s": form.optional_integer("deadline_s", MIN_DEADLINE_S, MAX_DEADLINE_S),
        "reasoning_effort": form.choice("reasoning_effort", ("", *REASONING_EFFORTS)),
    }


def _check_stages(site: Row, row: Row | None, form: Form, values: dict[str, Any]) -> None:
    """Add an error for each stage that uses the server and would have no model."""
    if row is None:
        return
    chosen = site_values.stage_providers(db.session, site.id)
    for stage in STAGES:
        choice = chosen.get(stage.KEY, {})
        field, what = model_field(stage.KEY)
        if choice.get("endpoint") == row.id and not choice.get("model") and not values[field]:
            form.errors[field] = (
                f"Stage {stage.NUMBER} uses this server: enter {what}, "
                "or choose another server for the stage first."
            )


def _check_name(site: Row, row: Row | None, form: Form, name: str) -> None:
    others = (
        other
        for other in site_values.endpoints_of(db.session, site.id)
        if row is None or other.id != row.id
    )
    if name.casefold() in {other.name.casefold() for other in others}:
        form.errors["server_name"] = (
            "Another model server of this site has this name. Choose a different name."
        )


def _result(form: Form, row: Row | None) -> str:
    """Return the message after saving a server."""
    name = form.value("server_name")
    if row is None:
        has_model = form.value("chat_model").strip() or form.value("image_model").strip()
        step = "select it for stages" if has_model else "select its models"
        return f"“{name}” was added. Test the connection, then {step}."
    moved = origin(parse_server_url(form.server_url("base_url")).base_url) != origin(row.base_url)
    keeps_key = not form.value("key").strip() and form.value("forget_key") != "1"
    if row.encrypted_key and keeps_key and moved:
        return (
            f"“{name}” was saved. Its key was removed because the address changed: "
            "enter the key again."
        )
    return f"“{name}” was saved."


def _form_values(row: Row | None) -> dict[str, str]:
    if row is None:
        return {}
    return {
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


def _preset_values(preset: Preset) -> dict[str, str]:
    """Return the form fields filled in by a preset."""
    return {
        "server_name": preset.label,
        "base_url": preset.base_url,
        "chat_model": preset.chat_model,
        "image_model": preset.image_model,
        "embedding_model": preset.embedding_model,
    }


def _page(
    site: Row,
    row: Row | None,
    form: Form | None = None,
    tried: dict[str, Any] | None = None,
    entry: str | None = None,
    preset: Preset | None = None,
) -> str:
    return render_template(
        "settings/model_server.html",
        site=site,
        row=row,
        form=form or Form(_form_values(row)),
        tried=tried,
        entry=entry,
        breaker=row and CircuitBreaker.find(db.session, row.breaker_key),
        preset=preset,
        presets=PRESETS,
        reasoning_efforts=REASONING_EFFORTS,
        most_at_once=MAX_CONCURRENT_REQUESTS,
        locked=row is not None and is_undecryptable(row.encrypted_key),
    )
