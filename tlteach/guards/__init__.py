"""What each step proves. A guard returns a sentence on what it proved, or raises a GuardError that names the cure."""

from tlteach.guards.data import augmentation_varies, no_leak
from tlteach.guards.head import first_loss, head_fits, loss_fits
from tlteach.guards.weights import (
    Snapshot,
    all_frozen,
    compiled_for_what_is_trainable,
    no_block_is_cut,
    normalizations_are_frozen,
    only_these_trainable,
    only_trainable_moved,
    pretrained,
    rate_is_lower,
    snapshot,
    something_is_unfrozen,
    statistics_stand_still,
)
