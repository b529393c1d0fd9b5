"""A table written in any form of any tool is read back as the same rows."""

import csv
import io

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from igny8.importers import ImportOptions, read
from tests.importers import exports

HEADERS = {  # keyword, volume, difficulty, price of a click; and what else makes the tool known
    "ahrefs": ("Keyword", "Volume", "Difficulty", "CPC", "#", "Global volume", "First seen"),
    "semrush": ("Keyword", "Volume", "Keyword Difficulty", "CPC (USD)", "Intent", "Trend"),
    "german": ("Suchbegriff", "Suchvolumen", "Schwierigkeit", "CPC", "Wettbewerb"),
    "french": ("Mot clé", "Volume de recherche", "Difficulté du mot clé", "CPC"),
    "spanish": ("Palabra clave", "Volumen de búsquedas", "Dificultad", "Coste por clic"),
    "italian": ("Parola chiave", "Volume di ricerca", "Difficoltà", "Costo per clic"),
    "portuguese": ("Palavra-chave", "Volume de pesquisa", "Dificuldade", "Custo por clique"),
    "dutch": ("Zoekwoord", "Zoekvolume", "Moeilijkheid", "Kosten per klik"),
    "polish": ("Słowo kluczowe", "Liczba wyszukiwań", "Trudność", "Koszt kliknięcia"),
    "russian": ("Ключевое слово", "Частотность", "Сложность", "Цена за клик"),
    "japanese": ("キーワード", "検索ボリューム", "SEO難易度", "クリック単価"),
    "korean": ("키워드", "검색량", "난이도", "클릭당 비용"),
    "chinese": ("关键词", "搜索量", "关键词难度", "每次点击费用"),
    "snake": ("search_term", "search_volume", "keyword_difficulty", "cost_per_click"),
    "short": ("KW", "Vol.", "KD %", "CPC ($)"),
}
WORDS = some.sampled_from(
    [
        "red",
        "blue",
        "shoes",
        "garden",
        "beds",
        "how",
        "to",
        "build",
        "best",
        "running",
        "kids",
        "café",
        "naïve",
        "übung",
    ]
)
PHRASE = some.lists(WORDS, min_size=1, max_size=4).map(" ".join)
ROW = some.tuples(
    PHRASE,
    some.integers(0, 5_000_000),
    some.integers(0, 100),
    some.integers(1, 9_999).map(lambda cents: cents / 100),
)
FORMS = ("plain", "us", "german", "french", "swiss")
calm = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))


def grouped(number: int, form: str) -> str:
    mark = {"plain": "", "us": ",", "german": ".", "french": "\u202f", "swiss": "’"}[form]
    return f"{number:,}".replace(",", mark)


def decimal(number: float, form: str) -> str:
    return f"{number:.2f}".replace(".", "," if form in ("german", "french") else ".")


def unique(rows: list[tuple]) -> list[tuple]:
    return list({row[0]: row for row in reversed(rows)}.values())[::-1]


def written(header: tuple, rows: list[tuple], form: str, divider: str, quoting: int) -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=divider, quoting=quoting, lineterminator="\r\n")
    writer.writerow(header)
    for text, volume, difficulty, price in rows:
        figures = [grouped(volume, form), str(difficulty), decimal(price, form)]
        writer.writerow([text, *figures, *[""] * (len(header) - 4)])
    return out.getvalue()


def check(data: bytes, name: str, rows: list[tuple]) -> None:
    parsed = read(data, name)
    found = [(row.text, row.volume, row.difficulty, row.cpc) for row in parsed]
    aside = {problem.text for problem in parsed.report.asides}
    assert found == [row for row in rows if row[0] not in aside]
    assert not parsed.report.unused and not parsed.report.warnings


