"""Verify records of human review."""

import json
from typing import TextIO

import click

from igny8.cli.common import open_database
from igny8.engine.reviews.signature import InvalidRecord, public_key, verify


@click.command()
@click.argument("file", type=click.File(encoding="utf-8"))
@click.option(
    "--key", type=click.File(encoding="utf-8"), help="Public keys of another installation."
)
def verify_record(file: TextIO, key: TextIO | None) -> None:
    """Verify the signed record of review in FILE; exit with 1 if it was changed."""
    signed = _read(file)
    if key is None:
        keys = [public_key(open_database().config["SETTINGS"].secret_key)]
    else:
        found = _read(key)
        keys = found.get("keys", [found]) if isinstance(found, dict) else []
    record = _verify_with_any(signed, keys)
    decisions = [made for made in record["decisions"] if made["about"] == "text"]
    click.echo(
        f"The signature is valid. {record['article']['title']}, issued {record['issued_at']}"
    )
    for made in decisions:
        click.echo(
            f"Version {made['version']} {made['decision']} by {made['decided_by']} "
            f"({made['by']}), {made['decided_at']}; text {record['text']['sha256']}"
        )


def _read(file: TextIO) -> object:
    try:
        return json.load(file)
    except ValueError as error:
        raise InvalidRecord(f"{file.name} is not JSON: {error}") from error


def _verify_with_any(signed: object, keys: list[dict[str, str]]) -> dict:
    """Return the record that one of the keys verifies; raise InvalidRecord otherwise."""
    problem = InvalidRecord("The file with the public keys holds none.")
    for key in keys:
        try:
            return verify(signed, key)
        except InvalidRecord as invalid:
            problem = invalid
    raise problem
