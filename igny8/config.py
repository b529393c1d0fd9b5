"""Settings of the installation, read once from environment variables.

An invalid value raises ConfigError with the name of the variable.
"""

import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from igny8 import mail_config, public_url, sign_in_config
from igny8.env_values import (
    WEAK_SECRETS,
    Env,
    host_names,
    port_number,
    positive_int,
    proxy_hops,
    token,
)
from igny8.errors import ConfigError
from igny8.key_files import load_or_create_key, read_key, split_keys
from igny8.mail_config import MailSettings
from igny8.model_server_config import DEMONSTRATION, EnvProvider, env_provider
from igny8.outbound.addresses import parse_url
from igny8.outbound.allowlist import EMPTY_ALLOWLIST, Allowlist
from igny8.public_url import PublicUrl
from igny8.service_urls import database_url, queue_url
from igny8.sign_in_config import LOCAL_ONLY, SignInSettings

ENCRYPTION_KEY_FILE = "encryption.key"
DEFAULT_API_REQUESTS_PER_MINUTE = 600  # per token or session; more than pages and scripts need
DEFAULT_AUDIT_DAYS = 400


@dataclass(frozen=True)
class Config:
    """The settings of one installation."""

    data_dir: Path
    database_url: str = field(repr=False)
    huey_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    host: str
    port: int
    allowed_hosts: frozenset[str] = frozenset()
    proxy_hops: int = 0
    encryption_keys: tuple[str, ...] = field(default=(), repr=False)
    key_file: Path | None = None
    env_provider: EnvProvider | None = None
    demo: str = ""
    metrics_token: str = field(default="", repr=False)
    api_requests_per_minute: int = DEFAULT_API_REQUESTS_PER_MINUTE
    audit_days: int = DEFAULT_AUDIT_DAYS
    outbound: Allowlist = EMPTY_ALLOWLIST
    public_url: PublicUrl | None = None
    sign_in: SignInSettings = LOCAL_ONLY
    mail: MailSettings | None = None
    publish_folders: tuple[Path, ...] = ()

    @property
    def uses_postgresql(self) -> bool:
        """Return whether the database is PostgreSQL rather than an SQLite file."""
        return not self.database_url.startswith("sqlite")

    def current_encryption_keys(self) -> tuple[str, ...]:
        """Return the current encryption keys: the first encrypts, all decrypt."""
        return (
            self.encryption_keys if self.key_file is None else split_keys(read_key(self.key_file))
        )

    @property
    def secrets(self) -> tuple[str | None, ...]:
        """Return all values that must not appear in logs."""
        passwords = [urlsplit(url).password for url in (self.database_url, self.huey_url)]
        passwords += [unquote(password) for password in passwords if password]
        return (
            self.secret_key,
            *self.encryption_keys,
            self.env_provider.api_key if self.env_provider else None,
            self.sign_in.oidc.client_secret if self.sign_in.oidc else None,
            self.mail.password if self.mail else None,
            *passwords,
        )

    def address(self, port: int | None = None, host: str = "") -> str:
        """Return the address of the pages: the public one, or else that of the listener."""
        return str(self.public_url or public_url.of_listener(host or self.host, port or self.port))

    @property
    def uploads(self) -> Path:
        """Return the folder of uploaded keyword files."""
        return self.data_dir / "uploads"

    @property
    def published(self) -> Path:
        """Return the folder for targets without a folder of their own."""
        return self.data_dir / "published"

    @property
    def images(self) -> Path:
        """Return the folder of generated images."""
        return self.data_dir / "images"


def load(environ: Env | None = None) -> Config:
    """Return the Config of an environment (default: of the process); raise ConfigError.

    Creates the data folder and missing keys in it, readable only by their owner.
    """
    env = os.environ if environ is None else environ
    data_dir = _make_data_dir(Path(env.get("IGNY8_DATA_DIR") or "var").resolve())
    ai = env_provider(env)
    return Config(
        data_dir=data_dir,
        database_url=database_url(env, data_dir),
        huey_url=queue_url(env, data_dir),
        secret_key=_secret(env, data_dir),
        host=env.get("IGNY8_HOST") or "127.0.0.1",
        port=port_number(env.get("IGNY8_PORT") or "8008"),
        allowed_hosts=host_names(env.get("IGNY8_ALLOWED_HOSTS") or ""),
        proxy_hops=proxy_hops(env.get("IGNY8_PROXY_HOPS") or "0"),
        encryption_keys=_encryption_keys(env, data_dir),
        key_file=None if env.get("IGNY8_ENCRYPTION_KEY") else data_dir / ENCRYPTION_KEY_FILE,
        env_provider=ai,
        demo=env.get("IGNY8_DEMO") or "",
        metrics_token=token(env, "IGNY8_METRICS_TOKEN"),
        api_requests_per_minute=positive_int(env, "IGNY8_API_RATE")
        or DEFAULT_API_REQUESTS_PER_MINUTE,
        audit_days=positive_int(env, "IGNY8_AUDIT_DAYS") or DEFAULT_AUDIT_DAYS,
        outbound=_outbound(env, ai),
        public_url=_public_url(env),
        sign_in=sign_in_config.load(env),
        mail=mail_config.load(env),
        publish_folders=_publish_folders(env),
    )


