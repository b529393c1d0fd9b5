"""The six calls that every provider implements."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from igny8.providers.base.articles import Assignment, Draft, Idea, PartChangeRequest
from igny8.providers.base.images import ImageFile, ImagePrompt, Page, Palette
from igny8.providers.base.keywords import ClusterOptions, ClusterPlan, KnownCluster, Phrase, Topic
from igny8.providers.base.requests import UNRECORDED, RequestSender, Usage

Value = TypeVar("Value", covariant=True)  # noqa: PLC0105 - what the docs of an answer call it


def ignore_progress(share: float) -> None:
    """Do nothing with a progress report."""


@dataclass(frozen=True, slots=True)
class Answer(Generic[Value]):
    """The result of a call and what it used.

    `model` and `prompt` (with its version) are empty where no model was asked; `note` is a line for
    the run's log.
    """

    value: Value
    usage: Usage = field(default_factory=Usage)
    model: str = ""
    prompt: str = ""
    note: str = ""


class Provider(Protocol):
    """The six calls. Each raises ExternalError, and nothing else, when it cannot answer."""

    name: str

    def cluster(
        self,
        phrases: tuple[Phrase, ...],
        known: tuple[KnownCluster, ...],
        options: ClusterOptions,
        sender: RequestSender = UNRECORDED,
        report_progress: Callable[[float], None] = ignore_progress,
    ) -> Answer[ClusterPlan]:
        """Return an Answer holding a ClusterPlan that accounts for every phrase.

        `report_progress` is called meanwhile with the share of the work that is done, from 0 to 1.
        """

    def interrupt(self) -> None:
        """Stop calls in flight: they raise Interrupted soon. May be called from any thread."""

    def propose(
        self, topic: Topic, count: int, sender: RequestSender = UNRECORDED
    ) -> Answer[tuple[Idea, ...]]:
        """Return an Answer holding a tuple of 0 to `count` Ideas."""

    def write(self, assignment: Assignment, sender: RequestSender = UNRECORDED) -> Answer[Draft]:
        """Return an Answer holding a Draft."""

    def change_part(
        self, wish: PartChangeRequest, sender: RequestSender = UNRECORDED
    ) -> Answer[str]:
        """Return an Answer holding the HTML of the changed part with its heading.

        Raise ExternalError where only a model could do it.
        """

    def describe(
        self, page: Page, count: int, sender: RequestSender = UNRECORDED
    ) -> Answer[tuple[ImagePrompt, ...]]:
        """Return an Answer holding a tuple of `count` ImagePrompts or fewer, position 0 first."""

    def draw(
        self, prompt: ImagePrompt, palette: Palette, sender: RequestSender = UNRECORDED
    ) -> Answer[ImageFile]:
        """Return an Answer holding an ImageFile."""
