"""Images from IDX files and from CIFAR-10's archive: small ones made here, and the real MNIST."""

import gzip
import hashlib
import io
import math
import os
import struct
import tarfile
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from pydantic import ValidationError

from ibtui.data import SOURCES
from ibtui.data.cifar import TEST, TRAIN, Cifar10
from ibtui.data.folder import Published
from ibtui.data.idx import IdxImages, Mnist, read_idx
from ibtui.errors import DataError

RNG = np.random.default_rng(7)
PIXELS = [RNG.integers(0, 256, (n, 3, 5), np.uint8) for n in (40, 20)]
LABELS = [np.repeat(np.arange(4), n).astype(np.uint8) for n in (10, 5)]
NAMES = [
    *("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    *("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
]


def idx(values):
    return struct.pack(f">4B{values.ndim}I", 0, 0, 8, values.ndim, *values.shape) + values.tobytes()


CONTENTS = [idx(a) for a in (PIXELS[0], LABELS[0], PIXELS[1], LABELS[1])]


class Small(IdxImages):
    """Four IDX files of 40 and 20 images of 3 x 5 pixels, with checksums of their own."""

    shape: ClassVar = (1, 3, 5)
    label_names: ClassVar = ("a", "b", "c", "d")
    published: ClassVar = tuple(
        Published(f"{name}.gz", len(content), hashlib.sha256(content).hexdigest())
        for name, content in zip(NAMES, CONTENTS, strict=True)
    )
    name: str = "small"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The small set, two of its files packed, in the subfolder of its name; nothing elsewhere."""
    monkeypatch.delenv("IBTUI_DATA", raising=False)
    monkeypatch.setattr("platformdirs.user_cache_path", lambda _: tmp_path / "cache")
    own = tmp_path / "data" / "small"
    own.mkdir(parents=True)
    for i, (name, content) in enumerate(zip(NAMES, CONTENTS, strict=True)):
        if i % 2:
            (own / name).write_bytes(content)
        else:
            (own / f"{name}.gz").write_bytes(gzip.compress(content))
    return tmp_path / "data"


def test_pixels_and_labels_come_in_order(folder):
    data = Small().load(folder)
    expected = np.concatenate(PIXELS).reshape(60, 15) / 255
    assert data.inputs == pytest.approx(expected, abs=1e-7)
    assert np.array_equal(data.labels, np.concatenate(LABELS))
    assert data.inputs.dtype == np.float32
    assert np.bincount(data.labels[data.test]).tolist() == [3, 3, 3, 3]


def test_pixels_are_the_nearest_numbers_to_their_fractions(folder):
    inputs = Small().load(folder).inputs
    exact = np.concatenate(PIXELS).reshape(60, 15).astype(np.float64) / 255
    assert np.array_equal(inputs, exact.astype(np.float32))


def test_the_official_split_is_that_of_the_files(folder):
    data = Small(split="official").load(folder)
    assert np.array_equal(data.train, np.arange(40))
    assert np.array_equal(data.test, np.arange(40, 60))


@pytest.mark.parametrize("split", ["official", "stratified"])
def test_a_subset_keeps_labels_and_parts_in_proportion(folder, split):
    whole = Small(split=split).load(folder)
    data = Small(split=split, samples=24).load(folder)
    assert np.bincount(data.labels).tolist() == [6, 6, 6, 6]
    rows = [next(i for i in range(60) if np.array_equal(whole.inputs[i], x)) for x in data.inputs]
    assert rows == sorted(set(rows))
    assert np.array_equal(whole.labels[rows], data.labels)
    if split == "official":
        assert np.array_equal(data.train, np.flatnonzero(np.array(rows) < 40))
        assert np.bincount(data.labels[data.train]).tolist() == [4, 4, 4, 4]
    other = Small(split=split, samples=24, split_seed=1).load(folder)
    assert not np.array_equal(other.inputs, data.inputs)


def test_more_samples_than_there_are_is_an_error(folder):
    with pytest.raises(DataError, match="samples = 61 is more than its 60 images"):
        Small(samples=61).load(folder)


def test_a_fraction_for_the_official_split_is_an_error():
    with pytest.raises(ValidationError, match="test_fraction means nothing"):
        Mnist(split="official", test_fraction=0.3)


def damage(path, content):
    if path.suffix == ".gz" and content is not None:
        content = gzip.compress(content)
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("at", "content", "reason"),
    [
        (0, CONTENTS[0][:-9], "not the published file of small: 607 bytes with sha256"),
        (1, CONTENTS[1][:-1] + b"\x02", "not the published file of small: 48 bytes with sha256"),
        (2, b"<html>404</html>", "not the published file of small: 16 bytes with sha256"),
        (3, b"", "not the published file of small: 0 bytes with sha256"),
    ],
)
def test_what_was_not_published_is_refused(folder, at, content, reason):
    path = folder / "small" / (NAMES[at] if at % 2 else f"{NAMES[at]}.gz")
    damage(path, content)
    with pytest.raises(DataError) as raised:
        Small().load(folder)
    assert str(raised.value).startswith(f"{path}: {reason}")
    assert str(raised.value).endswith("(delete it and fetch it anew: ibtui data fetch small)")


def test_a_truncated_gzip_file_is_refused(folder):
    path = folder / "small" / f"{NAMES[0]}.gz"
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(DataError) as raised:
        Small().load(folder)
    assert str(raised.value).startswith(f"{path}: damaged gzip file")
    assert "ibtui data fetch small" in str(raised.value)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (CONTENTS[0][:-1], r"599 values where its header says \[40, 3, 5\]"),
        (CONTENTS[0] + b"\0", r"601 values where its header says \[40, 3, 5\]"),
        (b"\x00\x00\x0d\x01" + CONTENTS[1][4:], "not an IDX file of bytes"),  # floats
        (CONTENTS[0][:9], "not an IDX file of bytes"),
        (b"\x89PNG\r\n", "not an IDX file of bytes"),
        (b"", "not an IDX file of bytes"),
    ],
)
def test_idx_files_must_hold_what_they_say(content, reason):
    with pytest.raises(DataError, match=f"^here: {reason}$"):
        read_idx(content, "here")


def test_missing_files_name_every_place_and_the_remedies(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("IBTUI_DATA", str(tmp_path / "elsewhere"))
    (folder / "small" / NAMES[3]).unlink()
    with pytest.raises(DataError) as raised:
        Small().load(folder)
    message = str(raised.value)
    assert message.startswith(f"small: {NAMES[3]}.gz is in none of ")
    roots = (folder, tmp_path / "elsewhere", tmp_path / "cache" / "data")
    places = [str(place) for root in roots for place in (root / "small", root)]
    assert ", ".join(places) in message
    for remedy in ("ibtui data fetch small", "--data-dir", "IBTUI_DATA"):
        assert remedy in message


def test_a_missing_data_folder_is_an_error_of_its_own(folder):
    with pytest.raises(DataError, match=r"nowhere: no such data folder .*--data-dir"):
        Small().load(folder / "nowhere")


def test_folders_are_looked_through_in_order(folder, tmp_path, monkeypatch):
    """Flat or in a subfolder; the argument before IBTUI_DATA before the cache."""
    named, cache = tmp_path / "named", tmp_path / "cache" / "data"
    cache.parent.mkdir()
    (folder / "small").rename(named)
    with pytest.raises(DataError):
        Small().load(None)
    assert len(Small().load(named).labels) == 60
    monkeypatch.setenv("IBTUI_DATA", str(named))
    assert Small.where(None) == str(named)
    monkeypatch.delenv("IBTUI_DATA")
    named.rename(cache)
    assert Small.where(None) == str(cache)
    (tmp_path / "asked").mkdir()
    for name in NAMES:
        (tmp_path / "asked" / name).write_bytes(b"damaged, but asked for")
    assert Small.where(tmp_path / "asked") == str(tmp_path / "asked")
    with pytest.raises(DataError, match="asked"):
        Small().load(tmp_path / "asked")


def test_cifar_rows_are_channel_first(tmp_path):
    rng = np.random.default_rng(1)
    batches = {name: rng.integers(0, 256, (3, 3073), np.uint8) for name in (*TRAIN, TEST)}
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for i, (name, rows) in enumerate(batches.items()):
            rows[:, 0] = [i, 9 - i, 5]
            member = tarfile.TarInfo(name)
            member.size = rows.size
            archive.addfile(member, io.BytesIO(rows.tobytes()))
    content = buffer.getvalue()
    file = Cifar10.published[0].file
    (tmp_path / file).write_bytes(content)

    class Few(Cifar10):
        published: ClassVar = (Published(file, len(content), hashlib.sha256(content).hexdigest()),)

    data = Few(split="official").load(tmp_path)
    assert data.inputs.shape == (18, 3072)
    assert data.test.tolist() == [15, 16, 17]
    assert data.labels[:6].tolist() == [0, 9, 5, 1, 8, 5]
    green = data.inputs.reshape(-1, *data.shape)[4, 1, 7, 30]  # image 4: row 1 of batch 2
    assert green == np.float32(batches[TRAIN[1]][1, 1 + 1024 + 7 * 32 + 30] / 255)
    with pytest.raises(DataError, match="not the published file of cifar10"):
        Cifar10().load(tmp_path)


def real_mnist():
    named = os.environ.get("IBTUI_TEST_MNIST")
    folder = Path(named) if named else Path(__file__).parents[3] / "shared" / "data" / "mnist"
    return folder if (folder / "t10k-labels-idx1-ubyte.gz").is_file() else None


needs_mnist = pytest.mark.skipif(
    real_mnist() is None, reason="MNIST's files are in neither IBTUI_TEST_MNIST nor ../shared"
)


@needs_mnist
def test_real_mnist_is_whole():
    data = Mnist().load(real_mnist())
    assert data.inputs.shape == (70000, 784)
    assert data.shape == (1, 28, 28)
    assert (len(data.train), len(data.test)) == (56000, 14000)
    counts = [6903, 7877, 6990, 7141, 6824, 6313, 6876, 7293, 6825, 6958]
    assert np.bincount(data.labels).tolist() == counts
    shares = np.bincount(data.labels[data.test]) - np.array(counts) / 5
    assert np.all(np.abs(shares) < 1)
    assert data.inputs[:60000].mean() == pytest.approx(0.1307, abs=5e-5)  # as is well known
    assert data.inputs[:60000].std(dtype=np.float64) == pytest.approx(0.3081, abs=5e-5)
    assert data.input_bits() == math.log2(70000)  # no two digits are alike


@needs_mnist
def test_real_mnist_in_small():
    data = Mnist(split="official", samples=700).load(real_mnist())
    assert (len(data.train), len(data.test)) == (600, 100)
    assert (
        abs(np.bincount(data.labels) - np.array([69, 79, 70, 71, 68, 63, 69, 73, 68, 70])).max()
        <= 1
    )


@needs_mnist
def test_digits_are_not_taken_for_clothes():
    with pytest.raises(DataError, match="not the published file of fashion-mnist"):
        SOURCES["fashion-mnist"]().load(real_mnist())
