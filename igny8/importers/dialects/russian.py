"""Yandex Wordstat and Key Collector, which have Russian headers."""

from igny8.importers.dialects.base import Dialect

WORDSTAT = Dialect(
    name="wordstat",
    label="Yandex Wordstat",
    tool="Wordstat",
    needs=(
        (
            "запросы со словом*",
            "запросы со словами*",
            "запросы, похожие*",
            "статистика по словам",
            "что искали со словом*",
            "формулировка",
            "запрос",
        ),
        ("показов в месяц", "число запросов", "количество запросов", "запросов в месяц"),
    ),
    fields={
        "text": (
            "запросы со словом*",
            "запросы со словами*",
            "запросы, похожие*",
            "статистика по словам",
            "что искали со словом*",
            "формулировка",
            "запрос",
        ),
        "volume": ("показов в месяц", "число запросов", "количество запросов", "запросов в месяц"),
    },
)

KEY_COLLECTOR = Dialect(
    name="key_collector",
    label="Key Collector",
    tool="Key Collector",
    needs=(
        ("фраза", "фразы", "ключевая фраза"),
        ("базовая частотность*", "частотность*", "*частотность", "ws*"),
    ),
    marks=("источник*", "группа", "*yw*", "*частотность*"),
    enough=1,
    fields={
        "text": ("фраза", "фразы", "ключевая фраза"),
        "volume": (
            "базовая частотность yw",
            "базовая частотность*",
            "частотность yw",
            "частотность",
            "частотность*",
            "ws",
            "ws*",
        ),
        "parent_topic": ("группа",),
    },
    ignored={
        "*частотность*": "another form of the frequency; the first is used",
        "kei*": "an index of the tool",
        "источник*": "where the tool found it",
        "*позиция*": "a position of the tool",
    },
)
