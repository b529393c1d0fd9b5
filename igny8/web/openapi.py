"""The description of the JSON API, as OpenAPI 3.1."""

SITE = {"name": "site_id", "in": "query", "required": True, "schema": {"type": "string"},
        "description": "Id or slug of the site."}
RUN = {"name": "run_id", "in": "query", "schema": {"type": "string"},
       "description": "Public id of a run; without it the open run, else the latest."}
LIMIT = {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 500}}
BEFORE = {"name": "before", "in": "query", "schema": {"type": "integer"},
          "description": "The last one seen: what is older follows."}
LEVEL = {"name": "level", "in": "query", "schema": {"enum": ["debug", "info", "warning", "error"]}}
COUNT = {"type": "integer", "minimum": 0}
TEXT = {"type": "string"}
MONEY = COUNT | {"description": "Millionths of a US dollar."}


def _object(**properties) -> dict:
    return {"type": "object", "properties": properties}


SCHEMAS = {
    "Problem": _object(type=TEXT, title=TEXT, status={"type": "integer"}, detail=TEXT, id=TEXT),
    "Stage": _object(
        number={"type": "integer", "minimum": 1, "maximum": 7}, key=TEXT, name=TEXT,
        status={"enum": ["pending", "ready", "active", "completed", "skipped", "paused", "blocked",
                         "cancelled", "empty"]},
        input_count=COUNT, expected_count=COUNT, processed_count=COUNT, failed_count=COUNT,
        skipped_count=COUNT, remaining_count=COUNT, output_count=COUNT, output_unit=TEXT,
        progress_percentage={"type": "integer", "minimum": 0, "maximum": 100}, credits_used=COUNT, engine=TEXT,
        money=MONEY, tokens=COUNT, requests=COUNT, repeats=COUNT,
        duration_seconds=COUNT, result={"type": "object"},
        bar=_object(filled={"type": "number"}, open={"type": "number"}),
        currently_processing={"type": "array", "items": _object(id=COUNT, title=TEXT, since_seconds=COUNT)},
        up_next={"type": "array", "items": _object(id=COUNT, title=TEXT)}),
    "Snapshot": _object(
        version={"type": "integer"},
        run={"oneOf": [{"type": "null"}, _object(
            run_id=TEXT, site_id=COUNT, status=TEXT, status_reason={"type": ["string", "null"]},
            blocked={"oneOf": [{"type": "null"}, _object(kind=TEXT, since=TEXT, until={"type": ["string", "null"]})]},
            current_stage=COUNT, trigger=TEXT, started_by=TEXT, started_at=TEXT,
            finished_at={"type": ["string", "null"]})]},
        global_progress=_object(
            total_items=COUNT, known_items=COUNT, expected_items=COUNT, completed_items=COUNT,
            failed_items=COUNT, percentage={"type": "integer", "minimum": 0, "maximum": 100},
            estimated_remaining_time={"type": ["string", "null"]}, longer_than_usual={"type": "boolean"}),
        stages={"type": "array", "minItems": 7, "maxItems": 7,
                "items": {"$ref": "#/components/schemas/Stage"}},
        metrics=_object(credits_used=COUNT, credits_cap={"type": ["integer", "null"]}, money=MONEY, tokens=COUNT,
                        requests=COUNT, repeats=COUNT,
                        predicted_credits={"oneOf": [{"type": "null"}, _object(low=COUNT, high=COUNT)]},
                        duration_seconds=COUNT, errors={"type": "array", "items": TEXT}),
        workers=_object(online=COUNT, last_seen_seconds={"type": ["integer", "null"]})),
}


def _operation(summary: str, parameters: list, schema: dict, changes: bool = False) -> dict:
    """Return one operation with its good answer and the problems that all share."""
    good = {"200": {"description": "Done.", "content": {"application/json": {"schema": schema}}}}
    problem = {"content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    bad = {"400": "A parameter is missing or wrong.", "404": "No such site or run."}
    if changes:
        bad |= {"403": "Sent by another website.", "409": "Cannot be done now; nothing was changed.",
                "415": "Neither a form nor JSON."}
    return {"summary": summary, "parameters": parameters,
            "responses": good | {status: {"description": why, **problem} for status, why in bad.items()}}


SNAPSHOT = {"$ref": "#/components/schemas/Snapshot"}
CHANGED = _object(changed={"type": "boolean"}, run_id=TEXT, status=TEXT)
RUN_NOW = _operation("Begin a run over all that waits", [SITE],
                     _object(run_id=TEXT, started={"type": "boolean"}, status=TEXT), True)
RUN_NOW["responses"]["201"] = RUN_NOW["responses"]["200"] | {"description": "A new run has begun."}
PATHS = {
    "run_progress": {"get": _operation("The snapshot of a run", [SITE, RUN], SNAPSHOT)},
    "pipeline_overview": {"get": _operation("What waits in each stage", [SITE], _object(
        waiting_items=COUNT, stages={"type": "array"}))},
    "estimate": {"get": _operation("What a run would make, take and cost", [SITE], {"type": "object"})},
    "history": {"get": _operation("The runs, newest first", [SITE, LIMIT, BEFORE], _object(
        runs={"type": "array"}))},
    "logs": {"get": _operation("The log of a run, newest first", [SITE, RUN | {"required": True}, LEVEL, LIMIT,
                                                                BEFORE], _object(logs={"type": "array"}))},
    "run_now": {"post": RUN_NOW},
    **{verb: {"post": _operation(f"{verb.capitalize()} a run", [SITE, RUN], CHANGED, True)}
       for verb in ("pause", "resume", "cancel")},
    "retry_failed": {"post": _operation("Queue the failed items again", [SITE, RUN], _object(
        run_id=TEXT, items=COUNT), True)},
}
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "IGNY8", "version": "1", "description": "Runs of the content automation of a site."},
    "paths": {f"/api/v1/automation/{name}/": path for name, path in PATHS.items()},
    "components": {"schemas": SCHEMAS},
}
