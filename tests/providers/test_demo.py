"""The demonstration provider keeps the contract, behaves as it is told, and says what it is."""

import dataclasses
import os
import subprocess
import sys

import pytest

from igny8.cli.demonstration import DEMO_BEHAVIOUR
from igny8.errors import ExternalError, Interrupted
from igny8.providers.base import Endpoint, ImagePrompt, Palette, Reply
from igny8.providers.demo import Demo, make
from igny8.providers.demo.behaviour import Behaviour, parse_behaviour
from igny8.sanitising import clean
from tests.providers.contract import TOPIC, ProviderContract

PROMPT = ImagePrompt(0, "featured", "Prune", "a bush", "A bush", "a.webp", 600, 315)
ELSEWHERE = """
from igny8.providers.demo import Demo
from tests.providers.test_demo import TestDemo
import hashlib
print(hashlib.sha256(repr(Demo().write(TestDemo().assignment())).encode()).hexdigest())
"""


class Keeper:
    """Calls that keep replies by name and remember what was asked and rejected."""

    def __init__(self):
        self.kept, self.sent, self.rejected = {}, [], []

    def send_once(self, name, model, expected, send) -> Reply:
        if name not in self.kept:
            self.sent.append(name)
            self.kept[name] = send()
        return self.kept[name]

    def rejection_reason(self, name, again, model) -> str:
        return ""

    def is_answered(self, name, model) -> bool:
        return name in self.kept

    def reject(self, name, why) -> None:
        self.rejected.append(name)


class TestDemo(ProviderContract):
    def provider(self):
        return Demo()


def job():
    return dataclasses.replace(TestDemo().assignment(), target_words=900)


def test_sample_article_has_the_planned_length_and_is_marked():
    draft = Demo().write(job()).value
    assert draft.kind == "article" and abs(draft.words - 900) <= 225
    assert "Sample text of the demonstration provider" in draft.html
    assert clean(draft.html) == draft.html
    assert [check.text for check in draft.checks if not check.ok and "internal" in check.text] == []


def test_demo_answer_is_the_same_in_another_process():
    told = [
        subprocess.run(
            [sys.executable, "-c", ELSEWHERE],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert told[0] == told[1] != ""


def test_stored_reply_of_a_section_is_not_requested_again():
    calls = Keeper()
    first = Demo().write(job(), calls)
    assert calls.sent == ["opening"] + [f"section-{n + 1}" for n in range(len(job().outline))]
    again = Demo(Behaviour(permanent=1)).write(job(), calls)
    assert again == first and len(calls.sent) == len(job().outline) + 1


@pytest.mark.parametrize(
    ("how", "kind", "permanent"),
    [
        ("failures=1", "server", False),
        ("limits=1", "rate_limit", False),
        ("permanent=1", "refused", True),
        ("garbage=1", "bad_answer", True),
        ("money_after=0.5", "money", False),
        ("auth_after=0.5", "auth", False),
    ],
)
def test_each_configured_fault_occurs(how, kind, permanent):
    with pytest.raises(ExternalError) as caught:
        make(Endpoint(how)).propose(TOPIC, 3)
    assert (caught.value.kind, caught.value.permanent) == (kind, permanent)


def test_unreadable_reply_is_rejected_and_requested_again():
    calls = Keeper()
    with pytest.raises(ExternalError):
        Demo(Behaviour(garbage=1)).propose(TOPIC, 3, calls)
    assert calls.rejected == calls.sent == ["ideas", "ideas-again"]


def test_topic_may_get_no_article():
    assert Demo(Behaviour(empty=1)).propose(TOPIC, 3).value == ()


def test_failed_request_may_succeed_when_repeated():
    demo, fates = Demo(Behaviour(failures=0.5)), []
    for _ in range(20):
        try:
            demo.draw(PROMPT, Palette())
            fates.append(True)
        except ExternalError:
            fates.append(False)
    assert set(fates) == {True, False}


def test_interrupt_ends_the_waiting():
    demo = Demo(Behaviour(latency=900))
    demo.interrupt()
    with pytest.raises(Interrupted):
        demo.propose(TOPIC, 3)


@pytest.mark.parametrize("text", ["latency", "speed=1", "latency=-1", "failures=2", "latency=nan"])
def test_invalid_behaviour_is_reported_with_a_remedy(text):
    with pytest.raises(ExternalError, match="IGNY8_DEMO"):
        parse_behaviour(text)


def test_behaviour_of_the_demo_command_is_valid():
    assert parse_behaviour(DEMO_BEHAVIOUR).latency > 0 and parse_behaviour("") == Behaviour()
