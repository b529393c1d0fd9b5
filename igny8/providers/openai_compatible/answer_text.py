"""Extract the text of a chat completion, or the error reported in it."""

import json
import re
from dataclasses import dataclass

from igny8.providers.openai_compatible.errors import error_of_report
from igny8.providers.openai_compatible.usage import has_reasoning, parse_body

CUT_OFF = "the answer was cut off at its longest allowed length"
CUT_OFF_THINKING = f"{CUT_OFF}, which the model's thoughts took up"
REASONING_FIELDS = ("reasoning_content", "reasoning", "thinking")
# What models write around their thoughts; the text after them is the answer.
THOUGHT_TAGS = "think|thinking|thought|thoughts|reasoning|reflection|scratchpad|analysis"
THOUGHT_TAG = re.compile(
    rf"<(?P<end>/?)(?P<name>{THOUGHT_TAGS})\b[^<>]*>|\[(?P<end2>/?)(?P<name2>THINK)\]",
    re.IGNORECASE,
)
THOUGHT_END = re.compile(rf"</(?:{THOUGHT_TAGS})\s*>|\[/THINK\]", re.IGNORECASE)
ANSWER_TAG = re.compile(
    r"<(answer|final|final_answer|output|response)>(.*?)(?:</\1>|\Z)", re.DOTALL | re.IGNORECASE
)
CHANNEL = re.compile(r"<\|channel\|>\s*(\w+)[^<]*(?:<\|constrain\|>[^<]*)?<\|message\|>")
CHANNEL_TOKEN = re.compile(r"<\|[a-z_]+\|>")


