"""Build messages from prompts: role, voice of the site, delimited data."""

from dataclasses import dataclass

from igny8 import clock
from igny8.providers.base import Voice
from igny8.providers.prompts import fill_placeholders, select_prompt
from igny8.voice_fields import VOICE_FIELDS

FENCES = ("<data>", "</data>")


@dataclass(frozen=True, slots=True)
class Question:
    """Messages to send, with the names and versions of their prompts."""

    messages: list[dict]
    prompt: str


def question(
    name: str, voice: Voice, site: str, language: str, *, has_rules: bool = False, **values: str
) -> Question:
    """Return a prompt with its values, which are untrusted data, filled in.

    `has_rules` adds the rules about facts and style to the system message.
    """
    version, text = select_prompt(name, voice.prompts)
    role_version, role = select_prompt("role", voice.prompts)
    clean = {key: data(value) for key, value in values.items()} | {"language": data(language)}
    voice_text = {"site": data(site), "language": data(language), "voice": _voice_sentences(voice)}
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
    """Return a text without the delimiter tags, so that it cannot end the delimited data."""
    for fence in FENCES:
        value = value.replace(fence, "")
    return value.replace("\0", "")


def _voice_sentences(voice: Voice) -> str:
    """Return the site's tone, readers and facts as sentences."""
    sentences = [(field.sentence, getattr(voice, field.name)) for field in VOICE_FIELDS]
    parts = [f"{sentence}: {text}." for sentence, text in sentences if text]
    return data(" ".join(parts)) + (" " if parts else "")
