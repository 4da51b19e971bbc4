import numpy as np
import torch

from ibtui.engine import dropout
from ibtui.engine.kernel.dropout import drop


def test_masks_are_the_engines_and_copies_of_a_sample_share_its_own():
    units, stride, real, share, key = 5, 64, 50, 0.3, 0xDEADBEEF
    random = np.random.default_rng(0)
    h = random.normal(size=(units, stride)).astype(np.float32)
    own, slopes = h.copy().ravel(), np.ones(units * stride, np.float32)
    dropped = np.int64(int(share * 2**32))
    drop(own, slopes, units, stride, real, np.uint32(key), dropped, np.float32(1 - share))
    row = torch.where(torch.arange(stride) < real, torch.arange(stride), 0)
    expected = dropout.drop(torch.from_numpy(h.T[:, :, None]), row, torch.tensor([key]), share)
    np.testing.assert_array_equal(own.reshape(units, stride), expected[:, :, 0].numpy().T)
    kept = np.float32(1) / np.float32(1 - share)
    np.testing.assert_array_equal(slopes != 0, own != 0)
    np.testing.assert_array_equal(slopes[slopes != 0], kept)
