# %% [markdown]
# # 18 · Track and scale
#
# **The question.** Six months later somebody asks how you got that number, and wants it for a hundred settings. What
# must you have kept, and how do you run that many?
#
# After this lesson you can
#
# - make a run again from its record, and say what differs and whether its result holds;
# - find what changed between two versions of data;
# - log runs into a store, and search it;
# - share a grid among processes, and lose nothing when one dies;
# - reckon what a thousand workers need, and share one training among devices.
#
# **Cost:** about 60 seconds on two cores, nothing to download. Two parts need
# `pip install "tlteach[track,scale]"`.

# %% [markdown]
# Words in **bold** are in the [glossary](glossary.md). Without the packages, those parts are left out, and all
# exercises work.
#
# ## First, a result: a run that can be made again
#
# A folder of 140 drawings, and steps 1 to 4. The task is made by its *name*, so the run knows where its data lie.

# %% tags=["nbval-ignore-output"]
import tempfile
from pathlib import Path

import tlteach as tl
from tlteach.course import check, predict, quiz, reveal
from tlteach.course.lessons import lesson_18

here = tempfile.TemporaryDirectory(prefix="tlteach_lesson_18_", ignore_cleanup_errors=True)
folder = Path(here.name)
photos = lesson_18.some_pictures(folder)
task = tl.tasks.by_name(str(photos))
result = tl.transfer(task, "menagerie", learning_rate=1e-2, fine_tune_epochs=0, verbose=0)
run = result.save(folder / "first")
print(result)

# %%
assert result.frozen.test.accuracy > 0.8
assert (run / "results.json").is_file()

# %% [markdown]
# The number alone is worth little. What else was kept? The **record** of a run is all that it takes to make it again.

# %% tags=["nbval-ignore-output"]
import json

from tlteach.core.journal import tell

record = json.loads((run / "results.json").read_text(encoding="utf-8"))
for name in ("source", "seed", "settings", "versions", "data", "device"):
    tell(f"{name:<9} {record[name]}")
tell(f"guards    {sum(len(step['proved']) for step in record['steps'])} proofs")

# %% [markdown]
# Settings and seed say what was done. Versions and device say by what. `data` has a digest of each split: of this, more
# below. And the proofs of the guards say that the steps did what they claim.
#
# Six months later, libraries have moved on. We pretend: an older Keras goes into the record. Then one line makes the
# run again.

# %% tags=["nbval-ignore-output"]
record["versions"]["keras"] = "3.6.0"
(run / "results.json").write_text(json.dumps(record), encoding="utf-8")
repeated = tl.rerun(run)
print(repeated)

# %%
assert repeated.holds
assert [one.split(":")[0] for one in repeated.differs] == ["keras"]

# %% [markdown]
# It says what differs, and whether the result lies within the interval of the first. It does not ask for the same bits.
# Why not? A sum depends on its order, and the order on the machine, on the number of threads, on the version.

# %%
import numpy as np

numbers = np.random.default_rng(0).normal(size=10_000).astype("float32")
forwards, backwards = np.cumsum(numbers)[-1], np.cumsum(numbers[::-1])[-1]
print("the same numbers, the same sum:", bool(forwards == backwards))

# %%
assert forwards != backwards
assert abs(forwards - backwards) < 0.01

# %% [markdown]
# Training takes millions of sums, and each step builds on the last. So ask for the same *claim*.

# %%
### BEGIN SOLUTION
option = 2
### END SOLUTION
quiz("18-q1", option)

# %% [markdown]
# ## Versions of data
#
# Code has versions. Data change, too, and nobody says so. A **digest** is a short text that is reckoned from all the
# content: one pixel more or less, and it is another. In a copy of the folder we change one picture, remove one, and
# move one to another split.

# %% tags=["nbval-ignore-output"]
from PIL import Image

from tlteach.evidence import data_versions

other = lesson_18.some_pictures(folder)
first, second, third = sorted(other.glob("train/cat/*"))[:3]
Image.open(first).rotate(180).save(first, quality=95)
second.unlink()
third.rename(other / "validation" / "cat" / "one_more.jpg")

before, now = (data_versions.listing(tl.tasks.by_name(str(place))) for place in (photos, other))
difference = data_versions.difference(before, now)
print(difference)

