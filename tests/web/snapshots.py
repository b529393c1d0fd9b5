"""Snapshots as progress.snapshot() gives them, for pages in every state: the run of the drawings."""

from copy import deepcopy
from datetime import UTC, datetime, timedelta

NAMES = [
    ("cluster", "Cluster", "Keywords → Clusters", "clusters", "clustering"),
    ("ideate", "Plan articles", "Clusters → Ideas", "ideas", "planning articles"),
    ("plan", "Plan", "Ideas → Tasks", "tasks", "planning"),
    ("write", "Write", "Tasks → Content", "briefs", "writing"),
    ("describe", "Image ideas", "Content → Image prompts", "prompts", "describing"),
    ("draw", "Draw", "Image prompts → Images", "images", "drawing"),
    ("review", "Review", "Your review", "handed over", "handing over"),
]
DONE = {"text": "Completed", "kind": "done", "icon": "✓"}
PENDING = {"text": "Pending", "kind": "off", "icon": "○"}
READY = {"text": "Ready", "kind": "rdy", "icon": "▸"}
ACTIVE = {"text": "Active", "kind": "act", "icon": "●"}
EMPTY = {"text": "Empty", "kind": "off", "icon": "○"}
VERBS = ("pause", "resume", "cancel", "retry", "run", "dismiss")
HOSTILE = "<script>alert(1)</script>{{7*7}} Donaudampfschifffahrtsgesellschaftskapitänsmütze שלום"


def running() -> dict:
    """Return the run of the drawings: stage 4 of 7, 38 %, one failed."""
    stages = [
        _stage(1, "completed", DONE, 50, 50, 12, 10, 250, 0.03, 0.0),
        _stage(2, "completed", DONE, 12, 12, 36, 36, 1067, 0.10, 0.0),
        _stage(3, "completed", DONE, 36, 36, 36, 0, 7, 0.01, 0.0),
        _stage(4, "active", ACTIVE, 36, 22, 21, 110, 498, 0.24, 0.15, failed_count=1),
        _stage(5, "ready", READY, 21, 0, 0, 0, 0, 0.0, 0.09, expected_count=14),
        _stage(6, "pending", PENDING, 0, 0, 0, 0, 0, 0.0, 0.36, expected_count=35),
        _stage(7, "pending", PENDING, 0, 0, 0, 0, 0, 0.0, 0.02, expected_count=35),
    ]
    stages[3] |= {
        "currently_processing": [
            {
                "id": 123,
                "item_id": 123,
                "title": "How to start seeds indoors in winter",
                "since_seconds": 41,
            },
            {
                "id": 124,
                "item_id": 124,
                "title": "Raised beds vs containers: which is right for a balcony?",
                "since_seconds": 12,
            },
        ],
        "up_next": [
            {"id": 125, "item_id": 125, "title": "Companion planting chart for tomatoes"},
            {"id": 126, "item_id": 126, "title": "Best compost for vegetables: 7 mixes compared"},
            {"id": 127, "item_id": 127, "title": "When to prune blueberries"},
        ],
        "more_queued": 9,
        "whole": None,
    }
    return {
        "version": 1187,
        "tag": "42-1187-2",
        "poll_seconds": 2,
        "review_waiting": 14,
        "sent_back": 1,
        "site": {"id": 1, "slug": "green-garden", "name": "Green Garden"},
        "run": {
            "run_id": "f" * 32,
            "site_id": 1,
            "number": 42,
            "status": "running",
            "state": "running",
            "label": "Running",
            "status_reason": None,
            "blocked": None,
            "raise_by": 100,
            "current_stage": 4,
            "open": True,
            "trigger": "manual",
            "initial_snapshot": {"total_initial_items": 50},
            "started_by": "owner",
            "started_at": _at(minutes=30),
            "finished_at": None,
            "parent_number": None,
            "upcoming": "14 accepted ideas",
            "predicted": "38–55 min",
            "took_seconds": 1823,
            "can": can("pause", "cancel", "retry"),
            "made": [
                {"count": 12, "unit": "clusters", "stage": 1},
                {"count": 36, "unit": "ideas", "stage": 2},
            ],
        },
        "global_progress": {
            "total_items": 239,
            "known_items": 155,
            "expected_items": 84,
            "completed_items": 120,
            "failed_items": 1,
            "percentage": 38,
            "estimated_remaining_time": "40–60 min",
            "longer_than_usual": False,
            "eta_seconds": {"low": 2400, "mid": 2950, "high": 3600},
        },
        "stages": stages,
        "metrics": {
            "credits_used": 156,
            "credits_cap": 400,
            "money": 156_000,
            "spending": {
                "cap": 400_000,
                "spent": 156_000,
                "maybe_billed": 4_000,
                "unanswered": 1,
                "reserved": 8_000,
                "free": 232_000,
            },
            "requests": 61,
            "repeats": 0,
            "tokens": 91_000,
            "predicted_credits": {"low": 380, "high": 440},
            "duration_seconds": 1823,
            "errors": [],
        },
        "by_models": False,
        "getting_started": None,
        "next_step": step("running", "Writing briefs: stage 4 of 7.", "Review 14 →", "review"),
        "workers": {"online": 2, "last_seen_seconds": 1},
        "notice": None,
        "idle": None,
        "activity": [
            _event("Wrote “Watering succulents” · 1,240 words", 13, 0),
            _event("Failed “Soil pH test kits” · rate limited, 3 tries", 0, 1, "error"),
            _event("Wrote “Drip irrigation for beginners” · 1,102 words", 12, 2),
            _event("Wrote “Mulch types explained” · 1,388 words", 14, 3),
            _event("Stage 3 done · 36 ideas queued as tasks", 0, 8),
            _event("Stage 2 done · 36 ideas from 12 clusters", 36, 8),
            _event("Stage 1 done · 12 clusters from 50 keywords", 10, 26),
        ],
        "past_runs": [
            _past(41, "completed"),
            _past(40, "cancelled"),
            _past(39, "completed"),
            _past(38, "completed_with_errors", 2),
            _past(37, "nothing_to_do"),
        ],
    }


