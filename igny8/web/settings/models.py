"""Models of a site: its model servers, and the provider of each stage."""

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from sqlalchemy import Row
from werkzeug.wrappers import Response

from igny8.critiques import CHOICES
from igny8.extensions import db, write_transaction
from igny8.models import SiteSettings
from igny8.models.base import is_row_id
from igny8.models.encryption import is_undecryptable
from igny8.models.queries import site_values
from igny8.providers.register import BUILT_IN
from igny8.stages import STAGES
from igny8.stages.provider_choice import (
    DRAW,
    EXPECTED_CRITIQUES,
    EXPECTED_USAGE,
    critique_prices,
    server_choice,
)
from igny8.web.ui.forms import Form
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("models", __name__, url_prefix="/sites/<slug>/settings/models")
SERVER_DEFAULT = ""


@bp.get("")
def index(slug: str) -> str:
    """Show the model servers and the provider of each stage."""
    return _page(site_or_404(slug))


@bp.post("")
def save(slug: str) -> Response | tuple[str, int]:
    """Store the providers of the stages."""
    site, form = site_or_404(slug), Form(request.form)
    servers = {row.id: row for row in site_values.endpoints_of(db.session, site.id)}
    chosen = {key: _read_stage(form, key, servers) for key in EXPECTED_USAGE}
    values = {
        "providers": {key: choice for key, choice in chosen.items() if choice is not None},
        "fallback_card": form.value("fallback_card") == "1",
        **{name: form.choice(name, CHOICES) for name in EXPECTED_CRITIQUES if name in form.sent},
    }
    if form.errors:
        return _page(site, form), 422
    with write_transaction() as tx:
        SiteSettings.change(tx, site.id, **values)
    flash("Saved. The next run uses these settings.")
    return redirect(url_for("models.index", slug=slug), 303)


def model_field(key: str) -> tuple[str, str]:
    """Return the model of a server that a stage uses: the field and its name with an article."""
    return ("image_model", "an image model") if key == DRAW else ("chat_model", "a text model")


def _read_stage(form: Form, key: str, servers: dict[int, Row]) -> dict[str, Any] | None:
    """Return the choice for a stage in the form, None for the default of the installation."""
    chosen, model = form.value(f"provider_{key}"), form.optional_text(f"model_{key}", 120)
    if chosen == SERVER_DEFAULT:
        return None
    if chosen == BUILT_IN:
        return {"provider": BUILT_IN}
    if not is_row_id(chosen) or int(chosen) not in servers:
        form.errors[f"provider_{key}"] = "Select an option from the list."
        return None
    field, what = model_field(key)
    if not model and not getattr(servers[int(chosen)], field):
        form.errors[f"model_{key}"] = f"Enter {what} here, or on the page of the server."
    return server_choice(servers[int(chosen)], model)


def _form_values(stored: Any) -> dict[str, str]:
    values = {"fallback_card": "1" if stored["fallback_card"] else ""}
    values |= {name: stored[name] for name in EXPECTED_CRITIQUES}
    for key, choice in (stored["engines"] or {}).items():
        values[f"provider_{key}"] = str(choice.get("endpoint") or choice["provider"])
        values[f"model_{key}"] = choice.get("model") or ""
    return values


def _is_mixed(chosen: dict[str, dict]) -> bool:
    """Return whether the stages use several providers, or models of their own."""
    texts = {key: choice for key, choice in chosen.items() if key != DRAW}
    providers = {(choice["provider"], choice.get("endpoint")) for choice in texts.values()}
    has_own_model = any(choice.get("model") for choice in chosen.values())
    return has_own_model or len(providers) > 1 or len(texts) not in (0, len(EXPECTED_USAGE) - 1)


def _page(site: Row, form: Form | None = None) -> str:
    servers = site_values.endpoints_of(db.session, site.id)
    stored = site_values.settings_of(db.session, site.id)
    return render_template(
        "settings/models.html",
        site=site,
        form=form or Form(_form_values(stored)),
        endpoints=servers,
        breakers=site_values.open_breakers(db.session, [row.breaker_key for row in servers]),
        locked={row.id for row in servers if is_undecryptable(row.encrypted_key)},
        ai=current_app.config["SETTINGS"].env_provider,
        is_mixed=_is_mixed(stored["engines"] or {}),
        stages=[stage for stage in STAGES if stage.KEY in EXPECTED_USAGE],
        built_in=BUILT_IN,
        critiques=CHOICES,
        critique_prices=critique_prices(db.session.connection(), site.id),
    )
