"""The content of a message: its subject, its text, and its JSON document for webhooks."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from igny8 import clock

TEST_TEXT = "This is a test. Notifications of this site arrive here."
# page of an event or a next step → its path below the address of the pages
PATHS = {
    "automation": "/sites/{slug}/automation",
    "review": "/sites/{slug}/review",
    "run": "/sites/{slug}/runs/{run}",
    "imports": "/sites/{slug}/import",
    "import": "/sites/{slug}/import/{subject}",
    "approved": "/sites/{slug}/content?status=approved",
    "models": "/sites/{slug}/settings/models",
    "notifications": "/sites/{slug}/settings/notifications",
    "workers": "/workers",
}


@dataclass(frozen=True)
class Event:
    """Something that happened: `text` is a sentence, `link` the address of the page about it."""

    kind: str
    text: str
    link: str
    at: datetime


@dataclass(frozen=True)
class Message:
    """One message to one person about one site, with at least one event.

    `next_text`, `next_label` and `next_link` are the next step of the site; the label is empty if
    there is nothing to do. `settings_link` is where the person changes the notifications.
    """

    site: str
    site_url: str
    events: tuple[Event, ...]
    next_text: str
    next_label: str
    next_link: str
    settings_link: str

    @property
    def subject(self) -> str:
        """Return one line: the event, or the number of events."""
        first = (
            self.events[0].text if len(self.events) == 1 else f"{len(self.events)} notifications"
        )
        return " ".join(f"{self.site}: {first}".split())[:200]

    @property
    def text(self) -> str:
        """Return the message as plain text."""
        blocks = [f"{event.text}\n{event.link}" for event in self.events]
        if self.next_label:
            label = self.next_label.removesuffix("→").strip()
            blocks.append(f"Next: {self.next_text}\n{label}: {self.next_link}")
        elif self.next_text:
            blocks.append(f"Next: {self.next_text}")
        return "\n\n".join(blocks)

    @property
    def mail_text(self) -> str:
        """Return the text of a mail, with a footer that explains why it was sent."""
        return (
            f"{self.text}\n\n-- \nIGNY8 · {self.site}\n"
            f"You asked for this. Change or stop it: {self.settings_link}\n"
        )

    @property
    def document(self) -> dict[str, Any]:
        """Return the JSON document of a webhook."""
        return {
            "type": "notification",
            "timestamp": clock.now().isoformat(),
            "data": {
                "site": {"name": self.site, "url": self.site_url},
                "events": [
                    {
                        "kind": event.kind,
                        "text": event.text,
                        "url": event.link,
                        "at": event.at.isoformat(),
                    }
                    for event in self.events
                ],
                "next_step": {
                    "text": self.next_text,
                    "label": self.next_label,
                    "url": self.next_link,
                },
            },
        }


def link(base: str, page: str, slug: str, run: str = "", subject: object = "") -> str:
    """Return the address of a page, by default of the site's Automation page."""
    path = PATHS.get(page, PATHS["automation"]) if run or page != "run" else PATHS["automation"]
    return base + path.format(slug=slug, run=run, subject=subject)
