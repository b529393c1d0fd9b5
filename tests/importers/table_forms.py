"""What a table of keywords can be written as: tools, languages with their encodings, numbers."""

import csv
import io

# Per tool (the name of its dialect): its columns, and the field that each is read into, if any.
TOOLS: dict[str, list[tuple[str, str]]] = {
    "ahrefs": [
        ("#", ""),
        ("Keyword", "text"),
        ("Difficulty", "difficulty"),
        ("Volume", "volume"),
        ("CPC", "cpc"),
        ("Global volume", ""),
        ("First seen", ""),
    ],
    "ahrefs_organic": [
        ("Keyword", "text"),
        ("Volume", "volume"),
        ("KD", "difficulty"),
        ("CPC", "cpc"),
        ("Current organic traffic", ""),
        ("Current position", "position"),
        ("Current URL", ""),
    ],
    "semrush": [
        ("Keyword", "text"),
        ("Intent", ""),
        ("Volume", "volume"),
        ("Trend", ""),
        ("Keyword Difficulty", "difficulty"),
        ("CPC (USD)", "cpc"),
    ],
    "semrush_builder": [
        ("Database", ""),
        ("Keyword", "text"),
        ("Seed keyword", ""),
        ("Page", ""),
        ("Page type", ""),
        ("Volume", "volume"),
        ("Keyword Difficulty", "difficulty"),
        ("CPC (USD)", "cpc"),
    ],
    "semrush_api": [
        ("Keyword", "text"),
        ("Search Volume", "volume"),
        ("Keyword Difficulty Index", "difficulty"),
        ("CPC", "cpc"),
        ("Intent", ""),
    ],
    "semrush_organic": [
        ("Keyword", "text"),
        ("Position", "position"),
        ("Previous position", ""),
        ("Search Volume", "volume"),
        ("Keyword Difficulty", "difficulty"),
        ("CPC", "cpc"),
        ("URL", ""),
        ("Timestamp", ""),
    ],
    "search_console": [
        ("Top queries", "text"),
        ("Clicks", "clicks"),
        ("Impressions", "impressions"),
        ("CTR", ""),
        ("Position", "position"),
    ],
    "search_console_comparison": [
        ("Query", "text"),
        ("Last 28 days Clicks", "clicks"),
        ("Previous 28 days Clicks", "previous_clicks"),
        ("Last 28 days Impressions", "impressions"),
        ("Previous 28 days Impressions", "previous_impressions"),
        ("Last 28 days Position", "position"),
    ],
    "keyword_planner": [
        ("Keyword", "text"),
        ("Currency", ""),
        ("Avg. monthly searches", "volume"),
        ("Competition", ""),
        ("Top of page bid (low range)", ""),
        ("Top of page bid (high range)", "cpc"),
    ],
    "ubersuggest": [
        ("No", ""),
        ("Keyword", "text"),
        ("Search Volume", "volume"),
        ("CPC", "cpc"),
        ("Paid Difficulty", ""),
        ("SEO Difficulty", "difficulty"),
    ],
    "moz": [
        ("Keyword", "text"),
        ("Locale", ""),
        ("Monthly Volume", "volume"),
        ("Difficulty", "difficulty"),
        ("Organic CTR", ""),
        ("Date Analyzed", ""),
    ],
    "wordstat": [("Запросы со словом", "text"), ("Число запросов", "volume")],
    "key_collector": [
        ("Фраза", "text"),
        ("Группа", ""),
        ("Базовая частотность", "volume"),
        ("Источник", ""),
    ],
    "generic": [
        ("KW", "text"),
        ("Vol.", "volume"),
        ("KD %", "difficulty"),
        ("CPC ($)", "cpc"),
        ("Pos.", "position"),
    ],
}
# Phrases that people search for, per language: words with the letters that tell its encoding.
LANGUAGES = {
    "german": "gartenmöbel günstig gewächshaus hühnerstall bauen größe frühbeet öffnen",
    "french": "chaise été chère forêt où planter décoration réparer fenêtre crème",
    "spanish": "jardín pequeño cómo diseñar muebles otoño césped baño niños",
    "portuguese": "jardim decoração mão avó coração preço cadeira maçã construção",
    "czech": "zahradní nábytek levně dřevěná židle světlo květináč kůlna",
    "polish": "ogród meble drewniane krzesło światło łóżko żywopłot ścieżka",
    "hungarian": "kerti bútor olcsó fűnyíró árak őszi virágültetés tűzifa",
    "russian": "купить садовая мебель недорого теплица отзывы цена своими руками",
    "japanese": "庭の椅子 安い おすすめ ガーデニング 道具 選び方 人工芝",
    "chinese": "花园 家具 便宜 推荐 木制 椅子 怎么选 哪里买",
    "korean": "정원 가구 추천 저렴한 의자 나무 가격 만들기",
}
ENCODINGS = {
    "utf-8": tuple(LANGUAGES),
    "utf-8-sig": tuple(LANGUAGES),
    "utf-16": tuple(LANGUAGES),
    "cp1252": ("german", "french", "spanish", "portuguese"),
    "cp1250": ("czech", "polish", "hungarian"),
    "cp1251": ("russian",),
    "cp932": ("japanese",),
    "gb18030": ("chinese",),
    "euc-kr": ("korean",),
}
# Per locale of numbers: what groups thousands (the first that the encoding has), decimal mark.
LOCALES = {
    "1,234.5": (",", "."),
    "1.234,5": (".", ","),
    "1 234,5": ("\u202f\u00a0 ", ","),
    "1’234.5": ("’'", "."),
}
WHOLE = ("volume", "clicks", "previous_clicks", "impressions", "previous_impressions")


def can_write(text: str, encoding: str) -> bool:
    """Return whether an encoding has all characters of a text."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def tools_of(encoding: str) -> list[str]:
    """Return the tools whose header an encoding can write."""
    return [
        tool
        for tool, columns in TOOLS.items()
        if can_write("".join(name for name, _ in columns), encoding)
    ]


def number_text(number: float, locale: str, encoding: str, decimals: int) -> str:
    """Return a number as people of a locale write it."""
    groups, mark = LOCALES[locale]
    group = next(sign for sign in groups if can_write(sign, encoding))
    text = f"{number:,.{decimals}f}"
    return text.translate({ord(","): group, ord("."): mark})


def table_bytes(
    tool: str, rows: list[dict], encoding: str, divider: str, quoting: int, locale: str
) -> bytes:
    """Return the file of a tool with these rows ({field: value}); other cells are blank."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=divider, quoting=quoting, lineterminator="\r\n")
    writer.writerow([name for name, _ in TOOLS[tool]])
    for row in rows:
        cells = []
        for _, field in TOOLS[tool]:
            value = row.get(field, "")
            is_text = isinstance(value, str)
            decimals = 0 if field in WHOLE else 2
            cells.append(value if is_text else number_text(value, locale, encoding, decimals))
        writer.writerow(cells)
    return out.getvalue().encode(encoding)
