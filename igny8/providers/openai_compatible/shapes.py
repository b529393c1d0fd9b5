"""The shapes of answers, bounded everywhere; what is a little too long is cut, not refused."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, Field

from igny8.providers.base import FORMATS, INTENTS


def _text(most: int):
    """Return the type of a text of at most so many characters."""
    def cut(value):
        if not isinstance(value, str):
            return value
        value = " ".join(value.replace("\0", "").split())
        return value if len(value) <= most else value[:most].rsplit(" ", 1)[0].rstrip(" ,;:–-")
    return Annotated[str, BeforeValidator(cut), Field(max_length=most)]


def _list(of, most: int, least: int = 0):
    return Annotated[list[of], BeforeValidator(lambda v: v[:most] if isinstance(v, list) else v),
                     Field(max_length=most, min_length=least)]


class Name(BaseModel):
    number: Annotated[int, Field(ge=0, le=1000)]
    name: _text(60)
    intent: Literal[INTENTS]


class Names(BaseModel):
    clusters: _list(Name, 20, 1)


class Part(BaseModel):
    heading: _text(90)
    points: _list(_text(90), 4) = []


class Plan(BaseModel):
    primary: Annotated[int, Field(ge=0, le=1000)]
    secondary: _list(Annotated[int, Field(ge=0, le=1000)], 12) = []
    titles: _list(_text(90), 3, 1)
    meta_description: _text(170)
    format: Literal[FORMATS]
    angle: _text(200)
    words: Annotated[int, Field(ge=100, le=5000)]
    outline: _list(Part, 8, 2)


class Plans(BaseModel):
    ideas: _list(Plan, 10)


class Opening(BaseModel):
    paragraphs: _list(_text(900), 3, 1)
    meta_title: _text(60)
    meta_description: _text(160)
    excerpt: _text(200)


class Point(BaseModel):
    heading: _text(90)
    paragraphs: _list(_text(1200), 4, 1)


class Passage(BaseModel):
    paragraphs: _list(_text(1200), 8, 1)
    items: _list(_text(200), 10) = []
    points: _list(Point, 4) = []


class Wish(BaseModel):
    prompt: _text(500)
    alt: _text(125)


class Wishes(BaseModel):
    images: _list(Wish, 10, 1)
