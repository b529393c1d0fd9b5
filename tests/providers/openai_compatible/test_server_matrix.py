"""Behaviours of real model servers, each answered as it should be, over a real socket."""

import base64
import gzip
import json
import re
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from typing import Annotated

import pytest
from PIL import Image
from pydantic import BaseModel, Field

from igny8.errors import ExternalError
from igny8.providers.base import ImagePrompt, Palette
from igny8.providers.openai_compatible import make
from igny8.providers.openai_compatible.client import Client
from igny8.providers.openai_compatible.structured_output import StructuredClient
from tests.providers.openai_compatible.server import Say, chat, local
from tests.providers.openai_compatible.test_server_errors import Keeper

GOOD = {"title": "Prune", "points": ["one", "two"], "note_text": "a"}
TEXT = json.dumps(GOOD)
MESSAGES = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Plan it."}]


class Plan(BaseModel):
    title: Annotated[str, Field(max_length=400)]
    points: Annotated[list[Annotated[str, Field(max_length=400)]], Field(max_length=5)]
    note_text: Annotated[str, Field(max_length=400)] = ""


def refusal(message: object, status: int = 400) -> Say:
    return Say(json.dumps(message) if isinstance(message, list | str) else message, status)


def unless(bad: Callable[[dict], bool], say: Say, good: Say | None = None) -> Callable:
    """Return a server that refuses requests of one kind and answers the rest."""
    return lambda request: say if bad(request) else good or chat(GOOD)


def tool_call(arguments: object) -> Say:
    return chat(None, tool_calls=[{"function": {"name": "answer", "arguments": arguments}}])


def ask(server, script: tuple, **options: str):
    """Return (answer, usage, requests, sender) of one question to a server with a script."""
    server.will(*script)
    sender = Keeper()
    endpoint = replace(local(server.url, "key-12345", "small"), **options)
    client = StructuredClient(Client(endpoint, 20.0), "small")
    answer, used = client.ask(sender, "plan", MESSAGES, Plan)
    return answer, used, server.asked, sender, client


def schema_asked(request: dict) -> bool:
    return (request.get("response_format") or {}).get("type") == "json_schema"


def format_asked(request: dict) -> bool:
    return "response_format" in request


def tools_asked(request: dict) -> bool:
    return "tools" in request


def limit_named(request: dict) -> bool:
    return "max_tokens" in request


# What a request may not hold: the server's refusal → the number of requests until it is understood.
REFUSALS = {
    "no response_format": (unless(format_asked, refusal({"error": {"message": "response_format is not supported"}})), 2),
    "no json_schema": (unless(schema_asked, refusal({"error": {"message": "This response_format type is unavailable now"}})), 2),
    "tools only": (unless(lambda r: not tools_asked(r), refusal({"error": "response_format: json_schema unsupported"}), tool_call(TEXT)), 3),
    "text only": (unless(lambda r: format_asked(r) or tools_asked(r), refusal({"detail": "extra fields not permitted"})), 4),
    "no tools": (unless(lambda r: format_asked(r) or tools_asked(r), refusal({"error": {"message": "tools and response_format are not supported"}})), 3),
    "error as a list": (unless(schema_asked, refusal([{"error": {"code": 400, "message": "Unknown name json_schema"}}])), 2),
    "error as a text": (unless(schema_asked, refusal("json_schema is not known here")), 2),
    "error as FastAPI's detail": (unless(schema_asked, refusal({"detail": [{"loc": ["body", "response_format", "type"], "msg": "Input should be text"}]}, 422)), 2),
    "error as a message": (unless(schema_asked, refusal({"object": "error", "message": "json_schema: no"})), 2),
    "error as HTML": (unless(schema_asked, Say("<html><title>Bad Request</title></html>", 400, kind="text/html")), 2),
    "grammar fault with 500": (unless(schema_asked, refusal({"error": {"message": "failed to parse grammar"}}, 500)), 2),
    "max_completion_tokens": (unless(limit_named, refusal({"error": {"message": "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."}})), 2),
    "no room parameter": (unless(lambda r: any("max" in name for name in r), refusal({"error": {"message": "unknown: max_tokens, max_completion_tokens"}})), 3),
    "smaller room": (unless(lambda r: r.get("max_tokens", 0) > 400, refusal({"error": {"message": "max_tokens is too large: 900. This model supports at most 400 completion tokens"}})), 2),
    "no system role": (unless(lambda r: r["messages"][0]["role"] == "system", refusal({"error": {"message": "System role not supported"}})), 2),
    "no reasoning_effort": (unless(lambda r: "reasoning_effort" in r, refusal({"error": {"message": "Unrecognized request argument supplied: reasoning_effort"}})), 2),
    "no endpoint for the parameters": (unless(format_asked, refusal({"error": {"message": "No endpoints found that can handle the requested parameters.", "code": 404}}, 404)), 3),
    "only streams": (unless(lambda r: not r.get("stream"), refusal({"error": {"message": "This model only supports streaming: stream=true"}})), 2),
    "no stream_options": (
        unless(
            lambda r: not r.get("stream") or "stream_options" in r,
            Say({"error": {"message": "stream must be true; stream_options unknown"}}, 400),
        ),
        3,
    ),
}  # fmt: skip


