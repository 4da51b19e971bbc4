"""Files of a data set are fetched from the form, from a server of our own."""

import hashlib
import threading

import pytest
from textual.widgets import ProgressBar

from ibtui.data import SOURCES
from ibtui.data.folder import Published
from ibtui.tui.screens.fetching import FetchScreen
from tests.data.test_fetch import Server
from tests.tui import scripted_app
from tests.tui.scripted_app import notes, screen_text, until

CONTENT = bytes(300_000)
FILE = Published("some.bin", len(CONTENT), hashlib.sha256(CONTENT).hexdigest())


@pytest.fixture
def server(monkeypatch):
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        monkeypatch.setenv("IBTUI_MIRROR", running.base)
        monkeypatch.setattr(SOURCES["mnist"], "published", (FILE,))
        yield running
        running.over.set()
        running.shutdown()
        thread.join()


def half(held: threading.Event):
    """An answer that holds after its first half."""

    def send(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(CONTENT)))
        handler.end_headers()
        handler.wfile.write(CONTENT[:150_000])
        handler.wfile.flush()
        held.wait(30)
        handler.wfile.write(CONTENT[150_000:])

    return send


def test_a_data_set_is_fetched_from_the_form_with_a_bar_and_can_be_stopped(
    server, tmp_path, monkeypatch
):
    monkeypatch.setenv("IBTUI_DATA", str(tmp_path))
    held = threading.Event()
    server.odd["/mnist/some.bin"] = half(held)
    app = scripted_app.app(tmp_path, profile=scripted_app.profile(data={"name": "mnist"}))
    part, whole = tmp_path / "mnist" / "some.bin.part", tmp_path / "mnist" / "some.bin"

    async def steps(pilot):
        await pilot.press("D")
        await until(pilot, lambda: "0.1 of 0.3 MB" in screen_text(app))
        assert 0 < app.screen.query_one(ProgressBar).percentage < 1
        await pilot.press("escape")
        held.set()
        await until(pilot, lambda: not isinstance(app.screen, FetchScreen))
        assert notes(app)[-1] == "mnist is stopped"
        assert part.exists()
        del server.odd["/mnist/some.bin"]
        server.files["/mnist/some.bin"] = CONTENT
        await pilot.press("D")
        await until(pilot, lambda: notes(app)[-1] == "mnist is fetched")
        assert whole.read_bytes() == CONTENT
        whole.unlink()
        server.files.clear()
        await pilot.press("D")
        await until(pilot, lambda: "could not be fetched" in notes(app)[-1])

    scripted_app.drive(app, steps)


def test_a_data_set_without_files_says_so(tmp_path):
    app = scripted_app.app(tmp_path)

    async def steps(pilot):
        await pilot.press("D")
        await until(pilot, lambda: bool(notes(app)))
        assert notes(app)[-1].startswith("szt has no files to fetch")

    scripted_app.drive(app, steps)
