"""Commit files to a branch of a Git repository with the system's git, without a work tree.

A push is accepted only if the branch has not moved since it was read, so of two workers that
publish one article only one succeeds. Objects are kept in a bare repository per target (`cache`).
"""

import base64
import os
import re
import subprocess  # git with checked addresses and names # nosec B404
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from igny8.outbound.addresses import check_addresses, parse_url
from igny8.outbound.allowlist import Allowlist
from igny8.outbound.host_lookup import resolve_host
from igny8.publishing.requests import Log, TargetError
from igny8.publishing.stores import Moved
from igny8.redaction import redact, register_secrets

DEADLINE_S = 120.0  # of one git command
SCP_ADDRESS = re.compile(r"([\w.-]+)@([\w.-]+):(?!//)(.+)")
BRANCH = re.compile(r"(?!-)[\w][\w./-]{0,99}")
KEY = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----(.*)-----END \1-----", re.DOTALL)
CAUSES = (
    ("permission denied (publickey", "auth", "The repository does not accept the SSH key."),
    ("authentication failed", "auth", "User name or token are wrong, or the token may not write."),
    ("could not read username", "auth", "The repository asks for a user name and a token."),
    ("error: 403", "auth", "The token may not write to this repository."),
    ("host key verification failed", "auth", "The server has another host key than before."),
    (
        "protected branch",
        "refused",
        "The branch is protected. Allow this user to push, or choose another branch.",
    ),
    ("remote rejected", "refused", "The repository refused the commit."),
    ("not found", "refused", "There is no such repository, or this user may not see it."),
    ("does not appear to be a git repository", "refused", "There is no Git repository there."),
)
WILL_PASS = (
    "could not resolve",
    "failed to connect",
    "connection refused",
    "timed out",
    "connection reset",
    "unreachable",
)


@dataclass(frozen=True)
class Access:
    """Access to a repository: its address, branch, user, and a token or an SSH key."""

    url: str
    branch: str
    user: str
    secret: str
    allowed: Allowlist


def normalise_url(text: str) -> str:
    """Return a repository's address as a URL, or an absolute path; raise ValueError."""
    url = text.strip()
    if found := SCP_ADDRESS.fullmatch(url):
        url = f"ssh://{found[1]}@{found[2]}/{found[3].lstrip('/')}"
    parts = urlsplit(url)
    if parts.scheme in ("https", "http", "ssh") and parts.hostname:
        is_odd = not url.isascii() or any(c.isspace() for c in url) or parts.query or parts.fragment
        if (
            is_odd
            or (parts.password is not None)
            or (parts.scheme != "ssh" and "@" in parts.netloc)
        ):
            raise ValueError("Enter the address without a password, spaces, ? and #.")
        return url
    if url.startswith("/"):
        return url
    raise ValueError(
        "Enter an address such as https://github.com/me/site.git, or git@host:me/site.git."
    )


def checked_address(url: str) -> str:
    """Return the web address whose host must be allowed; "" for a local path."""
    parts = urlsplit(url)
    if parts.scheme in ("https", "http"):
        return url
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"https://{host}:{parts.port or 22}" if parts.scheme == "ssh" else ""


class GitStore:
    """A branch as a store of files; `before_push` is called before each push."""

    def __init__(
        self, cache: Path, access: Access, log: Log, before_push: Callable[[str], None]
    ) -> None:
        self._cache, self._access, self._log = cache, access, log
        self._before_push = before_push
        self._head = ""
        register_secrets(access.secret)

    def refresh(self) -> None:
        """Fetch the branch."""
        if not (self._cache / "HEAD").is_file():
            self._cache.mkdir(parents=True, exist_ok=True)
            self._git("init", "--bare", "--quiet", str(self._cache))
        ref = f"refs/heads/{self._access.branch}"
        listed = self._remote("ls-remote", self._access.url, ref).split()
        self._head = listed[0].decode() if listed else ""
        if self._head and not self._has(self._head):
            self._remote("fetch", "--quiet", "--no-tags", self._access.url, ref)
            if not self._has(self._head):
                raise Moved

    def read(self, name: str) -> bytes | None:
        """Return the content of a file of the branch, None if there is none."""
        if not self._head or not self._git("ls-tree", self._head, "--", name).strip():
            return None
        return self._git("cat-file", "blob", f"{self._head}:{name}")

    def write(
        self,
        files: Mapping[str, bytes],
        name: str,
        is_new: bool,
        removed: Collection[str],
        why: str,
    ) -> None:
        """Commit the files and push; raise Moved if the branch moved meanwhile."""
        commit = self._commit(files, removed, why)
        self._before_push(commit)
        self._push(commit)
        self._head = commit

    def try_push(self) -> None:
        """Check whether the repository would accept a push, without changing anything."""
        self.refresh()
        self._push(self._head or self._commit({}, (), "Test"), "--dry-run")

    def _commit(self, files: Mapping[str, bytes], removed: Collection[str], why: str) -> str:
        with tempfile.TemporaryDirectory() as folder:
            index = {"GIT_INDEX_FILE": f"{folder}/index"}
            if self._head:
                self._git("read-tree", self._head, env=index)
            lines = [f"0 {'0' * 40}\t{name}" for name in removed]
            for name, data in files.items():
                blob = self._git("hash-object", "-w", "--stdin", given=data).decode().strip()
                lines.append(f"100644 {blob}\t{name}")
            given = "".join(f"{line}\n" for line in lines).encode()
            self._git("update-index", "--add", "--index-info", given=given, env=index)
            tree = self._git("write-tree", env=index).decode().strip()
        parent = ("-p", self._head) if self._head else ()
        return self._git("commit-tree", tree, *parent, given=why.encode()).decode().strip()

    def _push(self, commit: str, *options: str) -> None:
        target = f"{commit}:refs/heads/{self._access.branch}"
        try:
            self._remote("push", "--quiet", *options, self._access.url, target, is_write=True)
        except TargetError as error:
            if error.code == "rejected":
                raise Moved from error
            raise

    def _has(self, commit: str) -> bool:
        try:
            self._git("cat-file", "-e", f"{commit}^{{commit}}")
        except TargetError:
            return False
        return True

    def _remote(self, *words: str, is_write: bool = False) -> bytes:
        """Run a command that contacts the repository; the log omits its address."""
        with _reaching(self._access, self._cache) as env:
            try:
                made = self._git(*words, env=env, is_write=is_write)
            except TargetError as error:
                self._log(f"git {words[0]}: {error}")
                raise
        self._log(f"git {words[0]}: done")
        return made

    def _git(
        self,
        *words: str,
        given: bytes = b"",
        env: Mapping[str, str] | None = None,
        is_write: bool = False,
    ) -> bytes:
        """Return the output of a git command; raise TargetError with the cause."""
        command = ["git", "--git-dir", str(self._cache), "-c", "gc.auto=0", *words]
        if words[0] == "init":
            command = ["git", *words]
        try:
            done = subprocess.run(  # no shell, checked words # nosec B603
                command,
                input=given,
                env=BASE_ENV | {"PATH": os.environ.get("PATH", os.defpath)} | dict(env or {}),
                capture_output=True,
                timeout=DEADLINE_S,
                check=False,
            )
        except FileNotFoundError as error:
            raise TargetError("git is not installed on the server.", permanent=True) from error
        except subprocess.TimeoutExpired as error:
            raise TargetError(
                f"git did not end within {DEADLINE_S:.0f} s.", "connection", is_unknown=is_write
            ) from error
        if done.returncode:
            raise _failed(done.stderr.decode(errors="replace"), is_write)
        return done.stdout


