"""The web door: one module is one blueprint is one template folder."""

from flask import Flask
from jinja2 import StrictUndefined
from werkzeug.routing import IntegerConverter

from igny8.extensions import csrf
from igny8.web import (
    account,
    admin,
    api,
    audit,
    automation,
    clusters,
    content,
    cookies,
    downloads,
    editing,
    engines,
    entrance,
    filters,
    gate,
    headers,
    health,
    ideas,
    images,
    imports,
    keywords,
    limits,
    members,
    metrics,
    pace,
    polls,
    prices,
    private,
    problems,
    prompts,
    review,
    runs,
    settings,
    sites,
    surroundings,
    theme,
    workers,
)

PAGES = (entrance, account, sites, automation, keywords, imports, clusters, ideas, content, downloads, review,
         editing, runs, settings, engines, prompts, prices, private, members, images, admin, workers, theme, health,
         metrics)


class RowId(IntegerConverter):
    """A whole number in an address that a row could have; a larger one is no page (404)."""

    def __init__(self, url_map, *args, **options):
        super().__init__(url_map, *args, **{"max": 2**31 - 1, **options})


def register(app: Flask) -> None:
    """Open the doors of the app: gate, headers, pages, API, filters and error pages."""
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.json.sort_keys = False
    app.url_map.strict_slashes = False  # an address typed with a slash too many, or too few, is the same page
    app.url_map.converters["int"] = RowId
    cookies.register(app)
    gate.register(app)
    audit.register(app)
    headers.register(app)
    limits.register(app)
    filters.register(app)
    problems.register(app)
    surroundings.register(app)
    metrics.register(app)
    pace.register(app)
    polls.register(app)
    for page in PAGES:
        app.register_blueprint(page.bp)
    csrf.exempt(api.bp)
    app.register_blueprint(api.bp)
