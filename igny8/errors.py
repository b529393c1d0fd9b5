"""Error classes: each states what went wrong, whether a retry can help, and what to do."""

from igny8.redaction import redact


class Igny8Error(Exception):
    """Base of all errors shown to users; the message names the cause and the remedy."""


class ConfigError(Igny8Error):
    """An invalid setting; the message names the variable and its valid values."""


class ExternalError(Igny8Error):
    """Raised by providers, importers and publishing.

    `kind` is a short stable word ("rate_limit", "bad_answer", "disk" …) that is stored on the item.
    `permanent` means that a retry cannot help. `retry_after` is the number of seconds that the
    server asked to wait, or None. `may_be_billed` means that the server may have processed the
    request although no reply arrived. Secrets in the message are redacted, because servers may
    repeat them.
    """

    # caused by the key, its account, the server address, our disk or us, never by the item
    EXTERNAL_FAULT_KINDS = (
        "auth",
        "money",
        "address",
        "unknown_model",
        "disk",
        "interrupted",
    )

    def __init__(
        self,
        message: str,
        kind: str = "error",
        permanent: bool = False,
        retry_after: float | None = None,
        may_be_billed: bool = False,
    ) -> None:
        super().__init__(redact(message))
        self.may_be_billed = may_be_billed
        self.kind = kind
        self.permanent = permanent
        self.retry_after = retry_after

    @property
    def is_external_fault(self) -> bool:
        """Return whether the item is not the cause: requeue it without counting the attempt."""
        return self.kind in self.EXTERNAL_FAULT_KINDS

    @property
    def spoils_one_request(self) -> bool:
        """Return whether only this request has no answer: one that is optional may be left out."""
        return self.permanent and not self.is_external_fault


class RequestDeferred(ExternalError):
    """Raised instead of sending a paid request that has to wait; the item is requeued unchanged.

    `kind` is "budget", "circuit_breaker", "rate_limit" or "stopped".
    """

    @property
    def is_external_fault(self) -> bool:
        """Return True: the item was not tried."""
        return True


class Interrupted(ExternalError):
    """Raised by a provider that is shutting down; the items are requeued unchanged."""

    def __init__(self, message: str, may_be_billed: bool = False) -> None:
        super().__init__(message, kind="interrupted", may_be_billed=may_be_billed)


class ActionRefused(Igny8Error):
    """An action that is not possible now; nothing was changed. `status` is the HTTP status."""

    def __init__(self, message: str, status: int = 409) -> None:
        super().__init__(message)
        self.status = status
