"""Few labels, many inputs, one idea a file: `tl.semi_supervised.self_training(model, (inputs, labels), more_inputs)`.

labels_alone          what every method has to beat                          labels.py
self_training         believe what you are sure of                           self_training.py
curriculum            believe the same share of each class, then more        self_training.py
teach, co_training    another view of the same thing knows it better         co_training.py
tri_training, vote    two that agree teach the third                         tri_training.py
consistency           the same answer for an input that was changed          consistency.py
animals               cats and dogs, each seen in three ways                 animals.py

All take a compiled Keras model, a pair of inputs and labels, and inputs without labels, as arrays: kept features, or
inputs of a whole network. They train the model, and give it back. Labels are whole numbers from 0.
"""

from tlteach.methods.semi_supervised.animals import animals
from tlteach.methods.semi_supervised.co_training import co_training, teach
from tlteach.methods.semi_supervised.consistency import consistency
from tlteach.methods.semi_supervised.labels import labels_alone, probabilities
from tlteach.methods.semi_supervised.self_training import curriculum, self_training
from tlteach.methods.semi_supervised.tri_training import tri_training, vote

__all__ = [
    "animals",
    "co_training",
    "consistency",
    "curriculum",
    "labels_alone",
    "probabilities",
    "self_training",
    "teach",
    "tri_training",
    "vote",
]