def _make_data_dir(data_dir: Path) -> Path:
    """Create the data folder with its folders for uploads and images, and return it."""
    try:
        for folder in (data_dir, data_dir / "uploads", data_dir / "images"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"IGNY8_DATA_DIR: cannot use {data_dir}: {error.strerror}. "
            "Name a folder that this user may write."
        ) from error
    return data_dir


def log_level(environ: Mapping[str, str]) -> str | None:
    """Return the log level set in the environment, or None; warn about the old name."""
    if environ.get("IGNY8_LOG") and not environ.get("IGNY8_LOG_LEVEL"):
        warnings.warn("IGNY8_LOG is now called IGNY8_LOG_LEVEL; rename it.", stacklevel=2)
    return environ.get("IGNY8_LOG_LEVEL") or environ.get("IGNY8_LOG")


def _public_url(env: Env) -> PublicUrl | None:
    text = env.get("IGNY8_PUBLIC_URL") or ""
    try:
        return public_url.parse(text) if text else None
    except ValueError as error:
        raise ConfigError(
            f"IGNY8_PUBLIC_URL: {text[:100]!r} is not the address of the pages: {error}. Write it "
            "as browsers do, such as https://tools.example.org/igny8."
        ) from error


def _outbound(env: Env, ai: EnvProvider | None) -> Allowlist:
    """Return the allowed private addresses: IGNY8_OUTBOUND_ALLOW and the model server."""
    lines = [line for line in (env.get("IGNY8_OUTBOUND_ALLOW") or "").split(",") if line.strip()]
    try:
        allowed = Allowlist.of(*lines)
    except ValueError as error:
        raise ConfigError(
            f"IGNY8_OUTBOUND_ALLOW: {error}; separate several with commas."
        ) from error
    if ai is None or ai.base_url == DEMONSTRATION:
        return allowed
    where = parse_url(ai.base_url)
    return allowed + Allowlist.of(
        f"[{where.host}]:{where.port}" if ":" in where.host else f"{where.host}:{where.port}"
    )


def _publish_folders(env: Env) -> tuple[Path, ...]:
    """Return the folders that targets may write to, besides the data folder."""
    folders = [Path(text) for text in (env.get("IGNY8_PUBLISH_FOLDERS") or "").split(":") if text]
    for folder in folders:
        if not folder.is_absolute() or not folder.is_dir():
            raise ConfigError(
                f"IGNY8_PUBLISH_FOLDERS: {folder} is no folder. Name absolute paths of existing "
                "folders; separate several with colons."
            )
    return tuple(folder.resolve() for folder in folders)


def _encryption_keys(env: Env, data_dir: Path) -> tuple[str, ...]:
    """Return the encryption keys: the first encrypts, all decrypt."""
    keys = split_keys(
        env.get("IGNY8_ENCRYPTION_KEY") or load_or_create_key(data_dir / ENCRYPTION_KEY_FILE)
    )
    if not keys or any(key.lower() in WEAK_SECRETS or len(key) < 16 for key in keys):
        raise ConfigError(
            "IGNY8_ENCRYPTION_KEY: too short or well known; use at least 16 random characters (or "
            "several keys, comma-separated: the first one encrypts), or leave it out to have one "
            "made."
        )
    return keys


def _secret(env: Env, data_dir: Path) -> str:
    """Return the key that signs sessions, from the environment or else from its file."""
    given = env.get("IGNY8_SECRET_KEY")
    if given is None:
        return load_or_create_key(data_dir / "secret.key")
    if given.lower() in WEAK_SECRETS or len(given) < 16:
        raise ConfigError(
            "IGNY8_SECRET_KEY: too short or well known; use at least 16 random "
            "characters, or leave it out to have one made."
        )
    return given
