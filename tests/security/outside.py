"""The product as an attacker meets it: a process of its own, plain HTTP, and what it wrote to its log."""

import copy
import html
import http.client
import http.cookiejar
import json
import os
import re
import sqlite3
import subprocess
import urllib.error
import urllib.parse
import urllib.request
import uuid
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests import commands
from tests.browser.product import Product
from tests.waiting import until

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
WAIT = 60  # seconds after which a request counts as hanging


class Stronghold(Product):
    """A product whose log is kept in a file."""

    def __init__(self, folder: Path, **environ):
        super().__init__(folder, **environ)
        self.log_path, self._heard = folder.parent / f"{folder.name}.log", 0

    def lent_to(self, who: str):
        """Return it as one file of tests sees it: with an administrator and a log of its own, so that several files
        can share what takes long to start.
        """
        lent = copy.copy(self)
        lent.who, lent._cookie, lent._heard = who, None, self.log_path.stat().st_size
        return lent

    @property
    def log(self):
        return self.log_path.open("ab")

    @property
    def written(self) -> str:
        """Return what came to stand in the log since it was lent."""
        return self.log_path.read_bytes()[self._heard :].decode(errors="replace")

    @property
    def port(self) -> int:
        return int(self.address.rsplit(":", 1)[1])

    @property
    def rss(self) -> int:
        """Return the bytes of memory that its process holds now."""
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", text)[1]) * 1024

    @property
    def peak(self) -> int:
        """Return the most bytes of memory that its process held since `forget_peak`."""
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", text)[1]) * 1024

    def forget_peak(self) -> None:
        """Let the peak begin anew at what it holds now."""
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def spoil(self, statement: str) -> int:
        """Change its database directly; return the number of changed rows."""
        with closing(self._connected()) as connection, connection:
            return connection.execute(statement).rowcount

    def look(self, query: str) -> list[tuple]:
        """Return what its database holds."""
        with closing(self._connected()) as connection:
            return connection.execute(query).fetchall()

    def _connected(self):
        url = self.environ.get("DATABASE_URL")
        return (
            psycopg.connect(url.replace("+psycopg", ""))
            if url
            else sqlite3.connect(self.folder / "igny8.db", timeout=30)
        )

    def command(self, *words: str, **environ) -> subprocess.CompletedProcess:
        """Return what a command on the same installation said."""
        return commands.igny8(
            *words,
            env={**os.environ, "IGNY8_DATA_DIR": str(self.folder), **self.environ, **environ},
        )


@dataclass(frozen=True)
class Reply:
    """An answer: status, headers (looked up in any case), body."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


class Stay(urllib.request.HTTPRedirectHandler):
    """Follow no redirect."""

    def redirect_request(self, *_):
        return None


class Visitor:
    """A browser without a screen: keeps cookies, follows nothing, sends the token of the page when told to."""

    def __init__(self, address: str, cookies=()):
        self.address = address
        self.cookies = http.cookiejar.CookieJar()
        for known in cookies:
            self.cookies.set_cookie(
                http.cookiejar.Cookie(
                    0,
                    known["name"],
                    known["value"],
                    None,
                    False,
                    "127.0.0.1",
                    True,
                    False,
                    "/",
                    True,
                    False,
                    None,
                    True,
                    None,
                    None,
                    {},
                )
            )
        self._opener = urllib.request.build_opener(
            Stay, urllib.request.HTTPCookieProcessor(self.cookies)
        )

    def get(self, path: str, **headers) -> Reply:
        """Return the answer to a GET; `_` in names of headers stands for a hyphen."""
        return self.send("GET", path, None, **headers)

    def post(self, path: str, data=None, **headers) -> Reply:
        """Return the answer to a form, sent with the token of a page."""
        fields = urllib.parse.urlencode(
            {"csrf_token": self.token(), **(data or {})}, doseq=True
        ).encode()
        return self.send("POST", path, fields, **headers)

    def upload(self, path: str, name: str, content: bytes, **fields) -> Reply:
        """Return the answer to a form with a file."""
        mark = uuid.uuid4().hex
        parts = b"".join(
            f'--{mark}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
            for key, value in {"csrf_token": self.token(), **fields}.items()
        )
        quoted = name.replace('"', "%22")
        body = (
            parts
            + f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{quoted}"\r\n\r\n'.encode()
            + content
            + f"\r\n--{mark}--\r\n".encode()
        )
        return self.send("POST", path, body, Content_Type=f"multipart/form-data; boundary={mark}")

    def send(self, method: str, path: str, body: bytes | None = None, **headers) -> Reply:
        """Return the answer to a request."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(self.address + path, body, named, method=method)
        try:
            with self._opener.open(request, timeout=WAIT) as answer:
                return Reply(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            return Reply(error.code, error.headers, error.read())

    def token(self) -> str:
        """Return the token that the forms of this visitor carry."""
        return html.unescape(TOKEN.search(self.get("/sites/new").text)[1])

    def new_site(self, name: str) -> str:
        """Make a site; return its slug."""
        answer = self.post("/sites", {"name": name, "language": "en"})
        assert answer.status == 303, answer.text
        return answer.headers["Location"].split("/")[2]

    def take_in(self, slug: str, keywords) -> None:
        """Import keywords and wait until they are in."""
        answer = self.post(f"/sites/{slug}/import", {"text": "\n".join(keywords)})
        assert answer.status == 303, answer.text
        where = answer.headers["Location"]
        assert self.post(f"{where}/confirm").status == 303
        until(lambda: "Undo" in self.get(where).text, 60, "the import", pause=0.1)

    def run(self, slug: str) -> dict:
        """Run the site to its end; return the last snapshot."""
        assert self.post(f"/sites/{slug}/automation/run").status == 303
        where = f"/api/v1/automation/run_progress/?site_id={slug}"
        return until(lambda: self._ended(where), 120, "the end of the run", pause=0.2)

    def _ended(self, where: str):
        snapshot = self.json(where)
        return snapshot if snapshot["run"] and not snapshot["run"]["open"] else None

    def json(self, path: str):
        """Return the JSON of an answer."""
        return json.loads(self.get(path).body)
