"""Signs and words in numbers: missing values, scales such as K or тыс, currencies."""

import re

MISSING = frozenset(
    {
        "",
        "-",
        "--",
        "–",
        "—",
        "n/a",
        "na",
        "n.a.",
        "#n/a",
        "null",
        "none",
        "nan",
        "nil",
        "unknown",
        "no data",
        "not available",
        "(not set)",
        "?",
        "k.a.",
        "keine angabe",
        "n/d",
        "nd",
        "s/d",
        "нет данных",
        "н/д",
        "なし",
        "無",
        "无",
        "暂无数据",
        "없음",
    }
)
SPACES = re.compile("[\\s\u00a0\u2007\u2009\u202f'’]")
MONEY = re.compile(
    r"^(?:[A-Z]{0,3}[$€£¥₹₽₩₺₴₪฿₫₱円元]|[A-Z]{3}|kr\.?|zł|Kč|Ft)"
    r"|(?:[$€£¥₹₽₩₺₴₪฿₫₱円元]|[A-Z]{3}|kr\.?|zł|Kč|Ft|руб\.?|р\.)$"
)
# Scales by their words, in the languages of the tools.
SCALES = {
    "k": 1_000,
    "m": 1_000_000,
    "b": 1_000_000_000,
    "tsd": 1_000,
    "mio": 1_000_000,
    "mrd": 1_000_000_000,
    "mil": 1_000,
    "mille": 1_000,
    "mila": 1_000,
    "mln": 1_000_000,
    "mill": 1_000_000,
    "mi": 1_000_000,
    "milhões": 1_000_000,
    "millones": 1_000_000,
    "millions": 1_000_000,
    "million": 1_000_000,
    "thousand": 1_000,
    "tys": 1_000,
    "dzd": 1_000,
    "duizend": 1_000,
    "mjn": 1_000_000,
    "тыс": 1_000,
    "млн": 1_000_000,
    "млрд": 1_000_000_000,
    "к": 1_000,
    "千": 1_000,
    "万": 10_000,
    "萬": 10_000,
    "億": 100_000_000,
    "亿": 100_000_000,
    "百万": 1_000_000,
    "천": 1_000,
    "만": 10_000,
    "백만": 1_000_000,
    "억": 100_000_000,
}
SCALED = re.compile(
    r"([-+−]?[\d.,]*\d)("
    + "|".join(sorted(map(re.escape, SCALES), key=len, reverse=True))
    + r")\.?$",
    re.IGNORECASE,
)
SYMBOLS = {
    "$": "USD",
    "€": "EUR",
    "£": "GBP",
    "₹": "INR",
    "₽": "RUB",
    "₩": "KRW",
    "₺": "TRY",
    "₴": "UAH",
    "₪": "ILS",
    "฿": "THB",
    "₫": "VND",
    "₱": "PHP",
}
