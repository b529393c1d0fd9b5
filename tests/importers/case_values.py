"""The right values of the files in cases/: per file, each keyword with all that is known of it.

A file after another is imported into the same site. `VARIANTS` are other spellings, by file and
keyword; they are rows of the file, but no keywords of their own.
"""

from pathlib import Path

CASES = Path(__file__).parent / "cases"


def _volumes(text: str) -> dict[str, dict]:
    """Return {keyword: values} of lines “keyword | volume | intent”; the intent may be missing."""
    found = {}
    for line in text.strip().splitlines():
        phrase, volume, *intent = (cell.strip() for cell in line.split("|"))
        found[phrase] = {"volume": int(volume)} | ({"intent": intent[0]} if intent else {})
    return found


def _steps(**ends: tuple[int, int, int]) -> dict[str, dict]:
    return {
        f"{name} shoes": {
            "volume": middle,
            "volume_low": low,
            "volume_high": high,
            "currency": "USD",
            "competition": "Low",
        }
        for name, (low, middle, high) in ends.items()
    }


SHOES = {
    "buy shoes": {"volume": 100, "difficulty": 20},
    "red shoes": {"volume": 50, "difficulty": 10},
}
TEN, HUNDRED, THOUSAND = (10, 32, 100), (100, 316, 1_000), (1_000, 3_162, 10_000)
VALUES: dict[tuple[str, ...], dict[str, dict]] = {
    ("snake_case.csv",): {
        "buy shoes": {"volume": 100, "difficulty": 20, "cpc": 1.2, "intent": "transactional"}
    },
    ("keywords_everywhere.csv",): {
        "buy shoes": {
            "volume": 1900,
            "cpc": 1.2,
            "currency": "USD",
            "competition": "0.3",
            "trend": "2026-04:5",
        }
    },
    ("gkp_es_utf16.csv",): {
        "zapatillas trail": {
            "volume": 1900,
            "cpc": 1.1,
            "currency": "EUR",
            "competition": "Alta",
        }
    },
    ("gsc_query_compare.csv",): {
        "shed ideas": {
            "clicks": 53,
            "previous_clicks": 55,
            "impressions": 89,
            "previous_impressions": 94,
            "position": 1,
        }
    },
    ("dialect_eats_difficulty.csv",): {
        "buy shoes": SHOES["buy shoes"] | {"intent": "transactional"},
        "red shoes": SHOES["red shoes"] | {"intent": "informational"},
    },
    ("semrush_tracking_kd.csv",): {
        "buy shoes": {"volume": 49500, "difficulty": 34, "cpc": 0.88, "intent": "commercial"}
    },
    ("gsc_first.csv", "semrush_second.csv"): {
        "blue shoes": {
            "volume": 880,
            "difficulty": 20,
            "cpc": 1.2,
            "currency": "USD",
            "intent": "commercial",
            "trend": "0.1,0.2",
            "clicks": 5,
            "impressions": 100,
            "position": 3,
        }
    },
    ("seranking_a.csv",): {"red shoes": {"volume": 1900, "difficulty": 20, "cpc": 1.2}},
    ("paa_sparse.csv",): {
        "how to buy shoes": {"parent_topic": "shoes", "url": "https://x.example/#a=1"},
        "what is a shoe": {"parent_topic": "shoes", "url": "/search?a=1"},
    },
    ("excel_whole_line_quoted.csv",): SHOES,
    ("gsc_multiline_comma.csv",): {
        "shed ideas": {"clicks": 5, "impressions": 100, "position": 3},
        "expo 2021, convention centre, 11 june": {"clicks": 0, "impressions": 11, "position": 10},
        "shed base": {"clicks": 1, "impressions": 20, "position": 2},
    },
    ("x_dates.xlsx",): {
        "24": {"volume": 5, "difficulty": 1, "cpc": 0, "flags": "number"},
        "2026": {"volume": 7, "difficulty": 1, "cpc": 0, "flags": "number"},
        "007": {"volume": 7, "difficulty": 1, "cpc": 0, "flags": "number"},
    },
    ("x_percent.xlsx",): {
        "red shoes": {"volume": 1900, "difficulty": 35},
        "blue shoes": {"volume": 1900, "difficulty": 35},
        "green shoes": {"volume": 1900, "difficulty": 35},
        "white shoes": {},
    },
    ("x_merged.xlsx",): {
        "buy shoes": {"volume": 100, "difficulty": 20, "parent_topic": "shoes"},
        "red shoes": {"volume": 50, "difficulty": 10, "parent_topic": "shoes"},
        "blue shoes": {"volume": 20, "difficulty": 5, "parent_topic": "shoes"},
        "buy bags": {"volume": 9, "difficulty": 4, "parent_topic": "bags"},
    },
    ("x_three_sheets.xlsx",): {
        f"{sheet} {word}": {"volume": volume, "tags": sheet}
        for sheet in ("EN", "DE", "FR")
        for word, volume in (("shoes", 5), ("bags", 6))
    },
    ("x_html.xls",): _volumes("buy shoes | 100\nred shoes | 50"),
    ("cp932_ascii_header.csv",): _volumes("個別指導 守山区 | 320\n学習塾 おすすめ | 100"),
    ("cp1250_hu.csv",): _volumes("női cipő | 19\nőszi kabát | 20\nkerékpár árak | 5"),
    ("semrush_notices.csv",): {
        "shed ideas": {
            "volume": 100,
            "difficulty": 20,
            "cpc": 0.5,
            "currency": "USD",
            "intent": "informational",
            "serp_features": "x",
        }
    },
    ("gkp_steps.tsv",): _steps(red=TEN, blue=HUNDRED, green=THOUSAND, white=TEN, black=HUNDRED),
    ("q_mini_en.csv",): _volumes(
        """
        accounting software | 900 | commercial
        best accounting software uk | 500 | commercial
        accounting software for freelancers | 300 | commercial
        awning | 900 | commercial
        awnings sussex | 70 | informational
        plumber in leeds | 400 | transactional
        what is crm | 900 | informational
        crm meaning | 700 | informational
        crm definition | 500 | informational
        what does crm stand for | 400 | informational
        awning valance replacement | 50 | transactional
        dms vs ecm | 40 | informational
        """
    )
    | {
        "bank of somewhere login": {"volume": 800, "intent": "navigational", "flags": "brand"},
        "can you show me a picture": {"volume": 10, "flags": "no topic"},
    },
    ("q_mini_ja.csv",): _volumes(
        """
        お盆 旅行 | 100
        ボルダリング ホテル | 50
        yu kiroro | 40
        シルバーウィーク ぶどう狩り | 98
        """
    ),
    ("q_symbols.csv",): _volumes(
        """
        c++ tutorial | 900
        c# tutorial | 800
        c tutorial | 700
        .net developer salary | 300
        net developer salary | 20
        what is crm? | 100
        what is an llc | 90
        how to start an llc | 80
        roi vs roas | 70
        vat for smes | 60
        best crm for smes uk | 50
        email vs e-mail | 5
        🚗 rental | 5
        """
    ),
}
VARIANTS: dict[str, dict[str, list[tuple[str, int]]]] = {
    "q_mini_en.csv": {
        "awning": [("awnin", 200), ("awninh", 100)],
        "awning valance replacement": [("replacement awning valance", 40)],
        "dms vs ecm": [("ecm vs dms", 30)],
    },
    "q_mini_ja.csv": {
        "yu kiroro": [("ｙｕ ｋｉｒｏｒｏ", 10)],
        "シルバーウィーク ぶどう狩り": [("ぶどう狩り シルバーウィーク", 31)],
    },
}