def step(kind: str, text: str, label: str = "", page: str = "", verb: str = "") -> dict:
    """Return a next step as a snapshot has it."""
    return {
        "kind": kind,
        "text": text,
        "label": label,
        "page": page,
        "verb": verb,
        "subject": None,
        "detail": "",
    }


def paused() -> dict:
    """Return the same run, paused."""
    snapshot = running() | {
        "poll_seconds": 30,
        "notice": {
            "kind": "paused",
            "text": "Paused. Nothing is in work, and nothing is lost.",
            "cure": "Press “Resume” to continue.",
        },
    }
    snapshot["run"] |= {
        "status": "paused",
        "state": "paused",
        "label": "Paused",
        "can": can("resume", "cancel"),
    }
    snapshot["global_progress"] |= {
        "estimated_remaining_time": None,
        "longer_than_usual": False,
        "eta_seconds": None,
    }
    snapshot["next_step"] = step("paused", "Paused.", "Resume", verb="resume")
    snapshot["stages"][3] |= {
        "status": "paused",
        "shown_status": "paused",
        "currently_processing": [],
        "badge": {"text": "Paused", "kind": "warn", "icon": "❚❚"},
    }
    return snapshot


def stalled() -> dict:
    """Return the same run without a worker."""
    snapshot = running() | {
        "workers": {"online": 0, "last_seen_seconds": 300},
        "notice": {
            "kind": "no_worker",
            "text": "No worker is running: the run stands still, nothing is lost.",
            "cure": "Start one with “igny8 worker” on the server. The run then goes on by itself.",
        },
    }
    snapshot["run"] |= {"status": "stalled", "label": "Stalled"}
    snapshot["stages"][3] |= {"status": "blocked", "shown_status": "stalled"}
    snapshot["next_step"] = step("stalled", "Work has stopped.", "Show workers", "workers")
    return snapshot


def blocked() -> dict:
    """Return the same run, blocked for a reason."""
    snapshot = paused() | {
        "notice": {
            "kind": "blocked",
            "text": "The disk is full.",
            "cure": "Press “Resume” to try again.",
        }
    }
    snapshot["run"] |= {
        "status": "blocked",
        "state": "blocked",
        "label": "Blocked",
        "blocked": {"kind": "budget", "since": _at(), "until": None},
    }
    snapshot["next_step"] = step("blocked", "Blocked.", "Raise the cap", verb="raise")
    return snapshot


def ended(
    status: str = "completed_with_errors", label: str = "Completed, 2 failed", percentage: int = 100
) -> dict:
    """Return a run that has ended and is still shown."""
    snapshot = running() | {
        "poll_seconds": 30,
        "notice": {
            "kind": "ended",
            "text": "Run #42 has ended.",
            "cure": "",
        },
        "idle": ahead(),
        "next_step": step("review", "Done. 14 briefs are ready.", "Review 14 →", "review"),
    }
    snapshot["run"] |= {
        "status": status,
        "state": status,
        "label": label,
        "open": False,
        "current_stage": 7,
        "finished_at": _at(),
        "can": can("run", "dismiss", "retry"),
    }
    snapshot["global_progress"] |= {
        "percentage": percentage,
        "expected_items": 0,
        "failed_items": 2,
        "completed_items": 239,
        "total_items": 239,
        "known_items": 239,
        "estimated_remaining_time": None,
        "longer_than_usual": False,
        "eta_seconds": None,
    }
    for stage in snapshot["stages"]:
        stage |= {"expected_count": 0, "currently_processing": [], "up_next": [], "more_queued": 0}
        if percentage == 100:
            stage |= {
                "status": "completed",
                "shown_status": "completed",
                "badge": DONE,
                "bar": {"filled": 1 / 7, "open": 0.0},
                "input_count": 36,
                "processed_count": 36,
                "remaining_count": 0,
            }
    return snapshot


