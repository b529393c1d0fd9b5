"""Exports of further tools, as they write them: no column lost, none taken for another."""

import pytest

from igny8.importers import read
from igny8.importers.base import Row

SHED = {"text": "shed plans", "volume": 2400, "cpc": 0.55}
HOUSE = {"text": "gartenhaus bauplan", "volume": 2400, "cpc": 0.55}
PLANNER = {"volume": 2400, "cpc": 0.55}
TOOLS = {
    "se_ranking": (
        "Keyword,Search vol.,CPC,Competition,KEI,Difficulty,Global vol.,Intent\n"
        "shed plans,2400,0.55,0.9,5,41,9000,I\n",
        SHED | {"difficulty": 41, "competition": "0.9", "intent": "informational"},
    ),
    "kwfinder": (
        "Keyword,Location,Language,Search volume,CPC,PPC,Keyword difficulty,Last KD update,"
        "Trend Jun 2025,Trend Jul 2025\nshed plans,United States,English,2400,0.55,90,41,"
        "2026-05-01,1900,2900\n",
        SHED | {"difficulty": 41, "competition": "90", "trend": "2025-06:1900,2025-07:2900"},
    ),
    "kwfinder_list": (
        '"Keyword";"Avg. Search Volume (Last Known Values)";"Avg. CPC";"Avg. PPC"\n'
        '"shed plans";"2400";"0.55";"90"\n',
        SHED | {"competition": "90"},
    ),
    "ubersuggest_es": (
        "Palabra clave,Volumen de búsqueda,Coste por clic,Dificultad de pago,"
        "Dificultad de búsqueda\nplanos de caseta,2400,0.55,80,41\n",
        PLANNER | {"text": "planos de caseta", "difficulty": 41, "competition": "80"},
    ),
    "alsoasked": (
        "Question,Parent Question,Depth,Language\nAre sheds taxable?,Do sheds cost tax?,2,en\n",
        {"text": "Are sheds taxable?", "parent_topic": "Do sheds cost tax?", "language": "en"},
    ),
    "bing_research": (
        "Keyword,Global Impressions,Impressions (United States)\nshed plans,9000,2400\n",
        {"text": "shed plans", "impressions": 2400},
    ),
    "bing_planner": (
        "Keyword,Avg. monthly searches,Competition,Suggested bid (USD)\n"
        "shed plans,2400,High,0.55\n",
        SHED | {"currency": "USD", "competition": "High"},
    ),
    "key_collector": (
        "Фраза;Базовая частотность [YW];Стоимость клика [Dir.];Группа\n"
        "проект сарая;2400;0,55;сараи\n",
        PLANNER | {"text": "проект сарая", "parent_topic": "сараи"},
    ),
    "sistrix": (
        "Keyword;Position;Suchvolumen/Monat;CPC;Suchintention\n"
        "gartenhaus bauplan;3;2.400;0,55;Know\n",
        HOUSE | {"position": 3, "intent": "informational"},
    ),
    "serpstat": (
        '"Keyword";"Volume";"CPC";"Competition in PPC";"Keyword difficulty"\n'
        '"shed plans";"2400";"0.55";"90";"41"\n',
        SHED | {"difficulty": 41, "competition": "90"},
    ),
    "spyfu": (
        "Keyword,Search Volume,Ranking Difficulty,Cost Per Click,Total Monthly Clicks,SEO Clicks,"
        "Monthly Volume (Global),Percent Paid Clicks\n"
        "shed plans,2400,41,$0.55,1200,80,9000,10%\n",
        SHED | {"difficulty": 41, "clicks": None},
    ),
    "keywordtool": (
        'Keywords,Search Volume (Average),Search Volume Trend,"CPC (Average, USD)"\n'
        "shed plans,2400,10%,0.55\n",
        SHED,
    ),
    "seobility": (
        "Keyword;Suchvolumen (Monat);CPC in €;Schwierigkeit in %\n"
        "gartenhaus bauplan;2.400;0,55 €;41 %\n",
        HOUSE | {"difficulty": 41, "currency": "EUR"},
    ),
    "google_ads_search_terms": (
        "Search terms report\nJune 1, 2026 - June 30, 2026\n"
        "Search term,Ad group,Clicks,Impr.,CTR,Currency code,Avg. CPC,Cost\n"
        "shed plans,Plans,53,89,59.55%,USD,0.55,29.15\n"
        "Total: Search terms,,53,89,59.55%,USD,0.55,29.15\n",
        {"text": "shed plans", "clicks": 53, "impressions": 89, "currency": "USD", "cpc": 0.55},
    ),
    "search_console_of_two_dates": (
        "Top queries,6/1/26 - 6/28/26 Clicks,5/4/26 - 5/31/26 Clicks,6/1/26 - 6/28/26 Impressions,"
        "5/4/26 - 5/31/26 Impressions,6/1/26 - 6/28/26 Position,5/4/26 - 5/31/26 Position\n"
        "shed plans,53,55,89,94,1.1,2.2\n",
        {
            "clicks": 53,
            "previous_clicks": 55,
            "impressions": 89,
            "previous_impressions": 94,
            "position": 1.1,
        },
    ),
    "planner_table_of_the_page": (
        "Keyword (by relevance)\tAvg. monthly searches\tThree month change\tCompetition\n"
        "shed plans\t1K – 10K\t0%\tHigh\n",
        {"text": "shed plans", "volume_low": 1_000, "volume_high": 10_000},
    ),
}
PLANNERS = {  # headers in the language of the account; the figures are the same
    "de": "Keyword\tWährung\tDurchschnittliche Suchanfragen pro Monat\tVeränderung in drei Monaten\t"
    "Wettbewerb\tWettbewerb (indexierter Wert)\tGebot für obere Positionen (unterer Bereich)\t"
    "Gebot für obere Positionen (oberer Bereich)",
    "fr": "Mot clé\tDevise\tNombre moyen de recherches mensuelles\tVariation sur trois mois\t"
    "Concurrence\tConcurrence (valeur indexée)\tEnchère de haut de page (fourchette basse)\t"
    "Enchère de haut de page (fourchette haute)",
    "it": "Parola chiave\tValuta\tMedia delle ricerche mensili\tVariazione su tre mesi\tConcorrenza\t"
    "Concorrenza (valore indicizzato)\tOfferta per la parte superiore della pagina (fascia bassa)\t"
    "Offerta per la parte superiore della pagina (fascia alta)",
    "pt": "Palavra-chave\tMoeda\tMédia de pesquisas mensais\tMudança em três meses\tConcorrência\t"
    "Concorrência (valor indexado)\tLance na parte superior da página (faixa menor)\t"
    "Lance na parte superior da página (faixa maior)",
    "nl": "Zoekwoord\tValuta\tGem. maandelijkse zoekopdrachten\tVerandering in drie maanden\t"
    "Concurrentie\tConcurrentie (geïndexeerde waarde)\tBod bovenaan de pagina (laag bereik)\t"
    "Bod bovenaan de pagina (hoog bereik)",
    "pl": "Słowo kluczowe\tWaluta\tŚr. mies. liczba wyszukiwań\tZmiana w ciągu trzech miesięcy\t"
    "Konkurencja\tKonkurencja (wartość indeksowana)\tStawka za górę strony (dolny zakres)\t"
    "Stawka za górę strony (górny zakres)",
    "ru": "Ключевое слово\tВалюта\tСреднее число запросов в месяц\tИзменение за три месяца\t"
    "Конкуренция\tКонкуренция (индекс)\tСтавка для показа вверху страницы (мин.)\t"
    "Ставка для показа вверху страницы (макс.)",
    "ja": "キーワード\t通貨\t月間平均検索ボリューム\t3 か月の推移\t競合性\t競合性（インデックス値）\t"
    "ページ上部に掲載された広告の入札単価（低額帯）\tページ上部に掲載された広告の入札単価（高額帯）",
}


