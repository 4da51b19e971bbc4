"""The one door for files: what is no plain file is refused at once, with its kind."""

import os
import socket
import stat

import pytest

from ibtui.files import FileError, is_file, is_folder, open_regular, read_bytes, read_text


@pytest.fixture
def odd(tmp_path):
    """Things that are no plain files, by kind."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    with socket.socket(socket.AF_UNIX) as unix:
        unix.bind(str(tmp_path / "socket"))
    (tmp_path / "device").symlink_to("/dev/zero")
    (tmp_path / "loop").symlink_to("loop")
    return tmp_path


@pytest.mark.parametrize("kind", ["pipe", "folder", "socket", "device"])
def test_only_plain_files_are_opened(odd, kind):
    with pytest.raises(FileError) as caught:
        open_regular(odd / kind)
    assert str(caught.value) == f"{odd / kind}: cannot be read: it is a {kind}, not a file"
    assert not caught.value.missing
    assert not is_file(odd / kind)


@pytest.mark.parametrize(
    ("name", "missing"), [("none", True), ("loop", False), ("a" * 300, False), ("a\0b", False)]
)
def test_paths_that_lead_nowhere(odd, name, missing):
    with pytest.raises(FileError) as caught:
        read_text(odd / name)
    assert caught.value.missing == missing
    assert not is_file(odd / name)
    assert not is_folder(odd / name)


def test_links_to_plain_files_are_followed(tmp_path):
    (tmp_path / "there").write_text("text")
    (tmp_path / "link").symlink_to("there")
    assert read_text(tmp_path / "link") == "text"


def test_a_file_that_is_too_large_is_not_read(tmp_path):
    path = tmp_path / "large"
    with open(path, "wb") as handle:
        handle.truncate(1 << 40)  # sparse: reading it would take all memory
    with pytest.raises(FileError, match=r"large: is too large \(1099511627776 bytes, at most 9\)"):
        read_bytes(path, 9)
    path.write_bytes(b"123456789")
    assert read_bytes(path, 9) == b"123456789"


@pytest.mark.skipif(not os.path.exists("/proc/self/maps"), reason="needs /proc")
def test_a_file_without_a_size_is_not_read_beyond_the_limit():
    assert stat.S_ISREG(os.stat("/proc/self/maps").st_mode)
    assert os.stat("/proc/self/maps").st_size == 0
    with pytest.raises(FileError, match="is too large"):
        read_bytes("/proc/self/maps", 100)


def test_text_that_is_no_utf8_says_where(tmp_path):
    (tmp_path / "latin").write_bytes("Grün".encode("latin-1"))
    with pytest.raises(FileError, match=r"latin: cannot be read: not UTF-8 text .* position 2"):
        read_text(tmp_path / "latin")
