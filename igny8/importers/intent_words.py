"""Read the intent of a keyword from the words and letters that tools use."""

import re
from collections.abc import Mapping

from igny8.importers.numbers import is_missing

INTENTS = ("transactional", "commercial", "informational", "navigational")  # strongest first
_INTENT_WORDS = {
    **{name[0]: name for name in INTENTS},
    "d": "transactional",
    "do": "transactional",
    "know": "informational",
    "website": "navigational",
    "transaktional": "transactional",
    "kommerziell": "commercial",
    "informativ": "informational",
    "navigativ": "navigational",
    "navigationsorientiert": "navigational",
    "transactionnel": "transactional",
    "transactionnelle": "transactional",
    "commercial investigation": "commercial",
    "commerciale": "commercial",
    "informationnel": "informational",
    "informationnelle": "informational",
    "navigationnel": "navigational",
    "navigationnelle": "navigational",
    "transaccional": "transactional",
    "comercial": "commercial",
    "informativa": "informational",
    "informacional": "informational",
    "informativo": "informational",
    "navegacional": "navigational",
    "de navegación": "navigational",
    "transazionale": "transactional",
    "informazionale": "informational",
    "navigazionale": "navigational",
    "transacional": "transactional",
    "commercieel": "commercial",
    "informatief": "informational",
    "transactioneel": "transactional",
    "navigatie": "navigational",
    "transakcyjna": "transactional",
    "komercyjna": "commercial",
    "informacyjna": "informational",
    "nawigacyjna": "navigational",
    "транзакционный": "transactional",
    "коммерческий": "commercial",
    "информационный": "informational",
    "навигационный": "navigational",
    "購買": "transactional",
    "取引": "transactional",
    "商業": "commercial",
    "商用": "commercial",
    "情報": "informational",
    "情報収集": "informational",
    "案内": "navigational",
    "ナビゲーショナル": "navigational",
    "거래": "transactional",
    "상업": "commercial",
    "정보": "informational",
    "탐색": "navigational",
    "交易": "transactional",
    "商业": "commercial",
    "信息": "informational",
    "导航": "navigational",
}

# words that stand in such columns and are no intent
_BESIDE = frozenset(["branded", "non-branded", "local", "visit", "mixed", "other", ""])


def strongest_intent(cell: str, codes: Mapping[str, str]) -> str | None:
    """Return the intent in a cell; of several the one nearest to buying. None if empty.

    Raises ValueError for unknown words.
    """
    if is_missing(cell):  # "n/a" is no letter of an intent
        return None
    words = {word.strip().lower() for word in re.split(r"[,;/|&+\n]", cell)}
    known = {codes.get(word) or _INTENT_WORDS.get(word, word) for word in words}
    found = next((intent for intent in INTENTS if intent in known), None)
    if found is None and not known <= _BESIDE:
        raise ValueError(f"{cell!r} is no intent")
    return found
