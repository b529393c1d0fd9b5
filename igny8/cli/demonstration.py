"""Prepare the demonstration: sample keywords and the demonstration provider."""

import os
from pathlib import Path

import click
from flask import Flask
from sqlalchemy import select

from igny8.cli.import_file import import_file
from igny8.engine.runs import start_run
from igny8.extensions import write_transaction
from igny8.importers import sample_path
from igny8.model_server_config import DEMONSTRATION
from igny8.models import Site

DEMO_BEHAVIOUR = "latency=0.8,failures=0.03,limits=0.01,permanent=0.01,empty=0.03"


def configure_demo() -> None:
    """Configure the demonstration provider for every stage, in a separate data folder."""
    os.environ["IGNY8_DATA_DIR"] = str(Path(os.environ.get("IGNY8_DATA_DIR") or "var") / "demo")
    for name in ("DATABASE_URL", "HUEY_URL"):
        os.environ.pop(name, None)
    os.environ["IGNY8_AI_BASE_URL"] = DEMONSTRATION
    os.environ.setdefault("IGNY8_DEMO", DEMO_BEHAVIOUR)
    click.echo("Demonstration: texts and images are samples, and nothing is sent anywhere.")


def create_sample_site(app: Flask) -> None:
    """Create a site with the bundled sample keywords and start a run, unless a site exists."""
    with write_transaction() as tx:
        is_new = tx.execute(select(Site.id).limit(1)).first() is None
        site_id = Site.create(tx, "Demonstration", "demonstration") if is_new else None
    if site_id is not None:
        import_file(app, site_id, sample_path())
        start_run.start_run(site_id, by="the demonstration")
