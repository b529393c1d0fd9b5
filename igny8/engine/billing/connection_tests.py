"""Test the connections to the model servers of a site, and list their models."""

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import Row

from igny8.engine.billing.providers import allowed_addresses
from igny8.extensions import read_transaction
from igny8.models.encryption import DecryptError, decrypt
from igny8.providers.base import ConnectionReport, Endpoint
from igny8.providers.register import kind_of_address
from igny8.redaction import redact, register_secrets


def check_connection(row: Row, **models: str) -> ConnectionReport:
    """Return which functions of a server (a row) work; `models` by column override its own."""
    return _ask(row, "check_connection", models)


def list_models(row: Row) -> ConnectionReport:
    """Return the names of the models that a server (a row) offers, without testing any."""
    return _ask(row, "list_models", {"chat_model": "", "image_model": "", "embedding_model": ""})


def models_by_kind(base_url: str, models: Iterable[str]) -> dict[str, list[str]]:
    """Group model names by use: those that write (chat), draw (image) or compare (embedding)."""
    kinds: dict[str, list[str]] = (
        kind_of_address(base_url).load_connection_test().models_by_kind(models)
    )
    return kinds


def _ask(row: Row, question: str, models: dict[str, str]) -> ConnectionReport:
    """Call the connection test and return its result with secrets redacted."""
    try:
        endpoint = _endpoint(row, models)
    except DecryptError as error:
        return ConnectionReport(False, str(error))
    register_secrets(endpoint.api_key)
    module = kind_of_address(row.base_url).load_connection_test()
    return _redacted(getattr(module, question)(endpoint))


def _endpoint(row: Row, models: dict[str, str]) -> Endpoint:
    """Return the endpoint of a server (a row) with its key; raise DecryptError if unreadable."""
    with read_transaction() as tx:
        allowed = allowed_addresses(tx)
    return Endpoint(
        row.base_url,
        decrypt(row.encrypted_key) if row.encrypted_key else "",
        models.get("chat_model", row.chat_model),
        models.get("image_model", row.image_model),
        models.get("embedding_model", row.embedding_model),
        allowed,
        row.deadline_s,
        row.reasoning_effort,
    )


def _redacted(report: ConnectionReport) -> ConnectionReport:
    return replace(
        report,
        text=redact(report.text),
        models=tuple(map(redact, report.models)),
        rows=tuple(replace(row, detail=redact(row.detail)) for row in report.rows),
    )
