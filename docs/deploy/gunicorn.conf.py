"""Settings for `gunicorn -c docs/deploy/gunicorn.conf.py wsgi:app` in the folder of IGNY8."""

import ipaddress
import os
import shutil
import sys

from gunicorn import util
from prometheus_client import multiprocess

from igny8.server import NO_STORE, SECURITY_HEADERS

HOST, PORT = os.environ.get("IGNY8_HOST") or "127.0.0.1", os.environ.get("IGNY8_PORT") or "8008"
bind = f"[{HOST}]:{PORT}" if ":" in HOST else f"{HOST}:{PORT}"
worker_class, workers, threads = "gthread", int(os.environ.get("WEB_CONCURRENCY") or 2), 8
preload_app = False  # the app is made in each process: its threads would not survive a fork
graceful_timeout = 25
umask = 0o077  # what is stored is for this user alone
timeout = 60
control_socket_disable = True
# IGNY8 itself reads what proxies forward, as IGNY8_PROXY_HOPS says; gunicorn believes nobody
forwarded_allow_ips, forwarder_headers, secure_scheme_headers = "", "", {}
SHARED = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
EXPOSED = (
    "gunicorn would listen on {}, beyond this machine, where a few clients that send requests "
    "slowly keep everybody out. Put a proxy that collects requests before it (nginx) and say so "
    "with IGNY8_PROXY_HOPS=1, listen on 127.0.0.1 or on a socket, or set IGNY8_LISTEN_ANYWHERE=1 "
    "if something else keeps strangers away."
)
REFUSAL = (
    "HTTP/1.1 {status} {reason}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n"
    "{headers}Content-Length: {length}\r\n\r\n{reason}\n"
)


def on_starting(server):
    """Refuse to be exposed; set what gunicorn has no setting for; delete metrics of the past."""
    exposed = [address for address in server.cfg.address if not is_near(address)]
    if exposed and not is_protected():
        server.log.error(EXPOSED.format(exposed[0][0]))
        sys.exit(1)
    os.umask(umask)  # gunicorn applies its setting to its own files alone
    util.write_error = write_refusal
    if SHARED:
        shutil.rmtree(SHARED, ignore_errors=True)
        os.makedirs(SHARED, mode=0o700)


def is_near(address):
    """Return whether only this machine reaches an address: a socket file or loopback."""
    if not isinstance(address, tuple):
        return True
    try:
        return ipaddress.ip_address(address[0]).is_loopback
    except ValueError:
        return address[0] == "localhost"


def is_protected():
    """Return whether something stands between the network and gunicorn."""
    hops, anywhere = (os.environ.get(f"IGNY8_{name}") for name in ("PROXY_HOPS", "LISTEN_ANYWHERE"))
    return (hops or "0") != "0" or bool(anywhere)


def write_refusal(sock, status_int, reason, mesg):
    """Answer a request that gunicorn itself refuses, with the headers of every answer."""
    headers = "".join(
        f"{name}: {value}\r\n" for name, value in (*SECURITY_HEADERS.items(), NO_STORE)
    )
    answer = REFUSAL.format(
        status=status_int, reason=reason, headers=headers, length=len(reason) + 1
    )
    util.write_nonblock(sock, answer.encode("latin1"))


def post_fork(server, worker):
    """Mark a replacement process, so that it ends alone when it may not start (see wsgi.py)."""
    if worker.age > server.num_workers:
        os.environ["IGNY8_REPLACES"] = "yes"


def child_exit(server, worker):
    """Let go of what a process that ended had open."""
    if SHARED:
        multiprocess.mark_process_dead(worker.pid)
