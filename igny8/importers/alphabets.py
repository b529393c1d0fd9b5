"""Tell by its letters whether a text can be in one language: a wrong encoding mixes alphabets.

For example, French read as Central European contains both č and ę, which no language does.
"""

_LATIN = (  # the letters beyond a–z of each language, as keywords use them
    "äöüß",  # German
    "àâæçéèêëîïôœùûüÿ",  # French
    "áéíñóúü",  # Spanish
    "áâãàçéêíóôõúü",  # Portuguese
    "àèéìíîòóùú",  # Italian
    "àçéèíïòóúü",  # Catalan
    "áèéêëïíóöúü",  # Dutch
    "åäöéüæøà",  # Danish, Norwegian, Swedish, Finnish
    "áðéíóúýþæö",  # Icelandic
    "áčďéěíňóřšťúůýž",  # Czech
    "áäčďéíĺľňóôŕšťúýž",  # Slovak
    "ąćęłńóśźż",  # Polish
    "áéíóöőúüű",  # Hungarian
    "čćđšž",  # Croatian, Slovenian
    "ăâîșțşţ",  # Romanian
    "çğıöşüâîûi̇",  # Turkish
    "ëç",  # Albanian
    "ąčęėįšųūž",  # Lithuanian
    "āčēģīķļņšūž",  # Latvian
    "äõöüšž",  # Estonian
)
_CYRILLIC = (
    "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",  # Russian, Bulgarian
    "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",  # Ukrainian
    "абвгдеёжзійклмнопрстуўфхцчшыьэюя",  # Belarusian
    "абвгдђежзијклљмнњопрстћуфхцчџш",  # Serbian
    "абвгдѓежзѕијклљмнњопрстќуфхцчџш",  # Macedonian
)
_LANGUAGES = tuple(frozenset(letters) for letters in (*_LATIN, *_CYRILLIC))
_ACCENTED, _OTHER = ("\u00c0", "\u024f"), ("\u0400", "\u04ff")


def share_in_one_language(text: str) -> float:
    """Return the largest share of non-ASCII letters that one alphabet has, 0 to 1."""
    letters = [mark for mark in text.lower() if _is_told_apart(mark)]
    if not letters:
        return 1.0
    return max(sum(mark in own for mark in letters) for own in _LANGUAGES) / len(letters)


def _is_told_apart(mark: str) -> bool:
    is_within = _ACCENTED[0] <= mark <= _ACCENTED[1] or _OTHER[0] <= mark <= _OTHER[1]
    return is_within and mark.isalpha()
