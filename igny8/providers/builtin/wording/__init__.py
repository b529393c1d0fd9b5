"""The wording of ideas and briefs in each language, and the rules that choose it."""

from igny8.providers.builtin.wording.pack import (
    LANGUAGES,
    Pack,
    load_pack,
    pack_or_english,
    require_pack,
)

__all__ = ["LANGUAGES", "Pack", "load_pack", "pack_or_english", "require_pack"]
