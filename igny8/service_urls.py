"""Addresses of the database and the queue, including their passwords."""

from pathlib import Path
from urllib.parse import SplitResult, quote, urlsplit

from igny8.env_values import (
    Env,
)
from igny8.errors import ConfigError

DATABASES = ("sqlite:///", "postgresql+psycopg://", "postgresql://")
REDIS_EXAMPLE = "redis://:password@host:6379/0"
POSTGRESQL_EXAMPLE = "postgresql://user:password@host:5432/igny8"
QUEUES = ("sqlite:///", "redis://", "rediss://", "postgresql://")


def _url(env: Env, name: str, default: str, schemes: tuple[str, ...]) -> str:
    value = env.get(name) or default
    if not value.startswith(schemes):
        raise ConfigError(
            f"{name}: {value.split(':')[0]}: is not supported; it may begin with "
            + " or ".join(schemes)
        )
    return value


def database_url(env: Env, data_dir: Path) -> str:
    """Return the database URL with its password and the driver name."""
    url = _url(env, "DATABASE_URL", f"sqlite:///{data_dir / 'igny8.db'}", DATABASES)
    _parse_server_url("DATABASE_URL", url)
    url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    return _with_password(url, env.get("DATABASE_PASSWORD") or "")


def _with_password(url: str, password: str) -> str:
    """Return a server URL with a password added, percent-encoded, unless it has one."""
    where = urlsplit(url)
    if not password or not where.hostname or where.password is not None:
        return url
    user, _, host = where.netloc.rpartition("@")
    return where._replace(netloc=f"{user}:{quote(password, safe='')}@{host}").geturl()


def queue_url(env: Env, data_dir: Path) -> str:
    """Check the queue URL and return it with its password."""
    url = _url(env, "HUEY_URL", f"sqlite:///{data_dir / 'huey.db'}", QUEUES)
    where = _parse_server_url("HUEY_URL", url)
    number = where.path.strip("/")
    if where.scheme.startswith("redis") and number and not (number.isascii() and number.isdigit()):
        raise ConfigError(
            f"HUEY_URL: “{number}” is not a Redis database number. Write it as in {REDIS_EXAMPLE}."
        )
    return _with_password(url, env.get("HUEY_PASSWORD") or "")


def _parse_server_url(name: str, url: str) -> SplitResult:
    """Return the parts of a server URL; raise ConfigError if it is not one."""
    try:
        where = urlsplit(url)
        if _has_raw_password(url, where):
            variable = name.replace("_URL", "_PASSWORD")
            raise ValueError(f"its password is not percent-encoded (or put it into {variable})")
        if where.port == 0:
            raise ValueError("there is no port 0")
    except ValueError as error:
        example = REDIS_EXAMPLE if url.startswith("redis") else POSTGRESQL_EXAMPLE
        raise ConfigError(
            f"{name}: this is not a valid URL: {error}. Write it as in {example}."
        ) from error
    return where


def _has_raw_password(url: str, where: SplitResult) -> bool:
    """Return whether unescaped characters of a password, such as @ / #, break a server URL."""
    if where.scheme == "sqlite" or "@" not in url:
        return False
    return "#" in url or url.count("@") > 1 or "@" not in where.netloc