@pytest.mark.parametrize("behaviour", REFUSALS)
def test_refused_parameter_is_dropped_once_and_remembered(server, behaviour):
    script, requests = REFUSALS[behaviour]
    answer, used, asked, sender, client = ask(server, (script,), reasoning_effort="low")
    assert answer.title == "Prune" and used.requests == 1 and not sender.rejected
    assert len(asked) == requests
    client.ask(sender, "next", MESSAGES, Plan)
    assert len(asked) == requests + 1, "it remembers what is understood"


def test_frequency_penalty_is_never_sent(server):
    _, _, asked, *_ = ask(server, (chat(GOOD),))
    assert "frequency_penalty" not in asked[0] and "temperature" not in asked[0]


def test_ignorable_schema_is_repeated_in_the_prompt(server):
    _, _, asked, *_ = ask(server, (chat(GOOD),))
    assert '"note_text"' in asked[0]["messages"][0]["content"] and schema_asked(asked[0])


def test_answer_without_json_switches_to_the_next_mode(server):
    ignored = unless(lambda r: not tools_asked(r), chat("Here you are: prune it."), tool_call(TEXT))
    answer, used, asked, sender, client = ask(server, (ignored,))
    assert answer.title == "Prune" and used.requests == 3 and len(sender.rejected) == 2
    assert [schema_asked(r) for r in asked] == [True, False, False] and tools_asked(asked[2])
    client.ask(sender, "next", MESSAGES, Plan)
    assert len(asked) == 4, "the way that worked is taken at once"


HARMONY = "<|channel|>analysis<|message|>I think {title}…<|end|><|start|>assistant<|channel|>final<|message|>"
# Texts of models → how they look in a message's content.
CONTENTS = {
    "plain": TEXT,
    "closed thoughts": f"<think>Maybe {{\"title\": 1}}?</think>\n{TEXT}",
    "only a closing tag": f"Let me see… {{x}}\n</think>{TEXT}",
    "unclosed thoughts with braces": f"<think>The form is {{title}} and {{points}}.\n{TEXT}",
    "thinking tag": f"<thinking>hm {{}}</thinking>{TEXT}",
    "mistral's brackets": f"[THINK]first {{this}}[/THINK]{TEXT}",
    "harmony channels": f"{HARMONY}{TEXT}<|return|>",
    "answer tag": f"<think>x</think><answer>{TEXT}</answer>",
    "fence": f"```json\n{TEXT}\n```",
    "fence with text around": f"Sure! Here is the plan:\n```json\n{TEXT}\n```\nLet me know {{anything}} else.",
    "text with braces before": f"The {{title}} goes first. {TEXT}",
    "text with braces after": f"{TEXT}\nUse {{title}} as you like.",
    "two objects": f'{{"title": "Draft", "points": ["x"]}}\n{TEXT}',
    "array of one": f"[{TEXT}]",
    "wrapped in answer": json.dumps({"answer": GOOD}),
    "wrapped in the schema's name": json.dumps({"Plan": GOOD}),
    "wrapped in properties": json.dumps({"type": "object", "properties": GOOD}),
    "double encoded": json.dumps(TEXT),
    "trailing comma": '{"title": "Prune", "points": ["one", "two",], "note_text": "a",}',
    "raw line break": '{"title": "Prune", "points": ["one", "two"], "note_text": "a"\n\n}',
    "line break in a string": '{"title": "Prune", "points": ["one", "two"], "note_text": "a\nb"}',
    "smart quotes": "{“title”: “Prune”, “points”: [“one”, “two”], “note_text”: “a”}",
    "single quotes": "{'title': 'Prune', 'points': ['one', 'two'], 'note_text': 'a'}",
    "comments": '{\n// the title\n"title": "Prune", "points": ["one", "two"] /* both */, "note_text": "a"}',
    "camelCase keys": '{"title": "Prune", "points": ["one", "two"], "noteText": "a"}',
    "capital keys": '{"Title": "Prune", "Points": ["one", "two"], "Note Text": "a"}',
    "one string for a list": '{"title": "Prune", "points": "one"}',
    "null for an optional": '{"title": "Prune", "points": ["one"], "note_text": null}',
    "byte order mark": f"\ufeff{TEXT}",
}  # fmt: skip


