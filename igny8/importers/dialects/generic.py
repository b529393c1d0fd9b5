"""Any table in which a column is recognisably the keyword."""

from igny8.importers.dialects.base import Dialect
from igny8.importers.dialects.search_console import QUERY_NAMES

KEYWORD_NAMES = (
    "keyword", "keywords", "key word", "keyphrase", "key phrase", "keyword phrase", "search term",
    "search terms", "search query", "query", "queries", "search keyword", "focus keyword",
    "target keyword", "primary keyword", "main keyword", "suggestion", "suggestions", "phrase",
    "term", "suchbegriff", "suchbegriffe", "suchanfrage", "suchanfragen", "suchwort",
    "schlüsselwort", "schlagwort", "mot-clé", "mot clé", "mots-clés", "mots clés", "requête",
    "requêtes", "palabra clave", "palabras clave", "consulta", "consultas", "parola chiave",
    "parole chiave", "palavra-chave", "palavras-chave", "palavra chave", "zoekwoord",
    "zoekwoorden", "zoekterm", "słowo kluczowe", "słowa kluczowe", "fraza", "sökord", "søkeord",
    "søgeord", "avainsana", "klíčové slovo", "anahtar kelime", "ключевое слово", "ключевые слова",
    "ключевая фраза", "запрос", "фраза", "キーワード", "키워드", "关键词", "關鍵字", "关键字",
)

TABLE = Dialect(
    name="generic",
    label="Table with a keyword column",
    needs=(KEYWORD_NAMES + QUERY_NAMES,),
    fields={
        "text": KEYWORD_NAMES + QUERY_NAMES,
        "volume": ("volume", "search volume", "searches", "monthly searches", "monthly volume",
                   "avg. monthly searches", "avg monthly searches", "average monthly searches",
                   "monthly search volume", "local volume", "sv", "msv", "search volume (local)",
                   "suchvolumen", "volume de recherche", "volumen de búsqueda", "volumen",
                   "volume di ricerca", "volume de busca", "zoekvolume", "частотность"),
        "difficulty": ("difficulty", "keyword difficulty", "kd", "kd %", "seo difficulty",
                       "search difficulty", "keyword difficulty index", "schwierigkeit"),
        "cpc": ("cpc", "cost per click", "avg. cpc", "avg cpc"),
        "currency": ("currency",),
        "intent": ("intent", "search intent", "intents", "user intent", "keyword intents"),
        "country": ("country", "market", "database", "location", "locale"),
        "language": ("language", "languages"),
        "parent_topic": ("parent topic", "parent keyword", "topic", "cluster", "group"),
        "clicks": ("clicks", "klicks"),
        "impressions": ("impressions", "impressionen"),
        "position": ("position", "average position", "avg. position", "rank", "ranking"),
        "url": ("url", "landing page", "current url", "page"),
    },
    ignored={
        "global volume": "worldwide volume, not that of the country",
        "competition*": "advertising competition, not difficulty",
        "ctr": "follows from clicks and impressions", "#": "a row number",
    },
)