# %% tags=["nbval-ignore-output", "hide-input"]
digests = [data_versions.digests(rows) for rows in (before, now)]
for split in ("train", "validation", "test"):
    print(f"{split:<11}", *(found[split][:12] for found in digests))

# %%
assert difference.summary == "1 removed, 1 changed, 1 moved."
assert [digests[0][split] == digests[1][split] for split in digests[0]] == [False, False, True]

# %% [markdown]
# A run keeps this list as `data.csv`: a line for each input, with its split, its class, and a hash of its pixels. A new
# name or date is no change, since the network sees neither.
#
# **A story.** Somebody tidies a copy of the folder. Then the *same model file* is judged again.

# %% tags=["nbval-ignore-output"]
tidy = lesson_18.tidied(lesson_18.some_pictures(folder))
after = tl.tasks.by_name(str(tidy))
judged = tl.evaluate(result.model, after.test).accuracy
print(f"accuracy on test before: {result.frozen.test.accuracy:.3f}, after: {judged:.3f}\n")
print(data_versions.difference(data_versions.opened(run), data_versions.listing(after)))

# %%
assert judged < result.frozen.test.accuracy - 0.05

# %% [markdown]
# **Exercise 18-a.** Which change moved the accuracy? Give its `kind`, in the word that stands before its lines, and the
# `split` in which it happened.

# %%
### BEGIN SOLUTION
answer = {"kind": "relabelled", "split": "test"}
### END SOLUTION
check("18-a", answer)

# %% [markdown]
# Had you only the two accuracies, you would have looked for the fault in the model. On the command line:
# `tlteach data diff runs/mine`.
#
# Data too large for a repository go well with [DVC](https://dvc.org): it keeps the files elsewhere, and you commit a
# small text that names their version.

# %%
### BEGIN SOLUTION
option = 3
### END SOLUTION
quiz("18-q2", option)

# %% [markdown]
# ## Many runs: a store to search
#
# One folder a run is fine for ten runs. For hundreds you want to ask: which settings gave more than that? This is
# **tracking**: each run logs its settings and its results into one store. We use MLflow, on your own disk.
#
# The grid: two methods, three seeds, ten labels a class. Both methods say the class whose mean is nearest: of
# pixels, or of features.


# %%
import keras


def nearest(known, labels, asked):
    """For each row that is asked: the class whose mean row is nearest."""
    means = [known[labels == label].mean(axis=0) for label in np.unique(labels)]
    return np.argmin([np.square(asked - mean).sum(axis=1) for mean in means], axis=0)


# %%
def pixels(task, seed):
    """By what the pictures are."""
    pair = (each.arrays(16)[0] for each in (task.train, task.test))
    known, asked = (pictures.reshape(len(pictures), -1) for pictures in pair)
    return nearest(known, task.train.labels, asked)


def features(task, seed):
    """By what a frozen base says of them."""
    base = tl.base_model(tl.select_source(task, "menagerie"))
    pair = (base(each.arrays(96)[0]) for each in (task.train, task.test))
    known, asked = (keras.ops.convert_to_numpy(found).mean(axis=(1, 2)) for found in pair)
    return nearest(known, task.train.labels, asked)


# %% tags=["hide-input"]
from importlib.util import find_spec


def has(*packages, extra):
    """Whether the packages are installed; if not, say what brings them."""
    found = all(map(find_spec, packages))
    if not found:
        print(f'Left out here. It needs more packages: pip install "tlteach[{extra}]"')
    return found


# %% tags=["nbval-ignore-output"]
track = folder / "tracked" if has("mlflow", "alembic", extra="track") else None
methods = {"pixels": pixels, "features": features}
how = {"seeds": 3, "labels_per_class": 10, "progress": False}
found = tl.compare.compare(methods, task, workers=1, track=track, **how)
print(found)

# %%
accuracy = {row.method: row.mean for row in found.rows}
assert accuracy["features"] > accuracy["pixels"] + 0.1
assert not found.failed

# %% [markdown]
# If MLflow is there, all this is in its store now. We add the first run to it, and ask: which runs on features are
# there, the best first?