@pytest.mark.parametrize("behaviour", CONTENTS)
def test_answer_is_extracted_from_surrounding_text(server, behaviour):
    answer, used, asked, *_ = ask(server, (chat(CONTENTS[behaviour]),))
    assert (
        answer.title == "Prune" and answer.points[0] == "one" and answer.note_text[:1] in ("a", "")
    )
    assert len(asked) == used.requests == 1


def message(**fields: object) -> Say:
    return Say({"choices": [{"message": {"role": "assistant", **fields}, "finish_reason": "stop"}]})


def events(*pieces: dict, done: bool = True, kind: str = "text/event-stream") -> Say:
    lines = [f"data: {json.dumps(piece)}\n\n" for piece in pieces] + ["data: [DONE]\n\n"] * done
    return Say("".join([": keep-alive\n\n", *lines]), kind=kind)


def deltas(*texts: str, name: str = "content") -> list[dict]:
    return [{"choices": [{"index": 0, "delta": {name: text}}]} for text in texts]


END = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
USED = {"choices": [], "usage": {"prompt_tokens": 11, "completion_tokens": 7}}
WHOLE = chat(GOOD).body
# Forms in which the message itself, or the body around it, comes.
BODIES = {
    "content as parts": message(content=[{"type": "text", "text": TEXT[:9]}, {"type": "text", "text": TEXT[9:]}]),
    "parts with thoughts": message(content=[{"type": "thinking", "thinking": "{x}"}, {"type": "text", "text": TEXT}]),
    "content as one part": message(content={"type": "text", "text": TEXT}),
    "content as an object": message(content=GOOD),
    "tool arguments as a text": tool_call(TEXT),
    "tool arguments as an object": tool_call(GOOD),
    "function call": message(content=None, function_call={"name": "answer", "arguments": TEXT}),
    "reasoning_content beside it": message(content=TEXT, reasoning_content="I think {…}"),
    "answer only in reasoning": message(content="", reasoning=f"so: {TEXT}"),
    "answer only in reasoning_content": message(content=None, reasoning_content=TEXT),
    "stream although not asked": events(*deltas(TEXT[:5], TEXT[5:]), END, USED),
    "stream called JSON": events(*deltas(TEXT), END, USED, kind="application/json"),
    "stream of a tool call": events(
        *({"choices": [{"delta": {"tool_calls": [{"index": 0, "function": {"arguments": part}}]}}]} for part in (TEXT[:7], TEXT[7:])),
        END,
    ),
    "gzip although not asked": Say(gzip.compress(json.dumps(WHOLE).encode()), headers={"content-encoding": "gzip"}),
    "byte order mark": Say(b"\xef\xbb\xbf" + json.dumps(WHOLE).encode()),
    "keep-alive blanks": Say(b"\n \n   \n" + json.dumps(WHOLE).encode()),
    "legacy text choice": Say({"choices": [{"text": TEXT, "finish_reason": "stop"}]}),
    "Ollama's own form": Say({"message": {"content": TEXT}, "done_reason": "stop", "prompt_eval_count": 11, "eval_count": 7}),
    "list of one completion": Say(json.dumps([WHOLE])),
    "length with a whole answer": chat(GOOD, finish="length"),
}  # fmt: skip


