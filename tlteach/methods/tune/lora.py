"""Low-rank adaptation: the base stays as it is, and a small change beside each of its attention layers learns.

A dense layer W of the base gives x W. With LoRA it gives x W + x A B, where A has `rank` columns and B as many
rows: of a 384 x 384 layer, rank 4 learns 3,072 numbers in place of 147,456. B begins with zeros, so that the model
begins as it was. A model that is saved has A B added to W, and is as large and as quick as before.
(Hu et al., 2021, arXiv:2106.09685.)
"""

import keras

from tlteach import guards
from tlteach.core.door import checked
from tlteach.core.errors import GuardError
from tlteach.core.journal import counted, say
from tlteach.engine.network import base_layers, base_of, count, learns_in_base

ADAPTED = ("query", "value")  # as in the paper


@checked
def lora(model: keras.Model, rank: int = 4) -> keras.Model:
    """Step 5 with few weights: freeze the base, and let low-rank changes of its queries and values learn.

    Args:
        model: with attention layers in its base, such as one for texts. It is changed for good: call it once.
        rank: of the change of each layer; 1 to 16 are usual.

    Returns:
        The same model. It must be compiled again (step 6) before training; a rate ten times that of fine-tuning is
        usual, since what learns begins from nothing.

    Raises:
        GuardError: the base has no attention, or has such changes already.
    """
    adapted = [part for layer in base_layers(model) for part in layer._flatten_layers() if _is_adapted(part)]
    if not adapted:
        raise GuardError(
            f"The base {base_of(model).name} has no attention layers, and tl.tune.lora changes nothing else. "
            "Call tl.unfreeze(model, from_layer) instead."
        )
    if any(part.lora_enabled for part in adapted):
        raise GuardError(f"{model.name} has low-rank changes already. Build it anew for another rank.")
    base_of(model).trainable = True  # what is frozen as a whole would keep all of its parts frozen
    for layer in base_layers(model):
        for part in layer._flatten_layers():
            part.trainable = bool(part._layers) or part in adapted
    for part in adapted:
        part.enable_lora(rank)
        part.bias.trainable = False
    small, all_of_it = count(learns_in_base(model)), base_of(model).count_params()
    did = f"rank {rank} beside {counted(adapted, 'layer')}: {small:,} of {all_of_it:,} parameters"
    say(5, "lora", did, [guards.something_is_unfrozen(model)])
    return model


def _is_adapted(layer: keras.Layer) -> bool:
    return isinstance(layer, keras.layers.EinsumDense) and layer.name in ADAPTED
