"""What works in an installation: workers and their clocks, runs, model servers, images; checks as in ground.py."""

from collections.abc import Iterator
from io import BytesIO

from flask import current_app
from PIL import Image as Picture
from PIL import features
from sqlalchemy import func, select

from igny8 import clock, progress
from igny8.extensions import read_transaction
from igny8.models import CircuitBreaker, Image, ProviderEndpoint, User
from igny8.models.circuit_breaker import is_open
from igny8.models.encryption import DecryptError, decrypt
from igny8.stages.base import counted
from igny8.upkeep.orphan_files import find_orphans
from igny8.version import PACKAGE, version

MAX_CHECKED_IMAGES = 100  # of the newest images: is the file there?
FONTS = PACKAGE / "providers" / "builtin" / "imagery" / "fonts"


def workers() -> Iterator[tuple]:
    fleet = progress.workers_overview(version())
    if not fleet["online"]:
        yield "note", "No worker is running here or elsewhere.", "igny8 worker, or igny8 serve"
        return
    yield (
        "ok",
        f"{counted(fleet['online'], 'workers')} alive, for {counted(fleet['slots'], 'items')} at once.",
    )
    for worker in fleet["workers"]:
        name = f"The worker on {worker['host']} (pid {worker['pid']})"
        if worker["other_version"]:
            yield (
                "warn",
                f"{name} runs version {worker['version']}, this is {version()}.",
                "Update IGNY8 there and start it again, or here, when that one is newer.",
            )
        if worker["state"] == "lost":
            yield (
                "warn",
                f"{name} was last seen at {worker['last_seen']:%H:%M:%S} UTC and did not sign off.",
                "What it held is given back by the others. If it should run, look into its log.",
            )
    if fleet["quarantined"]:
        yield (
            "warn",
            f"{counted(len(fleet['quarantined']), 'items')} set aside for ending the worker three times.",
            "They are on the page /workers; look into the workers' log for what killed them.",
        )


def clocks() -> Iterator[tuple]:
    apart = [
        worker
        for worker in progress.workers_overview(version())["workers"]
        if worker["clock_is_off"]
    ]
    for worker in apart:
        yield (
            "warn",
            f"The clock of {worker['host']} is {worker['skew']:+,.0f} s from the database server's, so it "
            "may look lost, and times on the pages are wrong.",
            "Let NTP set the clocks of all machines.",
        )
    if not apart:
        yield "ok", "No clock of a worker is known to be wrong."


def runs() -> Iterator[tuple]:
    standing = progress.find_stuck_runs()
    for line in standing:
        yield line["level"], line["text"], line["cure"]
    if not standing:
        yield "ok", "No run stands still."


def providers() -> Iterator[tuple]:
    now = clock.now().timestamp()
    with read_transaction() as tx:
        gates = tx.execute(select(CircuitBreaker.__table__)).all()
        sealed = tx.execute(
            select(ProviderEndpoint.name, ProviderEndpoint.encrypted_key).where(
                ProviderEndpoint.encrypted_key.is_not(None)
            )
        ).all()
    shut = [gate for gate in gates if is_open(gate, now)]
    for gate in shut:
        yield (
            "warn",
            f"{gate.label or gate.key} is not asked for another {gate.open_until - now:,.0f} s: "
            f"{gate.reason}.",
            "It is tried again by itself. Settings → Models → Test connection names the cause.",
        )
    locked = [row.name for row in sealed if not _can_decrypt(row.encrypted_key)]
    if locked:
        yield (
            "bad",
            f"The stored keys of {', '.join(locked[:5])} were sealed with another encryption key.",
            "Put the encryption.key that they were stored with into the data folder (or IGNY8_ENCRYPTION_KEY), or "
            "enter them again in Settings.",
        )
    if not shut and not locked:
        yield "ok", f"{len(gates)} model servers were asked so far; no gate is shut."


def accounts() -> Iterator[tuple]:
    with read_transaction() as tx:
        admins = tx.execute(
            select(func.count()).select_from(User).where(User.is_admin, User.disabled.is_(False))
        ).scalar_one()
    if admins:
        yield "ok", f"{counted(admins, 'administrators')} can look after the installation."
    else:
        yield (
            "note",
            "There is no administrator yet, so nobody can look after the pages.",
            "igny8 setup-link",
        )


def images() -> Iterator[tuple]:
    if not features.check("webp"):
        yield (
            "bad",
            "Pillow cannot write WebP here.",
            "Install the official wheel: pip install --force-reinstall pillow",
        )
        return
    Picture.new("RGB", (1, 1)).save(BytesIO(), "WEBP")
    fonts = list(FONTS.glob("*-Bold.[ot]tf"))
    if not fonts:
        yield "bad", "The fonts of the title cards are missing.", "Install IGNY8 again."
        return
    folder = current_app.config["SETTINGS"].images
    with read_transaction() as tx:
        paths = (
            tx.execute(
                select(Image.path)
                .where(Image.status == "generated")
                .order_by(Image.id.desc())
                .limit(MAX_CHECKED_IMAGES)
            )
            .scalars()
            .all()
        )
    gone = [path for path in paths if not (folder / path).is_file()]
    if gone:
        yield (
            "bad",
            f"{len(gone)} of the newest {len(paths)} images are not in {folder}, such as {gone[0]}.",
            "All machines have to share one data folder; or restore the files from a backup.",
        )
    else:
        yield (
            "ok",
            f"Pillow writes WebP, {len(fonts)} fonts are there"
            + (
                "."
                if features.check("raqm")
                else "; right-to-left titles are shaped by IGNY8 itself."
            ),
        )


def files() -> Iterator[tuple]:
    """Look through all files: for the doctor, not for a start."""
    if found := find_orphans():
        yield (
            "note",
            f"{counted(len(found), 'files')} of images and keywords belong to nothing any more.",
            "igny8 tidy",
        )


def _can_decrypt(sealed: str) -> bool:
    try:
        decrypt(sealed)
    except DecryptError:
        return False
    return True
