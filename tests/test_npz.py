"""NPZ and NPY files: plain arrays come back as numpy reads them, everything else is one line."""

import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from ibtui import npz
from ibtui.files import FileError

DTYPES = st.sampled_from(
    ["?", "i1", "<i4", ">i8", "u2", "<f2", "<f4", ">f8", "<c16", "S3", "<U5", ">U2", "M8[ns]"]
)


@given(
    given=DTYPES.flatmap(
        lambda dtype: arrays.arrays(dtype, arrays.array_shapes(min_dims=0, min_side=0))
    ),
    fortran=st.booleans(),
    packed=st.booleans(),
)
def test_arrays_are_read_as_numpy_reads_them(tmp_path_factory, given, fortran, packed):
    path = tmp_path_factory.getbasetemp() / "round.npz"
    written = np.asfortranarray(given) if fortran and given.ndim else given
    (np.savez_compressed if packed else np.savez)(path, a=written, b=np.arange(3))
    with npz.opened(path) as archive:
        assert archive.damaged == {}
        assert archive.stored["a"].shape == given.shape
        found, other = archive.read("a"), archive.read("b")
    assert found.dtype == given.dtype.newbyteorder("=")
    np.testing.assert_array_equal(found, given)
    np.testing.assert_array_equal(other, np.arange(3))


def test_an_npy_file_is_one_array_without_a_name(tmp_path):
    for order in "CF":
        array = np.arange(6, dtype=">f4").reshape(2, 3, order=order)
        np.save(tmp_path / "one.npy", array)
        with npz.opened(tmp_path / "one.npy") as archive:
            assert list(archive.stored) == [""]
            np.testing.assert_array_equal(archive.read(""), array)


def npy(header: str, values: bytes = b"") -> bytes:
    return npz.MAGIC + b"\x01\x00" + struct.pack("<H", len(header)) + header.encode() + values


def head(shape="(2,)", descr="'<f8'", fortran="False"):
    return f"{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': {shape}, }}\n"


MEMBERS = {
    "is no array": b"text",
    "is cut short": npz.MAGIC + b"\x01\x00",
    "is cut short: 8 of the 16 bytes": npy(head(), bytes(8)),
    "is longer than its header says": npy(head(), bytes(17)),
    "has a damaged header": npy("{'descr': '<f8'"),
    "has a damaged header ": npy(head("(-1,)"), bytes(8)),
    "has a damaged header  ": npy(head("(True,)"), bytes(8)),
    "has a damaged header   ": npy("{" * 5000),
    "has a damaged header    ": npy(head(f"({'9' * 5000},)")),
    "has a header that is too long": npy(" " * 20000),
    "holds Python objects (pickled), which are never loaded": npy(head(descr="'|O'"), bytes(16)),
    "has values of an unknown type (<f9)": npy(head(descr="'<f9'"), bytes(18)),
    "has values of an unknown type (U0)": npy(head(descr="'U0'")),
    "is a table of records": npy(head(descr="[('a', '<f8')]"), bytes(16)),
}


@pytest.mark.parametrize("reason", MEMBERS)
def test_a_damaged_array_is_named_and_the_others_can_be_read(tmp_path, reason):
    path = tmp_path / "a.npz"
    np.savez(path, good=np.arange(4))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("bad.npy", MEMBERS[reason])
    with npz.opened(path) as archive:
        assert archive.damaged["bad"].startswith(reason.strip())
        with pytest.raises(FileError) as caught:
            archive.read("bad")
        np.testing.assert_array_equal(archive.read("good"), np.arange(4))
    assert str(caught.value).startswith(f"{path}: array 'bad' {reason.strip()}")


