"""The craft of fine-tuning, one idea a file: `from tlteach import tune`, then tune.find_learning_rate(model, task).

find_learning_rate   which learning rate?              learning_rate.py
block_rates          a rate for each block             discriminative.py
gradual_unfreeze     one block more at a time          gradual.py
one_cycle            rates that rise and fall          schedules.py
recalibrate          new BatchNormalization statistics normalization.py
forgetting           what fine-tuning costs the source forgetting.py
"""

from tlteach.engine.rates import block_rates, load_model
from tlteach.engine.schedules import one_cycle, steps_of, warm_up_cosine
from tlteach.forgetting import Forgetting, forgetting, menagerie_task
from tlteach.gradual import gradual_unfreeze
from tlteach.learning_rate import RangeTest, find_learning_rate
from tlteach.normalization import recalibrate

__all__ = [
    "Forgetting",
    "RangeTest",
    "block_rates",
    "find_learning_rate",
    "forgetting",
    "gradual_unfreeze",
    "load_model",
    "menagerie_task",
    "one_cycle",
    "recalibrate",
    "steps_of",
    "warm_up_cosine",
]