def only_row(data: bytes) -> tuple[Row, object]:
    parsed = read(data, "export.csv")
    (row,) = parsed
    return row, parsed.report


@pytest.mark.parametrize("tool", TOOLS)
def test_every_column_of_a_tool_is_used_or_explained(tool):
    text, expected = TOOLS[tool]
    row, report = only_row(text.encode())
    assert {name: getattr(row, name) for name in expected} == expected
    assert not report.unused and not report.warnings


@pytest.mark.parametrize("language", PLANNERS)
def test_planner_in_any_language_leaves_no_column_unexplained(language):
    lines = (
        f"Stats\n2026\n{PLANNERS[language]}\nshed plans\tEUR\t2400\t22%\tHigh\t100\t0.20\t0.55\n"
    )
    row, report = only_row(lines.encode("utf-16"))
    assert (row.volume, row.cpc, row.currency, row.competition) == (2400, 0.55, "EUR", "High")
    assert not report.unused and not report.warnings


def test_unknown_word_for_an_intent_is_a_warning():
    row, report = only_row(b"Keyword,Volume,Intent\nshed plans,2400,Browsing\n")
    assert row.intent is None and "“Browsing”" in report.warnings[0]


@pytest.mark.parametrize("cell", ["Branded", "Non-branded, Local", "", "n/a"])
def test_words_beside_intents_are_no_warning(cell):
    row, report = only_row(f'Keyword,Volume,Intent\nshed plans,2400,"{cell}"\n'.encode())
    assert row.intent is None and not report.warnings
