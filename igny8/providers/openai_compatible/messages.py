"""What every question has in common: who the model is, the site's voice, data that is fenced in."""

from dataclasses import dataclass

from igny8 import clock
from igny8.providers.base import Voice
from igny8.providers.prompts import fill_placeholders, select_prompt

FENCES = ("<data>", "</data>")


@dataclass(frozen=True, slots=True)
class Question:
    """Messages to send, and the name and version of the prompt that they were made of."""

    messages: list[dict]
    prompt: str


def question(
    name: str, voice: Voice, site: str, language: str, *, has_rules: bool = False, **values: str
) -> Question:
    """Return the question of a prompt, filled; values come from files and people and are only data."""
    version, text = select_prompt(name, voice.prompts)
    role_version, role = select_prompt("role", voice.prompts)
    clean = {key: data(value) for key, value in values.items()} | {"language": data(language)}
    voice_text = {"site": data(site), "language": data(language), "voice": _told(voice)}
    system, prompts = fill_placeholders(role, voice_text), f"{name}@{version}, role@{role_version}"
    if has_rules:
        rules_version, rules = select_prompt("rules", voice.prompts)
        today = clock.now().date().isoformat()
        system += "\n" + fill_placeholders(rules, {"date": today, "language": data(language)})
        prompts += f", rules@{rules_version}"
    return Question(
        [
            {"role": "system", "content": system},
            {"role": "user", "content": fill_placeholders(text, clean)},
        ],
        prompts,
    )


def data(value: str) -> str:
    """Return a text that cannot end the fence that it stands in."""
    for fence in FENCES:
        value = value.replace(fence, "")
    return value.replace("\0", "")


def _told(voice: Voice) -> str:
    """Return the site's own words about how it wants to sound."""
    parts = [
        f"Tone: {voice.tone}." if voice.tone else "",
        f"Readers: {voice.audience}." if voice.audience else "",
        f"What only this site knows: {voice.knowledge}." if voice.knowledge else "",
    ]
    return data(" ".join(part for part in parts if part)) + (" " if any(parts) else "")
