"""What each step proves. A guard returns a sentence on what it proved, or raises a GuardError that names the cure."""

from tlteach.guards.data import augmentation_varies, every_class, groups_apart, no_leak
from tlteach.guards.head import first_loss, head_fits, loss_fits
from tlteach.guards.learned import judged_by_unseen
from tlteach.guards.training import (
    Snapshot,
    compiled_for_what_is_trainable,
    only_trainable_moved,
    snapshot,
    statistics_stand_still,
    stops_at_nan,
)
from tlteach.guards.weights import (
    all_frozen,
    no_block_is_cut,
    normalizations_are_frozen,
    only_these_trainable,
    pretrained,
    rate_is_low,
    rate_is_meant,
    something_is_unfrozen,
)
