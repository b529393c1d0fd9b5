"""Connect a model in a few steps: choose a vendor, paste the key, choose models, use them."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import Connection, Row
from werkzeug.wrappers import Response

from igny8.engine.billing.connection_tests import (
    check_connection,
    list_models,
    models_by_kind,
)
from igny8.extensions import db, write_transaction
from igny8.models import AllowedAddress, ProviderEndpoint, SiteSettings
from igny8.models.queries import site_values
from igny8.outbound.addresses import parse_url
from igny8.outbound.server_url import parse_server_url
from igny8.providers.presets import COMMON, PRESETS, Preset, find_preset
from igny8.stages.provider_choice import DRAW, EXPECTED_USAGE, server_choice
from igny8.web.auth.action_limits import enforce_rate_limit
from igny8.web.settings.model_servers import read_key
from igny8.web.settings.private_address import check_address
from igny8.web.ui.forms import Form
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("connect_model", __name__, url_prefix="/sites/<slug>/settings/models/connect")
# kind of model → its column, label and hint
MODELS = {
    "chat": ("chat_model", "Text model", "It plans and writes."),
    "image": ("image_model", "Image model", "It draws. None: title cards are made instead."),
    "embedding": ("embedding_model", "Grouping model", "It compares keywords. None: built in."),
}
MAX_MODEL_CHARS = 120
Answer = Response | str | tuple[str, int]


@bp.get("")
def index(slug: str) -> str:
    """Show the vendors to choose from."""
    site = site_or_404(slug)
    common = [preset for key in COMMON for preset in PRESETS if preset.key == key]
    return render_template("settings/connect/index.html", site=site, common=common)


@bp.get("/<vendor>")
def show(slug: str, vendor: str) -> str:
    """Show the one field that a vendor needs: its key, or the address of a local server."""
    preset = _preset(vendor)
    return _key_page(site_or_404(slug), preset, Form({"base_url": preset.base_url}))


@bp.post("/<vendor>")
def add(slug: str, vendor: str) -> Answer:
    """Store the server with its key and list its models."""
    site, preset, form = site_or_404(slug), _preset(vendor), Form(request.form)
    enforce_rate_limit("test connection")
    base_url = parse_server_url(form.server_url("base_url")).base_url
    known, secret = _known(site, base_url), read_key(form)
    if preset.needs_key and not secret and not (known is not None and known.encrypted_key):
        form.errors.setdefault("key", f"Paste your key of {preset.label}.")
    entry = check_address(form, "base_url", base_url)
    if form.errors:
        return _key_page(site, preset, form, entry), 422
    with write_transaction() as tx:
        if entry:
            AllowedAddress.add(tx, entry)
        endpoint_id = _store(tx, site, preset, base_url, secret)
    db.session.rollback()
    row = _find(site, endpoint_id)
    db.session.rollback()  # hold no connection during the request
    report = list_models(row)
    if not report.ok:
        form.errors["key" if preset.needs_key else "base_url"] = report.text
        return _key_page(site, preset, form), 422
    return _models_page(site, row, preset, report.models)


@bp.post("/servers/<int:endpoint_id>")
def use(slug: str, endpoint_id: int) -> Answer:
    """Test the chosen models, then use them for every stage."""
    site, form = site_or_404(slug), Form(request.form)
    enforce_rate_limit("test connection")
    row = _find(site, endpoint_id)
    chosen = {
        column: form.optional_text(column, MAX_MODEL_CHARS) for column, _, _ in MODELS.values()
    }
    if not chosen["chat_model"]:
        form.errors["chat_model"] = "Choose the model that writes."
    db.session.rollback()  # hold no connection during the request
    report = check_connection(row, **chosen) if not form.errors else list_models(row)
    if not form.errors and not report.ok and form.value("do") != "anyway":
        form.message = report.text
    if form.errors or form.message:
        return _models_page(site, row, _preset_of(row), report.models, form), 422
    with write_transaction() as tx:
        ProviderEndpoint.change(tx, site.id, row.id, row.base_url, **chosen)
        _use_everywhere(tx, site.id, row, has_images=bool(chosen["image_model"]))
    flash(f"Connected: {row.name} is used for everything from the next run on.")
    return redirect(url_for("models.index", slug=slug), 303)


def _preset(key: str) -> Preset:
    return find_preset(key) or abort(404)


def _preset_of(row: Row) -> Preset | None:
    return next((preset for preset in PRESETS if preset.base_url == row.base_url), None)


def _find(site: Row, endpoint_id: int) -> Row:
    row = ProviderEndpoint.find(db.session, site.id, endpoint_id)
    return row if row is not None else abort(404)


def _known(site: Row, base_url: str) -> Row | None:
    """Return the server of the site at an address, if there is one."""
    servers = site_values.endpoints_of(db.session, site.id)
    return next((row for row in servers if row.base_url == base_url), None)


def _store(tx: Connection, site: Row, preset: Preset, base_url: str, key: str) -> int:
    """Add the server, or store a new key with the one at this address; return its id."""
    servers = site_values.endpoints_of(tx, site.id)
    known = next((row for row in servers if row.base_url == base_url), None)
    if known is not None:
        ProviderEndpoint.change(tx, site.id, known.id, base_url, key or None)
        return int(known.id)
    taken = {row.name.casefold() for row in servers}
    names = (preset.label, *(f"{preset.label} {number}" for number in range(2, len(taken) + 3)))
    name = next(name for name in names if name.casefold() not in taken)
    return ProviderEndpoint.create(tx, site.id, name, base_url, key)


def _use_everywhere(tx: Connection, site_id: int, row: Row, has_images: bool) -> None:
    """Use a server (a row) in every stage; without an image model, images are unchanged."""
    everywhere = {key: server_choice(row) for key in EXPECTED_USAGE if key != DRAW or has_images}
    chosen = site_values.stage_providers(tx, site_id)
    if not has_images and chosen.get(DRAW, {}).get("endpoint") == row.id:
        chosen.pop(DRAW)
    SiteSettings.change(tx, site_id, providers=chosen | everywhere)


def _suggested(preset: Preset | None, column: str, offered: list[str]) -> str:
    """Return the model that the preset suggests, else the only one listed, else ""."""
    wanted = getattr(preset, column) if preset else ""
    found = next((name for name in offered if wanted and name.rpartition("/")[2] == wanted), "")
    return found or (offered[0] if len(offered) == 1 else "" if offered else wanted)


def _key_page(site: Row, preset: Preset, form: Form, entry: str | None = None) -> str:
    known = _known(site, preset.base_url)
    where = parse_url(preset.base_url)
    return render_template(
        "settings/connect/key.html",
        site=site,
        preset=preset,
        form=form,
        entry=entry,
        own_entry=None if preset.needs_key else f"{where.host}:{where.port}",
        stored=known is not None and bool(known.encrypted_key),
    )


def _models_page(
    site: Row,
    row: Row,
    preset: Preset | None,
    models: tuple[str, ...],
    form: Form | None = None,
) -> str:
    kinds = models_by_kind(row.base_url, models)
    fields = []
    for kind, (column, label, hint) in MODELS.items():
        value = getattr(row, column) or _suggested(preset, column, kinds[kind])
        shown = form.value(column) if form else value
        offered = kinds[kind] if shown in ("", *kinds[kind]) else [shown, *kinds[kind]]
        fields.append(
            {"name": column, "label": label, "hint": hint, "value": shown, "offered": offered}
        )
    return render_template(
        "settings/connect/models.html",
        site=site,
        row=row,
        fields=fields,
        is_listed=bool(models),
        form=form or Form({}),
    )
