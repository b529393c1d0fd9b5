"""Forms: each method reads and validates one field; error messages say what to enter."""

import re
from collections.abc import Container, Mapping, MutableMapping
from datetime import UTC, datetime
from functools import cache
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from igny8 import clock
from igny8.models.price import MICROS_PER_CREDIT
from igny8.outbound.addresses import ForbiddenAddress, parse_url

LANGUAGES = {
    "en": "English",
    "de": "German",
    "fr": "French",
    "es": "Spanish",
    "it": "Italian",
    "pt": "Portuguese",
    "nl": "Dutch",
    "sv": "Swedish",
    "da": "Danish",
    "no": "Norwegian",
    "fi": "Finnish",
    "pl": "Polish",
    "cs": "Czech",
    "ro": "Romanian",
    "hu": "Hungarian",
    "tr": "Turkish",
    "el": "Greek",
    "ru": "Russian",
    "uk": "Ukrainian",
    "ar": "Arabic",
    "he": "Hebrew",
    "hi": "Hindi",
    "ja": "Japanese",
    "ko": "Korean",
    "zh": "Chinese",
}
CLOCK_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
COLOR = re.compile(r"#[0-9a-f]{6}")

DOLLARS = re.compile(r"[0-9]{1,6}(?:[.,][0-9]{1,4})?")
CREDITS_PER_DOLLAR = 1_000_000 // MICROS_PER_CREDIT


class Form:
    """The sent values, with `errors` by field and a `message` about the whole form."""

    def __init__(self, sent: MutableMapping[str, str] | Mapping[str, str]) -> None:
        self.sent = sent
        self.errors: dict[str, str] = {}
        self.message = ""
        self.labels: dict[str, str] = {}

    def value(self, name: str, default: str = "") -> str:
        """Return the value of a field as it was sent, to show it again."""
        value = self.sent.get(name)
        return default if value is None else value

    def label(self, name: str, label: str) -> str:
        """Store and return the label of a field, which error messages repeat."""
        self.labels[name] = label
        return label

    def text(self, name: str, what: str, longest: int) -> str:
        """Return a required text; `what` is its name in the error message."""
        value = " ".join(self.value(name).replace("\0", "").split())
        if not value:
            self.errors[name] = f"Enter {what}."
        elif len(value) > longest:
            self.errors[name] = f"Shorten this to {longest} characters; it has {len(value)}."
        return value

    def web_address(self, name: str, longest: int = 300) -> str:
        """Return a web address with its scheme (default https://), or "" if it is empty.

        An address without host name, with spaces or longer than `longest` is an error.
        """
        value = self.value(name).strip()
        if not value:
            return ""
        if "://" not in value:
            value = f"https://{value}"
        try:
            host = urlsplit(value).hostname or ""
        except ValueError:
            host = ""
        if not value.lower().startswith(("http://", "https://")) or (
            "." not in host and host != "localhost"
        ):
            self.errors[name] = (
                "Enter a web address such as https://www.example.com, or leave it empty."
            )
        elif len(value) > longest or any(c.isspace() for c in value):
            self.errors[name] = f"Enter an address without spaces, at most {longest} characters."
        return value

    def server_url(self, name: str, longest: int = 300) -> str:
        """Return the address of a server with its scheme, without user, query and fragment."""
        value = self.value(name).strip(" ").rstrip("/")
        try:
            parse_url(value)
            if len(value) > longest or "?" in value or "#" in value:
                raise ForbiddenAddress("Remove everything from ? or # on.")
        except ForbiddenAddress as forbidden:
            self.errors[name] = f"{forbidden} Enter an address such as https://api.openai.com/v1."
        return value

    def optional_text(self, name: str, longest: int) -> str:
        """Return an optional text."""
        value = self.value(name).replace("\0", "").replace("\r\n", "\n").strip()
        if len(value) > longest:
            self.errors[name] = f"Shorten this to {longest:,} characters; it has {len(value):,}."
        return value

    def optional_integer(self, name: str, least: int, most: int) -> int | None:
        """Return an integer within its limits, or None for an empty field."""
        return self.integer(name, least, most) if self.value(name).strip() else None

    def dollars(self, name: str, most: int) -> int:
        """Return an amount in dollars, such as 5 or 2.50, in credits of a hundredth of a cent."""
        value = self.value(name).strip().removeprefix("$").strip()
        if DOLLARS.fullmatch(value):
            amount = round(float(value.replace(",", ".")) * CREDITS_PER_DOLLAR)
            if 1 <= amount <= most * CREDITS_PER_DOLLAR:
                return amount
        self.errors[name] = f"Enter an amount in dollars up to {most:,}, such as 5 or 2.50."
        return 1

    def optional_dollars(self, name: str, most: int) -> int | None:
        """Return an amount in dollars in credits, or None for an empty field."""
        return self.dollars(name, most) if self.value(name).strip() else None

    def choice(self, name: str, choices: Container[str]) -> str:
        """Return the value of a field, which must be one of the choices."""
        value = self.value(name)
        if value not in choices:
            self.errors[name] = "Select an option from the list."
        return value

    def integer(self, name: str, least: int, most: int) -> int:
        """Return an integer within its limits."""
        value = self.value(name).strip()
        if re.fullmatch(r"[+-]?[0-9]{1,9}", value) and least <= int(value) <= most:
            return int(value)
        self.errors[name] = f"Enter a whole number from {least} to {most}."
        return least

    def color(self, name: str) -> str:
        """Return a colour as #rrggbb."""
        value = self.value(name).strip().lower()
        if not COLOR.fullmatch(value):
            self.errors[name] = (
                "Enter a colour as # and six digits or letters a–f, such as #23594a."
            )
        return value

    def clock_time(self, name: str) -> str:
        """Return a time of day as HH:MM."""
        value = self.value(name).strip()[:5]
        if not CLOCK_TIME.fullmatch(value):
            self.errors[name] = "Enter a time from 00:00 to 23:59."
        return value

    def local_time(self, name: str, zone: str) -> datetime:
        """Return a local date and time in a time zone, as browsers send it ("2026-12-01T09:00").

        A time that is skipped when clocks change is moved an hour later.
        """
        try:
            local = datetime.fromisoformat(self.value(name).strip()[:16])
            return local.replace(tzinfo=clock.time_zone(zone)).astimezone(UTC)
        except (ValueError, OverflowError):
            self.errors[name] = "Enter a day and a time."
            return clock.now()

    def time_zone(self, name: str) -> str:
        """Return the name of a valid time zone."""
        value = self.value(name).strip()
        if value != "UTC" and value not in available_timezones():
            self.errors[name] = "Select a time zone from the list, such as Europe/Berlin, or UTC."
        return value


@cache
def time_zones() -> tuple[str, ...]:
    """Return the time zones to choose from: UTC, and those named after places."""
    return "UTC", *sorted(
        name for name in available_timezones() if "/" in name and not name.startswith("Etc/")
    )


def plain_dollars(credits: int | None) -> str:
    """Return credits as an amount in dollars for a field: 2.50, 0.015; "" for None."""
    if credits is None:
        return ""
    text = f"{credits / CREDITS_PER_DOLLAR:.4f}"
    return text[:-2] if text.endswith("00") else text.rstrip("0")
