"""The one next step of a site, a sentence and a button, for the page, the site list and mails.

It is derived only here; docs/next-step.md lists every state with its step.
"""

from dataclasses import dataclass, replace

from igny8.formatting import pluralize
from igny8.progress.labels import FINISHED_FIRST, START_WORKER, WORK_HAS_STOPPED

MODEL_BLOCKS = ("credentials", "address", "model", "money")
ESTIMATING, LONGER_THAN_USUAL = "estimating…", "longer than usual"  # instead of a time left
ENDINGS = {
    "completed": "Done.",
    "completed_with_errors": "Done.",
    "cancelled": "The run was cancelled.",
    "failed": "The run failed.",
}


@dataclass(frozen=True)
class NextStep:
    """What to do next.

    `detail` is a second sentence, or empty. The button has the text `label`; it opens `page`
    (review, approval, imports, import, approved, models, workers, run) or carries out `verb` (run,
    first, resume, retry, raise) on the run. `subject` is the id of the subject of the page, if it
    needs one.
    """

    kind: str
    text: str
    label: str = ""
    page: str = ""
    verb: str = ""
    subject: int | None = None
    detail: str = ""


@dataclass(frozen=True)
class Situation:
    """The state of a site that determines its next step.

    `status` is the display status of the run on the page, None without one. `waiting` counts what a
    run would take, and `ready` names it; both are empty while a run is open. `others` is the number
    of articles that a limited run has left, else 0; `first` is how many articles the first run of
    the site should write, 0 for all. `wait_kind` (approval, first, reading) and `wait_for` describe
    what a waiting run needs from people, `through` how long they need to read.
    """

    status: str | None = None
    texts: str = "articles"
    review: int = 0
    waiting: int = 0
    ready: str = ""
    sent_back: int = 0
    unpublished: int = 0
    failed: int = 0
    left: int = 0
    import_to_check: int | None = None
    importing: bool = False
    is_online: bool = True
    doing: str = ""
    stage: int = 0
    time_left: str | None = None
    upcoming: str | None = None
    block_kind: str | None = None
    is_first_run: bool = False
    others: int = 0
    first: int = 0
    wait_kind: str = ""
    wait_for: str = ""
    wait_one: bool = False
    through: str | None = None


def next_step(at: Situation) -> NextStep:
    """Return the one next step of a site."""
    if at.status in STEPS_OF_OPEN_RUNS:
        return STEPS_OF_OPEN_RUNS[at.status](at)
    opening = ENDINGS.get(at.status or "", "")
    step = _step_without_open_run(at)
    return replace(step, text=f"{opening} {step.text}".strip())


def _step_without_open_run(at: Situation) -> NextStep:
    """Return the step without an open run: review, run, retry, check, wait, publish, import."""
    if at.review:
        return _review(at)
    if at.waiting:
        return _run(at) if at.is_online else _no_worker(at)
    if at.failed:
        text = f"{pluralize(at.failed, 'items')} failed."
        return NextStep("retry", text, f"Retry {at.failed:,} failed", verb="retry")
    if at.import_to_check is not None:
        text = "Check the columns of your keyword file, then import it."
        return NextStep("check", text, "Check keywords", "import", subject=at.import_to_check)
    if at.importing:
        return NextStep("importing", "Keywords are being imported.", "Show the import", "imports")
    if at.unpublished:
        count = at.unpublished
        text = f"Everything is reviewed. {_count(at, count)} {_are(count)} ready to publish."
        return NextStep("publish", text, f"Publish {count:,} →", "approved")
    return NextStep("import", "Import keywords to get articles.", "Import keywords", "imports")


def _review(at: Situation) -> NextStep:
    text = f"{_count(at, at.review)} {_are(at.review)} ready."
    return NextStep("review", text, f"Review {at.review:,} →", "review")


def _run(at: Situation) -> NextStep:
    if at.sent_back and at.sent_back == at.waiting:
        text = f"{_count(at, at.sent_back)} you sent back will be written again."
    elif at.left:
        text = f"{pluralize(at.left, 'items')} {'was' if at.left == 1 else 'were'} not finished."
    else:
        text = f"{at.ready} {_are(at.waiting)} ready."
    if at.first:
        return NextStep("run", text, first_label(at.first), verb="first")
    return NextStep("run", text, run_label(at.others), verb="run")


