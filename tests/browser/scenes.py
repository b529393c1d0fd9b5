"""An installation with a site in every state, for tests of the pages.

The test does the work of the worker itself, item by item, so that a state lasts as long as needed;
a separate web process serves the pages.
"""

import threading
import uuid
from contextlib import contextmanager

from sqlalchemy import func, select, update

from igny8.engine import keyword_import
from igny8.engine.runs import controls, start_run, transitions
from igny8.engine.work import claims, tools
from igny8.errors import ExternalError
from igny8.extensions import db, read_transaction, write_transaction
from igny8.models import (
    Cluster,
    Content,
    Idea,
    Keyword,
    KeywordImport,
    Run,
    RunItem,
    Site,
    SiteSettings,
)
from igny8.providers.base import UNRECORDED, Answer, ignore_progress
from igny8.providers.builtin.clustering import cluster
from igny8.providers.builtin.provider import BuiltIn
from igny8.upkeep.migrations import upgrade
from tests import browser_client
from tests.browser import crowd
from tests.browser.product import Product
from tests.conftest import InlineWorker, make_app

LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenherstellerverband"
ENGLISH = (
    "how to grow tomatoes",
    "when to plant tomatoes",
    "best fertilizer for roses",
    "when to prune roses",
    "basil companion plants",
    "how to plant basil seeds",
    "lavender pruning guide",
    "is lavender a perennial",
)
ARABIC = (
    "زراعة الطماطم في المنزل",
    "طريقة زراعة الطماطم",
    "تقليم الورد",
    "أفضل سماد للورد",
    "ري النباتات المنزلية",
)
UNBROKEN = (
    f"{LONG} kaufen",
    f"{LONG} reinigen",
    "Rindfleischetikettierungsüberwachungsaufgabenübertragung",
    "best " + "x" * 150,
)
NAMES = {
    "empty": "Empty Bed",
    "idle": "Quiet Garden",
    "running": "Green Garden",
    "paused": "Paused Patio",
    "blocked": "Blocked Balcony",
    "budget": "Costly Conservatory",
    "starting": "Early Bed",
    "pausing": "Pausing Plot",
    "cancelled": "Cancelled Corner",
    "failed": "Frosty Field",
    "finished": "Harvest Home",
    "long": f"{LONG} & Söhne",
    "rtl": "حديقة البيت الأخضر",
}
WORDS = {"rtl": ARABIC, "long": UNBROKEN}
SETTINGS = {"ideas_per_cluster": 2, "images_per_article": 1, "parallelism": 1}
BEAT = 3.0
LISTS = ("keywords", "clusters", "ideas", "content", "review", "runs")
DETAIL_PAGES = (
    ("keyword", "keywords", Keyword),
    ("cluster", "clusters", Cluster),
    ("idea", "ideas", Idea),
    ("text", "content", Content),
    ("imported", "import", KeywordImport),
)


class LocalProvider(BuiltIn):
    """The built-in provider in this process; with `refuses_images` every other image fails."""

    def __init__(self):
        self.refuses_images, self._drawn = False, 0

    def cluster(
        self, phrases, known, options, sender=UNRECORDED, report_progress=ignore_progress
    ) -> Answer:
        return Answer(cluster(phrases, known, options))

    def draw(self, prompt, palette, sender=UNRECORDED) -> Answer:
        self._drawn += 1
        if self.refuses_images and self._drawn % 2:
            raise ExternalError(
                "the image service refused this prompt", kind="refused", permanent=True
            )
        return super().draw(prompt, palette, sender)


