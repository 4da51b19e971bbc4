"""What cannot be held is refused from its profile alone, with the key that is too large."""

import pytest

from ibtui.cli import main
from ibtui.errors import ProfileError
from ibtui.profile import load_profiles, shipped, validate
from ibtui.session.fit import must_fit

TOO_MUCH = {
    "replicates": {"replicates": 65536, "network": {"layers": [65536, 65536]}},
    "data.samples": {"data": {"name": "wireless", "samples": 10**8}},
    "measure": {"replicates": 65536, "training": {"epochs": 10**9}, "measure": {"every": 2000}},
    "measure.histograms": {
        "network": {"layers": [3000, 3000]},
        "training": {"epochs": 10**5},
        "measure": {"every": 1, "histograms": 64, "histograms_by": "unit"},
    },
    "measure.weights": {
        "replicates": 1000,
        "network": {"layers": [1000, 1000]},
        "training": {"epochs": 10**4},
        "measure": {"every": 1, "weights": "frames"},
    },
    "measure.every": {"training": {"epochs": 10**9}, "measure": {"every": 1}},
}


@pytest.mark.parametrize("word", shipped.names())
def test_every_shipped_profile_fits(word):
    for profile in load_profiles(shipped.find_profile(word)):
        must_fit(profile)


@pytest.mark.parametrize("key", TOO_MUCH)
def test_what_cannot_be_held_is_one_line(key):
    with pytest.raises(ProfileError, match=f"^big: {key}: ") as caught:
        must_fit(validate({"name": "big", **TOO_MUCH[key]}, "big.toml"))
    assert len(str(caught.value).splitlines()) == 1


def test_the_limits_of_the_process_count(monkeypatch):
    monkeypatch.setattr("ibtui.session.fit.memory_bytes", lambda: 1 << 20)
    for table in ({"replicates": 5000}, {"data": {"name": "gaussian", "samples": 10**6}}):
        with pytest.raises(ProfileError, match="GiB"):
            must_fit(validate({"name": "a", **table}, "a"))


def test_batch_refuses_before_anything_is_loaded(tmp_path, monkeypatch, capsys):
    path = tmp_path / "big.toml"
    path.write_text('name = "big"\nreplicates = 65536\nnetwork.layers = [65536, 65536]\n')
    monkeypatch.setattr("sys.argv", ["ibtui", "batch", str(path), "--out", str(tmp_path / "runs")])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 2
    assert capsys.readouterr().err.startswith("ibtui: big: replicates: 65,536 replicates of 4,")
    assert not (tmp_path / "runs").exists()
