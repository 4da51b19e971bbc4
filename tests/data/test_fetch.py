"""Fetching over HTTP from a server of our own that breaks off, lies, refuses, and knows ranges."""

import contextlib
import gzip
import hashlib
import os
import re
import shutil
import socket
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from ibtui.data import SOURCES
from ibtui.data.fetch import ATTEMPTS, Fetched, fetch, fetch_files
from ibtui.data.folder import Published
from ibtui.errors import DataError, UsageError
from tests.data.test_images import needs_mnist, real_mnist

RAW = np.random.default_rng(3).bytes(300_000)
PACKED = gzip.compress(RAW)
FILE = Published("noise.gz", len(PACKED), hashlib.sha256(RAW).hexdigest())


class Server(ThreadingHTTPServer):
    """Serves `files`; `breaks` holds, a request, after how many bytes it ends (is reset: minus)."""

    daemon_threads = False

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.breaks, self.requests = {}, [], []
        self.odd = {}  # answers of their own, by path
        self.over = threading.Event()
        self.ranges = True
        self.base = f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self):
        asked = self.headers.get("Range")
        self.server.requests.append((self.path, asked))
        if self.path in self.server.odd:
            return self.server.odd[self.path](self)
        content = self.server.files.get(self.path)
        if content is None:
            return self.send_error(404)
        start = int(re.fullmatch(r"bytes=(\d+)-", asked)[1]) if asked and self.server.ranges else 0
        if start and start >= len(content):
            return self.send_error(416)
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        stop = self.server.breaks.pop(0) if self.server.breaks else None
        if stop is None:
            self.wfile.write(content[start:])
        else:
            self.wfile.write(content[start : start + abs(stop)])
            if stop < 0:
                # Closed without lingering, which the other side sees as a reset, not as an end.
                linger = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                os.close(self.connection.detach())
        return None

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.over.set()
        running.shutdown()
        thread.join()


def run(server, folder, file=FILE, bases=None):
    return list(fetch_files((file,), bases or (server.base,), folder))


def test_a_file_is_fetched_and_verified(server, tmp_path):
    server.files["/noise.gz"] = PACKED
    steps = run(server, tmp_path / "new" / "folder")
    assert (tmp_path / "new" / "folder" / "noise.gz").read_bytes() == PACKED
    assert not list(tmp_path.rglob("*.part"))
    done = [step.bytes_done for step in steps]
    assert done == sorted(done)
    assert len(set(done)) > 3
    assert steps[-1] == Fetched("noise.gz", len(PACKED), len(PACKED))
    assert {step.bytes_total for step in steps} == {len(PACKED)}


def test_an_intact_file_is_not_fetched_again(server, tmp_path):
    (tmp_path / "noise.gz").write_bytes(gzip.compress(RAW, 1))  # packed otherwise, the same bytes
    run(server, tmp_path)
    (tmp_path / "noise.gz").unlink()
    (tmp_path / "noise").write_bytes(RAW)
    run(server, tmp_path)
    assert server.requests == []


def test_a_damaged_file_is_fetched_again(server, tmp_path):
    server.files["/noise.gz"] = PACKED
    for damaged in (PACKED[:-100], gzip.compress(RAW[1:]), b"<html>", b""):
        (tmp_path / "noise.gz").write_bytes(damaged)
        run(server, tmp_path)
        assert (tmp_path / "noise.gz").read_bytes() == PACKED


def test_a_damaged_file_hides_an_intact_one_and_is_fetched_again(server, tmp_path):
    server.files["/noise.gz"] = PACKED
    (tmp_path / "noise").write_bytes(RAW)
    (tmp_path / "noise.gz").write_bytes(b"")
    run(server, tmp_path)
    assert (tmp_path / "noise.gz").read_bytes() == PACKED


def test_a_broken_connection_goes_on_where_it_broke(server, tmp_path):
    server.files["/noise.gz"] = PACKED
    server.breaks = [100_000, 50_000]
    steps = run(server, tmp_path)
    assert (tmp_path / "noise.gz").read_bytes() == PACKED
    assert [asked for _, asked in server.requests] == [None, "bytes=100000-", "bytes=150000-"]
    assert {step.bytes_total for step in steps} == {len(PACKED)}


def test_an_abandoned_fetch_goes_on_next_time(server, tmp_path):
    server.files["/noise.gz"] = PACKED
    fetching = fetch_files((FILE,), (server.base,), tmp_path)
    so_far = next(fetching).bytes_done
    fetching.close()
    part = tmp_path / "noise.gz.part"
    assert 0 < so_far == part.stat().st_size < len(PACKED)
    assert run(server, tmp_path)[0].bytes_done > so_far
    assert server.requests[-1] == ("/noise.gz", f"bytes={so_far}-")
    assert (tmp_path / "noise.gz").read_bytes() == PACKED


