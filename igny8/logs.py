"""Logging in logfmt: one line per event, with escaped values and redacted secrets."""

import json
import logging
import re
import threading
import time
from collections import Counter

from igny8 import clock
from igny8.redaction import redact

DEFAULT_LEVEL = "INFO"
QUIETED_LOGGERS = (
    "alembic",
    "httpx2",
    "httpcore2",
    "huey",
    "openai",
    "waitress",
)  # logged from WARNING on
REPEATING_LOGGERS = (
    "huey.consumer",
    "igny8.engine.db_retry",
    "igny8.jobs",
    "igny8.task_queue",
)  # would repeat ten times per second and thread while queue or database are unavailable
REPEAT_INTERVAL_S = 60.0
# characters that JSON does not escape and that could forge lines: controls, line ends, directions
INVISIBLE_CHARACTERS = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
UNQUOTED_VALUE = re.compile(r"[\w./:@+-]+", re.ASCII)


class LogfmtFormatter(logging.Formatter):
    """Formats an event as key=value pairs on one line; unusual values become JSON strings."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        pairs = {
            "time": f"{moment}.{int(record.msecs):03}Z",
            "level": record.levelname,
            "logger": record.name,
            "event": record.getMessage(),
        }
        if record.exc_info:
            pairs["trace"] = self.formatException(record.exc_info)
        return " ".join(f"{name}={_value(redact(text))}" for name, text in pairs.items())


class RepeatFilter(logging.Filter):
    """Passes repeated warnings once per minute, with a count of the suppressed ones."""

    def __init__(self) -> None:
        super().__init__()
        self._last: dict[tuple, float] = {}
        self._suppressed: Counter[tuple] = Counter()
        self._lock = threading.Lock()

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether to log a record; add the count of suppressed ones to its message."""
        if record.levelno < logging.WARNING or not record.name.startswith(REPEATING_LOGGERS):
            return True
        kind = record.exc_info[0] if record.exc_info else None
        what, now = (record.name.split("-")[0], str(record.msg), kind), clock.monotonic()
        with self._lock:
            if now - self._last.get(what, -REPEAT_INTERVAL_S) < REPEAT_INTERVAL_S:
                self._suppressed[what] += 1
                return False
            self._last[what], suppressed = now, self._suppressed.pop(what, 0)
        if suppressed:
            record.msg = f"{record.msg} ({suppressed:,} more since this was last logged)"
        return True


def configure(level: str | None = None) -> None:
    """Configure logging to standard error, with one line per event."""
    handler = logging.StreamHandler()
    handler.setFormatter(LogfmtFormatter())
    handler.addFilter(RepeatFilter())
    logging.basicConfig(level=(level or DEFAULT_LEVEL).upper(), handlers=[handler], force=True)
    logging.captureWarnings(True)
    for name in QUIETED_LOGGERS:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))
    # else one line per request under load
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)


def _value(text: str) -> str:
    if UNQUOTED_VALUE.fullmatch(text):
        return text
    return INVISIBLE_CHARACTERS.sub(
        lambda sign: f"\\u{ord(sign[0]):04x}", json.dumps(text, ensure_ascii=False)
    )
