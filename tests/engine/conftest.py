import pytest
import torch

from ibtui.engine import torch_backend


@pytest.fixture(autouse=True)
def _one_thread(monkeypatch):
    """One thread: the same sums everywhere, and no quarrel over the cores."""
    before = torch.get_num_threads()
    monkeypatch.setattr(torch_backend, "CORES", 1)
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
