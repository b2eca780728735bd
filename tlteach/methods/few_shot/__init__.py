"""Few, one and no examples of a class, one idea a file: `tl.few_shot.nearest(support, labels, queries)` gives scores.

nearest, by_prototypes     the mean of a few examples stands for a class      prototypes.py
episodes                   many small tasks, and an interval                  episodes.py
meta_train                 learn, on episodes, features for new classes       meta.py
dap, eszsl                 attributes lead to classes without an example      attributes.py
calibrated, harmonic_mean  known and new classes at once                      generalized.py
two_towers, contrast       pictures and sentences in one space, as CLIP       two_towers.py
"""

from tlteach.methods.few_shot.attributes import attribute_network, by_attributes, dap, eszsl
from tlteach.methods.few_shot.episodes import Episodes, episode, episodes
from tlteach.methods.few_shot.generalized import best_penalty, calibrated, harmonic_mean
from tlteach.methods.few_shot.meta import embedding, meta_train
from tlteach.methods.few_shot.prototypes import by_prototypes, nearest, prototypes, unit
from tlteach.methods.few_shot.two_towers import contrast, similarities, tower, two_towers
