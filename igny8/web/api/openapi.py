"""The OpenAPI 3.1 description of the JSON API."""

from igny8.web.api import openapi_clusters, openapi_publishing, openapi_resources
from igny8.web.api.openapi_parts import (
    BEFORE,
    BOOLEAN,
    COUNT,
    DATE_TIME,
    LEVEL,
    LIMIT,
    MONEY,
    RUN,
    SITE,
    TEXT,
    WORKER_SLOTS,
    list_of,
    object_of,
    operation,
    or_null,
    range_of,
)

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
    "Problem": object_of(
        type=TEXT,
        title=TEXT,
        status={"type": "integer"},
        detail=TEXT,
        id=TEXT | {"description": "Also written to the server log."},
    ),
    "Site": object_of(id=COUNT, slug=TEXT, name=TEXT),
    "Body": {
        "type": "object",
        "properties": {
            "site_id": {"type": ["string", "integer"]},
            "run_id": TEXT,
            "text": TEXT,
        },
        "description": "May repeat the query parameter, which takes precedence.",
    },
    "Stage": object_of(
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
        bar=object_of(filled={"type": "number"}, open={"type": "number"}),
        currently_processing=list_of(
            object_of(id=COUNT, item_id=COUNT, title=TEXT, since_seconds=COUNT)
        ),
        up_next=list_of(object_of(id=COUNT, item_id=COUNT, title=TEXT)),
    ),
    "Snapshot": object_of(
        site=SITE_REF,
        version={"type": "integer"},
        run=or_null(
            object_of(
                run_id=TEXT,
                site_id=COUNT,
                number=COUNT,
                status=RUN_STATUS,
                open=BOOLEAN,
                status_reason={"type": ["string", "null"]},
                blocked=or_null(
                    object_of(kind=TEXT, since=TEXT, until={"type": ["string", "null"]})
                ),
                current_stage=COUNT,
                trigger=TEXT,
                started_by=TEXT,
                started_at=or_null(DATE_TIME),
                finished_at=or_null(DATE_TIME),
            )
        ),
        global_progress=object_of(
            total_items=COUNT,
            known_items=COUNT,
            expected_items=COUNT,
            completed_items=COUNT,
            failed_items=COUNT,
            percentage={"type": "integer", "minimum": 0, "maximum": 100},
            estimated_remaining_time={"type": ["string", "null"]},
            longer_than_usual={"type": "boolean"},
        ),
        stages=list_of({"$ref": "#/components/schemas/Stage"}, minItems=7, maxItems=7),
        metrics=object_of(
            credits_used=COUNT,
            credits_cap={"type": ["integer", "null"]},
            money=MONEY,
            spending=or_null(
                object_of(
                    cap=or_null(MONEY),
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
            predicted_credits=or_null(object_of(low=COUNT, high=COUNT)),
            duration_seconds=COUNT,
            errors=list_of(TEXT),
        ),
        workers=object_of(online=WORKER_SLOTS, last_seen_seconds={"type": ["integer", "null"]}),
        review_waiting=COUNT,
        sent_back=COUNT,
    ),
    "Waiting": object_of(
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
    "PastRun": object_of(
        run_id=TEXT,
        number=COUNT,
        status=RUN_STATUS,
        label=TEXT,
        percentage={"type": "integer", "minimum": 0, "maximum": 100},
        trigger=TEXT,
        started_by=TEXT,
        started_at=or_null(DATE_TIME),
        finished_at=or_null(DATE_TIME),
        total_items=COUNT,
        completed_items=COUNT,
        failed_items=COUNT,
        credits_used=COUNT,
        duration_seconds=COUNT,
    ),
    "Event": object_of(
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
    "stages": list_of({"$ref": "#/components/schemas/Waiting"}, minItems=7, maxItems=7),
}
SNAPSHOT = {"$ref": "#/components/schemas/Snapshot"}
CHANGED = object_of(changed=BOOLEAN, run_id=TEXT, status=RUN_STATUS)
RUN_NOW = operation(
    "run_now",
    "Start a run over all waiting items",
    [SITE],
    object_of(run_id=TEXT, started=BOOLEAN, status=RUN_STATUS),
    True,
)
RUN_NOW["responses"]["201"] = RUN_NOW["responses"]["200"] | {"description": "A new run has begun."}
PATHS = {
    "run_progress": {
        "get": operation("run_progress", "The snapshot of a run", [SITE, RUN], SNAPSHOT)
    },
    "pipeline_overview": {
        "get": operation(
            "pipeline_overview", "What waits in each stage", [SITE], object_of(**WAITING)
        )
    },
    "estimate": {
        "get": operation(
            "estimate",
            "Forecast of a run: output, duration and cost",
            [SITE],
            object_of(
                **WAITING,
                makes=list_of(object_of(count=COUNT, unit=TEXT)),
                eta_text={"type": ["string", "null"]},
                eta_seconds=range_of(),
                credits=range_of(),
                money=range_of(),
                cap=or_null(
                    object_of(
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
        "get": operation(
            "history",
            "The runs, newest first",
            [SITE, LIMIT, BEFORE],
            object_of(site=SITE_REF, runs=list_of({"$ref": "#/components/schemas/PastRun"})),
        )
    },
    "logs": {
        "get": operation(
            "logs",
            "The log of a run, newest first",
            [
                SITE,
                RUN | {"required": True, "description": "Public id of the run."},
                LEVEL,
                LIMIT,
                BEFORE,
            ],
            object_of(
                site=SITE_REF, run_id=TEXT, logs=list_of({"$ref": "#/components/schemas/Event"})
            ),
        )
    },
    "run_now": {"post": RUN_NOW},
    **{
        verb: {"post": operation(verb, f"{verb.capitalize()} a run", [SITE, RUN], CHANGED, True)}
        for verb in ("pause", "resume", "cancel")
    },
    "retry_failed": {
        "post": operation(
            "retry_failed",
            "Queue the failed items again",
            [SITE, RUN],
            object_of(run_id=TEXT, items=COUNT),
            True,
        )
    },
}
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
        **{f"/api/v1/automation/{name}/": path for name, path in PATHS.items()},
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
