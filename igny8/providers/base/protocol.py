"""The five calls that every provider implements."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from igny8.providers.base.articles import Assignment
from igny8.providers.base.images import ImagePrompt, Page, Palette
from igny8.providers.base.keywords import ClusterOptions, KnownCluster, Phrase, Topic
from igny8.providers.base.requests import UNRECORDED, RequestSender, Usage


def ignore_progress(share: float) -> None:
    """Tell nobody how far it is."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a provider says: the value, what it used, and who made it: `model` and the version of
    the prompt, both empty where no model was asked. `note` is a line for the run's log.
    """

    value: object
    usage: Usage = Usage()
    model: str = ""
    prompt: str = ""
    note: str = ""


class Provider(Protocol):
    """The five calls. Each raises ExternalError, and nothing else, when it cannot answer."""

    name: str

    def cluster(
        self,
        phrases: tuple[Phrase, ...],
        known: tuple[KnownCluster, ...],
        options: ClusterOptions,
        sender: RequestSender = UNRECORDED,
        report_progress: Callable[[float], None] = ignore_progress,
    ) -> Answer:
        """Return an Answer holding a ClusterPlan that accounts for every phrase.

        `tell` is called meanwhile with the share of the work that is done, 0 … 1.
        """

    def interrupt(self) -> None:
        """Stop what takes long: calls in flight may raise Interrupted, soon. From any thread."""

    def propose(self, topic: Topic, count: int, sender: RequestSender = UNRECORDED) -> Answer:
        """Return an Answer holding a tuple of 0 to `count` Ideas."""

    def write(self, assignment: Assignment, sender: RequestSender = UNRECORDED) -> Answer:
        """Return an Answer holding a Draft."""

    def describe(self, page: Page, count: int, sender: RequestSender = UNRECORDED) -> Answer:
        """Return an Answer holding a tuple of `count` ImagePrompts or fewer, position 0 first."""

    def draw(
        self, prompt: ImagePrompt, palette: Palette, sender: RequestSender = UNRECORDED
    ) -> Answer:
        """Return an Answer holding an ImageFile."""
