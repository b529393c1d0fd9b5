"""A Postfix of its own, from Debian's package: configuration, queue and mailboxes in a folder."""

import email
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path

from igny8.mail_config import MailSettings
from tests.servers import free_port
from tests.waiting import until

POSTFIX = shutil.which("postfix", path="/usr/sbin:/usr/bin") if os.geteuid() == 0 else None
MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.example.com
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
maillog_file = {folder}/queue/log
maillog_file_prefixes = {folder}
virtual_mailbox_domains = example.com
virtual_mailbox_base = {folder}/boxes
virtual_mailbox_maps = static:all/
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
"""
MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """A running Postfix that puts all mail to example.com into one mailbox."""

    def __init__(self, folder: Path, port: int) -> None:
        self._folder, self._port = folder, port

    def settings(self) -> MailSettings:
        """Return the mail settings of an installation that sends through this server."""
        return MailSettings(
            host="127.0.0.1", port=self._port, security="none", sender="igny8@example.com"
        )

    def delivered(self) -> list[EmailMessage]:
        """Return the mails in the mailbox, once no mail is left in the queue."""
        until(lambda: not self._queued(), 30, "an empty queue")
        files = sorted(
            (self._folder / "boxes/all/new").glob("*"), key=lambda file: file.stat().st_mtime_ns
        )
        return [
            email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
            for file in files
        ]

    def _queued(self) -> list[Path]:
        queues = ("maildrop", "incoming", "active", "deferred")
        folders = [self._folder / "queue" / name for name in queues]
        return [path for folder in folders for path in folder.rglob("*") if path.is_file()]


@contextmanager
def serving_postfix() -> Iterator[Postfix]:
    """Run a Postfix on a free port of this machine; needs root, as Postfix does."""
    folder, port = Path(tempfile.mkdtemp(prefix="igny8-postfix-")), free_port()
    folder.chmod(0o755)
    owner = pwd.getpwnam("postfix")
    for name in ("conf", "queue", "data", "boxes"):
        (folder / name).mkdir()
    for name in ("data", "boxes"):
        os.chown(folder / name, owner.pw_uid, owner.pw_gid)
    values = {"folder": folder, "port": port, "uid": owner.pw_uid, "gid": owner.pw_gid}
    (folder / "conf/main.cf").write_text(MAIN.format(**values))
    (folder / "conf/master.cf").write_text(MASTER.format(**values))
    command = [POSTFIX, "-c", str(folder / "conf")]
    subprocess.run([*command, "start"], check=True, capture_output=True)
    try:
        yield Postfix(folder, port)
    finally:
        subprocess.run([*command, "stop"], check=True, capture_output=True)
        shutil.rmtree(folder)
