"""The OpenAPI description of runs: progress, forecast, history, log and actions."""

from igny8.web.api.openapi_parts import (
    BEFORE,
    BOOLEAN,
    COUNT,
    LEVEL,
    LIMIT,
    RUN,
    SITE,
    TEXT,
    list_of,
    object_of,
    operation,
    or_null,
    range_of,
)
from igny8.web.api.openapi_schemas import RUN_STATUS, SITE_REF

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
