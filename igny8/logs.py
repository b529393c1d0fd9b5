"""The log: one line an event, whatever somebody put into it, and no secret in it."""

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
)  # they are heard from WARNING on
REPEATING_LOGGERS = (
    "huey.consumer",
    "igny8.jobs",
    "igny8.task_queue",
)  # ten times a second and thread, while their queue is out of reach
REPEAT_INTERVAL_S = 60.0  # seconds
# what JSON leaves as it is and a terminal or a reader of lines takes for more: controls, line ends, directions
INVISIBLE_CHARACTERS = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
UNQUOTED_VALUE = re.compile(r"[\w./:@+-]+", re.ASCII)


class LogfmtFormatter(logging.Formatter):
    """Writes an event as key=value pairs on one line; values with other signs are JSON strings."""

    def format(self, record: logging.LogRecord) -> str:
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
    """Lets a trouble of those who repeat themselves pass once a minute, and says how often it came since."""

    def __init__(self):
        super().__init__()
        self._told, self._held, self._lock = {}, Counter(), threading.Lock()

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.WARNING or not record.name.startswith(REPEATING_LOGGERS):
            return True
        kind = record.exc_info[0] if record.exc_info else None
        what, now = (record.name.split("-")[0], str(record.msg), kind), clock.monotonic()
        with self._lock:
            if now - self._told.get(what, -REPEAT_INTERVAL_S) < REPEAT_INTERVAL_S:
                self._held[what] += 1
                return False
            self._told[what], held = now, self._held.pop(what, 0)
        if held:
            record.msg = f"{record.msg} ({held:,} more since this was said last)"
        return True


def configure(level: str | None = None) -> None:
    """Let everything be logged to standard error, one line an event."""
    handler = logging.StreamHandler()
    handler.setFormatter(LogfmtFormatter())
    handler.addFilter(RepeatFilter())
    logging.basicConfig(level=(level or DEFAULT_LEVEL).upper(), handlers=[handler], force=True)
    logging.captureWarnings(True)
    for name in QUIETED_LOGGERS:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))
    logging.getLogger("waitress.queue").setLevel(
        logging.ERROR
    )  # else a line a request in the busiest moments


def _value(text: str) -> str:
    if UNQUOTED_VALUE.fullmatch(text):
        return text
    return INVISIBLE_CHARACTERS.sub(
        lambda sign: f"\\u{ord(sign[0]):04x}", json.dumps(text, ensure_ascii=False)
    )
