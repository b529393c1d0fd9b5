"""The list of sites with the progress of their runs, and the form for a new site."""

from hashlib import blake2b

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from slugify import slugify
from slugify.special import GERMAN

from igny8 import progress
from igny8.extensions import db, write_transaction
from igny8.models import Membership, Site, SiteSettings
from igny8.models.queries import site_values
from igny8.web.auth.current_user import is_visible_site
from igny8.web.ui.forms import LANGUAGES, Form, time_zones
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("sites", __name__)
FIRST_SITE_NAME = "My website"
RESERVED_SLUGS = {"new", "live"}


@bp.get("/")
def index() -> ResponseReturnValue:
    """Show the sites; without any, an administrator gets the form for the first one."""
    overview = _overview()
    if not overview and g.current_user.is_superuser:
        return redirect(url_for("sites.new"), 303)
    return render_template("sites/index.html", overview=overview, tag=_overview_tag(overview))


@bp.get("/sites/live")
def live() -> ResponseReturnValue:
    """Return the current list of sites, or 204 if its tag is still `v`."""
    overview = _overview()
    tag = _overview_tag(overview)
    if request.args.get("v") == tag:
        return "", 204
    return render_template("sites/_list.html", overview=overview, tag=tag)


@bp.get("/sites/new")
def new() -> ResponseReturnValue:
    """Show the form for a new site; the first one has a suggested name."""
    name = "" if site_values.any_site_exists(db.session) else FIRST_SITE_NAME
    return _new_site_page(Form({"name": name, "language": "en"}))


@bp.post("/sites")
def create() -> ResponseReturnValue:
    """Create the site and redirect to its keywords."""
    form = Form(request.form)
    name, url = form.text("name", "a name", 120), form.web_address("url")
    language = form.choice("language", LANGUAGES)
    zone = form.value("time_zone")
    if form.errors:
        return _new_site_page(form), 422
    with write_transaction() as tx:
        site_id, slug = Site.create_with_free_slug(
            tx, name, _base_slug(name, language), RESERVED_SLUGS, url, language
        )
        if zone in time_zones():  # the browser's; without a script it is left out
            SiteSettings.change(tx, site_id, time_zone=zone)
        Membership.set_role(tx, g.current_user.user_id, site_id, "administrator")
    return redirect(url_for("imports.index", slug=slug), 303)


@bp.get("/sites")
def home() -> ResponseReturnValue:
    """Redirect to the list of sites; also accepts the form for a new site."""
    return redirect(url_for(".index"), 303)


@bp.get("/sites/<slug>/")
def show(slug: str) -> ResponseReturnValue:
    """Redirect to the Automation page of a site."""
    return redirect(url_for("automation.index", slug=site_or_404(slug).slug), 303)


def _overview() -> list[dict]:
    return progress.sites_overview(is_visible_site(Site.id))


def _overview_tag(overview: list[dict]) -> str:
    """Return a hash that changes with the content of the list.

    The duration of a run is left out: the page updates it by itself.
    """
    shown = [entry | {"run": _without_duration(entry["run"])} for entry in overview]
    return blake2b(repr(shown).encode("utf-8", "replace"), digest_size=8).hexdigest()


def _without_duration(run: dict | None) -> dict | None:
    if run is None:
        return None
    return {key: value for key, value in run.items() if key != "duration_seconds"}


def _new_site_page(form: Form) -> str:
    is_first = not site_values.any_site_exists(db.session)
    return render_template("sites/new.html", form=form, languages=LANGUAGES, is_first=is_first)


def _base_slug(name: str, language: str) -> str:
    """Return the slug of a name; in German, ä becomes ae."""
    return slugify(name, max_length=60, replacements=GERMAN if language == "de" else ()) or "site"