BASE_ENV = {
    "LC_ALL": "C",
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_AUTHOR_NAME": "IGNY8",
    "GIT_AUTHOR_EMAIL": "igny8@localhost",
    "GIT_COMMITTER_NAME": "IGNY8",
    "GIT_COMMITTER_EMAIL": "igny8@localhost",
}


@contextmanager
def _reaching(access: Access, cache: Path) -> Iterator[dict[str, str]]:
    """Yield the environment with which git connects to the checked address."""
    scheme = urlsplit(access.url).scheme
    if not scheme:
        yield {"GIT_ALLOW_PROTOCOL": "file"}
        return
    where = parse_url(checked_address(access.url))
    address = _resolved(where.host, where.port, access.allowed)
    if scheme != "ssh":
        pair = base64.b64encode(f"{access.user or 'git'}:{access.secret}".encode()).decode()
        register_secrets(pair)
        config = {"http.followRedirects": "false", "http.proxy": ""}
        config["http.curloptResolve"] = f"{where.host}:{where.port}:{address}"
        if access.secret:
            config["http.extraHeader"] = f"Authorization: Basic {pair}"
        env = {"GIT_ALLOW_PROTOCOL": scheme, "GIT_CONFIG_COUNT": str(len(config))}
        for number, (name, value) in enumerate(config.items()):
            env |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
        yield env
        return
    with tempfile.NamedTemporaryFile("w", prefix="igny8-key-") as file:  # mode 0600
        file.write(access.secret)
        file.flush()
        yield {
            "GIT_ALLOW_PROTOCOL": "ssh",
            "GIT_SSH_COMMAND": f"ssh -F /dev/null -i {file.name} -o IdentitiesOnly=yes "
            f"-o BatchMode=yes -o StrictHostKeyChecking=accept-new -o ConnectTimeout=20 "
            f"-o UserKnownHostsFile='{cache}.known_hosts' -o HostName={address} "
            f"-o HostKeyAlias={where.host}",
        }


def _resolved(host: str, port: int, allowed: Allowlist) -> str:
    """Return a checked IP address of a host; raise ForbiddenAddress, or TargetError if unknown."""
    try:
        found = resolve_host(host, port)
    except OSError as error:
        raise TargetError(f"{host} cannot be found ({error}).", "connection") from error
    check_addresses(host, port, found, allowed)
    return str(found[0])


def as_key_file(secret: str) -> str:
    """Return a private key with its line breaks, which a form removes; others unchanged."""
    found = KEY.fullmatch(secret.strip())
    if not found:
        return secret.strip()
    key = "".join(found[2].split())
    lines = "\n".join(key[at : at + 70] for at in range(0, len(key), 70))
    return f"-----BEGIN {found[1]}-----\n{lines}\n-----END {found[1]}-----\n"


def _failed(output: str, is_write: bool) -> TargetError:
    shown = redact(" ".join(output.split()))[-300:]
    lower = output.lower()
    if "[rejected]" in lower or "fetch first" in lower or "cannot lock ref" in lower:
        return TargetError("The branch moved meanwhile.", "refused", code="rejected")
    for words, kind, cause in CAUSES:
        if words in lower:
            return TargetError(f"{cause} ({shown})", kind, permanent=True)
    if any(words in lower for words in WILL_PASS):
        return TargetError(f"The repository cannot be reached ({shown}).", "connection")
    return TargetError(f"git failed: {shown}", "server", is_unknown=is_write)
