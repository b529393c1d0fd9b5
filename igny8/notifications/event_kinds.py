"""The register of events for notifications: their keys and labels."""

REVIEW, FINISHED, FAILED = "review", "finished", "failed"
BLOCKED, STALLED, CAP = "blocked", "stalled", "cap"
EVENT_KINDS = {
    REVIEW: "The first articles are ready for review",
    FINISHED: "A run is done",
    FAILED: "A run is done, but items failed",
    BLOCKED: "A run is blocked",
    STALLED: "A run has stopped because no worker is running",
    CAP: "80 % of a cap is used",
}
