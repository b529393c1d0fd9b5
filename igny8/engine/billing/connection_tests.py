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
    """Return what works at a server (a row); `models` by column are tried instead of its own."""
    return _ask(row, "check_connection", models)


def list_models(row: Row) -> ConnectionReport:
    """Return the models of a server (a row), none of which is tried."""
    return _ask(row, "list_models", {"chat_model": "", "image_model": "", "embedding_model": ""})


def models_by_kind(base_url: str, models: Iterable[str]) -> dict[str, list[str]]:
    """Return which models write (chat), draw (image) and compare (embedding), by their names."""
    kinds: dict[str, list[str]] = (
        kind_of_address(base_url).load_connection_test().models_by_kind(models)
    )
    return kinds


def _ask(row: Row, question: str, models: dict[str, str]) -> ConnectionReport:
    """Return the answer of the connection test to a question, without secrets."""
    try:
        endpoint = _endpoint(row, models)
    except DecryptError as error:
        return ConnectionReport(False, str(error))
    register_secrets(endpoint.api_key)
    module = kind_of_address(row.base_url).load_connection_test()
    return _redacted(getattr(module, question)(endpoint))


def _endpoint(row: Row, models: dict[str, str]) -> Endpoint:
    """Return the endpoint of a server (a row) with its key; raise DecryptError for a locked one."""
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
