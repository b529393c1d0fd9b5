"""Errors with an address: what went wrong, whether trying again can help, and what cures it."""

from igny8.redaction import redact


class Igny8Error(Exception):
    """Base of every error that a person may read; the message names the place and the cure."""


class ExternalError(Igny8Error):
    """Raised by the outside rooms (providers, importers, publishing).

    `kind` is a short stable word ("rate_limit", "bad_answer", "disk" …) that is stored on the item.
    `permanent` says that asking again cannot help.
    `retry_after` is the number of seconds that the other side asked us to wait, or None.
    What the other side said may repeat our own secrets: they are blotted out.
    """

    # kinds that lie with the key, its account, the address of the server or us, never with the item
    EXTERNAL_FAULT_KINDS = ("auth", "money", "address", "interrupted")

    def __init__(
        self,
        message: str,
        kind: str = "error",
        permanent: bool = False,
        retry_after: float | None = None,
    ):
        super().__init__(redact(message))
        self.kind = kind
        self.permanent = permanent
        self.retry_after = retry_after

    @property
    def is_external_fault(self) -> bool:
        """Return whether nothing is wrong with the item: it goes back as if it had not been tried."""
        return self.kind in self.EXTERNAL_FAULT_KINDS


class RequestDeferred(ExternalError):
    """Raised instead of sending a paid request that may not be sent now: the item goes back unharmed.

    `kind` is "budget", "gate", "rate_limit" or "stopped"; `retry_after` as above.
    """

    @property
    def is_external_fault(self) -> bool:
        return True


class Interrupted(ExternalError):
    """Raised by a provider that was told to stop asking: nothing is wrong with the items, they go back."""

    def __init__(self, message: str):
        super().__init__(message, kind="interrupted")


class ActionRefused(Igny8Error):
    """A verb that cannot be done now; nothing was changed. `status` is the HTTP status it maps to."""

    def __init__(self, message: str, status: int = 409):
        super().__init__(message)
        self.status = status