def test_a_server_without_ranges_sends_all_again(server, tmp_path):
    server.files["/noise.gz"], server.ranges = PACKED, False
    server.breaks = [100_000]
    run(server, tmp_path)
    assert (tmp_path / "noise.gz").read_bytes() == PACKED
    assert len(server.requests) == 2


def test_a_connection_that_is_reset_is_opened_again(server, tmp_path):
    server.files["/noise.gz"] = PACKED
    server.breaks = [-100_000]
    run(server, tmp_path)
    assert (tmp_path / "noise.gz").read_bytes() == PACKED
    assert len(server.requests) == 2


@pytest.mark.parametrize("left", [b"of another file" * 10, PACKED + b"too long", PACKED])
def test_what_was_left_by_another_fetch_does_no_harm(server, tmp_path, left):
    server.files["/noise.gz"] = PACKED
    (tmp_path / "noise.gz.part").write_bytes(left)
    run(server, tmp_path)
    assert (tmp_path / "noise.gz").read_bytes() == PACKED
    assert not (tmp_path / "noise.gz.part").exists()


def test_nothing_is_written_through_a_link(server, tmp_path):
    server.files["/noise.gz"] = PACKED
    victim = tmp_path / "victim"
    (tmp_path / "noise.gz.part").symlink_to(victim)
    with pytest.raises(DataError, match=r"noise\.gz"):
        run(server, tmp_path)
    assert not victim.exists()


def test_the_next_address_is_tried(server, tmp_path):
    server.files |= {"/wrong/noise.gz": b"<html>log in</html>", "/right/noise.gz": PACKED}
    bases = [f"{server.base}/{name}" for name in ("none", "wrong", "right")]
    run(server, tmp_path, bases=("http://127.0.0.1:9", *bases))
    assert (tmp_path / "noise.gz").read_bytes() == PACKED
    assert [path.split("/")[1] for path, _ in server.requests] == ["none", "wrong", "right"]


def test_failing_everywhere_tells_why_and_leaves_nothing_wrong(server, tmp_path):
    server.files["/wrong/noise.gz"] = gzip.compress(b"another file")
    with pytest.raises(DataError) as raised:
        run(server, tmp_path, bases=(f"{server.base}/none", f"{server.base}/wrong"))
    message = str(raised.value)
    assert message.startswith("noise.gz could not be fetched: ")
    assert f"{server.base}/none/noise.gz: HTTP 404" in message
    assert f"{server.base}/wrong/noise.gz: not the published file (wrong sha256)" in message
    assert "IBTUI_MIRROR" in message
    assert str(tmp_path) in message
    assert "\n" not in message
    assert list(tmp_path.iterdir()) == []


def test_a_connection_that_always_breaks_gives_up_but_keeps_its_part(server, tmp_path):
    server.files["/noise.gz"] = PACKED
    server.breaks = [1000] * 50
    with pytest.raises(DataError, match=f"lost after {1000 * ATTEMPTS} of {len(PACKED)} bytes"):
        run(server, tmp_path)
    assert len(server.requests) == ATTEMPTS
    assert (tmp_path / "noise.gz.part").stat().st_size == 1000 * ATTEMPTS


def test_an_archive_is_verified_as_it_is(server, tmp_path):
    archive = Published("many.tar.gz", len(PACKED), hashlib.sha256(PACKED).hexdigest())
    server.files["/many.tar.gz"] = PACKED
    run(server, tmp_path, file=archive)
    assert (tmp_path / "many.tar.gz").read_bytes() == PACKED


def test_progress_runs_over_all_files(server, tmp_path):
    files, sizes = [], []
    for i, n in enumerate((70_000, 150_000, 10)):
        content = gzip.compress(RAW[:n])
        server.files[f"/{i}.gz"] = content
        sizes.append(len(content))
        # The second is said to be smaller than it is: the total follows the server's word.
        files.append(
            Published(f"{i}.gz", sizes[i] - 9 * (i == 1), hashlib.sha256(RAW[:n]).hexdigest())
        )
    steps = list(fetch_files(tuple(files), (server.base,), tmp_path))
    assert [step.bytes_done for step in steps] == sorted(step.bytes_done for step in steps)
    totals = {step.file: step.bytes_total for step in steps[::-1]}  # at the first of its steps
    assert totals == {"0.gz": sum(sizes) - 9, "1.gz": sum(sizes), "2.gz": sum(sizes)}
    assert steps[-1] == Fetched("2.gz", sum(sizes), sum(sizes))


def test_an_unusable_folder_is_an_error(server, tmp_path):
    server.files["/noise.gz"] = PACKED
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DataError, match=r"file/noise\.gz: cannot be written: "):
        run(server, tmp_path / "file")


@pytest.mark.parametrize(
    ("name", "reason"),
    [("mnst", "did you mean 'mnist'"), ("szt", "szt has no files to fetch .mnist, fashion-mnist")],
)
def test_only_published_sets_can_be_fetched(name, reason):
    with pytest.raises(UsageError, match=reason):
        fetch(name)


