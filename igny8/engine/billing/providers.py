"""Find the provider that a run chose, tell whether it can be used now, and load it."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from flask import current_app
from sqlalchemy import Connection, Row

from igny8.errors import ExternalError
from igny8.models import AllowedAddress, CircuitBreaker, ProviderEndpoint, Run
from igny8.models.circuit_breaker import EndpointLimits, is_open, is_recovering
from igny8.models.encryption import DecryptError, decrypt, fingerprint
from igny8.outbound.allowlist import Allowlist
from igny8.providers import base
from igny8.providers.register import SAMPLES, SERVER, find_kind

SHORT_WAIT_S = 10.0  # a run that waits this long for a circuit breaker is not called blocked
BLOCK_KINDS = {"auth": "credentials", "rate_limit": "rate limit"}  # breaker's kind → run's kind
REMEDY = "Open Settings and look at the model server of this stage, then press “Resume”."


@dataclass(frozen=True, slots=True)
class ProviderAccess:
    """Access to one provider endpoint: its circuit breaker, its limits and its address."""

    breaker_key: str
    label: str
    limits: EndpointLimits
    encrypted_key: str | None
    endpoint: base.Endpoint


def allowed_addresses(tx: Any) -> Allowlist:
    """Return the allowed private addresses from the environment and the database."""
    return current_app.config["SETTINGS"].outbound + AllowedAddress.load(tx)


def find_access(tx: Connection, site_id: int, choice: dict | None) -> ProviderAccess | None:
    """Return the access to a chosen provider; None if it was removed or is built in."""
    kind = find_kind(choice["provider"]) if choice is not None else None
    find = ACCESS_BY_KIND.get(kind.access) if kind is not None else None
    return find(tx, site_id, choice) if find is not None and choice is not None else None


def _server_access(tx: Connection, site_id: int, choice: dict) -> ProviderAccess | None:
    """Return the access to a server of the site, or to the one set in the environment."""
    if choice["endpoint"] is not None:
        return _stored_access(tx, site_id, choice)
    return _environment_access(tx, choice)


def _stored_access(tx: Connection, site_id: int, choice: dict) -> ProviderAccess | None:
    row = ProviderEndpoint.find(tx, site_id, choice["endpoint"])
    if row is None:
        return None
    limits = EndpointLimits(row.concurrent, row.per_minute)
    endpoint = _endpoint(tx, row.base_url, "", choice, row.deadline_s, row.reasoning_effort)
    return ProviderAccess(row.breaker_key, row.name, limits, row.encrypted_key, endpoint)


def _environment_access(tx: Connection, choice: dict) -> ProviderAccess | None:
    configured = current_app.config["SETTINGS"].env_provider
    if not configured:
        return None
    key, url = configured.api_key, configured.base_url
    limits = configured.deadline_s, configured.reasoning_effort
    return ProviderAccess(
        fingerprint(url, key),
        "the model server of the environment",
        EndpointLimits(configured.concurrent, configured.per_minute),
        None,
        _endpoint(tx, url, key, choice, *limits),
    )


def _samples_access(tx: Connection, site_id: int, choice: dict) -> ProviderAccess:
    """Return the access to the demonstration provider."""
    behaviour = current_app.config["SETTINGS"].demo
    endpoint = base.Endpoint(behaviour, "", choice["model"], choice["model"])
    key = fingerprint(choice["provider"])
    return ProviderAccess(key, "the demonstration provider", EndpointLimits(), None, endpoint)


ACCESS_BY_KIND: dict[str, Callable[[Connection, int, dict], ProviderAccess | None]] = {
    SERVER: _server_access,
    SAMPLES: _samples_access,
}


def _endpoint(
    tx: Connection,
    base_url: str,
    key: str,
    choice: dict,
    deadline_s: int | None,
    reasoning_effort: str,
) -> base.Endpoint:
    return base.Endpoint(
        base_url,
        key,
        choice["model"],
        choice["model"],
        choice.get("embedding", ""),
        allowed_addresses(tx),
        deadline_s,
        reasoning_effort,
    )


def can_send_request(tx: Connection, row: Row, choice: dict, now: float) -> bool:
    """Return whether the provider chosen by a run (a row: id, site_id) accepts requests now.

    Block the run if the wait is long: an open circuit breaker, or a problem that a person has to
    solve.
    """
    access = find_access(tx, row.site_id, choice)
    if access is None:
        reason = f"The model server of this stage was removed. {REMEDY}"
        Run.block(tx, row.id, "credentials", reason)
        return False
    breaker = CircuitBreaker.find(tx, access.breaker_key)
    if breaker is not None and is_open(breaker, now):
        if breaker.open_until - now > SHORT_WAIT_S:
            kind = BLOCK_KINDS.get(breaker.kind, "provider")
            reason = f"{access.label} is paused: {breaker.reason}"
            Run.block(tx, row.id, kind, reason, breaker.open_until, access.breaker_key)
        return False
    if is_recovering(breaker) and not CircuitBreaker.take_probe(tx, access.breaker_key, now):
        return False
    return not CircuitBreaker.wait_seconds(tx, access.breaker_key, access.limits, now)


class Providers:
    """Provider instances of this process, one per address, key and model, shared by threads."""

    def __init__(self, built_in: Any) -> None:
        self.built_in = built_in
        self._instances: dict[tuple, Any] = {}
        self._lock = threading.Lock()

    def get(self, access: ProviderAccess | None, choice: dict) -> Any:
        """Return the chosen provider; raise ExternalError if a person has to fix its settings."""
        if access is None:
            raise ExternalError(f"its model server was removed. {REMEDY}", kind="auth")
        key = (choice["provider"], access.breaker_key, access.endpoint, choice["model"])
        with self._lock:
            if key not in self._instances:
                self._instances[key] = _create_provider(access, choice["provider"])
            return self._instances[key]

    def interrupt(self) -> None:
        """Ask all providers to abort their requests soon."""
        for provider in (self.built_in, *self._instances.values()):
            if provider is not None:
                provider.interrupt()


def _create_provider(access: ProviderAccess, provider: str) -> Any:
    try:
        encrypted = access.encrypted_key
        key = decrypt(encrypted) if encrypted else access.endpoint.api_key
    except DecryptError as error:
        raise ExternalError(str(error), kind="auth") from error
    kind = find_kind(provider)
    if kind is None:
        raise ExternalError(f"there is no provider {provider!r} any more. {REMEDY}", kind="auth")
    return kind.load().make(replace(access.endpoint, api_key=key))
