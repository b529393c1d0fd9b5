"""The address by which browsers reach the installation, which may include a path."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443}
HOST_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|[0-9a-f:.]+")
PATH = re.compile(r"(/[A-Za-z0-9._~-]+)*")
EVERY_ADDRESS = ("0.0.0.0", "::", "")  # only compared # nosec B104


@dataclass(frozen=True)
class PublicUrl:
    """The parts of a public address; `path` is empty or begins with a slash and ends without."""

    scheme: str
    host: str
    port: int
    path: str = ""

    @property
    def netloc(self) -> str:
        """Return host and port as in a browser: IPv6 in brackets, no default port."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == DEFAULT_PORTS[self.scheme] else f"{name}:{self.port}"

    @property
    def origin(self) -> str:
        """Return the origin of all pages, such as https://tools.example.org."""
        return f"{self.scheme}://{self.netloc}"

    def __str__(self) -> str:
        """Return the complete address without a final slash."""
        return self.origin + self.path


def parse(text: str) -> PublicUrl:
    """Return the parts of an address; raise ValueError with the problem."""
    parts = urlsplit(text.strip())
    host, path = (parts.hostname or "").rstrip("."), parts.path.rstrip("/")
    if parts.scheme not in DEFAULT_PORTS or not host:
        raise ValueError("it has to begin with https:// or http:// and name a host")
    if parts.username is not None or parts.query or parts.fragment or not HOST_NAME.fullmatch(host):
        raise ValueError("it may only have a scheme, a host, a port and a path")
    if not PATH.fullmatch(path) or {".", ".."} & set(path.split("/")):
        raise ValueError("its path may have letters, digits, dots, hyphens and underscores")
    return PublicUrl(parts.scheme, host, parts.port or DEFAULT_PORTS[parts.scheme], path)


def of_listener(host: str, port: int) -> PublicUrl:
    """Return the address by which this machine reaches a listener on a host and port."""
    return PublicUrl("http", "localhost" if host in EVERY_ADDRESS else host.strip("[]"), port)