def test_an_array_that_is_larger_than_the_memory_is_not_unpacked(tmp_path, monkeypatch):
    path = tmp_path / "bomb.npz"
    np.savez_compressed(path, x=np.zeros(1 << 20), y=np.zeros(1 << 16))
    assert path.stat().st_size < 20_000
    monkeypatch.setattr(npz, "memory_bytes", lambda: 1 << 20)
    with npz.opened(path) as archive:
        with pytest.raises(FileError, match=r"bomb.npz: unpacks to 0.0 GiB, more than this"):
            archive.read("x")
        assert len(archive.read("y")) == 1 << 16
        archive.must_fit(["y", "y"])
        with pytest.raises(FileError):
            archive.must_fit(["y"] * 3)


def test_a_small_file_that_unpacks_to_very_much_is_not_unpacked(tmp_path, monkeypatch):
    path = tmp_path / "bomb.npz"
    np.savez_compressed(path, x=np.zeros(1 << 20), y=np.zeros(1 << 20))
    np.savez(tmp_path / "plain.npz", x=np.zeros(1 << 20), y=np.zeros(1 << 20))
    monkeypatch.setattr(npz, "MOST_UNPACKED", 10 << 20)
    with npz.opened(path) as archive:
        assert not archive.read("x").any()  # one alone is below what is looked at
        with pytest.raises(FileError, match=r"bomb.npz: unpacks from .* set IBTUI_UNPACK=1"):
            archive.must_fit("xy")
        monkeypatch.setenv("IBTUI_UNPACK", "1")
        archive.must_fit("xy")
    monkeypatch.delenv("IBTUI_UNPACK")
    with npz.opened(tmp_path / "plain.npz") as archive:
        archive.must_fit("xy")


def test_flags_of_a_member_that_zipfile_cannot_read(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, x=np.arange(4))
    whole = path.read_bytes()
    for place, value, reason in ((8, 1, "is encrypted"), (10, 99, "is packed in an unknown way")):
        content = bytearray(whole)
        content[content.rindex(b"PK\x01\x02") + place] = value
        path.write_bytes(content)
        with npz.opened(path) as archive:
            assert archive.damaged["x"].startswith(reason)


def test_a_changed_byte_is_found_by_its_checksum(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, x=np.arange(10_000))
    content = bytearray(path.read_bytes())
    content[40_000] ^= 1
    path.write_bytes(content)
    with npz.opened(path) as archive, pytest.raises(FileError) as caught:
        archive.read("x")
    assert str(caught.value) == f"{path}: array 'x' is damaged: its checksum is wrong"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is cut short or no NPZ file"),
        (b"x,y\n1,2\n", "is cut short or no NPZ file"),
        (b"PK\x03\x04 cut short", "is cut short or no NPZ file"),
        (b"\x80\x04\x95", "is a Python pickle, which is never loaded"),
        (b"\x89HDF\r\n", "is an HDF5 file"),
        (npz.TORCH + b"more", "was written by torch.save"),
    ],
)
def test_files_that_are_no_archives_say_what_they_are(tmp_path, content, reason):
    path = tmp_path / "a.npz"
    path.write_bytes(content)
    with pytest.raises(FileError) as caught, npz.opened(path):
        pass
    assert str(caught.value).startswith(f"{path}: {reason}")
    assert "\n" not in str(caught.value)


def test_the_line_that_converts_a_file_of_torch_does_so(tmp_path, monkeypatch):
    import shlex
    import subprocess
    import sys

    import torch

    monkeypatch.chdir(tmp_path)
    path = Path("of torch's.pt")
    torch.save({"x": torch.arange(6.0, requires_grad=True), "y": torch.arange(3)}, path)
    with pytest.raises(FileError) as caught, npz.opened(path):
        pass
    line = str(caught.value).split("convert it: ")[1]
    words = shlex.split(line)
    assert words[0] == "python"
    subprocess.run([sys.executable, *words[1:]], check=True)
    with npz.opened(Path("of torch's.npz")) as archive:
        np.testing.assert_array_equal(archive.read("x"), np.arange(6, dtype=np.float32))
        np.testing.assert_array_equal(archive.read("y"), np.arange(3))
