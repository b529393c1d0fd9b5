"""Building blocks of the OpenAPI description: parameters, schemas, operations."""

from typing import Any

SITE = {
    "name": "site_id",
    "in": "query",
    "required": True,
    "schema": {"type": "string", "minLength": 1, "maxLength": 89, "pattern": "^[A-Za-z0-9-]+$"},
    "description": "Id or slug of the site.",
}
RUN = {
    "name": "run_id",
    "in": "query",
    "schema": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
    "description": "Public id of a run; without it the open run, else the latest.",
}
LIMIT = {
    "name": "limit",
    "in": "query",
    "schema": {"type": "integer", "minimum": 1, "maximum": 500},
}
BEFORE = {
    "name": "before",
    "in": "query",
    "schema": {"type": "integer", "minimum": 1, "maximum": 999_999_999},
    "description": "Id of the last entry seen; older entries follow.",
}
LEVEL = {"name": "level", "in": "query", "schema": {"enum": ["debug", "info", "warning", "error"]}}
COUNT = {"type": "integer", "minimum": 0}
TEXT = {"type": "string"}
BOOLEAN = {"type": "boolean"}
DATE_TIME = {"type": "string", "format": "date-time"}
WORKER_SLOTS = COUNT | {"description": "How many items the live workers can process in parallel."}
MONEY = COUNT | {"description": "Millionths of a US dollar."}


def or_null(schema: dict) -> dict:
    """Return a schema that also accepts null."""
    return {"oneOf": [{"type": "null"}, schema]}


def list_of(of: dict, **more: Any) -> dict:
    """Return the schema of a list."""
    return {"type": "array", "items": of, **more}


def object_of(**properties: Any) -> dict:
    """Return the schema of an object with these required properties."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def range_of() -> dict:
    """Return the schema of a range of counts: low, middle and high."""
    return object_of(low=COUNT, mid=COUNT, high=COUNT)


PROBLEM = {
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
}


def _body(name: str) -> dict:
    kinds = ("application/json", "application/x-www-form-urlencoded")
    schema = {"$ref": f"#/components/schemas/{name}"}
    return {"content": {kind: {"schema": schema} for kind in kinds}}


def operation(
    name: str,
    summary: str,
    parameters: list,
    schema: dict,
    changes: bool = False,
    body: str = "Body",
) -> dict:
    """Return one operation with its success response and the common error responses."""
    good = {"200": {"description": "Done.", "content": {"application/json": {"schema": schema}}}}
    bad = {
        "400": "A parameter is missing or wrong.",
        "401": "No token, or one that is no longer valid.",
        "403": "The scope of the token is too narrow, or the request came from another website.",
        "404": "No such site, run, article or target.",
        "429": "Too many requests; Retry-After says how long to wait.",
        "default": "Any other refusal or server error.",
    }
    if changes:
        bad |= {
            "409": "Cannot be done now; nothing was changed.",
            "413": "The body is too large.",
            "415": "Neither a form nor JSON.",
        }
    return {
        "operationId": name,
        "summary": summary,
        "parameters": parameters,
        **({"requestBody": _body(body)} if changes else {}),
        "responses": good
        | {status: {"description": why, **PROBLEM} for status, why in bad.items()},
    }
