"""Settings of the installation, read from environment variables once.

An invalid value raises ConfigError with the name of the variable.
"""

import os
import re
import secrets
import tempfile
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, quote, unquote, urlsplit

from igny8 import mail_config, public_url, sign_in_config
from igny8.errors import ConfigError
from igny8.mail_config import MailSettings
from igny8.outbound.addresses import ForbiddenAddress, parse_url
from igny8.outbound.allowlist import EMPTY_ALLOWLIST, Allowlist
from igny8.public_url import PublicUrl
from igny8.sign_in_config import LOCAL_ONLY, SignInSettings

Env = Mapping[str, str]

DATABASES = ("sqlite:///", "postgresql+psycopg://", "postgresql://")
QUEUES = ("sqlite:///", "redis://", "rediss://", "postgresql://")
DEMONSTRATION = "demonstration"
ENCRYPTION_KEY_FILE = "encryption.key"
DEFAULT_API_REQUESTS_PER_MINUTE = 600  # per token or session; more than pages and scripts need
DEFAULT_AUDIT_DAYS = 400
WEAK_SECRETS = {"secret", "dev", "changeme", "change-me", "password", "igny8", "test"}


@dataclass(frozen=True)
class EnvProvider:
    """The model server of the environment variables, for sites that chose none."""

    base_url: str
    api_key: str = field(repr=False)
    model: str
    image_model: str
    embedding_model: str
    concurrent: int | None
    per_minute: int | None
    deadline_s: int | None = None
    reasoning_effort: str = ""


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
        """Return the encryption keys as of now: the first encrypts, all decrypt."""
        return (
            self.encryption_keys
            if self.key_file is None
            else _split_keys(_read_secret(self.key_file))
        )

    @property
    def secrets(self) -> tuple[str | None, ...]:
        """Return all values that logs must not contain."""
        passwords = [urlsplit(url).password for url in (self.database_url, self.huey_url)]
        passwords += [unquote(password) for password in passwords if password]
        return (
            self.secret_key,
            *self.encryption_keys,
            self.env_provider and self.env_provider.api_key,
            self.sign_in.oidc and self.sign_in.oidc.client_secret,
            self.mail and self.mail.password,
            *passwords,
        )

    def address(self, port: int | None = None, host: str = "") -> str:
        """Return the address of the pages: the public one, else that of the listener."""
        return str(self.public_url or public_url.of_listener(host or self.host, port or self.port))

    @property
    def uploads(self) -> Path:
        """Return the folder of uploaded keyword files."""
        return self.data_dir / "uploads"

    @property
    def published(self) -> Path:
        """Return the folder of what targets write that name none of their own."""
        return self.data_dir / "published"

    @property
    def images(self) -> Path:
        """Return the folder of generated images."""
        return self.data_dir / "images"


def load(environ: Env | None = None) -> Config:
    """Return the Config of an environment (default: of the process); raise ConfigError.

    Creates the data folder and the keys in it if they are missing, readable by their owner only.
    """
    env = os.environ if environ is None else environ
    data_dir = Path(env.get("IGNY8_DATA_DIR") or "var").resolve()
    try:
        for folder in (data_dir, data_dir / "uploads", data_dir / "images"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"IGNY8_DATA_DIR: cannot use {data_dir}: {error.strerror}. "
            "Name a folder that this user may write."
        ) from error
    ai = _env_provider(env)
    return Config(
        data_dir=data_dir,
        database_url=_database(env, data_dir),
        huey_url=_queue(env, data_dir),
        secret_key=_secret(env, data_dir),
        host=env.get("IGNY8_HOST") or "127.0.0.1",
        port=_port(env.get("IGNY8_PORT") or "8008"),
        allowed_hosts=_host_names(env.get("IGNY8_ALLOWED_HOSTS") or ""),
        proxy_hops=_proxy_hops(env.get("IGNY8_PROXY_HOPS") or "0"),
        encryption_keys=_encryption_keys(env, data_dir),
        key_file=None if env.get("IGNY8_ENCRYPTION_KEY") else data_dir / ENCRYPTION_KEY_FILE,
        env_provider=ai,
        demo=env.get("IGNY8_DEMO") or "",
        metrics_token=_token(env, "IGNY8_METRICS_TOKEN"),
        api_requests_per_minute=_positive_int(env, "IGNY8_API_RATE")
        or DEFAULT_API_REQUESTS_PER_MINUTE,
        audit_days=_positive_int(env, "IGNY8_AUDIT_DAYS") or DEFAULT_AUDIT_DAYS,
        outbound=_outbound(env, ai),
        public_url=_public_url(env),
        sign_in=sign_in_config.load(env),
        mail=mail_config.load(env),
        publish_folders=_publish_folders(env),
    )