def idle(waiting: int = 86) -> dict:
    """Return a site without a run, as the drawing has it; with 0 nothing waits."""
    counts = [50, 0, 24, 12, 0, 0, 0] if waiting else [0] * 7
    expected = [50, 12, 60, 72, 72, 72, 72] if waiting else [0] * 7
    made = [12, 36, 60, 72, 72, 72, 72] if waiting else [0] * 7
    stages = [
        _stage(
            n,
            "ready" if counts[n - 1] else "empty",
            READY if counts[n - 1] else EMPTY,
            0,
            0,
            0,
            0,
            0,
            0.0,
            expected[n - 1] / 410 if waiting else 1 / 7,
        )
        for n in range(1, 8)
    ]
    for stage, count, coming, makes in zip(stages, counts, expected, made, strict=True):
        stage |= {"waiting": count, "expected_in_run": coming, "would_make": makes}
    return running() | {
        "tag": "idle-1",
        "poll_seconds": 30,
        "run": None,
        "stages": stages,
        "activity": [],
        "global_progress": {
            "total_items": 0,
            "known_items": 0,
            "expected_items": 0,
            "completed_items": 0,
            "failed_items": 0,
            "percentage": 0,
            "estimated_remaining_time": None,
            "longer_than_usual": False,
            "eta_seconds": None,
        },
        "idle": ahead(waiting),
        "next_step": step("run", "127 keywords are ready.", "Run now", verb="run")
        if waiting
        else step("import", "Import keywords to get articles.", "Import keywords", "imports"),
    }


def ahead(waiting: int = 86) -> dict:
    """Return what a run would do now."""
    return {
        "waiting_items": waiting,
        "waiting_stages": 3 if waiting else 0,
        "makes": [
            {"count": 12, "unit": "clusters"},
            {"count": 72, "unit": "articles"},
            {"count": 72, "unit": "images"},
        ]
        if waiting
        else [],
        "eta_text": "38–52 min" if waiting else None,
        "reading_text": "6 h" if waiting else None,
        "credits": {"low": 380, "mid": 412, "high": 440},
        "money": {"low": 380_000, "mid": 412_000, "high": 440_000},
        "cap": None,
        "importing": None,
        "ready": "86 keywords" if waiting else "",
        "others": 0,
        "texts": 72 if waiting else 0,
        "run_label": "Run now",
        "first": None,
        "is_first_run": False,
        "first_stage": 1,
    }


def hostile() -> dict:
    """Return the running run with hostile text wherever text of users stands."""
    snapshot = deepcopy(running())
    snapshot["stages"][3]["currently_processing"][0]["title"] = HOSTILE
    snapshot["stages"][3]["up_next"][0]["title"] = HOSTILE
    snapshot["activity"][0]["message"] = HOSTILE
    snapshot["run"]["blocked"] = {"kind": "provider", "since": _at(), "until": _at()}
    snapshot["notice"] = {"kind": "blocked", "text": HOSTILE, "cure": HOSTILE}
    return snapshot


ALL = {
    "running": running,
    "paused": paused,
    "stalled": stalled,
    "blocked": blocked,
    "ended": ended,
    "cancelled": lambda: ended("cancelled", "Stopped at 42 %", 42),
    "idle": idle,
    "nothing": lambda: idle(0),
    "hostile": hostile,
}


def can(*verbs: str) -> dict:
    """Return which verbs a run takes."""
    return {verb: verb in verbs for verb in VERBS}


def _stage(
    number, status, badge, total, processed, made, credits, seconds, filled, free, **more
) -> dict:
    key, short, name, unit, verb = NAMES[number - 1]
    percentage = 100 if status == "completed" else 100 * processed // total if total else 0
    return {
        "number": number,
        "key": key,
        "short": short,
        "name": name,
        "verb": verb,
        "status": status,
        "badge": badge,
        "reason": None,
        "input_count": total,
        "expected_count": 0,
        "processed_count": processed,
        "done_count": processed,
        "failed_count": 0,
        "skipped_count": 0,
        "cancelled_count": 0,
        "queued_count": total - processed,
        "active_count": 0,
        "remaining_count": total - processed,
        "output_count": made,
        "output_unit": unit,
        "input_unit": unit,
        "progress_percentage": percentage,
        "credits_used": credits,
        "duration_seconds": seconds,
        "result": {},
        "bar": {"filled": filled, "open": free},
        "currently_processing": [],
        "more_active": 0,
        "up_next": [],
        "more_queued": 0,
        "whole": None,
        "shown_status": status,
        "shown_percentage": percentage,
        "waiting": 0,
        "would_make": 0,
        "expected_in_run": 0,
        "engine": "built-in",
        "money": 0,
        "requests": 0,
        "repeats": 0,
        "tokens": 0,
    } | more


def _event(message: str, credits: int, minutes: int, level: str = "info") -> dict:
    return {
        "at": _at(minutes=minutes),
        "level": level,
        "kind": "done",
        "stage": 4,
        "message": message,
        "item_id": 123 if "“" in message else None,
        "credits": credits,
    }


def _past(number: int, status: str, failed: int = 0) -> dict:
    return {
        "run_id": f"{number:032d}",
        "number": number,
        "status": status,
        "failed_items": failed,
        "percentage": 100,
        "started_at": _at(days=42 - number),
    }


def _at(**gone) -> str:
    return (datetime.now(UTC) - timedelta(**gone)).isoformat(timespec="seconds")
