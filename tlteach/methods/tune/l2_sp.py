"""L2-SP: while the base is fine-tuned, its weights are pulled back to where they began, and not to zero.

Weight decay says: be small. For a base that has learned something, the better guess is: stay what you were. (Li,
Grandvalet and Davoine, Explicit Inductive Bias for Transfer Learning with Convolutional Networks, 2018,
arXiv:1802.01483.)
"""

import keras

from tlteach.core.door import checked
from tlteach.core.errors import GuardError
from tlteach.engine.network import learns_in_base
from tlteach.engine.pull import pull_to_start


@checked
def l2_sp(model: keras.Model, strength: float = 0.1) -> keras.Model:
    """Pull every weight of the base that can learn to the value it has now, from the next `tl.recompile` on.

    The losses that Keras shows, on train and on validation, then have the penalty in them. It is no part of a saved
    file.

    Args:
        model: with layers of the base unfrozen (step 5). The head is not pulled: where it begins, it knows nothing.
        strength: of the pull. 0.001 to 1 are usual; choose it with validation.

    Returns:
        The same model.

    Raises:
        GuardError: nothing in the base can learn.
    """
    weights = learns_in_base(model)
    if not weights:
        raise GuardError(f"In {model.name} no weight of the base can learn. Say tl.unfreeze(model, ...) before l2_sp.")
    pull_to_start(weights, strength)
    return model