def log_level(environ: Mapping[str, str]) -> str | None:
    """Return the log level that the environment asks for, or None; warn about the old name."""
    if environ.get("IGNY8_LOG") and not environ.get("IGNY8_LOG_LEVEL"):
        warnings.warn("IGNY8_LOG is now called IGNY8_LOG_LEVEL; rename it.", stacklevel=2)
    return environ.get("IGNY8_LOG_LEVEL") or environ.get("IGNY8_LOG")


def _url(env: Env, name: str, default: str, schemes: tuple[str, ...]) -> str:
    value = env.get(name) or default
    if not value.startswith(schemes):
        raise ConfigError(
            f"{name}: {value.split(':')[0]}: is not supported; it may begin with "
            + " or ".join(schemes)
        )
    return value


def _database(env: Env, data_dir: Path) -> str:
    """Return the database URL with its password and the driver name."""
    url = _url(env, "DATABASE_URL", f"sqlite:///{data_dir / 'igny8.db'}", DATABASES)
    _parse_server_url("DATABASE_URL", url)
    url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    return _with_password(url, env.get("DATABASE_PASSWORD") or "")


def _with_password(url: str, password: str) -> str:
    """Return a server URL with a password of any characters, unless it has one already."""
    where = urlsplit(url)
    if not password or not where.hostname or where.password is not None:
        return url
    user, _, host = where.netloc.rpartition("@")
    return where._replace(netloc=f"{user}:{quote(password, safe='')}@{host}").geturl()