def test_a_mirror_must_be_an_address(monkeypatch):
    monkeypatch.setenv("IBTUI_MIRROR", "/some/folder")
    with pytest.raises(UsageError, match="IBTUI_MIRROR=/some/folder is no http"):
        fetch("mnist")


@pytest.mark.parametrize(
    "mirror",
    [
        "http://[::1",
        "http://a:b",
        "http://",
        "http://a\nb",
        "http://\x1b[31m",
        "ftp://a",
        "http://a b",
    ],
)
def test_an_odd_mirror_is_one_line(monkeypatch, mirror):
    monkeypatch.setenv("IBTUI_MIRROR", mirror)
    with pytest.raises(UsageError, match=r"is no http:// or https:// address") as raised:
        fetch("mnist")
    assert str(raised.value).isprintable()


def answer(status: str, *headers: str, body: bytes = b""):
    def send(handler):
        text = "\r\n".join((f"HTTP/1.0 {status}", *headers, "", ""))
        handler.wfile.write(text.encode("latin-1") + body)

    return send


def endless(handler):
    answer("200 OK")(handler)
    with contextlib.suppress(OSError):
        while True:
            handler.wfile.write(bytes(1 << 16))


def drips(handler):
    answer("200 OK")(handler)
    with contextlib.suppress(OSError):
        while not handler.server.over.wait(0.02):
            handler.wfile.write(b"x")


def drips_headers(handler):
    handler.wfile.write(b"HTTP/1.0 200 OK\r\nX-Long: ")
    with contextlib.suppress(OSError):
        while not handler.server.over.wait(0.02):
            handler.wfile.write(b"x")


ODD = {
    "a length of letters": (answer("200 OK", "Content-Length: abc"), "gives a length that is none"),
    "a long length": (
        answer("200 OK", f"Content-Length: {'9' * 5000}"),
        "gives a length that is n",
    ),
    "a negative length": (answer("200 OK", "Content-Length: -5"), "gives a length that is none"),
    "a large length": (
        answer("200 OK", f"Content-Length: {1 << 50}"),
        "what was published at most",
    ),
    "escapes": (answer("500 \x1b]0;pwned\x07"), "HTTP 500 ]0;pwned"),
    "another scheme": (answer("302 Found", "Location: ftp://127.0.0.1/x"), "leads to ftp://127.0."),
    "a local file": (
        answer("302 Found", "Location: file:///etc/passwd"),
        "HTTP 302 Found - Redirection",
    ),
    "a circle": (answer("302 Found", "Location: /noise.gz"), "HTTP 302"),
    "no address": (answer("302 Found", "Location: http://[::1"), ""),
    "no HTTP": (lambda handler: handler.wfile.write(b"\x00\xff\n\n"), ""),
    "no end": (endless, "sends more than"),
    "drips": (drips, "is too slow: "),
    "drips headers": (drips_headers, ""),
}


@pytest.mark.parametrize("kind", ODD)
def test_an_odd_server_is_one_line_and_leaves_nothing(server, tmp_path, monkeypatch, kind):
    monkeypatch.setattr("ibtui.data.fetch.PATIENCE_SECONDS", 0.1)
    monkeypatch.setattr("ibtui.data.http.HEADER_SECONDS", 0.1)
    server.odd["/noise.gz"], reason = ODD[kind]
    with pytest.raises(DataError) as raised:
        run(server, tmp_path)
    line = str(raised.value)
    assert line.startswith(f"noise.gz could not be fetched: {server.base}/noise.gz: {reason}"[:60])
    assert reason in line
    assert line.isprintable()
    assert len(line) < 600
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 1000


def test_a_redirection_within_http_is_followed(server, tmp_path):
    server.odd["/noise.gz"] = answer("302 Found", f"Location: {server.base}/elsewhere.gz")
    server.files["/elsewhere.gz"] = PACKED
    run(server, tmp_path)
    assert (tmp_path / "noise.gz").read_bytes() == PACKED


@needs_mnist
def test_mnist_is_fetched_from_a_mirror_and_loads(server, tmp_path, monkeypatch):
    monkeypatch.setenv("IBTUI_MIRROR", f"{server.base}/")
    monkeypatch.setenv("IBTUI_DATA", str(tmp_path))
    for file in real_mnist().iterdir():
        server.files[f"/mnist/{file.name}"] = file.read_bytes()
    server.breaks = [3_000_000]
    steps = list(fetch("mnist"))
    assert steps[-1].bytes_done == steps[-1].bytes_total == sum(map(len, server.files.values()))
    data = SOURCES["mnist"](samples=50).load(None)
    assert data.inputs.shape == (50, 784)
    shutil.rmtree(tmp_path / "mnist")
