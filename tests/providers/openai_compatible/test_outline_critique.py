"""A model criticises the outline before it writes; what it may not do leaves the outline as it is."""

from dataclasses import replace

import pytest

from igny8.critiques import ALWAYS, NEVER, ON_FINDINGS
from igny8.errors import ExternalError
from igny8.providers.base import UNRECORDED, Assignment, Phrase, Section
from igny8.providers.openai_compatible import make
from igny8.providers.openai_compatible.client import Client
from igny8.providers.openai_compatible.outline_critique import criticise_outline
from igny8.providers.openai_compatible.structured_output import StructuredClient
from tests.providers.openai_compatible.server import Say, chat, local
from tests.providers.openai_compatible.test_answers import by_schema
from tests.providers.openai_compatible.test_server_errors import Keeper

JOB = Assignment(
    "How to prune blueberries",
    "prune-blueberries",
    "",
    "guide",
    "informational",
    "",
    600,
    (Section("Tools", ("Shears",), role="tools"), Section("When to prune")),
    Phrase(1, "prune blueberries"),
    (Phrase(2, "pruning shears"), Phrase(3, "old canes")),
    "blueberries",
    "Green garden",
    outline_critique=ALWAYS,
)
ANSWER = {
    "parts": [
        {"planned": [2], "heading": "When to prune: before the buds swell", "keywords": [1]},
        {"planned": [1], "heading": "Tools", "points": ["Shears", "Gloves"], "keywords": [2, 2, 9]},
        {"planned": [], "heading": "Old canes first", "points": [], "keywords": [3, 2]},
    ],
    "changes": ["The time comes before the tools, as readers ask for it first."],
}


def criticised(server, answer, job=JOB, sender=UNRECORDED):
    server.will(answer)
    client = StructuredClient(Client(local(server.url, "", "small")), "small")
    return criticise_outline(client, job, sender)


def test_model_reorders_renames_and_adds_sections(server):
    result = criticised(server, chat(ANSWER))
    assert result.review.sections == (
        Section("When to prune: before the buds swell", (), ("prune blueberries",)),
        Section("Tools", ("Shears", "Gloves"), ("pruning shears",), "tools"),
        Section("Old canes first", (), ("old canes",)),
    )
    assert result.review.changes == tuple(ANSWER["changes"])
    assert (result.used.requests, result.prompts) == (1, "outline@1, role@1")
    [asked] = server.asked
    assert "1. Tools (points: Shears; keywords: " in asked["messages"][-1]["content"]


def test_joined_sections_keep_points_and_every_keyword_a_place(server):
    one = {"parts": [{"planned": [1, 2], "heading": "When and with what"}]}
    review = criticised(server, chat(one)).review
    assert [section.points for section in review.sections] == [("Shears",)]
    assert set(review.sections[0].keywords) == {"prune blueberries", "pruning shears", "old canes"}


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({"parts": ANSWER["parts"][:1]}, "it leaves out “Tools”"),
        (
            {"parts": [*ANSWER["parts"], {"heading": "A"}, {"heading": "B"}]},
            "it has 3 new sections and 5 in all",
        ),
        ("no JSON at all", "gave no usable answer"),
    ],
)
def test_answer_out_of_limits_leaves_the_outline_of_the_check(server, answer, why):
    planned = criticised(server, chat(answer), replace(JOB, outline_critique=NEVER)).review
    result = criticised(server, chat(answer))
    assert result.review.sections == planned.sections
    [said] = result.review.changes
    assert said.startswith("The outline of the model was not used: ") and why in said


def test_refused_critique_does_not_stop_the_article(server):
    refused = Say({"error": {"message": "content_policy"}}, 400)

    def answer(request):
        return (
            refused if "Planned parts" in request["messages"][-1]["content"] else by_schema(request)
        )

    server.will(answer)
    draft = make(local(server.url, "", "small")).write(JOB).value
    assert draft.kind == "article" and "was not used" in draft.outline.changes[0]


def test_passing_error_is_raised_so_that_the_article_waits(server):
    with pytest.raises(ExternalError) as caught:
        criticised(server, Say("", 503))
    assert not caught.value.permanent


@pytest.mark.parametrize(
    ("choice", "headings", "requests"),
    [
        (NEVER, ("Tools", "Tools"), 0),
        (ON_FINDINGS, ("Tools", "When to prune"), 0),
        (ON_FINDINGS, ("Tools", "Tools"), 1),
        (ALWAYS, ("Tools", "When to prune"), 1),
    ],
)
def test_setting_and_findings_decide_about_the_request(server, choice, headings, requests):
    outline = tuple(map(Section, headings))
    fitting = replace(JOB, outline=outline, secondary=(), outline_critique=choice)
    criticised(server, chat({"parts": []}), fitting)
    assert min(1, len(server.asked)) == requests


class Began(Keeper):
    """An earlier attempt wrote the opening and had no usable outline of the model."""

    def is_answered(self, name, model) -> bool:
        return name == "opening-again"


def test_attempt_that_follows_keeps_the_outline_of_the_first(server):
    result = criticised(server, chat(ANSWER), JOB, Began())
    assert server.asked == [] and result.review.sections[0].heading == "Tools"


def test_article_follows_the_outline_of_the_critique(server):
    def answer(request):
        is_outline = "Planned parts" in request["messages"][-1]["content"]
        return chat(ANSWER) if is_outline else by_schema(request)

    server.will(answer)
    calls = Keeper()
    draft = make(local(server.url, "", "small")).write(JOB, calls).value
    assert calls.sent[:5] == ["outline", "opening", "section-1", "section-2", "section-3"]
    assert draft.headings[1:] == ("Tools", "Old canes first")
    assert draft.outline.changes == tuple(ANSWER["changes"])
    asked = [request["messages"][-1]["content"] for request in server.asked]
    assert "Keywords to use where they are natural: pruning shears\n" in asked[3]
