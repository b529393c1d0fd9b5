"""Every environment variable, read once; a bad value stops the start and is named."""

import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from igny8.errors import Igny8Error

DATABASES = ("sqlite:///", "postgresql+psycopg://", "postgresql://")
QUEUES = ("sqlite:///", "redis://", "rediss://", "postgresql://")
KNOWN_SECRETS = {"secret", "dev", "changeme", "change-me", "password", "igny8", "test"}


class ConfigError(Igny8Error):
    """A setting that cannot be used; the message names the variable and what it may be."""


@dataclass(frozen=True)
class Config:
    """The settings of one installation."""

    data_dir: Path
    database_url: str
    huey_url: str
    secret_key: str
    host: str
    port: int
    allowed_hosts: frozenset[str] = frozenset()

    @property
    def is_shared(self) -> bool:
        """Return whether the database is a server's, which machines share and which may restart."""
        return not self.database_url.startswith("sqlite")

    @property
    def uploads(self) -> Path:
        return self.data_dir / "uploads"

    @property
    def images(self) -> Path:
        return self.data_dir / "images"


def load(environ=None) -> Config:
    """Return the Config of the given (or the process's) environment; raise ConfigError by name.

    The data directory is made when it is missing, and with it the secret key, readable only by
    its owner.
    """
    env = os.environ if environ is None else environ
    data_dir = Path(env.get("IGNY8_DATA_DIR") or "var").resolve()
    try:
        for folder in (data_dir, data_dir / "uploads", data_dir / "images"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"IGNY8_DATA_DIR: cannot use {data_dir}: {error.strerror}. "
                          "Name a folder that this user may write.") from error
    return Config(
        data_dir=data_dir,
        database_url=_database(_url(env, "DATABASE_URL", f"sqlite:///{data_dir / 'igny8.db'}", DATABASES)),
        huey_url=_url(env, "HUEY_URL", f"sqlite:///{data_dir / 'huey.db'}", QUEUES),
        secret_key=_secret(env, data_dir),
        host=env.get("IGNY8_HOST") or "127.0.0.1",
        port=_port(env.get("IGNY8_PORT") or "8008"),
        allowed_hosts=_names(env.get("IGNY8_ALLOWED_HOSTS") or ""),
    )


def _url(env, name: str, default: str, schemes: tuple[str, ...]) -> str:
    value = env.get(name) or default
    if not value.startswith(schemes):
        raise ConfigError(f"{name}: {value.split(':')[0]}: is not supported; it may begin with "
                          + " or ".join(schemes))
    return value


def _database(url: str) -> str:
    """Return the address with the driver that is used here named."""
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


def _names(text: str) -> frozenset[str]:
    """Return the names of a list with commas, in small letters."""
    names = frozenset(name.strip().lower().rstrip(".") for name in text.split(",") if name.strip())
    wrong = sorted(name for name in names if not re.fullmatch(r"[a-z0-9.-]+", name))
    if wrong:
        raise ConfigError(f"IGNY8_ALLOWED_HOSTS: {wrong[0]!r} is not a host name; write names with commas between "
                          "them, as in igny8.example.com,garden.lan, without scheme and port.")
    return names


def _port(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise ConfigError(f"IGNY8_PORT: {text!r} is not a port; use a number from 1 to 65535.")
    return int(text)


def _secret(env, data_dir: Path) -> str:
    given = env.get("IGNY8_SECRET_KEY")
    if given is not None:
        if given.lower() in KNOWN_SECRETS or len(given) < 16:
            raise ConfigError("IGNY8_SECRET_KEY: too short or well known; use at least 16 random "
                              "characters, or leave it out and one is made.")
        return given
    path = data_dir / "secret.key"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read_secret(path)
    except OSError as error:
        raise ConfigError(f"IGNY8_DATA_DIR: cannot write {path}: {error.strerror}. "
                          "Name a folder that this user may write.") from error
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(48))
    return _read_secret(path)


def _read_secret(path: Path) -> str:
    try:
        key = path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}. It may belong to another user: give this folder to "
                          "the user that runs IGNY8, or name another one in IGNY8_DATA_DIR.") from error
    if len(key) < 16:
        raise ConfigError(f"{path} holds no key; delete it and start again to make a new one.")
    return key