class Scene:
    """An installation in a folder, its web process, and a worker inside the test."""

    def __init__(self, folder):
        self.product = Product(folder)
        self.app = make_app(folder)
        with self.app.app_context():
            upgrade()
            self.provider = LocalProvider()
            self.inline_worker = InlineWorker(self.app, self.provider)
        self._over = threading.Event()
        self._pulse = threading.Thread(target=self._beat, daemon=True)
        self._pulse.start()
        self.address = self.product.start(command="web")

    def cookies(self) -> list[dict]:
        """Return the cookies of an administrator's browser."""
        name, value = browser_client.cookie(self.app)
        return [{"name": name, "value": value, "url": self.address}]

    def close(self) -> None:
        """Stop the heartbeat and the web process."""
        self._over.set()
        self._pulse.join()
        self.product.stop()
        with self.app.app_context():
            db.engine.dispose()

    def lose_worker(self) -> None:
        """Stop the only worker; its claims stay active."""
        self._over.set()
        self._pulse.join()
        with self.app.app_context():
            self.inline_worker.heartbeat.stop()

    @contextmanager
    def work(self):
        """Enter the app context and return the worker of this process."""
        claims.clear_caches()  # caches by id may belong to another installation
        tools._results.clear()
        with self.app.app_context():
            yield self.inline_worker

    def create_site(self, slug: str, name: str | None = None, words=ENGLISH, **settings) -> int:
        """Create a site with waiting keywords; return its id."""
        with self.app.app_context(), write_transaction() as tx:
            site_id = Site.create(tx, name or slug.title(), slug)
            tx.execute(
                update(SiteSettings)
                .where(SiteSettings.site_id == site_id)
                .values(**SETTINGS | settings)
            )
        if words:
            self.import_keywords(site_id, *words)
        return site_id

    def import_keywords(self, site_id: int, *words: str) -> None:
        """Import keywords into a site."""
        path = self.app.config["SETTINGS"].uploads / f"{uuid.uuid4().hex}.txt"
        path.write_text("\n".join(words) + "\n", encoding="utf-8")
        with self.app.app_context():
            keyword_import.confirm(site_id, keyword_import.preview(site_id, path, "keywords.txt"))
            while keyword_import.import_next():
                pass

    def begin(self, site_id: int) -> None:
        """Start a run without working on it."""
        with self.app.app_context():
            start_run.start_run(site_id)

    def step(self) -> bool:
        """Process one claim of any open run and advance the run; return whether there was one."""
        with self.work() as inline_worker:
            batch = inline_worker.claim()
        if batch is not None:
            self.carry_out(batch)
        return batch is not None

    def carry_out(self, batch) -> None:
        """Process a claim and advance its run."""
        with self.work() as inline_worker:
            if inline_worker.process(batch):
                transitions.advance(batch.run_id)

    def hold_claim(self):
        """Claim items and keep them active; return the claim."""
        with self.work() as inline_worker:
            batch = inline_worker.claim()
            inline_worker.heartbeat.track_claim(batch.token)
            return batch

    def until_stage(self, slug: str, number: int, more: int = 0) -> None:
        """Work until a stage of the site's run is current, then process `more` claims."""
        while self.run_of(slug).current_stage < number:
            assert self.step(), "nothing is left to do"
        for _ in range(more):
            self.step()

    def finish(self) -> None:
        """Work until nothing can be claimed."""
        while self.step():
            pass

    def pause(self, slug: str) -> None:
        """Pause a run."""
        with self.app.app_context():
            controls.pause(self.run_of(slug).site_id)

    def cancel(self, slug: str) -> None:
        """Cancel a run."""
        with self.app.app_context():
            controls.cancel(self.run_of(slug).site_id)

    def resume(self, slug: str) -> None:
        """Resume a paused run."""
        with self.app.app_context():
            controls.resume(self.run_of(slug).site_id)

    def counted(self, run_id: int, *states: str) -> list[int]:
        """Return the number of items per stage in these states, counted from the item rows."""
        with self.app.app_context(), read_transaction() as tx:
            counts = dict(
                tx.execute(
                    select(RunItem.stage, func.count())
                    .where(RunItem.run_id == run_id, RunItem.state.in_(states))
                    .group_by(RunItem.stage)
                ).all()
            )
        return [counts.get(number, 0) for number in range(1, 8)]

    def run_of(self, slug: str):
        """Return the row of the site's latest run."""
        with self.app.app_context(), read_transaction() as tx:
            return Run.find(tx, Site.find(slug, tx).id)

    def first(self, model, slug: str, **values):
        """Return the id of the site's first row of a model with these values."""
        with self.app.app_context(), read_transaction() as tx:
            return (
                tx.execute(
                    select(model.id)
                    .filter_by(site_id=Site.find(slug, tx).id, **values)
                    .order_by(model.id)
                )
                .scalars()
                .first()
            )

    def failed_item(self, slug: str) -> int:
        """Return the id of a failed item of the site's latest run."""
        failed = select(RunItem.id).filter_by(run_id=self.run_of(slug).id, state="failed")
        with self.app.app_context(), read_transaction() as tx:
            return tx.execute(failed.limit(1)).scalar_one()

    def _beat(self) -> None:
        while not self._over.wait(BEAT):
            with self.app.app_context():
                self.inline_worker.heartbeat.send()