# %% tags=["nbval-ignore-output"]
if track:
    tl.tracking.log(result, track, saved=run)
    store = tl.tracking.opened(track)  # a plain MlflowClient
    experiment = store.get_experiment_by_name(task.name).experiment_id
    wanted = "params.method = 'features' and metrics.test_accuracy > 0.5"
    logged = store.search_runs([experiment], wanted, order_by=["metrics.test_accuracy DESC"])
    for one in logged:
        print(f"{one.info.run_name:<38} accuracy {one.data.metrics['test_accuracy']:.3f}")

# %% tags=["hide-input"]
import os

if track:
    assert {one.data.params["method"] for one in logged} == {"features"}
    assert not {"mlruns", "mlflow.db"} & set(os.listdir())  # nothing lies beside this notebook

# %% [markdown]
# In a terminal, `mlflow ui --backend-store-uri sqlite:///tracked/mlflow.db` shows the same as a dashboard: settings
# side by side, curves, guards, the report, the digests of the data. It needs the full MLflow: `pip install mlflow`.
#
# For TensorBoard, `tl.train` takes Keras' callback: `callbacks=[keras.callbacks.TensorBoard("logs")]`. Then
# `tensorboard --logdir logs`.

# %% [markdown]
# ## Many processes, and one that dies
#
# A grid is easy to share: no run waits for another. [Dask](https://distributed.dask.org) has a **scheduler**, which
# hands out runs, and **workers**, processes that carry them out: here, or on other machines. `compare` takes its
# client.
#
# What if somebody pulls a plug? We make it happen. In the run of seed `1`, the worker dies when its work is done, and
# has not been sent.


# %%
import time


def noted(method, deadly=None):
    """The method. It notes who ran it and when; in the run `deadly`, its worker dies, once."""

    def run(task, seed):
        began = time.time()
        found = method(task, seed)
        dies = seed == deadly and not any(notes.glob("*died"))
        name = f"{os.getpid()} {method.__name__} {seed} {'died' if dies else 'done'}"
        (notes / name).write_text(f"{began} {time.time()}")
        if dies:
            os._exit(1)  # nothing is cleaned up; never do this in your own process
        return found

    return run


# %% [markdown]
# **Predict.** Six runs on two workers, and one worker dies. How many runs are lost, so that the table lacks them?

# %%
### BEGIN SOLUTION
guess = 1
### END SOLUTION
predict("18-1", guess)

# %% tags=["nbval-ignore-output"]
many = None
if has("distributed", extra="scale"):
    from dask.distributed import Client, LocalCluster

    notes = Path(tempfile.mkdtemp(dir=folder))
    mortal = {"pixels": noted(pixels), "features": noted(features, deadly=1)}
    two = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with LocalCluster(**two, silence_logs=50) as cluster, Client(cluster) as client:
        started = time.time()
        many = tl.compare.compare(mortal, task, client=client, **how)
    reveal("18-1", len(many.failed))

# %% tags=["nbval-ignore-output", "hide-input"]
if many:
    pairs = zip(found.runs, many.runs, strict=True)
    same = [np.mean(alone.predicted == shared.predicted) for alone, shared in pairs]
    print("share of answers that are those of one process, run by run:", *same)

# %% tags=["hide-input"]
if many:
    assert len(list(notes.glob("*died"))) == 1
    assert not many.failed
    assert min(same) > 0.95  # other numbers of threads may round a picture across the boundary

# %% [markdown]
# The scheduler saw the worker go, and gave its run to another: the one that was left, or the one that Dask started in
# its place. A run begins anew with the same seed, and so comes to the same result. What the dead worker had finished
# may be worked out again, too. This is what happened here. At the left each worker starts Keras; runs on pixels are too
# short to be seen:

# %% tags=["nbval-ignore-output", "hide-input"]
from matplotlib.figure import Figure

if many:
    from tlteach.course.lessons.lesson_18 import timeline

    notes_of = [(path.name.split(), path.read_text().split()) for path in notes.iterdir()]
    spans = [(*name, *map(float, times)) for name, times in notes_of]
    figure, title = timeline(spans, started)
    tl.show.display(figure, alt=f"Which worker carried out which run, over seconds. {title}.")

# %% tags=["hide-input"]
if many:
    assert len({(method, seed) for _, method, seed, end, *_ in spans if end == "done"}) == 6

