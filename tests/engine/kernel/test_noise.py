import numpy as np
import torch

from ibtui.engine import noise
from ibtui.engine.kernel.noise import add


def test_noise_is_the_engines_and_copies_of_a_sample_have_its_own():
    units, stride, real, key, deviation = 5, 4096, 4000, 0xDEADBEEF, 0.3
    h = np.zeros((units, stride), np.float32)
    own = h.copy().ravel()
    add(own, units, stride, real, np.uint32(key), np.float32(deviation))
    row = torch.where(torch.arange(stride) < real, torch.arange(stride), 0)
    expected = noise.add(torch.from_numpy(h.T[:, :, None]), row, torch.tensor([key]), deviation)
    np.testing.assert_allclose(
        own.reshape(units, stride), expected[:, :, 0].numpy().T, rtol=1e-6, atol=1e-7
    )