@pytest.mark.parametrize("behaviour", BODIES)
def test_answer_is_read_in_every_known_format(server, behaviour):
    answer, used, asked, *_ = ask(server, (BODIES[behaviour],))
    assert answer.title == "Prune" and answer.points == ["one", "two"]
    assert len(asked) == used.requests == 1 and used.tokens_in > 0 and used.tokens_out > 0


def used_as(**usage: object) -> Say:
    return Say({**WHOLE, "usage": usage})


# The usage of an answer → tokens in, tokens out (None: estimated), whether it is an estimate.
USAGES = {
    "numbers": (used_as(prompt_tokens=11, completion_tokens=7), 11, 7, False),
    "texts": (used_as(prompt_tokens="11", completion_tokens="7"), 11, 7, False),
    "floats": (used_as(prompt_tokens=11.0, completion_tokens=7.0), 11, 7, False),
    "total above the sum": (used_as(prompt_tokens=11, completion_tokens=7, total_tokens=118), 11, 107, False),
    "thoughts beside the answer": (used_as(prompt_tokens=11, completion_tokens=7, total_tokens=518, completion_tokens_details={"reasoning_tokens": 500}), 11, 507, False),
    "thoughts within the answer": (used_as(prompt_tokens=11, completion_tokens=507, total_tokens=518, completion_tokens_details={"reasoning_tokens": 500}), 11, 507, False),
    "other names": (used_as(input_tokens=11, output_tokens=7), 11, 7, False),
    "only a total": (used_as(prompt_tokens=11, total_tokens=18), 11, 7, False),
    "missing": (Say({"choices": WHOLE["choices"]}), None, None, True),
    "zero": (used_as(prompt_tokens=0, completion_tokens=0), None, None, True),
    "null": (used_as(prompt_tokens=None, completion_tokens=None), None, None, True),
    "nonsense": (used_as(prompt_tokens=-4, completion_tokens="many"), None, None, True),
}  # fmt: skip


@pytest.mark.parametrize("behaviour", USAGES)
def test_usage_is_counted_as_billed_and_estimates_are_marked(server, behaviour):
    say, tokens_in, tokens_out, is_estimate = USAGES[behaviour]
    _, used, *_ = ask(server, (say,))
    assert used.tokens_in == tokens_in or (tokens_in is None and used.tokens_in > 20)
    assert used.tokens_out == tokens_out or (tokens_out is None and used.tokens_out > 10)
    assert used.is_estimate == is_estimate


