"""Who works: the built-in engine, and the providers that runs chose, each loaded when it is first needed."""

import importlib
import threading
from dataclasses import dataclass, replace

from flask import current_app

from igny8.errors import ExternalError
from igny8.models import AllowedAddress, CircuitBreaker, ProviderEndpoint, Run
from igny8.models.circuit_breaker import EndpointLimits, is_open, is_recovering
from igny8.models.encryption import DecryptError, decrypt, fingerprint
from igny8.outbound.allowlist import Allowlist
from igny8.providers import base
from igny8.providers.register import OPENAI_COMPATIBLE, find_kind
from igny8.redaction import redact, register_secrets

CONNECTION_TEST = "igny8.providers.openai_compatible.connection_test"  # the web loads it only here
SHORT_WAIT_S = 10.0  # seconds that a run waits for a gate without being called blocked
BLOCK_KINDS = {
    "auth": "credentials",
    "rate_limit": "rate limit",
}  # kind of the gate → why the run is blocked
REMEDY = "Open Settings and look at the model server of this stage, then press “Resume”."


@dataclass(frozen=True, slots=True)
class ProviderAccess:
    """The way to one model server: the gate before it, what it bears, and where it is."""

    breaker_key: str
    label: str
    limits: EndpointLimits
    encrypted_key: str | None
    endpoint: base.Endpoint


def allowed_addresses(tx) -> Allowlist:
    """Return which addresses may be asked beside the public internet: the environment's, and the stored ones."""
    return current_app.config["SETTINGS"].outbound + AllowedAddress.load(tx)


def find_access(tx, site_id: int, choice: dict | None) -> ProviderAccess | None:
    """Return the way to the engine that a run chose, None when it was removed since, or is the built-in one."""
    if choice is None:
        return None
    if choice["provider"] == OPENAI_COMPATIBLE and choice["endpoint"] is not None:
        row = ProviderEndpoint.find(tx, site_id, choice["endpoint"])
        return row and ProviderAccess(
            row.breaker_key,
            row.name,
            EndpointLimits(row.concurrent, row.per_minute),
            row.encrypted_key,
            _endpoint(tx, row.base_url, "", choice, row.deadline_s, row.reasoning_effort),
        )
    ai = current_app.config["SETTINGS"].env_provider
    if choice["provider"] == OPENAI_COMPATIBLE:
        return ai and ProviderAccess(
            fingerprint(ai.base_url, ai.api_key),
            "the model server of the environment",
            EndpointLimits(ai.concurrent, ai.per_minute),
            None,
            _endpoint(tx, ai.base_url, ai.api_key, choice, ai.deadline_s, ai.reasoning_effort),
        )
    return ProviderAccess(
        fingerprint(choice["provider"]),
        "the demonstration provider",
        EndpointLimits(),
        None,
        base.Endpoint(current_app.config["SETTINGS"].demo, "", choice["model"], choice["model"]),
    )


def _endpoint(
    tx, base_url: str, key: str, choice: dict, deadline_s: int | None, reasoning_effort: str
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


def can_send_request(tx, row, choice: dict, now: float) -> bool:
    """Return whether the engine that a run (a row: id, site_id) chose may be asked now.

    The run blocks where it has to wait long: for its gate to open, or for somebody to act.
    """
    way = find_access(tx, row.site_id, choice)
    if way is None:
        Run.block(
            tx, row.id, "credentials", f"The model server of this stage was removed. {REMEDY}"
        )
        return False
    gate = CircuitBreaker.find(tx, way.breaker_key)
    if is_open(gate, now):
        if gate.open_until - now > SHORT_WAIT_S:
            Run.block(
                tx,
                row.id,
                BLOCK_KINDS.get(gate.kind, "provider"),
                f"{way.label} is not asked for now: {gate.reason}",
                gate.open_until,
                way.breaker_key,
            )
        return False
    if is_recovering(gate) and not CircuitBreaker.take_probe(tx, way.breaker_key, now):
        return False
    return not CircuitBreaker.wait_seconds(tx, way.breaker_key, way.limits, now)


class Providers:
    """The providers of this process: one for each address, key and model, shared by its threads."""

    def __init__(self, built_in):
        self.built_in = built_in
        self._made: dict[tuple, object] = {}
        self._lock = threading.Lock()

    def of(self, way: ProviderAccess | None, choice: dict):
        """Return the provider that a run chose; raise OutsideError where a person has to act."""
        if way is None:
            raise ExternalError(f"its model server was removed. {REMEDY}", kind="auth")
        name = (choice["provider"], way.breaker_key, way.endpoint, choice["model"])
        with self._lock:
            if name not in self._made:
                self._made[name] = _make(way, choice["provider"])
            return self._made[name]

    def interrupt(self) -> None:
        """Tell all of them to stop asking, soon."""
        for provider in (self.built_in, *self._made.values()):
            if provider is not None:
                provider.interrupt()


def check_connection(endpoint: base.Endpoint):
    """Return the ConnectionReport of an endpoint that a person wants to use: `ok`, `text`, `models`."""
    register_secrets(endpoint.api_key)
    trial = importlib.import_module(CONNECTION_TEST).check_connection(endpoint)
    return replace(
        trial,
        text=redact(trial.text),
        models=tuple(map(redact, trial.models)),
        rows=tuple(replace(row, detail=redact(row.detail)) for row in trial.rows),
    )


def _make(way: ProviderAccess, provider: str):
    try:
        key = decrypt(way.encrypted_key) if way.encrypted_key else way.endpoint.api_key
    except DecryptError as locked:
        raise ExternalError(str(locked), kind="auth") from locked
    kind = find_kind(provider)
    if kind is None:
        raise ExternalError(f"there is no provider {provider!r} any more. {REMEDY}", kind="auth")
    return kind.load().make(replace(way.endpoint, api_key=key))
