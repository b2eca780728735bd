"""MMD: train so that source and target features have the same mean, as seen through several kernels.

    MMD^2 = mean k(s, s') + mean k(t, t') - 2 mean k(s, t),    k(x, y) = mean over widths of exp(-|x - y|^2 / (2 width))

Where it is 0 for a Gaussian kernel, the two distributions are one. (Long and others, Learning Transferable Features
with Deep Adaptation Networks, 2015, arXiv:1502.02791.)
"""

import keras
from keras import ops

from tlteach.core.door import checked
from tlteach.methods.adapt.domains import Domains
from tlteach.methods.adapt.pairs import fit_pairs

WIDTHS = (0.0625, 0.25, 1.0, 4.0)  # squared, in units of the mean squared distance in the batch


def kernel_gap(source, target):
    """Squared MMD of features (n, d) and (m, d); each input is compared with itself too: 0 or more."""
    features = ops.concatenate([source, target])
    norms = ops.sum(ops.square(features), axis=1)
    products = ops.matmul(features, ops.transpose(features))
    distances = ops.relu(norms[:, None] + norms[None, :] - 2 * products)
    width = ops.stop_gradient(ops.mean(distances)) + 1e-7  # or growing features would close the gap
    kernel = sum(ops.exp(-distances / (2 * factor * width)) for factor in WIDTHS) / len(WIDTHS)
    n = ops.shape(source)[0]
    return ops.mean(kernel[:n, :n]) + ops.mean(kernel[n:, n:]) - 2 * ops.mean(kernel[:n, n:])


@checked
def mmd(
    model: keras.Model,
    domains: Domains,
    strength: float = 3.0,
    epochs: int = 30,
    batch_size: int = 64,
    seed: int = 0,
) -> keras.Model:
    """Train `model` on the source's labels, and close the gap between the kernel means of both domains' features.

    Args:
        strength: of the gap beside the loss of the labels.
    """
    keras.utils.set_random_seed(seed)
    return fit_pairs(model, domains, kernel_gap, strength, epochs, batch_size, seed)
