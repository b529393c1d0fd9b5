"""The fields of voice and budget in the settings form."""

from collections.abc import Mapping
from typing import Any

from igny8.voice_fields import VOICE_FIELDS
from igny8.web.ui.forms import Form, plain_dollars

MAX_CAP_DOLLARS = 10_000
CAPS = (("cap_run", "Per run"), ("cap_day", "Per day"), ("cap_month", "Per month"))


def read_voice_and_budget(form: Form) -> dict[str, Any]:
    """Return the values of the fields that were sent; missing ones are not changed."""
    voice = {
        field.name: form.optional_text(field.name, field.max_chars)
        for field in VOICE_FIELDS
        if field.name in form.sent
    }
    caps = {
        name: form.optional_dollars(name, MAX_CAP_DOLLARS) for name, _ in CAPS if name in form.sent
    }
    return voice | caps


def voice_and_budget_values(stored: Mapping[str, Any]) -> dict[str, str]:
    """Return the fields of the form for stored values."""
    voice = {field.name: str(stored[field.name] or "") for field in VOICE_FIELDS}
    return voice | {name: plain_dollars(stored[name]) for name, _ in CAPS}