def first_label(first: int) -> str:
    """Return the label of the button that starts a run over the first articles."""
    return f"Write the first {first:,}"


def run_label(others: int) -> str:
    """Return the label of the button that starts a run; `others` as in Situation."""
    return f"Write the other {others:,}" if others else "Run now"


def _no_worker(at: Situation, kind: str = "no_worker") -> NextStep:
    return NextStep(kind, WORK_HAS_STOPPED, "Show workers", "workers", detail=START_WORKER)


def _running(at: Situation) -> NextStep:
    text = f"{at.doing}: stage {at.stage} of 7{_when(at.time_left)}"
    if not at.review:
        return NextStep("running", text, "Show details", "run")
    count = f"The first {at.review:,}" if at.is_first_run else _count(at, at.review)
    ready = f"{count} {_are(at.review)} ready."
    return NextStep("running", text, f"Review {at.review:,} →", "review", detail=ready)


def _when(time_left: str | None) -> str:
    """Return the end of the sentence about a running run."""
    if time_left is None:
        return "."
    if time_left == ESTIMATING:
        return f", {time_left}"
    return (
        ". It takes longer than usual."
        if time_left == LONGER_THAN_USUAL
        else f", {time_left} left."
    )


def _starting(at: Situation) -> NextStep:
    return NextStep("starting", "The run is starting.", "Show details", "run")


def _pausing(at: Situation) -> NextStep:
    return NextStep("pausing", "Pausing.", "Resume", verb="resume", detail=FINISHED_FIRST)


def _paused(at: Situation) -> NextStep:
    following = f"Next: {at.upcoming}." if at.upcoming else "Nothing is lost."
    return NextStep("paused", "Paused.", "Resume", verb="resume", detail=following)


def _cancelling(at: Situation) -> NextStep:
    return NextStep("cancelling", "Cancelling.", "Show details", "run", detail=FINISHED_FIRST)


def _stalled(at: Situation) -> NextStep:
    return _no_worker(at, "stalled")


def _blocked(at: Situation) -> NextStep:
    if at.block_kind == "budget":
        text, detail = "Blocked: the cap leaves no room.", "Raise it and the run continues."
        return NextStep("blocked", text, "Raise the cap", verb="raise", detail=detail)
    if at.block_kind in MODEL_BLOCKS:
        text, detail = "Blocked: the model cannot be used.", "Check it, then press “Resume”."
        return NextStep("blocked", text, "Check the model", "models", detail=detail)
    detail = "It is tried again automatically, or at once with “Resume”."
    return NextStep("blocked", "Blocked for now.", "Resume", verb="resume", detail=detail)


def _waiting(at: Situation) -> NextStep:
    """Return the step of a run that waits for people."""
    if at.wait_kind == "reading":
        text = f"Waiting for you: {_count(at, at.review)} {_are(at.review)} ready."
        detail = "More are written as you review them."
        if at.through:
            detail += f" At your present pace you are through in {at.through}."
        return NextStep("waiting", text, f"Review {at.review:,} →", "review", detail=detail)
    if at.wait_kind == "first":
        text = "Waiting for you: the first results are ready."
        detail = "Look at them, then let the run continue with the rest."
        return NextStep("waiting", text, "Look at the first", "approval", detail=detail)
    are = "waits" if at.wait_one else "wait"
    text = f"Waiting for you: {at.wait_for} {are} for your approval."
    detail = "The run continues with what you approve."
    return NextStep("waiting", text, "Decide →", "approval", detail=detail)


STEPS_OF_OPEN_RUNS = {
    "queued": _starting,
    "running": _running,
    "pausing": _pausing,
    "paused": _paused,
    "cancelling": _cancelling,
    "stalled": _stalled,
    "blocked": _blocked,
    "waiting": _waiting,
}


def _count(at: Situation, count: int) -> str:
    return pluralize(count, at.texts)


def _are(count: int) -> str:
    return "is" if count == 1 else "are"
