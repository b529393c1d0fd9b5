"""The choices that a site owner makes; a run keeps a copy of those it began with."""

from dataclasses import asdict, dataclass, field, fields

from sqlalchemy import select, update

from igny8.extensions import UtcDateTime, db
from igny8.models.base import Model
from igny8.models.run_stage import BUILT_IN

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


class SiteSettings(Model):
    """`engines` names who works in a stage: key → {"provider", "endpoint", "model"}; a stage that is
    not named is left to the environment. `schedule` is "off", "day", or a weekday from "0", Monday; `next_run_at`
    is when it comes. `cluster_threshold` is the cut of the site's first grouping, `cluster_vectors` the embedding
    model that it was made by, empty for the built-in vectors. Caps are in credits; None is no cap. `tone`, `audience`
    and `knowledge` (what only this site knows) are told to models that write.
    """

    __tablename__ = "site_settings"

    site_id = db.Column(db.Integer, db.ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    ideas_per_cluster = db.Column(db.Integer, nullable=False, default=3)
    images_per_article = db.Column(db.Integer, nullable=False, default=2)
    strictness = db.Column(db.Float, nullable=False, default=0.0)
    parallelism = db.Column(db.Integer, nullable=False, default=2)
    batches = db.Column(db.JSON, nullable=False, default=lambda: dict(DEFAULT_BATCH_SIZES))
    time_zone = db.Column(db.String(64), nullable=False, default="UTC")
    schedule = db.Column(db.String(4), nullable=False, default="off", server_default="off")
    schedule_time = db.Column(db.String(5), nullable=False, default="02:00", server_default="02:00")
    next_run_at = db.Column(UtcDateTime, index=True)
    color_primary = db.Column(db.String(7), nullable=False, default="#23594a")
    color_secondary = db.Column(db.String(7), nullable=False, default="#5fa36c")
    cluster_threshold = db.Column(db.Float)
    cluster_vectors = db.Column(db.String(120), nullable=False, default="", server_default="")
    engines = db.Column(db.JSON, nullable=False, default=dict, server_default="{}")
    fallback_card = db.Column(db.Boolean, nullable=False, default=True, server_default=db.true())
    tone = db.Column(db.String(200), nullable=False, default="", server_default="")
    audience = db.Column(db.String(200), nullable=False, default="", server_default="")
    knowledge = db.Column(db.Text, nullable=False, default="", server_default="")
    cap_run = db.Column(db.Integer)
    cap_day = db.Column(db.Integer)
    cap_month = db.Column(db.Integer)

    @staticmethod
    def change(tx, site_id: int, **choices) -> bool:
        """Store what the owner of a site chose; False when there is no such site (any more)."""
        return (
            tx.execute(
                update(SiteSettings).where(SiteSettings.site_id == site_id).values(choices)
            ).rowcount
            == 1
        )


@dataclass(frozen=True)
class RunSettings:
    """The settings a run works with: plain values, stored on the run as JSON.

    `prompts` are those that the site changed: name → {"version", "text"}.
    """

    ideas_per_cluster: int = 3
    images_per_article: int = 2
    strictness: float = 0.0
    parallelism: int = 2
    color_primary: str = "#23594a"
    color_secondary: str = "#5fa36c"
    batches: dict = field(default_factory=lambda: dict(DEFAULT_BATCH_SIZES), hash=False)
    engines: dict = field(default_factory=dict, hash=False)
    fallback_card: bool = True
    tone: str = ""
    audience: str = ""
    knowledge: str = ""
    prompts: dict = field(default_factory=dict, hash=False)

    @classmethod
    def load(cls, tx, site_id: int) -> "RunSettings":
        """Return the current settings of a site."""
        table = SiteSettings.__table__
        row = tx.execute(select(table).where(table.c.site_id == site_id)).mappings().one()
        return cls.from_json(row)

    @classmethod
    def from_json(cls, stored) -> "RunSettings":
        """Return settings from a mapping, with defaults for what it lacks."""
        return cls(
            **{f.name: stored[f.name] for f in fields(cls) if stored.get(f.name) is not None}
        )

    def to_json(self) -> dict:
        return asdict(self)

    def batch_size(self, stage_key: str) -> int:
        """Return how many items of a stage one claim takes."""
        wanted = int(self.batches.get(stage_key, DEFAULT_BATCH_SIZES[stage_key]))
        return max(1, min(MAX_BATCH_SIZE, wanted))

    def provider_label(self, stage_key: str) -> str:
        """Return who works in a stage, by the name that history and pages know it by."""
        chosen = self.engines.get(stage_key)
        if chosen is None:
            return BUILT_IN
        return " · ".join(filter(None, (chosen["provider"], chosen.get("model"))))

    @property
    def wants_images(self) -> bool:
        return self.images_per_article > 0
