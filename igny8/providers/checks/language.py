"""Check that a text is in the language of its site, part by part."""

import re
from collections import Counter

from igny8.providers.base import Check
from igny8.providers.checks.blocks import Block, prose, quote, words_of

MIN_WORDS = 8  # of a block whose language can be told
MIN_LEAD = 2.0  # times that another language's small words outnumber those of the right one
MIN_HITS = 3
NAMES = {
    "en": "English", "de": "German", "fr": "French", "es": "Spanish", "it": "Italian",
    "nl": "Dutch", "pt": "Portuguese", "pl": "Polish", "sv": "Swedish", "da": "Danish",
    "ru": "Russian", "ja": "Japanese", "zh": "Chinese", "ko": "Korean", "ar": "Arabic",
    "el": "Greek", "he": "Hebrew", "th": "Thai", "hi": "Hindi", "uk": "Ukrainian", "tr": "Turkish",
}  # fmt: skip
# Small words that are frequent in one language; those of several count for each of them.
SMALL_WORDS = {
    "en": "the and of to in is that for it with as was on are be this by you your or from have "
    "not can which what when how if will more their they than then these there",
    "de": "der die das und ist nicht mit ein eine einen einem auf für von zu den dem im sich "
    "auch es sie wird werden wie aus bei nach oder aber wenn nur noch sind haben kann ihr "
    "ihre man so zum zur",
    "fr": "le la les de des du et est un une dans que qui pour pas sur avec plus ce cette ces "
    "sont au aux vous votre vos il elle nous par ou mais comme si leur ne se on être",
    "es": "el la los las de del y es un una en que por para con no se su sus al lo como más "
    "pero este esta son está puede cuando si muy también o entre ser hay",
    "it": "il lo la i gli le di del della dei delle e è un una in che per con non si come più "
    "ma questo questa sono può quando se anche o tra essere nel nella al alla",
    "nl": "de het een en van is in op te dat die voor met niet zijn aan er je om ook als maar "
    "bij of naar uit kan wordt worden deze dit door over nog uw wat",
    "pt": "o a os as de do da dos das e é um uma em que para com não se por no na nos nas mais "
    "como mas ao seu sua são pode quando também ou entre ser este esta você",
    "pl": "i w na z do nie się jest to że o jak ale po za od przez dla czy lub może są tego ten "
    "ta które który oraz tylko także być gdy",
    "sv": "och i att det som en på är av för med till den har de inte om ett men var från kan "
    "du så när eller din ska vid bara också",
    "da": "og i at det som en på er af for med til den har de ikke om et men var fra kan du så "
    "når eller din skal ved kun også",
    "tr": "ve bir bu için ile da de olarak daha çok gibi en olan veya kadar sonra değil ne her",
}
SETS = {code: frozenset(words.split()) for code, words in SMALL_WORDS.items()}
SCRIPTS = {
    "ru": re.compile(r"[\u0400-\u04ff]"),
    "el": re.compile(r"[\u0370-\u03ff]"),
    "ar": re.compile(r"[\u0600-\u06ff]"),
    "he": re.compile(r"[\u0590-\u05ff]"),
    "hi": re.compile(r"[\u0900-\u097f]"),
    "th": re.compile(r"[\u0e00-\u0e7f]"),
    "ja": re.compile(r"[\u3040-\u30ff]"),
    "ko": re.compile(r"[\uac00-\ud7af]"),
    "zh": re.compile(r"[\u4e00-\u9fff]"),
}
SAME_SCRIPT = {"ru": ("ru", "uk", "bg", "sr"), "zh": ("zh", "ja"), "ar": ("ar", "fa", "ur")}
MIN_SCRIPT_SHARE = 0.4  # of the letters


def check_language(blocks: tuple[Block, ...], language: str) -> Check:
    """Check that the text, and each longer block of it, is in the language of the site."""
    wanted = language.partition("-")[0].partition("_")[0].lower() or "en"
    name = NAMES.get(wanted, wanted)
    for block in (*prose(blocks), *(b for b in blocks if b.is_heading)):
        found = language_of(block.text, wanted)
        if found and found != wanted:
            return Check(
                False,
                f"The text {block.place} is {NAMES.get(found, found)}, not {name}: "
                f"“{quote(block.text)}”. Write it again in the site's language.",
            )
    return Check(True, f"The text is in {name}")


def language_of(text: str, wanted: str) -> str:
    """Return the language of a text if it clearly differs from the wanted one, else ""."""
    letters = sum(char.isalpha() for char in text)
    for code, script in SCRIPTS.items():
        share = len(script.findall(text)) / letters if letters else 0.0
        if share >= MIN_SCRIPT_SHARE and letters >= MIN_WORDS:
            return "" if wanted in SAME_SCRIPT.get(code, (code,)) or code == wanted else code
    if wanted in SCRIPTS or wanted in ("uk", "bg", "sr", "fa", "ur"):
        latin = sum(char.isascii() and char.isalpha() for char in text)
        if letters >= 40 and latin / letters > 0.9:
            return _best(words_of(text), "")
        return ""
    words = words_of(text)
    if len(words) < MIN_WORDS:
        return ""
    found = _best(words, wanted)
    return found if wanted in SETS or found == "en" else ""


def _best(words: tuple[str, ...], wanted: str) -> str:
    """Return the language whose function words clearly outnumber the wanted one's, else ""."""
    counts = Counter({code: sum(word in known for word in words) for code, known in SETS.items()})
    best, hits = counts.most_common(1)[0]
    if best == wanted or hits < MIN_HITS or hits < MIN_LEAD * counts.get(wanted, 0):
        return ""
    return best
