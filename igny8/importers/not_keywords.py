"""Recognise rows that are not keywords."""

import re
from collections.abc import Sequence

MAX_CHARS, MAX_WORDS = 80, 12
_TOTALS = frozenset(
    [
        "total",
        "totals",
        "subtotal",
        "sum",
        "summe",
        "gesamt",
        "gesamtsumme",
        "insgesamt",
        "somme",
        "totale",
        "suma",
        "totaal",
        "som",
        "razem",
        "łącznie",
        "итого",
        "всего",
        "сумма",
        "合計",
        "総計",
        "합계",
        "총계",
        "总计",
        "合计",
        "總計",
        "合計",
    ]
) | {"grand total", "total général", "total general", "totale generale", "total geral"}
_SECTIONS = frozenset(
    [
        "top",
        "rising",
        "related",
        "queries",
        "topics",
        "keywords",
        "keyword",
        "ideas",
        "most",
        "popular",
        "breakout",
    ]
) | {"related queries", "related topics", "keyword ideas", "top queries", "rising queries"}
_NOTICE = re.compile(
    r"you can (?:only )?export|can be exported|to export more|export (?:limit|only)|rows available"
    r"|your (?:current )?(?:subscription|plan)|upgrade (?:to|your)|custom plan|see (?:our )?plans"
    r"|plans and pric|free (?:plan|trial|version) |sign up (?:to|for) |unlock (?:all|more|the)"
    r"|exported (?:on|from|by|at)|generated (?:on|by|with)|report (?:created|generated)"
    r"|all rights reserved|copyright|©|data (?:source|provided by)|powered by"
    r"|(?:zeilen|schlüsselwörter) (?:verfügbar|exportieren)|ihr(?:em|es|en)? (?:abo|tarif)\b"
    r"|votre (?:abonnement|forfait)|su (?:suscripción|plan)\b"
    r"|seu plano|il tuo (?:piano|abbonamento)"
    r"|вашего тарифа|вашей подписк",
    re.IGNORECASE,
)
_URL = re.compile(
    r"(?:[a-z][a-z0-9+.-]*://|www\.)\S+|[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}/\S*", re.IGNORECASE
)
_OPERATOR = re.compile(
    r"(?:^|[\s(\"-])(?:site|intitle|inurl|intext|inanchor|allintitle|allinurl|allintext|filetype"
    r"|ext|related|cache|link|info|define|insubject|location|source):\s?\S",
    re.IGNORECASE,
)
_SQL = re.compile(
    r"\bselect\s+(?:\*|[\w.]+\s*,.*|.*\()\s*.*\bfrom\b|\bselect\b.+\bfrom\b.+\bwhere\b"
    r"|\binsert\s+into\s+\w+|\bupdate\s+\w+\s+set\s+\w+\s*=|\bdelete\s+from\s+\w+"
    r"|\b(?:drop|alter|truncate)\s+(?:table|database)\s+(?:if\s+exists\s+)?\w+\s*(?:;|$)|\bunion\s+(?:all\s+)?select\b"
    r"|'\s*(?:or|and)\s*'?\d*'?\s*=|;\s*--|\bwaitfor\s+delay\b|\bsleep\(\d",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"(?<!\S)[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}(?!\S)", re.IGNORECASE)
_PHONE = re.compile(r"(?:tel\.?:?\s*)?\+?[\d\s()./-]{7,24}")
_SHORT_NUMBER = re.compile(r"\d{1,4}")  # a year, 24, 007: people search for these
_NUMBER = re.compile(r"[-+−]?[\d.,\s'’]*\d[\d.,\s'’]*%?")


_MAY_BE_SQL = re.compile(r"select|insert|update|delete|table|database|union|'|;|\(")


def reason_set_aside(text: str, is_alone: bool) -> str:
    """Return why a text is probably not a keyword, or "".

    `is_alone` means that the other cells of its row are empty.
    """
    folded = text.casefold().strip(" :.!")
    words = text.split()
    if folded in _TOTALS or (":" in folded and folded.partition(":")[0].strip() in _TOTALS):
        return "a total, not a keyword"
    if is_alone and (folded in _SECTIONS and (text.isupper() or text.endswith(":"))):
        return "a section title"
    if is_alone and _NOTICE.search(text):
        return "a notice of the tool"
    is_plain = text.replace(" ", "").isalnum() and not text.replace(" ", "").isdecimal()
    if not is_plain and (reason := _reason_by_signs(text)):
        return reason
    if _MAY_BE_SQL.search(text.lower()) and _SQL.search(text):
        return "SQL, not a keyword"
    if len(text) == 1 and not text.isdecimal() and not _is_a_word(text):
        return "a single sign"
    if len(text) > MAX_CHARS:
        return f"longer than {MAX_CHARS} characters"
    if len(words) > MAX_WORDS:
        return f"more than {MAX_WORDS} words"
    return "a notice of the tool" if is_alone and _is_a_sentence(text, words) else ""


def _reason_by_signs(text: str) -> str:
    """Return why a text with other signs than letters, or only digits, is not a keyword."""
    if _URL.fullmatch(text) or re.match(r"https?://", text, re.IGNORECASE):
        return "a web address"
    if _OPERATOR.search(text):
        return "a search operator"
    if "@" in text and _EMAIL.search(text):
        return "an e-mail address"
    if _PHONE.fullmatch(text) and 7 <= sum(map(str.isdigit, text)) <= 15 and _looks_dialled(text):
        return "a phone number"
    if _NUMBER.fullmatch(text) and not _SHORT_NUMBER.fullmatch(text):
        return "a number alone"
    return ""


def total_label(cells: Sequence[object]) -> str:
    """Return the label of a row of totals with a blank keyword cell, or ""."""
    return next((str(cell) for cell in cells if str(cell).strip(" :").casefold() in _TOTALS), "")


def _looks_dialled(text: str) -> bool:
    """Return whether digits are formatted as a phone number rather than a number."""
    digits = re.sub(r"\D", "", text)
    return (
        text.startswith(("+", "tel", "Tel", "0", "("))
        or (len(digits) >= 9 and bool(re.search(r"\d[\s()/-]+\d", text)))
        or bool(re.fullmatch(r"\d{3}[-.\s]\d{4}|\d{3}[-.\s]\d{3}[-.\s]\d{4}", text))
    )


def _is_a_word(mark: str) -> bool:
    """Return whether a single character is a word, as in Chinese, or an emoji."""
    return "\u3400" <= mark <= "\u9fff" or mark > "\u2fff" or not (mark.isascii() or mark.isalpha())


def _is_a_sentence(text: str, words: Sequence[str]) -> bool:
    return len(words) >= 5 and text.endswith(".") and text[:1].isupper()
