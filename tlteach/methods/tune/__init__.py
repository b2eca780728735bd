"""The craft of fine-tuning, one idea a file: `from tlteach import tune`, then tune.find_learning_rate(model, task).

find_learning_rate   which learning rate?              learning_rate.py
block_rates          a rate for each block             ../../engine/rates.py
gradual_unfreeze     one block more at a time          gradual.py
one_cycle            rates that rise and fall          ../../engine/schedules.py
lora                 a small change beside the base lora.py
recalibrate          new BatchNormalization statistics recalibrate.py
l2_sp                a pull to where the base began    l2_sp.py
forgetting           what fine-tuning costs the source forgetting.py
"""

from tlteach.engine.rates import block_rates, load_model
from tlteach.engine.schedules import one_cycle, steps_of, warm_up_cosine
from tlteach.methods.tune.forgetting import Forgetting, forgetting, menagerie_task
from tlteach.methods.tune.gradual import gradual_unfreeze
from tlteach.methods.tune.l2_sp import l2_sp
from tlteach.methods.tune.learning_rate import RangeTest, find_learning_rate
from tlteach.methods.tune.lora import lora
from tlteach.methods.tune.recalibrate import recalibrate
