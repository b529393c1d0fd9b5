"""Paid requests: their usage, and how a provider sends each of them once."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from igny8.outbound.allowlist import EMPTY_ALLOWLIST, Allowlist


@dataclass(frozen=True, slots=True)
class Usage:
    """Usage of outside requests: tokens as counted by the server, images, requests sent.

    `is_estimate` means that the server reported no figures for a part of it.
    """

    tokens_in: int = 0
    tokens_out: int = 0
    images: int = 0
    requests: int = 0
    is_estimate: bool = False

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.tokens_in + other.tokens_in,
            self.tokens_out + other.tokens_out,
            self.images + other.images,
            self.requests + other.requests,
            self.is_estimate or other.is_estimate,
        )


@dataclass(frozen=True, slots=True)
class Reply:
    """The raw body of the answer to one paid request, and its usage."""

    body: bytes
    model: str
    usage: Usage


class RequestSender(Protocol):
    """Sends a provider's paid requests; the caller records, limits and charges them.

    Names are chosen by the provider and stable: the same request of the same item has the same
    name after a crash ("outline", "section-3").
    """

    def send_once(self, name: str, model: str, expected: Usage, send: Callable[[], Reply]) -> Reply:
        """Return the recorded reply of `name`; if missing, reserve `expected`, send and record.

        Raises what `send` raises, and errors.RequestDeferred without sending. Do not catch the
        latter: the item is requeued.
        """

    def reject(self, name: str, why: str) -> None:
        """Mark the recorded reply as unusable: the next `send_once` of its name sends again."""

    def rejection_reason(self, name: str, again: str, model: str) -> str:
        """Return why the reply of `name` was unusable while `again` is unanswered, else "".

        `again` is the name of the request that follows. A process that dies between the two
        requests pays for neither of them twice.
        """

    def is_answered(self, name: str, model: str) -> bool:
        """Return whether a usable reply of `name` is recorded: an earlier attempt went so far."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A model server: address, key, models, and the private addresses that are allowed.

    `deadline_s` is the maximum duration of a request, None for the default of its address.
    `reasoning_effort` is "" or a value that reasoning models accept ("none", "low", "medium",
    "high" …).
    """

    base_url: str = ""
    api_key: str = field(default="", repr=False)
    chat_model: str = ""
    image_model: str = ""
    embedding_model: str = ""
    allowed: Allowlist = EMPTY_ALLOWLIST
    deadline_s: int | None = None
    reasoning_effort: str = ""


class UnrecordedSender:
    """Sends every request at once and records nothing, for tests and connection tests."""

    def send_once(self, name: str, model: str, expected: Usage, send: Callable[[], Reply]) -> Reply:
        """Return what `send()` returns."""
        return send()

    def reject(self, name: str, why: str) -> None:
        """Do nothing: nothing is recorded."""

    def rejection_reason(self, name: str, again: str, model: str) -> str:
        """Return an empty text: nothing is recorded."""
        return ""

    def is_answered(self, name: str, model: str) -> bool:
        """Return False: nothing is recorded."""
        return False


UNRECORDED = UnrecordedSender()


def request_names(
    sender: RequestSender, name: str, model: str, attempts: int = 2
) -> tuple[tuple[str, ...], str]:
    """Return the names of the requests still to send, and why the last answer was unusable.

    They are sent one after the other until an answer is usable. After a crash only the unpaid ones
    are left; the reason is empty if nothing was rejected.
    """
    names = attempt_names(name, attempts)
    for at in range(len(names) - 1, 0, -1):
        why = sender.rejection_reason(names[at - 1], names[at], model)
        if why:
            return names[at:], why
    return names, ""


def attempt_names(name: str, attempts: int) -> tuple[str, ...]:
    """Return the names of a request and of its repetitions after unusable answers."""
    return name, f"{name}-again", *(f"{name}-again-{n}" for n in range(2, attempts))


def was_skipped(sender: RequestSender, name: str, then: str, model: str, attempts: int) -> bool:
    """Return whether an earlier attempt went on to the request `then` without a reply of `name`.

    It must not be asked for now: the replies to what followed are recorded, and fit no other one.
    """

    def is_answered(one: str) -> bool:
        return any(sender.is_answered(turn, model) for turn in attempt_names(one, attempts))

    return is_answered(then) and not is_answered(name)