# %% [markdown]
# Give `compare` a `folder`, and each run is written there as soon as it comes back. Then even the scheduler may go
# away: the same call goes on with what is left. And a worker with another version of anything is refused, with a
# sentence. It would bring numbers that do not compare.
#
# For many machines, start `dask scheduler` on one and `dask worker` on the others, and say
# `Client("tcp://scheduler:8786")`. In a script, start a cluster below `if __name__ == "__main__":`, since each new
# process reads the script again.

# %% [markdown]
# ## When do workers pay?
#
# Each worker starts Python and a backend first. That takes seconds, whatever comes then. A model on paper:


# %%
def clock(runs, length, workers, start=9.0, overhead=0.02):
    """Seconds until all runs are done, each of them `length` seconds long."""
    if workers == 1:
        return runs * length  # in this process: Keras is there
    return start + np.ceil(runs / workers) * (length + overhead)


# %% [markdown]
# **Exercise 18-b, an experiment.** For `16` runs, what is the *shortest* length, in steps of a tenth of a second, at
# which two workers are done before one process? Put more lengths into the list, until you have found it.

# %%
lengths = [0.1, 5]
### BEGIN SOLUTION
lengths = [0.1, 0.5, 1, 1.1, 1.2, 1.5, 5]
said = 1.2
### END SOLUTION
measured = {}
for length in sorted(lengths):
    measured[length] = {"one": clock(16, length, 1), "two": clock(16, length, 2)}
    one, two = measured[length].values()
    print(f"runs of {length} s: one process {one:.1f} s, two workers {two:.1f} s")
check("18-b", {"said": said, "measured": measured})

# %% [markdown]
# Now change the `16` to `160` and look again. What must be started once is paid back by long runs, or by many.
#
# ## A thousand workers, on paper
#
# We have no thousand machines. But we can measure what one run costs those who are alone: the scheduler, and the client
# that sends and collects. `python benchmarks/scale.py` did, with runs that do nothing.

# %% tags=["nbval-ignore-output", "hide-input"]
from tlteach.core.files import bundled

scale = json.loads(bundled("comparisons/scale.json").read_text(encoding="utf-8"))
a_run, paper = scale["messages"]["a run"], scale["paper"]
luggage = scale["messages"]["methods and task, bytes"]
print(f"a run: {a_run['messages']:.0f} messages, {a_run['bytes'] / 1000:.0f} kB")
for who in ("scheduler", "client"):
    print(f"       {1000 * a_run[who]:.0f} ms of the {who}'s processor")
print(f"methods and task, once for each worker: {luggage / 1e6:.1f} MB")
print("for 100,000 runs on 1,000 workers, in MB:")
once, each = (1000 * luggage / 1e6, 100_000 * luggage / 1e6)
print(f"  the task travels once to each worker: {once:>7,.0f}")
print(f"  the task travels with each run:       {each:>7,.0f}")

# %% [markdown]
# A run is then a name, a budget and a seed, and its answers come back. The pictures stay where they are.
#
# **Predict.** Runs of *one second*. How many of 1,000 workers does one client keep busy?

# %%
### BEGIN SOLUTION
guess = 1000
### END SOLUTION
predict("18-2", guess)

# %% tags=["nbval-ignore-output", "hide-input"]
slowest = max(a_run["scheduler"], a_run["client"])
reveal("18-2", paper["runs of 1 s"]["workers that are kept busy"])
seconds = np.geomspace(0.1, 1000, 200)
enough = 1000 * slowest
title = f"1,000 workers are kept busy by runs of {enough:.0f} s or more"

# %% tags=["nbval-ignore-output", "hide-input"]
figure = Figure(figsize=(7.5, 3.6), layout="constrained")
axes = figure.subplots()
axes.plot(seconds, np.minimum(1000, seconds / slowest), color=tl.show.BLUE)
axes.axhline(1000, color="black", linestyle=":")
axes.axvline(enough, color=tl.show.ORANGE, linestyle="--")
axes.set(xscale="log", yscale="log", xlabel="seconds of a run")
axes.set(ylabel="workers that are kept busy")
axes.set_title(title, fontsize="medium")
tl.show.display(figure, alt=f"Workers that are kept busy, over the seconds of a run. {title}.")