def in_every_state(folder) -> Scene:
    """Return a scene with the sites of NAMES, each in the state that it is named after."""
    scene = Scene(folder)
    ids = {
        slug: scene.create_site(slug, name, WORDS.get(slug, () if slug == "empty" else ENGLISH))
        for slug, name in NAMES.items()
    }
    for slug in ("finished", "long", "rtl"):
        scene.begin(ids[slug])
    scene.finish()
    scene.provider.refuses_images = True
    scene.begin(ids["failed"])
    scene.finish()
    scene.provider.refuses_images = False
    for slug in ("blocked", "budget", "paused", "cancelled", "pausing", "running"):
        scene.begin(ids[slug])
        scene.until_stage(slug, 4, more=1)
        STOPS[slug](scene, slug)
    scene.begin(ids["starting"])
    _upload_preview(
        scene,
        ids["idle"],
        "preview",
        b"Keyword,Volume\nmulch types,900\nmulch types,900\n,10\ncompost,oops\n",
    )
    _upload_preview(scene, ids["idle"], "mapping", b"A,B,C\none phrase,1,x\nanother phrase,2,y\n")
    scene.cookies()  # creates the viewer's account
    crowd.add_hostile_names(scene.app, browser_client.NAME, "long")
    return scene


def _block(scene: Scene, slug: str) -> None:
    kind, reason = BLOCKS[slug]
    with scene.app.app_context(), write_transaction() as tx:
        tx.execute(
            update(Run)
            .where(Run.id == scene.run_of(slug).id)
            .values(
                state="blocked",
                block_kind=kind,
                status_reason=reason,
                **CAP if kind == "budget" else {},
            )
        )


def _hold_and_pause(scene: Scene, slug: str) -> None:
    scene.hold_claim()
    scene.pause(slug)


BLOCKS = {
    "blocked": ("credentials", "The language model refused the key. Nothing was charged."),
    "budget": ("budget", "The cap of $0.04 for this run is reached."),
}
CAP = {"credits_cap": 400, "credits_used": 398}
STOPS = {
    "blocked": _block,
    "budget": _block,
    "paused": Scene.pause,
    "cancelled": Scene.cancel,
    "pausing": _hold_and_pause,
    "running": lambda scene, slug: scene.hold_claim(),
}


def _upload_preview(scene: Scene, site_id: int, name: str, data: bytes) -> None:
    path = scene.app.config["SETTINGS"].uploads / f"{name}.csv"
    path.write_bytes(data)
    with scene.app.app_context():
        keyword_import.preview(site_id, path, path.name)


def pages(scene: Scene) -> dict[str, str]:
    """Return the address of every page, by a name: all pages of one site, and each state of the main one."""
    return {
        name: address if isinstance(address, str) else address(scene)
        for name, address in PAGES.items()
    }


def _one(slug: str, path: str, model, **values):
    return lambda scene: f"/sites/{slug}/{path}/{scene.first(model, slug, **values)}"


def _run(slug: str):
    return lambda scene: f"/sites/{slug}/runs/{scene.run_of(slug).public_id}"


SETTINGS_PAGES = (
    "settings",
    "settings/models",
    "settings/models/servers/new",
    "settings/prompts",
    "settings/prices",
    "settings/sources",
    "settings/spending",
    "settings/private",
    "settings/people",
)
RICH = ("finished", "long", "rtl")
PAGES = {
    "sites": "/",
    "workers": "/workers",
    "new site": "/sites/new",
    "no such site": "/sites/nowhere/automation",
    "no such page": "/nothing",
    "account": "/account",
    "second factor": "/account/second-factor",
    "signed out": "/login/signed-out",
    "administration": "/admin",
    "accounts": "/admin/accounts",
    "audit log": "/admin/audit",
    "edit": lambda scene: (
        f"/sites/finished/review/{scene.first(Content, 'finished', status='review')}/edit"
    ),
    **{f"automation {slug}": f"/sites/{slug}/automation" for slug in NAMES},
    **{f"{page} empty": f"/sites/empty/{page}" for page in LISTS},
    **{f"{page} {slug}": f"/sites/{slug}/{page}" for slug in RICH for page in (*LISTS, "import")},
    **{f"{page} finished": f"/sites/finished/{page}" for page in SETTINGS_PAGES},
    "settings long": "/sites/long/settings",
    "people long": "/sites/long/settings/people",
    **{
        f"{name} {slug}": _one(slug, path, model)
        for slug in RICH
        for name, path, model in DETAIL_PAGES
    },
    **{f"run {slug}": _run(slug) for slug in (*RICH, "failed", "running", "blocked")},
    **{
        f"import {name}": _one("idle", "import", KeywordImport, filename=f"{name}.csv")
        for name in ("preview", "mapping")
    },
    "nothing found": "/sites/finished/keywords?q=zzz",
    "item failed": lambda scene: f"/sites/failed/items/{scene.failed_item('failed')}",
    "why failed": "/sites/failed/automation/why",
    "map finished": "/sites/finished/clusters/map",
}
