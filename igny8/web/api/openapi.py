"""The OpenAPI 3.1 description of the JSON API."""

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


def _or_null(schema: dict) -> dict:
    return {"oneOf": [{"type": "null"}, schema]}


def _list(of: dict, **more: Any) -> dict:
    return {"type": "array", "items": of, **more}


def _object(**properties: Any) -> dict:
    """Return the schema of an object in which all of these are always there."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def _range() -> dict:
    return _object(low=COUNT, mid=COUNT, high=COUNT)


RUN_STATUS = {
    "enum": [
        "queued",
        "running",
        "pausing",
        "paused",
        "cancelling",
        "blocked",
        "waiting",
        "stalled",
        "completed",
        "completed_with_errors",
        "cancelled",
        "failed",
        "nothing_to_do",
    ]
}
SITE_REF = {"$ref": "#/components/schemas/Site"}
SCHEMAS = {
    "Problem": _object(
        type=TEXT,
        title=TEXT,
        status={"type": "integer"},
        detail=TEXT,
        id=TEXT | {"description": "Also written to the server log."},
    ),
    "Site": _object(id=COUNT, slug=TEXT, name=TEXT),
    "Body": {
        "type": "object",
        "properties": {"site_id": {"type": ["string", "integer"]}, "run_id": TEXT},
        "description": "May repeat the query parameter, which takes precedence.",
    },
    "Stage": _object(
        number={"type": "integer", "minimum": 1, "maximum": 7},
        key=TEXT,
        name=TEXT,
        status={
            "enum": [
                "pending",
                "ready",
                "active",
                "completed",
                "skipped",
                "paused",
                "blocked",
                "waiting",
                "cancelled",
                "empty",
            ]
        },
        input_count=COUNT,
        expected_count=COUNT,
        processed_count=COUNT,
        failed_count=COUNT,
        skipped_count=COUNT,
        remaining_count=COUNT,
        output_count=COUNT,
        output_unit=TEXT,
        progress_percentage={"type": "integer", "minimum": 0, "maximum": 100},
        credits_used=COUNT,
        engine=TEXT,
        money=MONEY,
        tokens=COUNT,
        requests=COUNT,
        repeats=COUNT,
        duration_seconds=COUNT,
        result={"type": "object"},
        bar=_object(filled={"type": "number"}, open={"type": "number"}),
        currently_processing=_list(
            _object(id=COUNT, item_id=COUNT, title=TEXT, since_seconds=COUNT)
        ),
        up_next=_list(_object(id=COUNT, item_id=COUNT, title=TEXT)),
    ),
    "Snapshot": _object(
        site=SITE_REF,
        version={"type": "integer"},
        run=_or_null(
            _object(
                run_id=TEXT,
                site_id=COUNT,
                number=COUNT,
                status=RUN_STATUS,
                open=BOOLEAN,
                status_reason={"type": ["string", "null"]},
                blocked=_or_null(
                    _object(kind=TEXT, since=TEXT, until={"type": ["string", "null"]})
                ),
                current_stage=COUNT,
                trigger=TEXT,
                started_by=TEXT,
                started_at=_or_null(DATE_TIME),
                finished_at=_or_null(DATE_TIME),
            )
        ),
        global_progress=_object(
            total_items=COUNT,
            known_items=COUNT,
            expected_items=COUNT,
            completed_items=COUNT,
            failed_items=COUNT,
            percentage={"type": "integer", "minimum": 0, "maximum": 100},
            estimated_remaining_time={"type": ["string", "null"]},
            longer_than_usual={"type": "boolean"},
        ),
        stages=_list({"$ref": "#/components/schemas/Stage"}, minItems=7, maxItems=7),
        metrics=_object(
            credits_used=COUNT,
            credits_cap={"type": ["integer", "null"]},
            money=MONEY,
            spending=_or_null(
                _object(
                    cap=_or_null(MONEY),
                    spent=MONEY,
                    maybe_billed=MONEY,
                    unanswered=COUNT,
                    reserved=MONEY,
                    free={"type": ["integer", "null"]},
                )
            ),
            tokens=COUNT,
            requests=COUNT,
            repeats=COUNT,
            predicted_credits=_or_null(_object(low=COUNT, high=COUNT)),
            duration_seconds=COUNT,
            errors=_list(TEXT),
        ),
        workers=_object(online=WORKER_SLOTS, last_seen_seconds={"type": ["integer", "null"]}),
        review_waiting=COUNT,
        sent_back=COUNT,
    ),
    "Waiting": _object(
        number={"type": "integer", "minimum": 1, "maximum": 7},
        key=TEXT,
        waiting=COUNT,
        expected_in_run=COUNT,
        would_make=COUNT,
        unit=TEXT,
        takes=TEXT,
        engine=TEXT,
        credits={"type": "number", "minimum": 0},
    ),
    "PastRun": _object(
        run_id=TEXT,
        number=COUNT,
        status=RUN_STATUS,
        label=TEXT,
        percentage={"type": "integer", "minimum": 0, "maximum": 100},
        trigger=TEXT,
        started_by=TEXT,
        started_at=_or_null(DATE_TIME),
        finished_at=_or_null(DATE_TIME),
        total_items=COUNT,
        completed_items=COUNT,
        failed_items=COUNT,
        credits_used=COUNT,
        duration_seconds=COUNT,
    ),
    "Event": _object(
        id=COUNT,
        at=DATE_TIME,
        level=LEVEL["schema"],
        kind=TEXT,
        stage={"type": ["integer", "null"]},
        item_id={"type": ["integer", "null"]},
        message=TEXT,
        credits=COUNT,
    ),
}
WAITING = {
    "site": SITE_REF,
    "waiting_items": COUNT,
    "waiting_stages": COUNT,
    "stages": _list({"$ref": "#/components/schemas/Waiting"}, minItems=7, maxItems=7),
}
PROBLEM = {
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
}
BODY = {
    "content": {
        kind: {"schema": {"$ref": "#/components/schemas/Body"}}
        for kind in ("application/json", "application/x-www-form-urlencoded")
    }
}


def _operation(
    name: str, summary: str, parameters: list, schema: dict, changes: bool = False
) -> dict:
    """Return one operation with its good answer and the problems that all share."""
    good = {"200": {"description": "Done.", "content": {"application/json": {"schema": schema}}}}
    bad = {
        "400": "A parameter is missing or wrong.",
        "401": "No token, or one that is no longer valid.",
        "403": "The scope of the token is too narrow, or the request came from another website.",
        "404": "No such site or run.",
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
        **({"requestBody": BODY} if changes else {}),
        "responses": good
        | {status: {"description": why, **PROBLEM} for status, why in bad.items()},
    }


SNAPSHOT = {"$ref": "#/components/schemas/Snapshot"}
CHANGED = _object(changed=BOOLEAN, run_id=TEXT, status=RUN_STATUS)
RUN_NOW = _operation(
    "run_now",
    "Start a run over all waiting items",
    [SITE],
    _object(run_id=TEXT, started=BOOLEAN, status=RUN_STATUS),
    True,
)
RUN_NOW["responses"]["201"] = RUN_NOW["responses"]["200"] | {"description": "A new run has begun."}
PATHS = {
    "run_progress": {
        "get": _operation("run_progress", "The snapshot of a run", [SITE, RUN], SNAPSHOT)
    },
    "pipeline_overview": {
        "get": _operation(
            "pipeline_overview", "What waits in each stage", [SITE], _object(**WAITING)
        )
    },
    "estimate": {
        "get": _operation(
            "estimate",
            "Forecast of a run: output, duration and cost",
            [SITE],
            _object(
                **WAITING,
                makes=_list(_object(count=COUNT, unit=TEXT)),
                eta_text={"type": ["string", "null"]},
                eta_seconds=_range(),
                credits=_range(),
                money=_range(),
                cap=_or_null(
                    _object(
                        scope={"enum": ["run", "day", "month"]},
                        limit=COUNT,
                        left=COUNT,
                        stage=COUNT,
                        likely=BOOLEAN,
                    )
                ),
            ),
        )
    },
    "history": {
        "get": _operation(
            "history",
            "The runs, newest first",
            [SITE, LIMIT, BEFORE],
            _object(site=SITE_REF, runs=_list({"$ref": "#/components/schemas/PastRun"})),
        )
    },
    "logs": {
        "get": _operation(
            "logs",
            "The log of a run, newest first",
            [
                SITE,
                RUN | {"required": True, "description": "Public id of the run."},
                LEVEL,
                LIMIT,
                BEFORE,
            ],
            _object(site=SITE_REF, run_id=TEXT, logs=_list({"$ref": "#/components/schemas/Event"})),
        )
    },
    "run_now": {"post": RUN_NOW},
    **{
        verb: {"post": _operation(verb, f"{verb.capitalize()} a run", [SITE, RUN], CHANGED, True)}
        for verb in ("pause", "resume", "cancel")
    },
    "retry_failed": {
        "post": _operation(
            "retry_failed",
            "Queue the failed items again",
            [SITE, RUN],
            _object(run_id=TEXT, items=COUNT),
            True,
        )
    },
}
SITES = _operation(
    "sites",
    "Sites that the token can access",
    [],
    _object(
        sites=_list(
            _object(
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
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {
        "title": "IGNY8",
        "version": "1",
        "description": "Runs of the content automation of a site.",
    },
    "servers": [{"url": "/"}],
    "paths": {
        "/api/v1/sites/": {"get": SITES},
        **{f"/api/v1/automation/{name}/": path for name, path in PATHS.items()},
    },
    "security": [{"token": []}],
    "components": {
        "schemas": SCHEMAS,
        "securitySchemes": {
            "token": {
                "type": "http",
                "scheme": "bearer",
                "description": "Created under “Account” or by “igny8 create-token”.",
            }
        },
    },
}
