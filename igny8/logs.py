"""The log: one line an event, whatever somebody put into it, and no secret in it."""

import json
import logging
import re
import time

from igny8.redaction import redact

LEVEL = "INFO"
NOISY = ("alembic", "httpx2", "httpcore2", "huey", "openai", "waitress")  # they are heard from WARNING on
# what JSON leaves as it is and a terminal or a reader of lines takes for more: controls, line ends, directions
UNSEEN = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
PLAIN = re.compile(r"[\w./:@+-]+", re.ASCII)


class Line(logging.Formatter):
    """Writes an event as key=value pairs on one line; values with other signs are JSON strings."""

    def format(self, record: logging.LogRecord) -> str:
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        pairs = {"time": f"{moment}.{int(record.msecs):03}Z", "level": record.levelname, "logger": record.name,
                 "event": record.getMessage()}
        if record.exc_info:
            pairs["trace"] = self.formatException(record.exc_info)
        return " ".join(f"{name}={_value(redact(text))}" for name, text in pairs.items())


def set_up(level: str | None = None) -> None:
    """Let everything be logged to standard error, one line an event."""
    handler = logging.StreamHandler()
    handler.setFormatter(Line())
    logging.basicConfig(level=(level or LEVEL).upper(), handlers=[handler], force=True)
    logging.captureWarnings(True)
    for name in NOISY:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # else a line a request in the busiest moments


def _value(text: str) -> str:
    if PLAIN.fullmatch(text):
        return text
    return UNSEEN.sub(lambda sign: f"\\u{ord(sign[0]):04x}", json.dumps(text, ensure_ascii=False))
