"""Find the JSON answer in a text and fit it to its schema, if that is unambiguous."""

import contextlib
import json
import re
from typing import TypeVar

import json_repair
from pydantic import BaseModel, ValidationError

from igny8.providers.openai_compatible.answer_text import (
    CUT_OFF,
    CUT_OFF_THINKING,
    AnswerText,
    UnusableAnswer,
)

Shape = TypeVar("Shape", bound=BaseModel)
WRAPPERS = (
    "answer",
    "result",
    "response",
    "output",
    "data",
    "json",
    "object",
    "final",
    "arguments",
    "parameters",
    "properties",
    "value",
)
MAX_STARTS = 400  # braces in a text at which an object may begin
MAX_REPAIRED_CHARS = 200_000
DECODER = json.JSONDecoder(strict=False)  # raw line breaks inside of strings are read
WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[\s-]+")


def fit_answer(answer: AnswerText, shape: type[Shape]) -> Shape:
    """Return the last JSON object that fits the shape; raise UnusableAnswer with the reason.

    A broken object is repaired with json-repair, unless the answer was cut off and lacks its end.
    """
    schema = shape.model_json_schema()
    why = ""
    for text in answer.texts:
        for values in (_whole_values(text), [] if answer.is_cut else _repaired_values(text)):
            for value in reversed(values):
                try:
                    return shape.model_validate(fit_value(value, schema, shape.__name__))
                except ValidationError as error:
                    why = why or _reason(error)
    if answer.is_cut:
        raise UnusableAnswer(CUT_OFF_THINKING if answer.thinks else CUT_OFF)
    raise UnusableAnswer(why or "the answer holds no JSON object of the schema")


def _reason(error: ValidationError) -> str:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"{place or 'the answer'}: {first['msg']}"[:300]


def _whole_values(text: str) -> list:
    """Return the valid JSON objects and lists of a text, in order."""
    values, at, starts = [], 0, 0
    while starts < MAX_STARTS:
        start = _next_start(text, at)
        if start < 0:
            break
        starts += 1
        try:
            value, at = DECODER.raw_decode(text, start)
        except (ValueError, RecursionError):
            at = start + 1
            continue
        values.append(value)
    if not values:
        values = _double_encoded(text)
    return values


def _next_start(text: str, at: int) -> int:
    found = [place for place in (text.find("{", at), text.find("[", at)) if place >= 0]
    return min(found, default=-1)


def _double_encoded(text: str) -> list:
    """Return the value of a text that is JSON inside a JSON string."""
    begin, end = text.find('"'), text.rfind('"')
    if not 0 <= begin < end:
        return []
    try:
        inner = json.loads(text[begin : end + 1], strict=False)
    except (ValueError, RecursionError):
        return []
    return _whole_values(inner) if isinstance(inner, str) and "{" in inner else []


def _repaired_values(text: str) -> list:
    """Return the repaired objects of a text, from the first brace of each line and of all."""
    begins = [
        found.start() for found in re.finditer(r"(?:(?<=\n)|^|(?<=```json)|(?<=```))\s*[{\[]", text)
    ]
    first = _next_start(text, 0)
    if first < 0:
        return []
    end = max(text.rfind("}"), text.rfind("]")) + 1
    values = []
    for begin in dict.fromkeys((*begins[:20], first)):
        part = text[begin:end].strip()
        if len(part) < 2 or len(part) > MAX_REPAIRED_CHARS:
            continue
        try:
            value = json_repair.loads(part)
        except (ValueError, RecursionError):
            continue
        values += [value] if isinstance(value, dict | list) else []
    return list(reversed(values))  # the longest part last: it is tried first


def fit_value(value: object, schema: dict, name: str = "") -> object:
    """Return a value converted to its schema if only its notation differs."""
    return _fit_root(value, schema, name, 4)


def _fit_root(value: object, schema: dict, name: str, depth: int) -> object:
    if depth and isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return _fit_root(json.loads(value, strict=False), schema, name, depth - 1)
        except (ValueError, RecursionError):
            return value
    fields = schema.get("properties", {})
    if depth and isinstance(value, list):
        lists = [
            key for key, part in fields.items() if _resolved(part, schema).get("type") == "array"
        ]
        if len(value) == 1 and isinstance(value[0], dict) and _matches(value[0], fields):
            return _fit_root(value[0], schema, name, depth - 1)
        if len(lists) == 1 and len(fields) == 1:
            return _fit(({lists[0]: value}), schema, schema)
        return value
    if depth and isinstance(value, dict) and not _matches(value, fields):
        inner = _unwrapped(value, name)
        if inner is not None:
            return _fit_root(inner, schema, name, depth - 1)
    return _fit(value, schema, schema)


def _matches(value: dict, fields: dict) -> bool:
    return any(_snake(str(key)) in fields for key in value)


def _unwrapped(value: dict, name: str) -> object:
    """Return the value below a key that only wraps the answer, else None."""
    known = [key for key in value if _snake(str(key)) in (*WRAPPERS, _snake(name), name.lower())]
    if len(known) != 1 and len(value) == 1:
        known = list(value)
    inner = value[known[0]] if len(known) == 1 else None
    return inner if isinstance(inner, dict | list | str) else None


def _snake(name: str) -> str:
    return WORD_START.sub("_", name.strip()).lower()


def _resolved(part: dict, root: dict) -> dict:
    """Return a schema with its reference followed and its null alternative left out."""
    if "$ref" in part:
        part = root["$defs"][part["$ref"].rsplit("/", 1)[1]]
    if "anyOf" in part:
        part = next((one for one in part["anyOf"] if one.get("type") != "null"), part)
        return _resolved(part, root) if "$ref" in part else part
    return part


def _fit(value: object, part: dict, root: dict) -> object:
    part = _resolved(part, root)
    kind = part.get("type")
    if kind == "object" and isinstance(value, dict):
        return _fit_object(value, part, root)
    if kind == "array" and value is not None:
        return _fit_array(value, part, root)
    if (
        kind == "string"
        and isinstance(value, list)
        and len(value) == 1
        and isinstance(value[0], str)
    ):
        return value[0]
    if kind == "string" and isinstance(value, str) and "enum" in part:
        return _one_of(value, part["enum"])
    return value


def _fit_object(value: dict, part: dict, root: dict) -> dict:
    fields, required = part.get("properties", {}), set(part.get("required", ()))
    found: dict = {}
    for key, inner in value.items():
        field = key if key in fields else _snake(str(key))
        if field not in fields or (field in found and key != field):
            continue
        if inner is None and field not in required:
            continue
        found[field] = _fit(inner, fields[field], root)
    return found


def _fit_array(value: object, part: dict, root: dict) -> object:
    if isinstance(value, str) and value.lstrip().startswith("["):
        with contextlib.suppress(ValueError, RecursionError):
            value = json.loads(value, strict=False)
    items = part.get("items", {})
    if isinstance(value, str):
        kind = _resolved(items, root).get("type")
        value = [value] if kind == "string" and value.strip() else value
    elif isinstance(value, dict):
        value = [value]
    if not isinstance(value, list):
        return value
    return [_fit(inner, items, root) for inner in value if inner is not None]


def _one_of(value: str, choices: list) -> str:
    """Return the choice that equals a text apart from case and spaces, else the text."""
    plain = value.strip().casefold().replace("_", "-").replace(" ", "-")
    return next((c for c in choices if str(c).casefold() == plain), value)
