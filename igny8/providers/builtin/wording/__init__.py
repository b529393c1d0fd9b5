"""The words of ideas and briefs in each language, and what decides which of them fit."""

from igny8.providers.builtin.wording.pack import (
    LANGUAGES,
    Pack,
    load_pack,
    pack_or_english,
    require_pack,
)

__all__ = ["LANGUAGES", "Pack", "load_pack", "pack_or_english", "require_pack"]
