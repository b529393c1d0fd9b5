"""The register of provider kinds: everything that other packages know about them."""

import importlib
from dataclasses import dataclass
from types import ModuleType

from igny8.model_server_config import DEMONSTRATION

IN_PROCESS, SERVER, SAMPLES = "in process", "server", "samples"


@dataclass(frozen=True, slots=True)
class ProviderKind:
    """A kind of provider.

    `name` is stored with the choices of a site. `module` has `make(endpoint)`. `access` is what a
    request needs: nothing (IN_PROCESS), a server with its address and key (SERVER), or nothing
    because the texts are samples (SAMPLES). `addresses` are the beginnings of the addresses that it
    serves; a server kind without any serves all other addresses. `connection_test` is the module of
    a server kind with `check_connection`, `list_models` and `models_by_kind`.
    """

    name: str
    module: str
    access: str = SERVER
    addresses: tuple[str, ...] = ()
    connection_test: str = ""

    @property
    def is_demo(self) -> bool:
        """Return whether its texts are samples."""
        return self.access == SAMPLES

    @property
    def has_server(self) -> bool:
        """Return whether it uses a server, which has an address, prices and perhaps a key."""
        return self.access == SERVER

    def load(self) -> ModuleType:
        """Return the module, imported on demand: the web process never loads model clients."""
        return importlib.import_module(self.module)

    def load_connection_test(self) -> ModuleType:
        """Return the module that tests connections, imported on demand."""
        return importlib.import_module(self.connection_test)


BUILT_IN = "built-in"
PROVIDERS = (
    ProviderKind(BUILT_IN, "igny8.providers.builtin.provider", IN_PROCESS),
    ProviderKind(DEMONSTRATION, "igny8.providers.demo", SAMPLES, addresses=(DEMONSTRATION,)),
    ProviderKind(
        "openai-compatible",
        "igny8.providers.openai_compatible",
        connection_test="igny8.providers.openai_compatible.connection_test",
    ),
)


def find_kind(name: str) -> ProviderKind | None:
    """Return the kind with a name, None if it is unknown."""
    return next((kind for kind in PROVIDERS if kind.name == name), None)


def default_kind() -> ProviderKind:
    """Return the kind that is used if nothing was chosen."""
    return next(kind for kind in PROVIDERS if kind.access == IN_PROCESS)


def kind_of_address(base_url: str) -> ProviderKind:
    """Return the kind that serves the address of a model server."""
    named = (kind for kind in PROVIDERS if kind.addresses and base_url.startswith(kind.addresses))
    others = (kind for kind in PROVIDERS if kind.has_server and not kind.addresses)
    return next(named, None) or next(others)
