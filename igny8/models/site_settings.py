"""Settings of a site, and the copy of them that a run uses."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from sqlalchemy import Connection, select, update

from igny8.critiques import ON_FINDINGS
from igny8.extensions import UtcDateTime, db
from igny8.models.base import Executor, Model, changed_one
from igny8.models.run_stage import BUILT_IN
from igny8.slug_scripts import LATIN

DEFAULT_BATCH_SIZES = {
    "cluster": 50,
    "ideate": 20,
    "plan": 50,
    "write": 5,
    "describe": 25,
    "draw": 1,
    "review": 50,
}
MAX_BATCH_SIZE = 200
# Keys in a run's stored JSON; the release before reads them too
# (docs/decisions/0021-columns-with-new-names.md).
STORED_NAMES = {"providers": "engines"}


@dataclass(frozen=True)
class RunSettings:
    """Settings of a run, stored on it as JSON; their defaults are defined only here.

    `providers` maps stage keys to {"provider", "endpoint", "model"}; other stages use that of the
    environment. `prompts` are those that the site customised: name → {"version", "text"}.
    `first_articles` is the maximum number of articles of a run; None for all. `length_percent` is
    the length of its articles in percent of the words planned by their ideas. `slug_script` is one
    of `slug_scripts.SCRIPTS`. With `own_groups` the groups of the keyword file become clusters.
    `outline_critique` and `text_critique` are keys of `critiques.CHOICES`.
    """

    ideas_per_cluster: int = 3
    images_per_article: int = 1
    strictness: float = 0.0
    parallelism: int = 2
    color_primary: str = "#23594a"
    color_secondary: str = "#5fa36c"
    batches: dict = field(default_factory=lambda: dict(DEFAULT_BATCH_SIZES), hash=False)
    providers: dict = field(default_factory=dict, hash=False)
    fallback_card: bool = True
    tone: str = ""
    audience: str = ""
    knowledge: str = ""
    prompts: dict = field(default_factory=dict, hash=False)
    first_articles: int | None = None
    length_percent: int = 100
    slug_script: str = LATIN
    own_groups: bool = False
    outline_critique: str = ON_FINDINGS
    text_critique: str = ON_FINDINGS

    @classmethod
    def load(cls, tx: Executor, site_id: int) -> "RunSettings":
        """Return the current settings of a site."""
        table = SiteSettings.__table__
        row = tx.execute(select(table).where(table.c.site_id == site_id)).mappings().one()
        return cls.from_json(dict(row))

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "RunSettings":
        """Return settings from a mapping of stored names; missing values get defaults."""
        names = {f.name: STORED_NAMES.get(f.name, f.name) for f in fields(cls)}
        return cls(
            **{name: stored[key] for name, key in names.items() if stored.get(key) is not None}
        )

    def to_json(self) -> dict[str, Any]:
        """Return the settings as a JSON object."""
        return {STORED_NAMES.get(name, name): value for name, value in asdict(self).items()}

    def batch_size(self, stage_key: str) -> int:
        """Return how many items of a stage one claim takes."""
        wanted = int(self.batches.get(stage_key, DEFAULT_BATCH_SIZES[stage_key]))
        return max(1, min(MAX_BATCH_SIZE, wanted))

    def provider_label(self, stage_key: str) -> str:
        """Return the provider of a stage as shown on pages, such as "openai-compatible · gpt-5"."""
        chosen = self.providers.get(stage_key)
        if chosen is None:
            return BUILT_IN
        return " · ".join(filter(None, (chosen["provider"], chosen.get("model"))))

    @property
    def wants_images(self) -> bool:
        """Return whether articles get images."""
        return self.images_per_article > 0


DEFAULTS = RunSettings()


class SiteSettings(Model):
    """Settings of a site; a run keeps a copy (RunSettings) from its start.

    The schedule is a Rule of engine/runs/schedule_rules.py; `schedule` is its form for the previous
    release: "off", "day" or a weekday from "0" (Monday). `next_run_at` is the next start.
    `cluster_threshold` is the similarity threshold of the site's first clustering, and
    `cluster_vectors` the embedding model that it used, empty for the built-in vectors. Caps are in
    credits; None is no cap. `tone`, `audience` and `knowledge` (facts that only the site knows)
    become part of the prompts for writing. `gates` and `reading_limit` are read by Gates,
    `rule_hours` and `rule_since` by ApprovalRule.
    """

    __tablename__ = "site_settings"

    site_id = db.Column(db.Integer, db.ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    ideas_per_cluster = db.Column(db.Integer, nullable=False, default=DEFAULTS.ideas_per_cluster)
    images_per_article = db.Column(db.Integer, nullable=False, default=DEFAULTS.images_per_article)
    strictness = db.Column(db.Float, nullable=False, default=DEFAULTS.strictness)
    parallelism = db.Column(db.Integer, nullable=False, default=DEFAULTS.parallelism)
    batches = db.Column(db.JSON, nullable=False, default=lambda: dict(DEFAULT_BATCH_SIZES))
    time_zone = db.Column(db.String(64), nullable=False, default="UTC")
    schedule = db.Column(db.String(4), nullable=False, default="off", server_default="off")
    schedule_time = db.Column(db.String(5), nullable=False, default="02:00", server_default="02:00")
    schedule_kind = db.Column(db.String(8), nullable=False, default="", server_default="")
    schedule_days = db.Column(db.String(7), nullable=False, default="", server_default="")
    schedule_day = db.Column(db.SmallInteger, nullable=False, default=1, server_default="1")
    schedule_cron = db.Column(db.String(120), nullable=False, default="", server_default="")
    schedule_min_keywords = db.Column(db.Integer)
    schedule_pause_from = db.Column(db.Date)
    schedule_pause_until = db.Column(db.Date)
    next_run_at = db.Column(UtcDateTime, index=True)
    color_primary = db.Column(db.String(7), nullable=False, default=DEFAULTS.color_primary)
    color_secondary = db.Column(db.String(7), nullable=False, default=DEFAULTS.color_secondary)
    cluster_threshold = db.Column(db.Float)
    cluster_vectors = db.Column(db.String(120), nullable=False, default="", server_default="")
    providers = db.Column(
        "engines", db.JSON, key="providers", nullable=False, default=dict, server_default="{}"
    )
    fallback_card = db.Column(
        db.Boolean, nullable=False, default=DEFAULTS.fallback_card, server_default=db.true()
    )
    tone = db.Column(db.String(200), nullable=False, default=DEFAULTS.tone, server_default="")
    audience = db.Column(
        db.String(200), nullable=False, default=DEFAULTS.audience, server_default=""
    )
    knowledge = db.Column(db.Text, nullable=False, default=DEFAULTS.knowledge, server_default="")
    own_groups = db.Column(
        db.Boolean, nullable=False, default=DEFAULTS.own_groups, server_default=db.false()
    )
    slug_script = db.Column(
        db.String(12), nullable=False, default=DEFAULTS.slug_script, server_default=LATIN
    )
    outline_critique = db.Column(
        db.String(8), nullable=False, default=ON_FINDINGS, server_default=ON_FINDINGS
    )
    text_critique = db.Column(
        db.String(8), nullable=False, default=ON_FINDINGS, server_default=ON_FINDINGS
    )
    cap_run = db.Column(db.Integer)
    cap_day = db.Column(db.Integer)
    cap_month = db.Column(db.Integer)
    gates = db.Column(db.JSON, nullable=False, default=dict, server_default="{}")
    reading_limit = db.Column(db.Integer)
    rule_hours = db.Column(db.Integer)
    rule_since = db.Column(UtcDateTime)

    @staticmethod
    def change(tx: Connection, site_id: int, **choices: Any) -> bool:
        """Store changed settings; return False if the site was deleted."""
        own = update(SiteSettings).where(SiteSettings.site_id == site_id)
        return changed_one(tx, own.values(choices))