def _queue(env: Env, data_dir: Path) -> str:
    """Return the queue URL with its password after checking it."""
    url = _url(env, "HUEY_URL", f"sqlite:///{data_dir / 'huey.db'}", QUEUES)
    where = _parse_server_url("HUEY_URL", url)
    number = where.path.strip("/")
    if where.scheme.startswith("redis") and number and not (number.isascii() and number.isdigit()):
        raise ConfigError(
            f"HUEY_URL: “{number}” is not a Redis database number. Write it as in "
            "redis://:password@host:6379/0."
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
        example = (
            "redis://:password@host:6379/0"
            if url.startswith("redis")
            else "postgresql://user:password@host:5432/igny8"
        )
        raise ConfigError(
            f"{name}: this is not a valid URL: {error}. Write it as in {example}."
        ) from error
    return where


def _has_raw_password(url: str, where: SplitResult) -> bool:
    """Return whether signs such as @ / # in a password tear a server URL apart."""
    if where.scheme == "sqlite" or "@" not in url:
        return False
    return "#" in url or url.count("@") > 1 or "@" not in where.netloc


def _host_names(text: str) -> frozenset[str]:
    """Return the names of a comma-separated list, in lower case."""
    names = frozenset(name.strip().lower().rstrip(".") for name in text.split(",") if name.strip())
    wrong = sorted(name for name in names if not re.fullmatch(r"[a-z0-9.-]+", name))
    if wrong:
        raise ConfigError(
            f"IGNY8_ALLOWED_HOSTS: {wrong[0]!r} is not a host name; write comma-separated names, "
            "such as igny8.example.com,garden.lan, without scheme and port."
        )
    return names


def _port(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise ConfigError(f"IGNY8_PORT: {text!r} is not a port; use a number from 1 to 65535.")
    return int(text)


def _public_url(env: Env) -> PublicUrl | None:
    text = env.get("IGNY8_PUBLIC_URL") or ""
    try:
        return public_url.parse(text) if text else None
    except ValueError as error:
        raise ConfigError(
            f"IGNY8_PUBLIC_URL: {text[:100]!r} is not the address of the pages: {error}. Write it "
            "as browsers do, such as https://tools.example.org/igny8."
        ) from error


def _proxy_hops(text: str) -> int:
    if text not in "0123456789" or len(text) != 1:
        raise ConfigError(
            f"IGNY8_PROXY_HOPS: {text!r} is not a number of proxies; write how many of your own "
            "proxies are in front of IGNY8, from 0 to 9."
        )
    return int(text)


def _env_provider(env: Env) -> EnvProvider | None:
    """Return the model server of the environment, or None."""
    address = (env.get("IGNY8_AI_BASE_URL") or "").strip()
    if not address:
        return None
    try:
        is_fine = address == DEMONSTRATION or (
            bool(parse_url(address)) and not re.search("[?#]", address)
        )
    except ForbiddenAddress:
        is_fine = False
    if not is_fine:
        raise ConfigError(
            "IGNY8_AI_BASE_URL: write the address of a model server, such as "
            f"https://api.openai.com/v1 or http://127.0.0.1:11434/v1, or {DEMONSTRATION}."
        )
    models = {
        name: (env.get(name) or "").strip() for name in ("IGNY8_AI_MODEL", "IGNY8_AI_IMAGE_MODEL")
    }
    if address == DEMONSTRATION:
        models = dict.fromkeys(models, DEMONSTRATION)
    if not any(models.values()):
        raise ConfigError(
            "IGNY8_AI_MODEL: name the text model of the server at IGNY8_AI_BASE_URL (or the image "
            "model in IGNY8_AI_IMAGE_MODEL)."
        )
    return EnvProvider(
        address,
        env.get("IGNY8_AI_API_KEY") or "",
        *models.values(),
        embedding_model=""
        if address == DEMONSTRATION
        else (env.get("IGNY8_AI_EMBEDDING_MODEL") or "").strip(),
        concurrent=_positive_int(env, "IGNY8_AI_CONCURRENT"),
        per_minute=_positive_int(env, "IGNY8_AI_PER_MINUTE"),
        deadline_s=_positive_int(env, "IGNY8_AI_DEADLINE_S"),
        reasoning_effort=(env.get("IGNY8_AI_REASONING_EFFORT") or "").strip().lower()[:16],
    )


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
    """Return the folders below which targets may write, besides the data folder."""
    folders = [Path(text) for text in (env.get("IGNY8_PUBLISH_FOLDERS") or "").split(":") if text]
    for folder in folders:
        if not folder.is_absolute() or not folder.is_dir():
            raise ConfigError(
                f"IGNY8_PUBLISH_FOLDERS: {folder} is no folder. Name absolute paths of existing "
                "folders; separate several with colons."
            )
    return tuple(folder.resolve() for folder in folders)


def _positive_int(env: Env, name: str) -> int | None:
    text = (env.get(name) or "").strip()
    if not text:
        return None
    if not re.fullmatch(r"[1-9][0-9]{0,6}", text):
        raise ConfigError(
            f"{name}: {text!r} is not a limit; use a whole number from 1, or leave it out."
        )
    return int(text)


def _token(env: Env, name: str) -> str:
    token = env.get(name) or ""
    if token and (len(token) < 16 or token.lower() in WEAK_SECRETS or not token.isascii()):
        raise ConfigError(f"{name}: too short; use at least 16 random characters, or leave it out.")
    return token


def _encryption_keys(env: Env, data_dir: Path) -> tuple[str, ...]:
    """Return the encryption keys: the first encrypts, all decrypt."""
    keys = _split_keys(
        env.get("IGNY8_ENCRYPTION_KEY") or _load_or_create_key(data_dir / ENCRYPTION_KEY_FILE)
    )
    if not keys or any(key.lower() in WEAK_SECRETS or len(key) < 16 for key in keys):
        raise ConfigError(
            "IGNY8_ENCRYPTION_KEY: too short or well known; use at least 16 random characters (or "
            "several keys, comma-separated: the first one encrypts), or leave it out to have one "
            "made."
        )
    return keys


def _split_keys(text: str) -> tuple[str, ...]:
    return tuple(key.strip() for key in text.split(",") if key.strip())


def write_key_file(path: Path, keys: tuple[str, ...]) -> None:
    """Write a key file atomically, readable by its owner only."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".key-")  # of mode 0600
    try:
        with os.fdopen(handle, "w") as file:
            file.write(",".join(keys))
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except OSError:
        Path(temporary).unlink()
        raise


def _secret(env: Env, data_dir: Path) -> str:
    given = env.get("IGNY8_SECRET_KEY")
    if given is not None:
        if given.lower() in WEAK_SECRETS or len(given) < 16:
            raise ConfigError(
                "IGNY8_SECRET_KEY: too short or well known; use at least 16 random "
                "characters, or leave it out to have one made."
            )
        return given
    return _load_or_create_key(data_dir / "secret.key")


def _load_or_create_key(path: Path) -> str:
    """Return the key in a file; create it, readable by its owner only, if it is missing."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read_secret(path)
    except OSError as error:
        raise ConfigError(
            f"IGNY8_DATA_DIR: cannot write {path}: {error.strerror}. "
            "Name a folder that this user may write."
        ) from error
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(48))
    return _read_secret(path)


def _read_secret(path: Path) -> str:
    try:
        key = path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{path} cannot be read: {error}. It may belong to another user: change the owner "
            "of the folder to the user that runs IGNY8, or set IGNY8_DATA_DIR to another folder."
        ) from error
    if len(key) < 16:
        raise ConfigError(f"{path} contains no key; delete it and start again to create a new one.")
    return key
