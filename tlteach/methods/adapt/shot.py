"""SHOT: adapt without the source. The head stays; the encoder moves until the target's answers are sure and varied.

    loss = mean H(p(x))  -  H(mean p(x))          H(p) = -sum p log p

The first term wants every answer to be sure, the second wants all classes to be used: together, information
maximisation. It helps where a hospital may give its model away, and not its pictures. (Liang, Hu and Feng, Do We Really
Need to Access the Source Data?, 2020, arXiv:2002.08546; here without its pseudo-labels.)
"""

import keras
import numpy as np
from keras import ops

from tlteach.core.door import checked
from tlteach.engine.arrays import encoder_and_head, fit_arrays, must_learn, optimizer_like
from tlteach.methods.adapt.domains import Domains
from tlteach.methods.adapt.source_only import fit_source


def unsure(labels, probabilities):
    """The loss above, for probabilities (n, classes); the labels are not looked at."""
    mean = ops.mean(probabilities, axis=0)
    return ops.mean(entropy(probabilities)) - entropy(mean)


def entropy(probabilities):
    """H(p) along the last axis, in nats."""
    return -ops.sum(probabilities * ops.log(probabilities + 1e-7), axis=-1)


@checked
def shot(model: keras.Model, domains: Domains, epochs: int = 30, batch_size: int = 64, seed: int = 0) -> keras.Model:
    """Train `model` on the source, then its encoder on the target alone, for half as many epochs."""
    fit_source(must_learn(model), domains, None, epochs, batch_size, seed)
    encoder, head = encoder_and_head(model)
    still = ops.convert_to_tensor(head.kernel), ops.convert_to_tensor(head.bias)
    scores = ops.matmul(encoder.output, still[0]) + still[1]  # the head's own numbers, which do not learn
    moving = keras.Model(encoder.input, ops.softmax(scores), name="moving")
    moving.compile(optimizer_like(model), unsure)
    fit_arrays(moving, (domains.target, np.zeros(len(domains.target))), max(1, epochs // 2), batch_size, seed)
    return model
