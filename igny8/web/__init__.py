"""The web door: one module is one blueprint is one template folder."""

from flask import Flask
from jinja2 import StrictUndefined

from igny8.extensions import csrf
from igny8.web import (
    api,
    automation,
    clusters,
    content,
    filters,
    gate,
    health,
    ideas,
    images,
    imports,
    keywords,
    problems,
    review,
    runs,
    settings,
    sites,
    surroundings,
    theme,
)

PAGES = (sites, automation, keywords, imports, clusters, ideas, content, review, runs, settings, images,
         theme, health)
LARGEST_PASTE = 8 * 1024 * 1024


def register(app: Flask) -> None:
    """Open the doors of the app: gate, headers, pages, API, filters and error pages."""
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.config["MAX_FORM_MEMORY_SIZE"] = LARGEST_PASTE
    app.json.sort_keys = False
    gate.register(app)
    filters.register(app)
    problems.register(app)
    surroundings.register(app)
    for page in PAGES:
        app.register_blueprint(page.bp)
    csrf.exempt(api.bp)
    app.register_blueprint(api.bp)
