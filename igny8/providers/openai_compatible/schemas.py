"""Schemas of answers with length limits; slightly too long texts are shortened, not rejected."""

from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field, create_model

from igny8.providers.base import FORMATS, INTENTS
from igny8.providers.openai_compatible.prose import first_sentences

CHARACTERS_PER_TOKEN = 3.0
PROSE_SLACK = 2  # times the length that was asked for at which a text is cut


def _text(most: int) -> Any:
    """Return the type of a line of at most so many characters."""

    def cut(value: object) -> object:
        if not isinstance(value, str):
            return value
        value = " ".join(value.replace("\0", "").split())
        return value if len(value) <= most else value[:most].rsplit(" ", 1)[0].rstrip(" ,;:–-")

    return Annotated[str, BeforeValidator(cut), Field(max_length=most)]


def _prose(most: int) -> Any:
    """Return the type of running text with a target number of characters.

    A slightly longer text is kept; a much longer one is cut after a sentence. Line breaks are kept.
    """

    def cut(value: object) -> object:
        if not isinstance(value, str):
            return value
        value = value.replace("\0", "").strip()
        return value if len(value) <= PROSE_SLACK * most else first_sentences(value, most)

    return Annotated[str, BeforeValidator(cut), Field(json_schema_extra={"maxLength": most})]


def _list(of: Any, most: int, least: int = 0) -> Any:
    return Annotated[
        list[of],
        BeforeValidator(lambda v: v[:most] if isinstance(v, list) else v),
        Field(max_length=most, min_length=least),
    ]


class Name(BaseModel):
    """Name and intent of one cluster, by its number in the prompt."""

    number: Annotated[int, Field(ge=0, le=1000)]
    name: _text(60)
    intent: Literal[INTENTS]


class PlannedSection(BaseModel):
    """A section of a planned article."""

    heading: _text(90)
    points: _list(_text(80), 3) = []


class Plan(BaseModel):
    """A planned article; keywords are numbers of the list in the prompt."""

    primary: Annotated[int, Field(ge=0, le=1000)]
    secondary: _list(Annotated[int, Field(ge=0, le=1000)], 12) = []
    titles: _list(_text(90), 3, 1)
    meta_description: _prose(170)
    format: Literal[FORMATS]
    angle: _text(200)
    words: Annotated[int, Field(ge=100, le=5000)]
    outline: _list(PlannedSection, 7, 2)


class CriticisedPart(BaseModel):
    """A part of an outline, made of planned parts; parts and keywords are numbers of the prompt."""

    planned: _list(Annotated[int, Field(ge=0, le=1000)], 9) = []
    heading: _text(90)
    points: _list(_text(90), 8) = []
    keywords: _list(Annotated[int, Field(ge=0, le=1000)], 20) = []


class CriticisedOutline(BaseModel):
    """An outline after a critique, and what it changed."""

    parts: _list(CriticisedPart, 10, 1)
    changes: _list(_text(200), 6) = []


class Opening(BaseModel):
    """The beginning of an article and its texts for search results."""

    paragraphs: _list(_prose(600), 3, 1)
    meta_title: _text(60)
    meta_description: _prose(160)
    excerpt: _prose(200)


class ImagePromptAnswer(BaseModel):
    """Prompt and alt text of one image."""

    prompt: _text(500)
    alt: _text(125)


class Names(BaseModel):
    """Names of clusters."""

    clusters: list[Name]


class Plans(BaseModel):
    """Planned articles."""

    ideas: list[Plan]


class ImagePromptAnswers(BaseModel):
    """Prompts of images."""

    images: list[ImagePromptAnswer]


class Point(BaseModel):
    """A subsection with its own heading."""

    heading: str
    paragraphs: list[str]


class Passage(BaseModel):
    """A section of an article."""

    paragraphs: list[str]
    items: list[str]
    ordered: bool
    points: list[Point]


class WeakPart(BaseModel):
    """A weak part of an article, by its number in the prompt."""

    number: Annotated[int, Field(ge=0, le=1000)]
    reason: _text(300)


class Critique(BaseModel):
    """The weak parts of an article, the weakest first."""

    parts: _list(WeakPart, 3) = []


class ChangedPart(BaseModel):
    """A part of an article as HTML."""

    html: str


@cache
def names(count: int) -> type[Names]:
    """Return the schema for the names of 1 to `count` clusters."""
    return create_model("Names", __base__=Names, clusters=(_list(Name, count, 1), ...))


@cache
def plans(count: int) -> type[Plans]:
    """Return the schema for up to `count` planned articles."""
    return create_model("Plans", __base__=Plans, ideas=(_list(Plan, count), ...))


@cache
def wishes(count: int) -> type[ImagePromptAnswers]:
    """Return the schema for 1 to `count` image prompts."""
    return create_model(
        "ImagePromptAnswers",
        __base__=ImagePromptAnswers,
        images=(_list(ImagePromptAnswer, count, 1), ...),
    )


@cache
def passage(words: int) -> type[Passage]:
    """Return the schema of a section with a target word count and a limit of half as many more."""
    room = 11 * words  # characters, blanks included: words of seven letters and a half more of them
    point = create_model(
        "Point",
        __base__=Point,
        heading=(_text(90), ...),
        paragraphs=(_list(_prose(room // 3), 2, 1), ...),
    )
    return create_model(
        "Passage",
        __base__=Passage,
        paragraphs=(_list(_prose(max(200, room // 3)), 5, 1), ...),
        items=(_list(_prose(100), 8), []),
        ordered=(bool, False),
        points=(_list(point, 3), []),
    )


@cache
def changed_part(room: int) -> type[ChangedPart]:
    """Return the schema of a part as HTML with a target number of characters."""
    return create_model("ChangedPart", __base__=ChangedPart, html=(_prose(room), ...))


@cache
def most_tokens(shape: type[BaseModel]) -> int:
    """Return the maximum tokens of an answer of a schema, at three characters per token."""
    schema = shape.model_json_schema()
    return int(_longest(schema, schema) / CHARACTERS_PER_TOKEN) + 150


def _longest(part: dict, root: dict) -> int:
    """Return the number of characters of the longest JSON that a schema allows."""
    if "$ref" in part:
        part = root["$defs"][part["$ref"].rsplit("/", 1)[1]]
    if part.get("type") == "object":
        return 2 + sum(
            len(name) + 6 + _longest(inner, root) for name, inner in part["properties"].items()
        )
    if part.get("type") == "array":
        return 2 + part["maxItems"] * (_longest(part["items"], root) + 2)
    if part.get("type") == "string":
        return 2 + part.get(
            "maxLength", max((len(word) for word in part.get("enum", ("",))), default=0)
        )
    return 6
