"""One process of a training: `python data_parallel.py FILE`, or with PORT and the number of the process, of two.

A network with a head of ours learns from 64 rows by plain `fit`. Of two processes, each is given its half of every
batch, and Keras makes one batch of both: the weights must come out as those of one process alone.
"""

import sys

import keras
import numpy as np
from promise import small

import tlteach as tl

BATCH = 16


def main(file: str, port: str = "", process: str = "0") -> None:
    n = 2 if port else 1
    if port:
        keras.distribution.initialize(f"127.0.0.1:{port}", 2, int(process))
        keras.distribution.set_distribution(keras.distribution.DataParallel(auto_shard_dataset=False))
    with tl.quietly():
        model = tl.recompile(tl.unfreeze(tl.add_head(small.base(normalized=False), small.task()), 1.0), 1e-4)
    images, labels = small.pictures(64)
    rows = np.arange(64).reshape(-1, n, BATCH // n)[:, int(process)].ravel()
    model.fit(images[rows], labels[rows], batch_size=BATCH // n, epochs=3, shuffle=False, verbose=0)
    np.savez(file, *model.get_weights(), devices=len(keras.distribution.list_devices()))


if __name__ == "__main__":
    main(*sys.argv[1:])
