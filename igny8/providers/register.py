"""The register of provider kinds: name, module, and which is the default or a demonstration."""

import importlib
from dataclasses import dataclass
from types import ModuleType

from igny8.model_server_config import DEMONSTRATION


@dataclass(frozen=True, slots=True)
class ProviderKind:
    """A kind of provider: its name in the database, and its module.

    `module` has `make(endpoint)`; `is_demo` says that its texts are samples.
    """

    name: str
    module: str
    is_default: bool = False
    is_demo: bool = False

    def load(self) -> ModuleType:
        """Return the module, imported now: the web process never loads those of model servers."""
        return importlib.import_module(self.module)


BUILT_IN = "built-in"
OPENAI_COMPATIBLE = "openai-compatible"
PROVIDERS = (
    ProviderKind(BUILT_IN, "igny8.providers.builtin.provider", is_default=True),
    ProviderKind(OPENAI_COMPATIBLE, "igny8.providers.openai_compatible"),
    ProviderKind(DEMONSTRATION, "igny8.providers.demo", is_demo=True),
)


def find_kind(name: str) -> ProviderKind | None:
    """Return the kind of a name, None for an unknown one."""
    return next((kind for kind in PROVIDERS if kind.name == name), None)


def default_kind() -> ProviderKind:
    """Return the kind that works where nothing was chosen."""
    return next(kind for kind in PROVIDERS if kind.is_default)