# %%
assert np.isclose(1 / slowest, paper["runs of 1 s"]["workers that are kept busy"], rtol=0.02)
assert 1 < enough < 100

# %% [markdown]
# This is reckoned, not run. Nobody has tried a thousand workers here, and what idle ones say to the scheduler is not
# in it.
#
# **Exercise 18-c.** A run takes `30` seconds of a worker, and `0.012` seconds of the client. How many workers does one
# client keep busy?

# %%
### BEGIN SOLUTION
answer = 30 / 0.012
### END SOLUTION
check("18-c", answer)

# %% [markdown]
# ### What cannot be shared
#
# Some work is done once, by one process: to draw the pictures, to judge, to write the report. Let $s$ be its share.
# **Amdahl's law** says how many times faster $n$ workers are:
#
# $$\text{times faster} = \frac{1}{s + (1 - s) / n}$$

# %% tags=["nbval-ignore-output", "hide-input"]
n = np.geomspace(1, 1000, 200)
figure = Figure(figsize=(7.5, 3.6), layout="constrained")
axes = figure.subplots()
looks = {0.01: (tl.show.BLUE, "-"), 0.05: (tl.show.ORANGE, "--"), 0.1: (tl.show.GREEN, "-.")}
for share, (colour, line) in looks.items():
    label = f"{share:.0%} by one alone"
    axes.plot(n, 1 / (share + (1 - share) / n), line, color=colour, label=label)
axes.plot(n, n, ":", color="black", label="nothing by one alone")
title = "A hundredth that cannot be shared: at most 100 times faster"
axes.set(xscale="log", yscale="log", ylim=(1, 200), xlabel="workers", ylabel="times faster")
axes.set_title(title, fontsize="medium")
axes.legend(loc="upper left")
tl.show.display(figure, alt=f"Times faster over the number of workers, Amdahl's law. {title}.")

# %%
assert 1 / (0.01 + 0.99 / 1000) < 100

# %% [markdown]
# **Exercise 18-d.** A comparison takes `100` minutes in one process. Of these, `4` cannot be shared. How many times
# faster are `48` workers?

# %%
### BEGIN SOLUTION
answer = 100 / (4 + 96 / 48)
### END SOLUTION
check("18-d", answer)

# %% [markdown]
# ## One network on several devices
#
# So far each run fits one process. One *large* training can be shared, too: **data parallelism**. Each device holds
# the whole network, and takes a **shard** of each batch. Then all of them take the mean of their gradients. Is that the
# gradient of the whole batch? We look. One plain step at rate 1 takes the gradient away from the weights:


# %%
def gradient(model, rows, start):
    """What a step of rate 1 on some rows takes away from the weights `start`."""
    model.set_weights(start)
    before = values(model)
    model.train_on_batch(pictures[rows], labels[rows])
    return before - values(model)


def apart(model, shards, weights=None):
    """How far the mean of the shards' gradients is from that of all, by its largest number."""
    start = model.get_weights()
    parts = [gradient(model, rows, start) for rows in shards]
    whole = gradient(model, np.concatenate(shards), start)
    mean = np.average(parts, axis=0, weights=weights)
    return np.abs(mean - whole).max() / np.abs(whole).max()


# %% tags=["hide-input"]
from keras import layers


def small(*between):
    """Two dense layers, and what stands between them."""
    dense = layers.Dense(8, "tanh"), *between, layers.Dense(2, "softmax")
    model = keras.Sequential([keras.Input((16, 16, 3)), layers.Flatten(), *dense])
    loss = "sparse_categorical_crossentropy"
    model.compile(keras.optimizers.SGD(1.0), loss, run_eagerly=True)
    return model


def values(model):
    """All trainable numbers in one row."""
    rows = [keras.ops.convert_to_numpy(weight).ravel() for weight in model.trainable_variables]
    return np.concatenate(rows)


# %% tags=["hide-input"]
pictures, labels = task.train.arrays(16)
pictures = pictures / 255
keras.utils.set_random_seed(0)
batch = np.random.default_rng(0).permutation(len(labels))[:32]
equal, unequal = np.split(batch, 2), np.split(batch, [24])

