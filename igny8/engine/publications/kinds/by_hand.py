"""By hand: a person publishes elsewhere and enters the address."""

from igny8.engine.publications.kinds.base import Kind
from igny8.models.publishing_target import HAND

KIND = Kind(name=HAND, label="By hand", noun="place by hand")
