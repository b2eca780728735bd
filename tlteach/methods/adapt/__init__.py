"""Domain adaptation, one idea a file: `tl.adapt.mmd(model, domains)` trains a compiled Keras model, and gives it back.

domains               two domains, one task, no label of the target     domains.py
source_only           what every method has to beat                     source_only.py
statistics            the target's own mean and spread (AdaBN)          statistics.py
coral, deep_coral     the same covariance                               coral.py
mmd                   the same mean, seen through kernels               mmd.py
dann                  confuse a classifier of domains                   dann.py
adda                  an encoder of its own for the target              adda.py
weighted              source inputs count as often as the target's      weighting.py, kmm.py, kliep.py
self_training         learn from one's own sure answers                 self_training.py
shot                  adapt without the source                          shot.py
subspace_alignment    turn the source's main directions                 subspace.py
tca                   directions in which the domains agree             tca.py
by_pairs              other features in the target: a few pairs         heterogeneous.py
information ...       choose without target labels                      choosing.py

What is not here, and why. The Domain Adaptation Toolbox for Matlab has beside TCA and subspace alignment: the geodesic
flow kernel (GFK), which integrates over all subspaces between the two; information-theoretical learning (ITL), whose
idea, sure and varied answers, is SHOT's; MIDA, which is TCA with the domain as a further feature; and kernel versions,
which need every training input when they predict.
"""

from functools import partial

from tlteach.methods.adapt.adda import adda
from tlteach.methods.adapt.choosing import information, source_accuracy, weighted_accuracy
from tlteach.methods.adapt.coral import coral, deep_coral
from tlteach.methods.adapt.dann import dann
from tlteach.methods.adapt.domains import Domains, between, network
from tlteach.methods.adapt.heterogeneous import by_pairs
from tlteach.methods.adapt.kliep import kliep
from tlteach.methods.adapt.kmm import kmm
from tlteach.methods.adapt.mmd import mmd
from tlteach.methods.adapt.self_training import self_training
from tlteach.methods.adapt.shot import shot
from tlteach.methods.adapt.source_only import source_only
from tlteach.methods.adapt.statistics import statistics
from tlteach.methods.adapt.subspace import subspace_alignment
from tlteach.methods.adapt.tca import tca
from tlteach.methods.adapt.toys import covariate_shift, digits, moons
from tlteach.methods.adapt.weighting import effective_inputs, told_apart, weighted

METHODS = {
    "source only": source_only,
    "statistics": statistics,
    "CORAL": coral,
    "Deep CORAL": deep_coral,
    "MMD": mmd,
    "DANN": dann,
    "ADDA": adda,
    "KMM": partial(weighted, ratio=kmm),
    "KLIEP": partial(weighted, ratio=kliep),
    "domain classifier": partial(weighted, ratio=told_apart),
    "self-training": self_training,
    "SHOT": shot,
    "subspace alignment": subspace_alignment,
    "TCA": tca,
}
