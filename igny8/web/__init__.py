"""The pages and the API: one package per area, one blueprint per module."""

from typing import Any

from flask import Flask
from flask.json.provider import DefaultJSONProvider
from jinja2 import StrictUndefined
from werkzeug.routing import IntegerConverter, Map

from igny8.web import sites
from igny8.web.admin import accounts, all_runs, audit, mail, workers
from igny8.web.api import changed_texts as changed_texts_api
from igny8.web.api import clusters as clusters_api
from igny8.web.api import publishing as publishing_api
from igny8.web.auth import (
    account,
    audit_log,
    login,
    openid,
    request_checks,
    second_factor,
    session_cookie,
)
from igny8.web.content import (
    article_images,
    calendar,
    client,
    content,
    downloads,
    drift,
    edit,
    images,
    publications,
    record,
    redraws,
    review,
    versions,
)
from igny8.web.http import (
    api_rate_limit,
    error_handlers,
    health,
    metrics,
    request_limits,
    security_headers,
    static_files,
    typed_text,
)
from igny8.web.http.csrf import csrf
from igny8.web.library import (
    cluster_edit,
    cluster_map,
    cluster_reasons,
    clusters,
    idea_board,
    idea_edit,
    ideas,
    imports,
    keywords,
    site_pages,
)
from igny8.web.runs import (
    approvals,
    automation,
    compare,
    failed_items,
    item_page,
    run_files,
    run_list,
    run_page,
    waiting,
    why,
)
from igny8.web.settings import (
    advanced,
    allowed_addresses,
    client_links,
    connect_model,
    gates,
    general,
    members,
    model_servers,
    models,
    notifications,
    prices,
    prompts,
    publishing,
    sources,
    spending,
)
from igny8.web.ui import filters, find, template_context, theme

BLUEPRINT_MODULES = (
    login,
    account,
    second_factor,
    openid,
    sites,
    automation,
    approvals,
    keywords,
    imports,
    clusters,
    cluster_edit,
    cluster_map,
    cluster_reasons,
    site_pages,
    ideas,
    idea_board,
    idea_edit,
    content,
    downloads,
    publications,
    drift,
    calendar,
    review,
    edit,
    versions,
    article_images,
    redraws,
    record,
    run_list,
    run_page,
    item_page,
    failed_items,
    run_files,
    compare,
    waiting,
    why,
    general,
    gates,
    models,
    model_servers,
    connect_model,
    sources,
    publishing,
    notifications,
    prompts,
    spending,
    prices,
    allowed_addresses,
    advanced,
    members,
    client,
    client_links,
    images,
    all_runs,
    accounts,
    audit,
    mail,
    workers,
    find,
    theme,
    health,
    metrics,
)


class RowIdConverter(IntegerConverter):
    """An integer in an address that can be the id of a row; a larger one gives 404."""

    def __init__(self, url_map: Map, *args: Any, **options: Any) -> None:
        super().__init__(url_map, *args, **{"max": 2**31 - 1, **options})


class UnsortedJson(DefaultJSONProvider):
    """JSON that keeps the order of keys."""

    sort_keys = False


def register(app: Flask) -> None:
    """Register request checks, headers, pages, API, filters and error handlers with the app."""
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.json = UnsortedJson(app)
    app.url_map.strict_slashes = (
        False  # addresses with and without a slash at the end are the same page
    )
    app.url_map.converters["int"] = RowIdConverter
    csrf.init_app(app)
    session_cookie.register(app)
    request_checks.register(app)
    audit_log.register(app)
    security_headers.register(app)
    request_limits.register(app)
    filters.register(app)
    error_handlers.register(app)
    template_context.register(app)
    static_files.register(app)
    metrics.register(app)
    api_rate_limit.register(app)
    typed_text.register(app)
    for page in BLUEPRINT_MODULES:
        app.register_blueprint(page.bp)
    csrf.exempt(clusters_api.bp)
    app.register_blueprint(publishing_api.bp)  # that of routes, with what publishing adds
    csrf.exempt(changed_texts_api.bp)
