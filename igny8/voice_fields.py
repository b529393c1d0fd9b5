"""The site settings that are part of every prompt, declared once: form, limits and sentence."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VoiceField:
    """A text by the owner of a site for the models that write.

    `name` is the column of the settings and the field of Voice; `sentence` is the beginning of its
    sentence in the prompt. A field with `has_lines` is a text area.
    """

    name: str
    label: str
    sentence: str
    max_chars: int
    placeholder: str = ""
    hint: str = ""
    has_lines: bool = False


VOICE_FIELDS = (
    VoiceField("tone", "Tone", "Tone", 200, "plain, friendly, no superlatives"),
    VoiceField("audience", "Readers", "Readers", 200, "people with a small garden"),
    VoiceField(
        "knowledge",
        "Facts about your business",
        "What only this site knows",
        4000,
        hint="Facts, experience and names that no model knows. They make your articles different.",
        has_lines=True,
    ),
)
