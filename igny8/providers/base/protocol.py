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
    """Ignore a progress report."""


@dataclass(frozen=True, slots=True)
class Answer(Generic[Value]):
    """The result of a call and its usage.

    `model` and `prompt` (with its version) are empty if no model was used; `note` is a line for the
    run's log.
    """

    value: Value
    usage: Usage = field(default_factory=Usage)
    model: str = ""
    prompt: str = ""
    note: str = ""


class Provider(Protocol):
    """The six calls. Each raises only ExternalError if it has no answer."""

    name: str

    def cluster(
        self,
        phrases: tuple[Phrase, ...],
        known: tuple[KnownCluster, ...],
        options: ClusterOptions,
        sender: RequestSender = UNRECORDED,
        report_progress: Callable[[float], None] = ignore_progress,
    ) -> Answer[ClusterPlan]:
        """Return an Answer with a ClusterPlan that accounts for every phrase.

        `report_progress` is called meanwhile with the completed share, from 0 to 1.
        """

    def interrupt(self) -> None:
        """Stop running calls: they raise Interrupted soon. May be called from any thread."""

    def propose(
        self, topic: Topic, count: int, sender: RequestSender = UNRECORDED
    ) -> Answer[tuple[Idea, ...]]:
        """Return an Answer with a tuple of 0 to `count` Ideas."""

    def write(self, assignment: Assignment, sender: RequestSender = UNRECORDED) -> Answer[Draft]:
        """Return an Answer with a Draft."""

    def change_part(
        self, wish: PartChangeRequest, sender: RequestSender = UNRECORDED
    ) -> Answer[str]:
        """Return an Answer with the HTML of the changed part, including its heading.

        Raise ExternalError if the provider has no model.
        """

    def describe(
        self, page: Page, count: int, sender: RequestSender = UNRECORDED
    ) -> Answer[tuple[ImagePrompt, ...]]:
        """Return an Answer with a tuple of up to `count` ImagePrompts, position 0 first."""

    def draw(
        self, prompt: ImagePrompt, palette: Palette, sender: RequestSender = UNRECORDED
    ) -> Answer[ImageFile]:
        """Return an Answer with an ImageFile."""