@calm
@given(
    some.sampled_from(sorted(HEADERS)),
    some.lists(ROW, min_size=3, max_size=12).map(unique),
    some.sampled_from(FORMS),
    some.sampled_from([",", ";", "\t", "|"]),
    some.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    some.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_text_tables_of_all_tools_read_back(tool, rows, form, divider, quoting, encoding):
    text = written(HEADERS[tool], rows, form, divider, quoting)
    check(text.encode(encoding), "export.csv", rows)


@calm
@given(some.sampled_from(sorted(HEADERS)), some.lists(ROW, min_size=1, max_size=8).map(unique))
def test_workbooks_of_all_tools_read_back(tool, rows):
    header = HEADERS[tool]
    cells = [list(header), *([*row, *[None] * (len(header) - 4)] for row in rows)]
    check(exports.workbook(cells), "export.xlsx", rows)


@calm
@given(
    some.sampled_from(sorted(HEADERS)),
    some.lists(ROW, min_size=1, max_size=8).map(unique),
    some.sampled_from(FORMS),
)
def test_html_and_markdown_tables_read_back(tool, rows, form):
    header = HEADERS[tool][:4]
    table = [[t, grouped(v, form), str(d), decimal(p, form)] for t, v, d, p in rows]
    page = "".join(
        "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
        for cells in [header, *table]
    )
    check(f"<html><table>{page}</table></html>".encode(), "export.xls", rows)
    lines = ["# Keywords", "", "| " + " | ".join(header) + " |", "|" + " --- |" * 4]
    lines += ["| " + " | ".join(cells) + " |" for cells in table]
    check("\n".join([*lines, "", "Some words after it."]).encode(), "export.md", rows)


LANGUAGES = {  # words that people search for, and the old encodings that their spreadsheets write
    "czech": ("zahradní nábytek levně dřevěná židle světlo květináč kůlna", ["cp1250"]),
    "hungarian": ("kerti bútor olcsó fűnyíró árak őszi virágültetés", ["cp1250"]),
    "russian": ("купить садовая мебель недорого теплица отзывы цена", ["cp1251", "koi8-r"]),
    "greek": ("έπιπλα κήπου τιμές φθηνά σκάλα ξύλινη καρέκλα", ["cp1253"]),
    "turkish": ("bahçe mobilyası ucuz ahşap ışık çiçek saksısı", ["cp1254"]),
    "german": ("gartenmöbel günstig gewächshaus hühnerstall bauen größe", ["cp1252"]),
    "french": ("chaise été pas chère forêt où planter décoration", ["cp1252", "mac-roman"]),
    "japanese": ("庭の椅子 安い おすすめ ガーデニング 道具 選び方", ["cp932"]),
    "chinese": ("花园 家具 便宜 推荐 木制 椅子 怎么选", ["gb18030"]),
    "taiwanese": ("花園 家具 便宜 推薦 木製 椅子 怎麼選", ["big5"]),
    "korean": ("정원 가구 추천 저렴한 의자 나무 가격", ["cp949"]),
}
WRITTEN = [(language, codec) for language, (_, codecs) in LANGUAGES.items() for codec in codecs]


@calm
@given(some.sampled_from(WRITTEN), some.data())
def test_old_encodings_read_back_or_are_reported_as_uncertain(written_in, data):
    language, codec = written_in
    words = LANGUAGES[language][0].split()
    phrase = some.lists(some.sampled_from(words), min_size=1, max_size=4, unique=True)
    phrases = data.draw(some.lists(phrase.map(" ".join), min_size=4, max_size=20, unique=True))
    rows = [(text, 10 * number) for number, text in enumerate(phrases)]
    file = "Keyword;Volume\n" + "".join(f"{text};{volume}\n" for text, volume in rows)
    parsed = read(file.encode(codec), "export.csv")
    found = [(row.text, row.volume) for row in parsed]
    assert parsed.report.encodings or found == rows
    chosen = read(file.encode(codec), "export.csv", ImportOptions({}, encoding=codec))
    assert [(row.text, row.volume) for row in chosen] == rows
