"""Language models before neural ones: count what followed the last few symbols."""

import math
from collections import Counter
from collections.abc import Sequence


def ngram_bits(training: Sequence, held_out: Sequence, order: int, n_symbols: int) -> float:
    """Bits that an n-gram model needs for `held_out`, after it has counted `training`. Both are bytes or tuples.

    Contexts of up to order - 1 symbols. Where a longer context is known, its counts are mixed with what the shorter
    ones say: the more different symbols followed it, the more. Witten and Bell (1991), IEEE Transactions on
    Information Theory 37 (4); in the form of Chen and Goodman (1999), Computer Speech and Language 13 (4).
    """
    grams: Counter = Counter()
    for length in range(1, order + 1):
        grams.update(training[start : start + length] for start in range(len(training) - length + 1))
    times, kinds = Counter(), Counter()  # how often a context was followed, and by how many different symbols
    for gram, count in grams.items():
        times[gram[:-1]] += count
        kinds[gram[:-1]] += 1
    bits = 0.0
    for place in range(len(held_out)):
        probability = 1 / n_symbols
        for start in range(place, max(-1, place - order), -1):
            context = held_out[start:place]
            if context not in times:
                break
            known = grams[held_out[start : place + 1]] + kinds[context] * probability
            probability = known / (times[context] + kinds[context])
        bits -= math.log2(probability)
    return bits
