"""A real WordPress 6.8 on 127.0.0.1 with a SQLite database of its own, started by its pid and ended."""

import json
import os
import shutil
import signal
import subprocess
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.servers import free_port
from tests.waiting import until

HERE = Path(__file__).parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
INSTALLED = CACHE / "igny8-tests" / "wordpress-6.8" / "usr" / "share"
CODE, DROP_IN = INSTALLED / "wordpress", INSTALLED / "plugin-sqlite-database-integration"
USER, LOGIN_PASSWORD = "anna", "only-for-the-tests"
PHP_WORKERS = "4"
PRETTY_PERMALINKS = "/%postname%/"


def why_not() -> str:
    """Return why no WordPress can be started here, empty if one can; with CI=true it has to."""
    if os.environ.get("CI") == "true":
        return ""
    if shutil.which("php") is None:
        return "php is not installed (.ci/prepare)"
    return "" if CODE.exists() else "WordPress was not downloaded (.ci/prepare)"


class RealWordPress:
    """One WordPress in a folder of its own; `start` it, and end it with `stop`.

    A folder that has one already is used as it is.
    """

    def __init__(self, folder: Path, port: int | None = None) -> None:
        self.folder, self.port, self.process = folder, port or free_port(), None
        self.log = folder / "php.log"
        self.env = {
            "PATH": os.environ["PATH"],
            "WORDPRESS_CONFIG": str(HERE / "config.php"),
            "WORDPRESS_FOLDER": str(folder),
            "WORDPRESS_CODE": str(CODE),
            "PHP_CLI_SERVER_WORKERS": PHP_WORKERS,
        }
        kept = folder / "application-password"
        if not kept.exists():
            self._make_content(folder / "wp-content")
            arguments = (USER, LOGIN_PASSWORD, PRETTY_PERMALINKS)
            kept.write_text(self.php(HERE / "install.php", *arguments))
        self.secret = kept.read_text()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def database(self) -> Path:
        """Return the file with WordPress's own tables."""
        return self.folder / "wordpress.sqlite"

    def php(self, script: Path, *arguments: str) -> str:
        """Run a script of PHP inside this installation; return what it printed."""
        done = subprocess.run(
            ["php", str(script), *arguments],
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{script.name}: {done.stdout} {done.stderr}")
        return done.stdout

    def evaluate(self, code: str) -> Any:
        """Run code of PHP inside WordPress; return the value that it returns."""
        return json.loads(self.php(HERE / "evaluate.php", code))

    def set_faults(self, *names: str) -> None:
        """Let these faults happen from now on (faults.php), and no others."""
        (self.folder / "faults").write_text("\n".join(names))

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = ["-d", "opcache.enable_cli=1", "-d", "upload_max_filesize=16M"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                ["php", *options, "-S", f"127.0.0.1:{self.port}", "-t", CODE, HERE / "router.php"],
                env=self.env,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        until(self._answers, 30, "WordPress answering")

    def stop(self) -> None:
        """End it and the processes that it started."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(timeout=30)
            self.process = None

    def _make_content(self, content: Path) -> None:
        for name in ("mu-plugins", "plugins", "themes", "uploads"):
            (content / name).mkdir(parents=True)
        theme = "themes/twentytwentyfive"
        (content / theme).symlink_to(CODE / "wp-content" / theme)
        (content / "mu-plugins/faults.php").symlink_to(HERE / "faults.php")
        text = (DROP_IN / "db.copy").read_text()
        place = "{SQLITE_IMPLEMENTATION_FOLDER_PATH}"
        (content / "db.php").write_text(text.replace(place, str(DROP_IN)))

    def _answers(self) -> bool:
        if self.process.poll() is not None:
            raise RuntimeError(f"WordPress did not start: {self.log.read_text()[-500:]}")
        try:
            with urllib.request.urlopen(f"{self.url}/", timeout=20) as page:
                return b"Green Garden" in page.read()
        except (urllib.error.URLError, ConnectionError):
            return False