# %% tags=["nbval-ignore-output"]
gaps = {
    "16 and 16": apart(small(), equal),
    "24 and 8, plain mean": apart(small(), unequal),
    "24 and 8, weighted by 24 and 8": apart(small(), unequal, [24, 8]),
    "16 and 16, BatchNormalization": apart(small(layers.BatchNormalization()), equal),
}
for name, gap in gaps.items():
    print(f"{name:<32} differs by {gap:.7f} of the largest number")

# %%
assert [bool(gap < 1e-3) for gap in gaps.values()] == [True, False, True, False]

# %% [markdown]
# For equal shards it is the very same gradient: a loss is a mean over examples. For unequal ones a plain mean is wrong.
# And BatchNormalization sees only its own shard: its means are others. (A frozen base uses the averages that it has
# kept, so it does not mind.)
#
# **Exercise 18-e.** A shard of `24` examples gives the gradient `2.0` for some weight, a shard of `8` gives `6.0`. What
# is the gradient of the whole batch of 32?

# %%
### BEGIN SOLUTION
answer = (24 * 2.0 + 8 * 6.0) / 32
### END SOLUTION
check("18-e", answer)

# %% [markdown]
# With $k$ devices and a batch of $b$ on each, the **global batch** is $k \cdot b$, and an epoch has $k$ times fewer
# steps. A rule of thumb: $k$ times the learning rate, after some epochs of warming up (Goyal et al., 2017). It
# holds for a while, and not for ever. Try it.

# %%
### BEGIN SOLUTION
option = 2
### END SOLUTION
quiz("18-q3", option)

# %% [markdown]
# Keras does the rest. On JAX, the same program in each process, which gives its own part of each batch:
#
# ```python
# keras.distribution.initialize("10.0.0.1:4321", 2, process)  # two processes; this one's number
# keras.distribution.set_distribution(keras.distribution.DataParallel(auto_shard_dataset=False))
# model = ...
# model.fit(...)
# ```
#
# On TensorFlow, for the devices of one machine:
#
# ```python
# with tf.distribute.MirroredStrategy().scope():
#     model = ...  # build and compile it here
# model.fit(...)
# ```

# %% [markdown]
# **What of this was run?** The first, over two processes of one machine: a test of this package holds the weights to
# those of one process. The second only on one device, for want of two GPUs. TensorFlow's strategy for several machines,
# `MultiWorkerMirroredStrategy`, fails in `fit` with Keras `3.15`, when two processes try it.

# %% tags=["nbval-ignore-output", "results"]
busy = paper["runs of 1 s"]["workers that are kept busy"]
{"megabytes": f"{luggage / 1e6:.1f}", "busy": busy}

# %% [markdown]
# ## Recap
#
# Keep settings, seed, versions, the digest of the data, and the proofs. Then a run can be made again, and the claim is
# that its result lies within its interval. Data have versions as code has: a hash tells them, not a name. A store makes
# many runs searchable. A grid is easy to share, and a worker that dies loses nothing, if a run depends on its seed
# alone. Send the task once: in the benchmark it has {{lesson.megabytes}} MB. One client keeps {{lesson.busy}} workers
# busy with runs of a second, on paper; so make runs longer. And where shards are equal, the mean of their gradients is
# the gradient of all.

# %% [markdown]
# **Read on:** Amdahl, Validity of the single processor approach to achieving large scale computing capabilities
# (1967). Rocklin, Dask: Parallel Computation with Blocked algorithms and Task Scheduling (2015). Zaharia et al.,
# Accelerating the Machine Learning Lifecycle with MLflow (2018). Goyal et al., [Accurate, Large Minibatch
# SGD](https://arxiv.org/abs/1706.02677) (2017). Pineau et al., [Improving Reproducibility in Machine Learning
# Research](https://arxiv.org/abs/2003.12206) (2020). Gebru et al., [Datasheets for
# Datasets](https://arxiv.org/abs/1803.09010) (2018). Bouthillier et al., [Accounting for Variance in Machine Learning
# Benchmarks](https://arxiv.org/abs/2103.03098) (2021).
#
# **Next:** [19 · Your own data](19_your_own_data.ipynb): a project from a question to a model that others can use.
