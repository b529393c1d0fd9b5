"""The OpenAPI 3.1 description of the JSON API."""

from igny8.web.api import openapi_clusters, openapi_publishing, openapi_resources, openapi_runs
from igny8.web.api.openapi_parts import (
    BOOLEAN,
    COUNT,
    TEXT,
    list_of,
    object_of,
    operation,
)
from igny8.web.api.openapi_schemas import SCHEMAS, SITE_REF

SITES = operation(
    "sites",
    "Sites that the token can access",
    [],
    object_of(
        sites=list_of(
            object_of(
                site=SITE_REF,
                run={"type": ["object", "null"]},
                percentage=COUNT,
                label=TEXT,
                review_waiting=COUNT,
                waiting_items=COUNT,
            )
        )
    ),
)
TOKEN = operation(
    "token",
    "What the token may do",
    [],
    object_of(name=TEXT, scope={"type": ["string", "null"]}, may_decide=BOOLEAN),
)
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {
        "title": "IGNY8",
        "version": "1",
        "description": "Runs of the content automation of a site, what it holds, and publishing.",
    },
    "servers": [{"url": "/"}],
    "paths": {
        "/api/v1/sites/": {"get": SITES},
        "/api/v1/token/": {"get": TOKEN},
        **{f"/api/v1/automation/{name}/": path for name, path in openapi_runs.PATHS.items()},
        **openapi_publishing.PATHS,
        **{f"/api/v1{path}": methods for path, methods in openapi_resources.PATHS.items()},
        **{f"/api/v1{path}": methods for path, methods in openapi_clusters.PATHS.items()},
    },
    "security": [{"token": []}],
    "components": {
        "schemas": SCHEMAS | openapi_publishing.SCHEMAS,
        "securitySchemes": {
            "token": {
                "type": "http",
                "scheme": "bearer",
                "description": "Created under “Account” or by “igny8 create-token”.",
            }
        },
    },
}
