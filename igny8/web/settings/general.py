"""Settings of a site and its runs, and deletion of the site."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row

from igny8.engine.runs.schedule_rules import Rule
from igny8.engine.site_deletion import remove_site
from igny8.extensions import db, write_transaction
from igny8.language_packages import lacks_encoder
from igny8.models import Site, SiteSettings
from igny8.models.queries import site_values
from igny8.models.site_settings import DEFAULT_BATCH_SIZES, MAX_BATCH_SIZE
from igny8.readings import has_dictionary
from igny8.slug_scripts import SCRIPTS
from igny8.stages import STAGES
from igny8.voice_fields import VOICE_FIELDS
from igny8.web.settings.schedule_form import (
    read_schedule,
    schedule_choices,
    schedule_values,
)
from igny8.web.settings.voice_and_budget import (
    CAPS,
    read_voice_and_budget,
    voice_and_budget_values,
)
from igny8.web.ui.forms import LANGUAGES, Form, time_zones
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("general", __name__, url_prefix="/sites/<slug>/settings")
STRICTNESS = {
    "-1": "Few, broad clusters",
    "-0.5": "Rather broad",
    "0": "Balanced",
    "0.5": "Rather narrow",
    "1": "Many, narrow clusters",
    "file": "As the keyword file groups them (its topic or group column)",
}
OWN_GROUPS = "file"
MAX_PARALLEL_TASKS = 16


@bp.get("")
def index(slug: str) -> ResponseReturnValue:
    """Show the settings."""
    site = site_or_404(slug)
    stored = site_values.settings_of(db.session, site.id)
    batches = DEFAULT_BATCH_SIZES | (stored.get("batches") or {})
    values = {
        **stored,
        **{f"batch_{key}": value for key, value in batches.items()},
        **schedule_values(_stored_rule(site)),
        **voice_and_budget_values(stored),
        "strictness": _grouping(stored),
        "name": site.name,
        "url": site.url,
        "language": site.language,
    }
    return _page(site, Form({key: str(value) for key, value in values.items()}))


@bp.post("")
def save(slug: str) -> ResponseReturnValue:
    """Store the settings; they apply from the next run on."""
    site = site_or_404(slug)
    form = Form(request.form)
    about, choices = _read(form, site)
    if form.errors:
        return _page(site, form), 422
    with write_transaction() as tx:
        Site.change(tx, site.id, **about)
        SiteSettings.change(tx, site.id, **choices)
    flash("Saved. The next run uses these settings.")
    return redirect(url_for("general.index", slug=slug), 303)


@bp.post("/delete")
def delete(slug: str) -> ResponseReturnValue:
    """Delete the site with all its data, if its name was typed."""
    site = site_or_404(slug)
    if " ".join(request.form.get("sure", "").split()) != site.name:
        flash("Nothing was deleted: the name does not match.")
        return redirect(url_for(".index", slug=slug), 303)
    home = current_app.config["SETTINGS"]
    remove_site(site.id, home.images, home.uploads)
    flash(f"{site.name} was deleted.")
    return redirect(url_for("sites.index"), 303)


def _read(form: Form, site: Row) -> tuple[dict, dict]:
    """Return the values of the site and of its runs from the form."""
    about = {
        "name": form.text("name", "a name", 120),
        "url": form.web_address("url"),
        "language": form.choice("language", {*LANGUAGES, site.language}),
    }
    strictness = form.choice("strictness", STRICTNESS)
    zone = form.time_zone("time_zone")
    return about, {
        "ideas_per_cluster": form.integer("ideas_per_cluster", 1, 10),
        "images_per_article": form.integer("images_per_article", 0, 8),
        "slug_script": form.choice("slug_script", SCRIPTS),
        "strictness": 0.0 if form.errors or strictness == OWN_GROUPS else float(strictness),
        "own_groups": strictness == OWN_GROUPS,
        "parallelism": form.integer("parallelism", 1, MAX_PARALLEL_TASKS),
        "batches": {
            stage.KEY: form.integer(f"batch_{stage.KEY}", 1, MAX_BATCH_SIZE) for stage in STAGES
        },
        "time_zone": zone,
        **read_schedule(form, zone),
        **read_voice_and_budget(form),
        "color_primary": form.color("color_primary"),
        "color_secondary": form.color("color_secondary"),
    }


def _stored_rule(site: Row) -> Rule:
    return Rule.of(SimpleNamespace(**site_values.settings_of(db.session, site.id)))


def _grouping(stored: Mapping[str, Any]) -> str:
    """Return the option of STRICTNESS for stored settings."""
    return OWN_GROUPS if stored.get("own_groups") else f"{stored.get('strictness', 0):g}"


def _page(site: Row, form: Form) -> str:
    return render_template(
        "settings/general.html",
        site=site,
        form=form,
        languages=LANGUAGES,
        caps=CAPS,
        strictness=STRICTNESS,
        schedule=schedule_choices(_stored_rule(site)),
        scripts=SCRIPTS,
        has_dictionary=has_dictionary(),
        lacks_encoder=lacks_encoder(site.language),
        stages=STAGES,
        voice_fields=VOICE_FIELDS,
        zones=time_zones(),
        largest_batch=MAX_BATCH_SIZE,
        most_parallel=MAX_PARALLEL_TASKS,
    )