class UnusableAnswer(ValueError):
    """An answer that cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class AnswerText:
    """The texts that may contain the answer, most likely first.

    `thinks` means that some of the tokens were reasoning.
    """

    texts: tuple[str, ...]
    is_cut: bool = False
    thinks: bool = False


def read_answer_text(body: bytes) -> AnswerText:
    """Return the texts of a chat completion; raise UnusableAnswer, or the error in it.

    A temporary error (overloaded, rate limit) or one that a person has to fix (money, key) is
    raised as such although the status was 200.
    """
    answer = _parsed(body)
    choice = _choice(answer)
    message = choice.get("message") or choice.get("delta") or {"content": choice.get("text")}
    if not isinstance(message, dict):
        message = {"content": message}
    if message.get("refusal"):
        raise UnusableAnswer(f"the model refused: {str(message['refusal'])[:200]}")
    if choice.get("finish_reason") == "content_filter":
        raise UnusableAnswer("the server's content filter cut the answer")
    thinks = has_reasoning(answer) or any(message.get(name) for name in REASONING_FIELDS)
    is_cut = choice.get("finish_reason") in ("length", "max_tokens", "MAX_TOKENS")
    texts = _texts(message)
    if not texts:
        raise UnusableAnswer(
            (CUT_OFF_THINKING if thinks else CUT_OFF) if is_cut else "the answer is empty"
        )
    return AnswerText(tuple(texts), is_cut, thinks)


def _parsed(body: bytes) -> dict:
    try:
        answer = parse_body(body)
    except ValueError as error:
        is_page = body.lstrip()[:1] == b"<"
        raise UnusableAnswer(
            "the server sent a web page instead of an answer"
            if is_page
            else "the answer of the server is broken off or not JSON"
        ) from error
    if isinstance(answer, list) and len(answer) == 1:
        answer = answer[0]
    if not isinstance(answer, dict):
        raise UnusableAnswer("the server reported an error in its answer: it is no object")
    read_reported_error(answer)
    return answer


def read_reported_error(answer: object) -> None:
    """Raise the error that a response reports, or UnusableAnswer if its kind is unknown."""
    if isinstance(answer, dict) and answer.get("error"):
        raise _reported(answer["error"])


def _choice(answer: dict) -> dict:
    """Return the first choice, or the message of servers that send it without choices."""
    choices = answer.get("choices")
    if isinstance(choices, list) and choices and isinstance(choices[0], dict):
        choice = choices[0]
        if choice.get("error"):
            raise _reported(choice["error"])
        if choice.get("finish_reason") == "error":
            raise _reported({"message": "the model stopped with an error", "code": 502})
        return choice
    if isinstance(answer.get("message"), dict):
        return {"message": answer["message"], "finish_reason": answer.get("done_reason")}
    if isinstance(answer.get("detail") or answer.get("message"), str):
        raise _reported(answer)
    raise UnusableAnswer("the answer holds no message")


def _reported(report: object) -> Exception:
    """Return the error for what a server reports inside an answer with status 200."""
    error = error_of_report(report)
    if error.permanent and error.kind in ("refused", "bad_answer"):
        return UnusableAnswer(f"the server reported an error in its answer: {error}"[:300])
    return error


def _texts(message: dict) -> list[str]:
    """Return the arguments of the tool call, the content, and last the reasoning."""
    found = [_arguments(call) for call in message.get("tool_calls") or () if isinstance(call, dict)]
    if isinstance(message.get("function_call"), dict):
        found.append(_arguments({"function": message["function_call"]}))
    content = _content(message.get("content"))
    if content.strip():
        found += _without_thoughts(content)
    found += [text for name in REASONING_FIELDS if (text := _content(message.get(name))).strip()]
    return [text for text in dict.fromkeys(found) if text.strip()]


def _arguments(call: dict) -> str:
    function = call.get("function")
    arguments = function.get("arguments") if isinstance(function, dict) else call.get("arguments")
    return arguments if isinstance(arguments, str) else json.dumps(arguments) if arguments else ""


def _content(content: object) -> str:
    """Return content given as text, as one part, or as a list of parts, without reasoning."""
    if isinstance(content, str):
        return content
    if isinstance(content, dict):
        content = [content]
    if not isinstance(content, list):
        return ""
    return "".join(_part_text(part) for part in content)


def _part_text(part: object) -> str:
    if isinstance(part, str):
        return part
    if not isinstance(part, dict) or part.get("type") in (
        "thinking",
        "reasoning",
        "redacted_thinking",
    ):
        return ""
    text = part.get("text") or part.get("content") or part.get("output_text")
    if isinstance(text, dict):
        text = text.get("value")
    if text is None and part.get("type") in (None, "json", "output_json"):
        return json.dumps(part.get("json", part))
    return text if isinstance(text, str) else ""


def _without_thoughts(text: str) -> list[str]:
    """Return the text after the reasoning, then the whole text in case the answer is in it."""
    found = text
    channels = list(CHANNEL.finditer(found))
    final = [channel for channel in channels if channel[1].lower() == "final"]
    if final or channels:
        found = found[(final or channels)[-1].end() :]
        found = re.split(r"<\|(?:end|return|call|start)\|>", found, maxsplit=1)[0]
    found = _drop_closed_thoughts(found)
    ends = list(THOUGHT_END.finditer(found))
    if ends:
        found = found[ends[-1].end() :]
    tagged = ANSWER_TAG.findall(found)
    answers = [tagged[-1][1]] if tagged else []
    return [CHANNEL_TOKEN.sub("", part).strip() for part in (*answers, found, text)]


def _drop_closed_thoughts(text: str) -> str:
    """Return the text without complete reasoning blocks, in linear time.

    A tag that is never closed is kept as part of the text.
    """
    tags = [
        (match, (match["name"] or f"[{match['name2']}]").lower(), match["end"] or match["end2"])
        for match in THOUGHT_TAG.finditer(text)
    ]
    last_end = {name: match.start() for match, name, is_end in tags if is_end}
    kept, position, inside = [], 0, ""
    for match, name, is_end in tags:
        if inside:
            if is_end and name == inside:
                position, inside = match.end(), ""
        elif not is_end and last_end.get(name, -1) > match.start():
            kept.append(text[position : match.start()])
            inside = name
    kept.append(text[position:])
    return "".join(kept)