# Errors that are told with status 200, or in words of their own → kind, permanent, seconds to wait.
ERRORS = {
    "upstream error in a 200": (Say({"error": {"message": "Upstream error from Provider", "code": 502}}), "server", False, None),
    "rate limit in a 200": (Say({"error": {"message": "slow down", "code": 429}}), "rate_limit", False, None),
    "error in a choice": (Say({"choices": [{"error": {"code": 503, "message": "overloaded"}, "message": {"content": ""}}]}), "server", False, None),
    "finish_reason error": (Say({"choices": [{"message": {"content": ""}, "finish_reason": "error"}]}), "server", False, None),
    "empty account in a 200": (Say({"error": {"message": "Insufficient balance", "type": "insufficient_quota"}}), "money", False, None),
    "error in a stream": (events({"error": {"message": "overloaded", "code": 529}}), "server", False, None),
    "529 overloaded": (Say({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, 529), "server", False, None),
    "503 overloaded with a wait": (Say({"error": {"message": "The model is overloaded"}}, 503, {"retry-after": "4"}), "server", False, 4.0),
    "quota with 429": (Say({"error": {"message": "You exceeded your current quota", "type": "insufficient_quota"}}, 429), "money", False, None),
    "Gemini's limit per minute": (Say(json.dumps([{"error": {"code": 429, "message": "You exceeded your current quota, please check your plan and billing details", "details": [{"retryDelay": "31s"}]}}]), 429), "rate_limit", False, 31.0),
    "wait in the text": (Say({"error": {"message": "Rate limit reached. Please try again in 7.7s."}}, 429), "rate_limit", False, 7.7),
    "wait in a reset header": (Say({"error": {"message": "slow"}}, 429, {"x-ratelimit-reset-requests": "1m2s"}), "rate_limit", False, 62.0),
    "bad key with 400": (Say(json.dumps([{"error": {"message": "API key not valid. Please pass a valid API key."}}]), 400), "auth", False, None),
    "empty account with 400": (Say({"error": {"message": "Your credit balance is too low to access the API"}}, 400), "money", False, None),
    "model removed": (Say({"error": {"message": "The model `small` has been deprecated", "code": "model_not_found"}}, 404), "unknown_model", True, None),
    "model unknown with 400": (Say({"error": {"message": "small is not a valid model ID"}}, 400), "unknown_model", True, None),
    "no endpoint at all": (Say({"error": {"message": "No endpoints found for small."}}, 404), "unknown_model", True, None),
    "Azure's filter": (Say({"error": {"code": "content_filter", "message": "The response was filtered due to the prompt triggering Azure OpenAI's content management policy."}}, 400), "policy", True, None),
}  # fmt: skip


@pytest.mark.parametrize("behaviour", ERRORS)
def test_error_has_its_kind_wherever_it_is_reported(server, behaviour):
    say, kind, permanent, wait = ERRORS[behaviour]
    with pytest.raises(ExternalError) as caught:
        ask(server, (say,))
    error = caught.value
    assert (error.kind, error.permanent, error.retry_after) == (kind, permanent, wait), str(error)


@pytest.mark.parametrize(
    "finish", ["content_filter", "length"], ids=["content filter", "cut at its length"]
)
def test_truncated_answer_is_requested_again(server, finish):
    answer, used, *_ = ask(server, (chat('{"title": "Pr', finish=finish), chat(GOOD)))
    assert answer.title == "Prune" and used.requests == 2


def test_reasoning_that_uses_all_tokens_quadruples_the_limit(server):
    cut = chat("", finish="length", reasoning_content="long thoughts")
    _, _, asked, sender, _ = ask(server, (cut, cut, chat(GOOD)))
    room = [request["max_tokens"] for request in asked]
    assert room[1] >= 8192 and room[2] == 4 * room[1] and "thoughts" in sender.rejected[0][1]


def test_token_limit_never_exceeds_the_models_maximum(server):
    cut = chat("", finish="length", reasoning_content="long thoughts")
    limit = refusal({"error": {"message": "max_tokens must be less than or equal to 10000"}})
    script = unless(lambda r: r["max_tokens"] > 10_000, limit, cut)
    server.will(script)
    with pytest.raises(ExternalError, match="thoughts took up"):
        ask(server, (script,))
    assert max(r["max_tokens"] for r in server.asked[-1:]) == 10_000


def test_two_different_answers_are_ambiguous(server):
    broken = '{"title": "Prune", "points": ["one", "tw'
    _, used, asked, *_ = ask(server, (chat(broken), chat(GOOD)))
    assert used.requests == len(asked) == 2


def test_echo_of_the_schema_is_not_an_answer(server):
    _, used, *_ = ask(server, (chat(Plan.model_json_schema()), chat(GOOD)))
    assert used.requests == 2


PROMPT = ImagePrompt(0, "featured", "Prune", "a bush", "A bush", "bush.webp", 600, 315)


def image_file(kind: str = "PNG", size: tuple[int, int] = (640, 480)) -> bytes:
    """Return an image file of a kind."""
    kept = BytesIO()
    Image.new("RGB", size, "#23594a").save(kept, kind)
    return kept.getvalue()


def encoded(data: bytes, **more: object) -> Say:
    return Say({"data": [{"b64_json": base64.b64encode(data).decode()}], **more})


def image_at(address: str) -> Callable:
    """Return a server that names an address for every image, and serves a file there."""
    return lambda r: (
        Say({"data": [{"url": address}]}) if "prompt" in r else Say(image_file(), kind="image/png")
    )


def draw(server, *script: object):
    server.will(*script)
    return make(local(server.url, "", "", "painter")).draw(PROMPT, Palette())


DATA = base64.b64encode(image_file()).decode()
IMAGES = {
    "base64": encoded(image_file()),
    "data: prefix in b64_json": Say({"data": [{"b64_json": f"data:image/png;base64,{DATA}"}]}),
    "data: address": Say({"data": [{"url": f"data:image/png;base64,{DATA}"}]}),
    "base64 with line breaks": Say({"data": [{"b64_json": re.sub("(.{76})", "\\1\n", DATA)}]}),
    "relative address": image_at("files/1.png"),
    "address below the root": image_at("/files/1.png"),
    "address with a query": image_at("/files/1.png?sig=a%2Fb&se=2026"),
    "WebP": encoded(image_file("WEBP")),
    "JPEG": encoded(image_file("JPEG")),
    "n ignored": Say({"data": [{"b64_json": DATA}] * 4}),
    "no size": unless(lambda r: "size" in r, refusal({"error": {"message": "Unknown parameter: 'size'"}}), encoded(image_file())),
    "no response_format": unless(lambda r: "response_format" in r, refusal({"error": {"message": "Unknown parameter: 'response_format'."}}), encoded(image_file())),
    "nothing but the prompt": unless(lambda r: bool({"n", "size", "response_format"} & set(r)), refusal({"detail": "extra: n, size, response_format"}), encoded(image_file())),
}  # fmt: skip


@pytest.mark.parametrize("behaviour", IMAGES)
def test_image_is_read_in_every_known_format(server, behaviour):
    answer = draw(server, IMAGES[behaviour])
    assert (answer.value.mime, answer.value.width) == ("image/webp", 600)
    assert answer.usage.images == 1


@pytest.mark.parametrize(
    "data",
    [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<?xml?><svg/>", image_file(size=(1, 1))],
    ids=["SVG", "SVG with a prolog", "1×1"],
)
def test_invalid_image_is_requested_at_most_twice(server, data):
    with pytest.raises(ExternalError, match="no usable image"):
        draw(server, encoded(data))
    assert len(server.asked) == 2


def test_image_with_an_expired_address_is_requested_again(server):
    fetched: list[int] = []

    def answer(request: dict) -> Say:
        if "prompt" in request:
            return Say({"data": [{"url": "/1.png"}]})
        fetched.append(1)
        return Say("expired", 403) if len(fetched) == 1 else Say(image_file())

    assert draw(server, answer).usage.requests == 2


def test_usage_of_an_image_is_its_tokens(server):
    used = draw(
        server, encoded(image_file(), usage={"input_tokens": 50, "output_tokens": 4160})
    ).usage
    assert (used.tokens_in, used.tokens_out, used.images) == (50, 4160, 1)


@pytest.mark.parametrize("ending", ["", "/v1", "/v1/", "/v1/chat/completions"])
def test_server_address_works_with_and_without_its_path(server, ending):
    server.will(chat(GOOD))
    endpoint = local(server.url.removesuffix("/v1") + ending, "", "small")
    StructuredClient(Client(endpoint), "small").ask(Keeper(), "plan", MESSAGES, Plan)
    assert server.asked[0]["path"] == "/v1/chat/completions"


def test_azure_requests_have_version_and_key(server):
    server.will(chat(GOOD))
    root = server.url.removesuffix("/v1")
    url = f"{root}/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21"
    StructuredClient(Client(local(url, "key-12345", "small")), "small").ask(
        Keeper(), "plan", MESSAGES, Plan
    )
    path = "/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21"
    assert (server.asked[0]["path"], server.asked[0]["api-key"]) == (path, "key-12345")


def test_slow_first_byte_waits_for_the_chosen_deadline(server):
    client = Client(replace(local(server.url, "", "small"), deadline_s=1))
    server.will(Say(hang=True))
    with pytest.raises(ExternalError, match="within 1 s|in time") as caught:
        StructuredClient(client, "small").ask(Keeper(), "plan", MESSAGES, Plan)
    assert caught.value.kind == "timeout"
