# %% [markdown]
# # 03 · Freezing and fine-tuning
#
# **The question.** A frozen base is safe. A base that learns can learn more. What should learn, how fast, and what
# does it cost?
#
# After this lesson you can
#
# - say what is frozen, block by block, and choose what shall learn;
# - find a learning rate, and know what a range test can tell and what it cannot;
# - say what the statistics of BatchNormalization do, and measure whether new ones help;
# - see what fine-tuning forgets, and hold the base near its start;
# - recognise overfitting in the curves, and try its cures honestly.
#
# **Cost:** about 70 seconds on two cores, nothing to download. Words in **bold** are in the [glossary](glossary.md).

# %% [markdown]
# This lesson stays with drawings, because it needs two things that photos do not give: the same animals in another
# style, and the task that the base was trained on.
#
# ## First, a result
#
# Cats and dogs by daylight, and cats and dogs in pencil. The base has learned from daylight. It stays frozen, and a
# head learns, from 200 labels by daylight and from 400 on sketches.

# %% tags=["nbval-ignore-output"]
import tlteach as tl
from tlteach.course import check, predict, quiz, reveal

day = tl.tasks.drawings("daylight", n_train=200)
task = tl.tasks.drawings("sketch", n_train=400)
print(f"{len(task.validation)} sketches to choose with, {len(task.test)} to report on")


# %%
def with_head(base, task, epochs=12):
    """Steps 3 and 4: a head on a frozen base, trained."""
    keras.utils.set_random_seed(0)
    with tl.quietly():  # lesson 02 reads what the steps say
        model = tl.add_head(base, task, learning_rate=3e-2)
        tl.train(model, task, epochs, verbose=0)
    return model


# %% tags=["nbval-ignore-output"]
with tl.quietly():
    source = tl.select_source(task, "menagerie")
    base, day_base = tl.base_model(source), tl.base_model(source)

import keras

from tlteach import tune

day_model, model = with_head(day_base, day, epochs=20), with_head(base, task)
by_day, frozen = tl.evaluate(day_model, day.test), tl.evaluate(model, task.test)
trained_head = model.get_weights()  # every experiment on sketches starts from here
print("daylight:", by_day)
print("sketch:  ", frozen)

# %%
assert by_day.accuracy > 0.9
assert 0.55 < frozen.accuracy < 0.85
assert frozen.interval[1] < by_day.interval[0]

# %% tags=["nbval-ignore-output", "hide-input"]
import numpy as np

rows = [0, 1, 2, 3, 4, 5]
images = np.concatenate([day.train.load(rows, 96), task.train.load(rows, 96)])
figure = tl.show.pictures(images, ["daylight"] * 6 + ["sketch"] * 6)
figure.suptitle("The same animals. The base has only seen the upper style")
tl.show.display(figure, alt="Three cats and three dogs, in colour, and the same in pencil.")

# %%
assert images.shape == (12, 96, 96, 3)

# %% [markdown]
# On our machine: {{lesson.by_day}} by daylight, {{lesson.frozen}} on sketches. The animals are the same, the domain is
# another one. Here frozen features are not enough, and fine-tuning has something to win.
#
# ## What is there to freeze?
#
# A base is a row of blocks. A block is frozen, or learns, as a whole.

# %% tags=["nbval-ignore-output"]
figure = tl.freeze_map(model)
finding = figure.axes[0].get_title()
tl.show.display(figure, alt=f"A bar for each block of the base, one for the head. {finding}.")

# %%
names = [block.name for block in tl.blocks(base)]
print(f"{len(names)} blocks, from {names[0]} to {names[-1]}")
assert finding.endswith("from head on")

# %% [markdown]
# Most parameters are near the end. What lies below the first block that learns has to run only once. So to unfreeze the
# top is cheap, and reaches a lot of the weights.
#
# ## What removing layers does
#
# Do we need all of the base? Cut it off after a block, and put the head there. To choose where, look at validation:
# the test split is for the end.
#
# **Predict.** Cut the base after `conv_dw_6`, half-way up. How accurate is a head on it, by daylight?

# %%
### BEGIN SOLUTION
guess = 0.85
### END SOLUTION
predict("03-1", guess)


# %% tags=["nbval-ignore-output"]
def cut_after(name):
    """A frozen base that ends with the block `name`."""
    block = next(block for block in tl.blocks(day_base) if block.name == name)
    return keras.Model(day_base.input, block.layers[-1].output, name=f"until_{name}")


by_depth = {}
for name in ("conv_dw_2", "conv_dw_6", "conv_dw_10"):
    cut = with_head(cut_after(name), day, epochs=20)
    by_depth[name] = tl.evaluate(cut, day.validation)
by_depth["conv_dw_13"] = tl.evaluate(day_model, day.validation)  # all of the base
for name, judged in by_depth.items():
    print(f"{name:<10} {judged}")
reveal("03-1", by_depth["conv_dw_6"].accuracy)

# %%
low, half, late, high = (judged.accuracy for judged in by_depth.values())
assert low + 0.1 < half
assert low + 0.2 < high
assert late > high - 0.06

# %% [markdown]
# Three blocks, `conv1` to `conv_dw_2`, give {{lesson.low}} in our run. Block by block features become more useful to a
# head: {{lesson.half}} half-way, {{lesson.late}} after `conv_dw_10`, {{lesson.high}} at the top.
#
# The last three blocks hold more than half of all weights. Could you leave them out? One run on 200 pictures cannot
# say. But where a base is too large or too slow, try it.
#
# ## What can learn?
#
# `tl.unfreeze(model, from_layer=...)` takes the name of a block, or a fraction: `1.0` unfreezes everything. The
# BatchNormalization layers stay frozen.
#
# **Exercise 03-a.** Unfreeze *exactly the top two blocks* of `mine`, and compile it again for that. Use tlteach, or
# plain Keras. Answer with the model.

# %%
with tl.quietly():
    mine = tl.add_head(tl.base_model(source), task)
### BEGIN SOLUTION
tl.unfreeze(mine, from_layer="conv_dw_12")
tl.recompile(mine, learning_rate=1e-5)
answer = mine
### END SOLUTION
check("03-a", answer)

# %% [markdown]
# ## How deep?
#
# **Predict.** All of the base is unfrozen, and learns from 400 sketches. How many points of accuracy does that add to
# the frozen base?

# %%
### BEGIN SOLUTION
guess = 5
### END SOLUTION
predict("03-2", guess)


# %% tags=["nbval-ignore-output"]
def fine_tune(from_layer, learning_rate, epochs=4):
    """From the trained head: steps 5 and 6 of the recipe."""
    keras.utils.set_random_seed(0)
    model.set_weights(trained_head)
    with tl.quietly():
        tl.recompile(tl.unfreeze(model, from_layer), learning_rate)
        tl.train(model, task, epochs, verbose=0)
    return tl.evaluate(model, task.test)


every = fine_tune(1.0, learning_rate=1e-3)
print("all of the base learned:", every)
reveal("03-2", 100 * (every.accuracy - frozen.accuracy))

# %% [markdown]
# That was one run. Another draw of the labels would give another number. So we have fine-tuned in eleven ways, each
# with five draws of 400 labels, on the same test pictures: `python benchmarks/freezing.py`. The rates were chosen on
# validation, with a sixth draw.

# %%
from tlteach.core.files import bundled

record = tl.compare.load(bundled("comparisons/freezing.json"))
accuracy = {row.method: row.accuracies for row in record.rows}
print(len(record.planned), "pairs were planned,", len(record.failed), "runs failed")

# %% tags=["nbval-ignore-output", "hide-input"]
from tlteach.evidence.curves import dots

depths = {name: accuracy[name] for name in ("frozen", "top half", "all")}
yours = {"frozen": frozen.accuracy, "all": every.accuracy}
means = ", ".join(f"{name} {np.mean(values):.2f}" for name, values in depths.items())
figure = dots({"mean of five draws": depths}, f"What learned: {means}", 500, yours)
tl.show.display(figure, alt=f"Test accuracy over five draws of labels. {means}.")

# %%
assert all(len(values) == 5 for values in accuracy.values())
verdict = {}
for first, second in record.planned:
    verdict[f"{first} against {second}"] = record.pair(first, second, 200).verdict

# %%
for first, second in (("all", "frozen"), ("all", "top half"), ("top half", "frozen")):
    print(verdict[f"{first} against {second}"])

# %% [markdown]
# The bar is the 95 % interval of the mean. The verdicts are from a paired test over draws and pictures, corrected for
# all {{lesson.pairs}} pairs that were planned. It sees more than the bars: both methods met the same pictures. Your own
# run is the star.
#
# A likely reason to go deep here: a sketch differs in its lines and its paper, and those are what the *first* blocks
# look at. In lesson 02 the target looked like the source. A rule to begin with: the newer the domain and the more
# labels, the deeper.

# %% [markdown]
# ## Which learning rate?
#
# Too low, and nothing moves. Too high, and the training bursts. The **range test** tries all rates in one short
# training: at every step the rate grows a little, and the loss is noted.

# %% tags=["nbval-ignore-output"]
with tl.quietly():
    only_head = tl.add_head(tl.base_model(source), task)  # the base is frozen here
    model.set_weights(trained_head)
    tl.unfreeze(model, 1.0)
    tl.recompile(model, 1e-4)
of_head = tune.find_learning_rate(only_head, task)
of_all = tune.find_learning_rate(model, task, steps=60)
print(f"new head alone: {of_head.suggestion:.1g}; the whole base: {of_all.suggestion:.1g}")

# %% tags=["nbval-ignore-output", "hide-input"]
for found, what in ((of_head, "A new head"), (of_all, "The whole base, its head trained")):
    figure = found.figure()
    figure.suptitle(what)
    finding = figure.axes[0].get_title()
    tl.show.display(figure, alt=f"{what}: loss over learning rate. {finding}.")

# %%
assert all(found.rates[0] < found.suggestion < found.rates[-1] for found in (of_head, of_all))
pairs = zip(model.get_weights(), trained_head, strict=True)
assert all(np.array_equal(now, before) for now, before in pairs)

# %% [markdown]
# The curve of a new head stands still, falls, and rises: there is something to read. The suggestion is the rate where
# it falls fastest, or a tenth of that where it is lowest, if that is less.
#
# The other model has its head trained already. It has little left to fall, and the curve hardly stands out from the
# noise of the batches. What it tells is where the loss begins to *rise*: stay below. So is its suggestion any good? The
# record has both: training at what the test suggests, and at the rate that won on validation.

# %% tags=["nbval-ignore-output"]
import json

settings = json.loads(bundled("comparisons/freezing.json").read_text(encoding="utf-8"))
for rate, loss in settings["validation_loss"]["all"].items():
    print(f"all of the base at {rate:<6} validation loss {loss:.2f}")
print("the range test suggested", *settings["suggested_rates"])
print(verdict["suggested rate against all"])

# %% [markdown]
# From draw to draw the suggestion moved more than a hundredfold, always below what won on validation:
# {{freezing.settings.all}}. The interval of the difference leaves out zero. Corrected for all pairs, nothing is shown.
#
# For a new head, the range test says where to begin. For fine-tuning, try three or four rates, each about three times
# the one before, up to where its curve rises, and let validation choose.
#
# **Exercise 03-b.** Here is the range test of a colleague, for a new head. Which of the seven rates would you take?

# %% tags=["nbval-ignore-output", "hide-input"]
from matplotlib.figure import Figure

rates = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1]
losses = [0.69, 0.69, 0.66, 0.45, 0.32, 0.50, 1.20]
figure = Figure(figsize=(6, 3), layout="constrained")
axes = figure.subplots()
axes.semilogx(rates, losses, "o-", color=tl.show.BLUE)
axes.set(xlabel="learning rate (logarithmic)", ylabel="loss (nats)")
axes.set_title("Seven rates: the loss stands still, falls, and bursts", fontsize="medium")
tl.show.display(figure, alt=f"Rates {rates} have the losses {losses}.")

# %%
assert len(rates) == len(losses) == 7

# %%
### BEGIN SOLUTION
answer = 1e-3
### END SOLUTION
check("03-b", answer)

# %% [markdown]
# ## More than one rate
#
# **A rate for each block.** The head begins with nothing. The lowest block knows edges. With **discriminative learning
# rates** each block has its own, from the lowest to the head by the same factor:

# %%
with tl.quietly():
    tl.unfreeze(model, from_layer="conv_dw_8")
for name, rate in tune.block_rates(model, (1e-4, 3e-3)).items():
    print(f"{name:<11} {rate:.1e}")

# %% [markdown]
# Say `tl.recompile(model, (1e-4, 3e-3))`. Inside, the step of each weight is multiplied by its block's share.
#
# **Gradual unfreezing**: wake the top block and train, then one block more, and so on: `tune.gradual_unfreeze`.
#
# **One cycle**: the rate rises, then falls to almost nothing, in one training. The first steps are small while the
# gradients are wild, the last ones while it settles.

# %%
steps = tune.steps_of(task, epochs=4)
cycle = tune.one_cycle(peak=3e-3, steps=steps)  # then tl.recompile(model, cycle)

# %% tags=["nbval-ignore-output", "hide-input"]
figure = Figure(figsize=(6, 2.6), layout="constrained")
axes = figure.subplots()
axes.plot([float(cycle(step)) for step in range(steps)], color=tl.show.BLUE)
axes.set(xlabel="step", ylabel="learning rate")
axes.set_title("One cycle: up in the first third, down in the rest", fontsize="medium")
told = "The learning rate rises in a line to its peak and falls along a cosine."
tl.show.display(figure, alt=told)

# %%
assert float(cycle(0)) < float(cycle(steps // 3)) > float(cycle(steps - 1))

# %% tags=["nbval-ignore-output", "hide-input"]
ways = ("all", "block rates", "one cycle", "suggested rate", "top half", "gradual")
some = {name: accuracy[name] for name in ways}
best = max(some, key=lambda name: np.mean(some[name]))
title = f"The highest mean, {np.mean(some[best]):.2f}, is that of: {best}"
figure = dots({"mean of five draws": some}, title, 500)
tl.show.display(figure, alt=f"Test accuracy of six ways to choose rates. {title}.")

# %%
assert all(0.65 < np.mean(values) < 0.9 for values in some.values())
for first, second in (("block rates", "all"), ("one cycle", "all"), ("gradual", "top half")):
    print(verdict[f"{first} against {second}"])

# %% [markdown]
# Each was compared with what differs in one thing: *gradual* wakes the same six blocks as *top half*, in as many
# epochs. They were made for larger networks. They are knobs to try, with a test that decides.

# %%
### BEGIN SOLUTION
option = 2
### END SOLUTION
quiz("03-q1", option)

# %% [markdown]
# ## BatchNormalization
#
# For each channel this layer computes
#
# $$y = \gamma \, \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta$$
#
# $\gamma$ and $\beta$ are weights: gradients train them. The statistics $\mu$ and $\sigma^2$ are not learned by
# gradients. They are averages of what passed by on the source, and in a new domain they can be off. You can
#
# - leave them as they are: *frozen*;
# - let them drift while you train: *updating*. Plain Keras does this if you unfreeze all, and `tl.train` refuses it;
# - measure them again, once, on your pictures, without labels: *recalibrated*, `tune.recalibrate(base, task)`.

# %% tags=["nbval-ignore-output", "hide-input"]
fog = tl.compare.load(bundled("comparisons/fog.json"))
in_fog = {row.method: row.accuracies for row in fog.rows}
of_fog = {"frozen": "old statistics", "recalibrated": "new statistics"}
shown = {f"fog, {name}": in_fog[key] for name, key in of_fog.items()}
of_sketches = {"frozen": "all", "recalibrated": "recalibrated", "updating": "updating"}
shown |= {f"sketch, {name}": accuracy[key] for name, key in of_sketches.items()}
means = {name: 100 * np.mean(values) for name, values in shown.items()}
points = means["fog, recalibrated"] - means["fog, frozen"]
on_sketches = means["sketch, recalibrated"] - means["sketch, frozen"]
title = f"New statistics: {points:+.0f} points in fog, {on_sketches:+.0f} on sketches"
figure = dots({"mean of five draws": shown}, title, 500)
told = f"Test accuracy with frozen, recalibrated and updating statistics. {title}."
tl.show.display(figure, alt=told)

# %%
assert points > 10
print(fog.pair("new statistics", "old statistics", 100).verdict)
print(verdict["recalibrated against all"])
print(verdict["updating against all"])

# %% [markdown]
# Fog makes everything paler: something that a mean and a deviation can undo. A sketch is another kind of picture.
#
# An older record, at a lower rate and with 100 labels, asked the same on sketches. Updating minus frozen:
# {{batch_normalization.styles.sketch.minus_frozen.updating.mean:+.3f}} in accuracy, recalibrated minus frozen:
# {{batch_normalization.styles.sketch.minus_frozen.recalibrated.mean:+.3f}}.
#
# *Why* updating does what it does, these records do not separate: the statistics change, and $\gamma$ and $\beta$ learn
# too. So freeze them, unless a measurement on your pictures says otherwise.

# %%
### BEGIN SOLUTION
option = 2
### END SOLUTION
quiz("03-q2", option)

# %% [markdown]
# ## What fine-tuning forgets
#
# Fine-tuning writes over what was there. This is **catastrophic forgetting**. Ask the base about its old task, the 24
# animals that it learned from, with a **probe**: one dense layer on what the base gives.
#
# - The *old probe* learned on the base as it was. Can it still read the features?
# - A *new probe* learns from the base as it is now. Are the features still there?
#
# **Predict.** All of the base learns from sketches, at `1e-3`. How accurate is the *old* probe after that? Guessing
# gets one in 24.

# %%
### BEGIN SOLUTION
guess = 0.5
### END SOLUTION
predict("03-3", guess)

# %% [markdown]
# The record has asked all of its bases: five draws of labels, at three rates, and three remedies:
#
# - a *lower rate*;
# - *head first, then all*: what you did so far. *At once* trains a new head and the base together;
# - **L2-SP**: a penalty pulls each weight back to where it *began*, as weight decay pulls it to zero. Say
#   `tune.l2_sp(model, strength)` between steps 5 and 6.

# %% tags=["nbval-ignore-output", "hide-input"]
asked = settings["forgetting"]
rows = ("before", "all at 0.0003", "all", "all at 0.003", "at once", "L2-SP")
kinds = ("old probe", "new probe")
probes = {kind: {name: asked[name][kind] for name in rows} for kind in kinds}
fast = [np.mean(probes[kind]["all at 0.003"]) for kind in kinds]
title = f"At 0.003 the old probe gets {fast[0]:.2f}, a new one {fast[1]:.2f}"
figure = dots(probes, title, 240, xlabel="accuracy on the source task (share)")
tl.show.display(figure, alt=f"Old and new probes on the 24 animals, five draws each. {title}.")
reveal("03-3", np.mean(probes["old probe"]["all"]))

# %%
assert fast[1] > fast[0] + 0.2
print(verdict["at once against all"])
print(verdict["L2-SP against all"])

# %% [markdown]
# With *all*, the old probe falls with the rate: {{lesson.old_probe_all_at_0-0003}}, {{lesson.old_probe_all}} and
# {{lesson.old_probe_all_at_0-003}}. At the highest rate the training itself suffers: {{lesson.sketch_all_at_0-003}} on
# sketches. But *at once* took that rate, too, and had {{lesson.sketch_at_once}}. Its old probe is at
# {{lesson.old_probe_at_once}}, a new one at {{lesson.new_probe_at_once}}. So a good model can have forgotten much, and
# most of that has *moved* to where the old probe does not look.
#
# And the remedies? L2-SP kept the old probe at {{lesson.old_probe_L2-SP}}. Head first kept more than *at once*; the
# verdict above says at what price. Kumar and others found head first the better way, with heads that begin with random
# weights. Ours begin with zeros. Whether that is why, we have not separated.

# %% [markdown]
# **Exercise 03-c.** An experiment. Fine-tune at a rate that the record has not. What becomes of the old knowledge?
#
# - `kept`: the old probe is within `0.1` of what it was before;
# - `moved`: it is not, and the new probe is;
# - `lost`: neither is.

# %%
model.set_weights(trained_head)
old_task = tune.menagerie_task(n_train=15, n_test=10)


def at_rate(rate):
    """Both probes; `target` is the accuracy on validation, which chose the epoch, too."""
    return tune.forgetting(model, task, old_task, learning_rates=[rate], epochs=2)


# %% tags=["nbval-ignore-output"]
### BEGIN SOLUTION
measured = at_rate(2e-3)
print(measured)
fell = measured.before[0] - measured.old_probe[0], measured.before[1] - measured.new_probe[0]
said = "kept" if fell[0] <= 0.1 else "moved" if fell[1] <= 0.1 else "lost"
answer = {"said": said, "measured": measured}
### END SOLUTION
check("03-c", answer)

# %%
### BEGIN SOLUTION
option = 2
### END SOLUTION
quiz("03-q3", option)

# %% [markdown]
# ## Overfitting, and its cures
#
# Now 20 labels, and the top two blocks learn together with the head. A network that can learn so much can also learn 20
# pictures by heart.


# %% tags=["nbval-ignore-output"]
def learn_few(seed, epochs=15):
    """Train the head and two blocks on 20 labels, and return the history."""
    keras.utils.set_random_seed(seed)
    with tl.quietly():
        small = tl.unfreeze(tl.add_head(tl.base_model(source), task), "conv_dw_12")
        small.compile(keras.optimizers.AdamW(3e-3), small.loss, metrics=["accuracy"])
        return tl.train(small, task.subset(10, seed), epochs, seed=seed, verbose=0).history


runs = {f"labels {seed}": learn_few(seed) for seed in (0, 1)}

# %% tags=["nbval-ignore-output", "hide-input"]
told = "; ".join(
    f"{name}: train {history['loss'][-1]:.2f}, validation {history['val_loss'][-1]:.2f}"
    for name, history in runs.items()
)
figure = tl.show.loss_curves(runs)
figure.suptitle("The training loss falls on, the validation loss turns", fontsize="medium")
told = f"Losses by epoch with two draws of 20 labels. In the last epoch, {told}."
tl.show.display(figure, alt=told)

# %%
for history in runs.values():
    assert history["val_loss"][-1] > history["loss"][-1] + 0.3
    assert history["val_loss"][-1] > min(history["val_loss"])

# %% [markdown]
# This is what **overfitting** looks like: the training loss falls on and on, the validation loss turns and rises. A
# model that knows its pictures by heart is *too sure* of itself on others. Cures:
#
# - **early stopping**: keep the epoch with the lowest validation loss, as `tl.train` does;
# - **augmentation**: each picture is turned and zoomed a little, anew in each epoch;
# - **dropout**: in each step more features are left out;
# - **weight decay**: each step makes the weights a little smaller.
#
# Early stopping is not free. It looked at 200 *labelled* pictures to choose an epoch, while 20 were learned from. What
# if you learn from all 220?

# %% tags=["nbval-ignore-output", "hide-input"]
few = tl.compare.load(bundled("comparisons/few_labels.json"))
of_few = {row.method: row.accuracies for row in few.rows}
gain = 100 * (np.mean(of_few["220 labels"]) - np.mean(of_few["early stopping"]))
title = f"To learn from the 200 as well: {gain:+.0f} points"
figure = dots({"mean of five draws of labels": of_few}, title, 500)
tl.show.display(figure, alt=f"Test accuracy with 20 labels, six ways. {title}.")

# %%
assert len(few.pairs) == 5
print(*[pair.verdict for pair in few.pairs], sep="\n")

# %% [markdown]
# Each line changes *one* thing: the three cures are added to early stopping one by one, at a strength chosen on
# validation. And each must stand out from what another draw of labels does: the spread of the dots. If you can get more
# labels, get them first.
#
# **Exercise 03-d.** Three runs of a colleague. Which one change does each of them need first: `"augmentation"`,
# `"a lower rate"` or `"more epochs"`?

# %% tags=["nbval-ignore-output", "hide-input"]
theirs = {
    "run A": ([0.60, 0.35, 0.15, 0.06, 0.02, 0.01], [0.62, 0.50, 0.47, 0.55, 0.68, 0.80]),
    "run B": ([0.90, 2.60, 1.40, 3.10, 1.90, 2.80], [1.10, 2.20, 1.80, 2.90, 2.10, 3.00]),
    "run C": ([0.69, 0.66, 0.63, 0.60, 0.57, 0.54], [0.69, 0.67, 0.64, 0.61, 0.58, 0.55]),
}
figure = tl.show.loss_curves(
    {name: dict(zip(("loss", "val_loss"), both, strict=True)) for name, both in theirs.items()}
)
figure.suptitle("Three runs, three needs")
tl.show.display(figure, alt=f"Losses by epoch, train and validation: {theirs}.")

# %%
assert list(theirs) == ["run A", "run B", "run C"]

# %%
### BEGIN SOLUTION
answer = {"A": "augmentation", "B": "a lower rate", "C": "more epochs"}
### END SOLUTION
check("03-d", answer)

# %%
### BEGIN SOLUTION
option = 3
### END SOLUTION
quiz("03-q4", option)

# %% tags=["nbval-ignore-output", "results"]
share = {"by_day": by_day.accuracy, "frozen": frozen.accuracy}
share |= {"low": low, "half": half, "late": late}
share["high"] = by_depth["conv_dw_13"].accuracy
for kind, found in {**probes, "sketch": accuracy}.items():
    share |= {f"{kind} {name}": np.mean(values) for name, values in found.items()}
keys = {name: name.replace(" ", "_").replace(".", "-") for name in share}
{"pairs": len(record.planned), **{keys[name]: f"{value:.0%}" for name, value in share.items()}}

# %% [markdown]
# ## Recap
#
# Freeze block by block. Go deep where the domain is new and labels are many; stay near the top otherwise. Try three or
# four rates, and let validation choose; a range test says where to begin. Statistics of BatchNormalization stay frozen,
# unless a measurement says that new ones are better. High rates move what the base knew, and in the end lose it. Few
# labels are learned by heart: keep the best epoch, count what that costs, and believe in a cure only over several
# draws.
#
# **Next:** [04 · Choosing a source](04_choosing_a_source.ipynb): which base to begin with, before you train it.

# %% [markdown]
# **Read on:** Howard and Ruder, [Universal Language Model Fine-tuning for Text
# Classification](https://arxiv.org/abs/1801.06146) (2018), for discriminative rates and gradual unfreezing. Smith,
# [Cyclical Learning Rates for Training Neural Networks](https://arxiv.org/abs/1506.01186) (2017), for the range test;
# Smith and Topin, [Super-Convergence](https://arxiv.org/abs/1708.07120) (2018), for one cycle.
# Li et al., [Revisiting Batch Normalization for Practical Domain Adaptation](https://arxiv.org/abs/1603.04779) (2016).
# Kumar et al., [Fine-Tuning can Distort Pretrained Features](https://arxiv.org/abs/2202.10054) (2022), for head first,
# then all. Li, Grandvalet and Davoine, [Explicit Inductive Bias for Transfer
# Learning](https://arxiv.org/abs/1802.01483) (2018), for L2-SP. Lee et al., [Surgical Fine-Tuning Improves Adaptation
# to Distribution Shifts](https://arxiv.org/abs/2210.11466) (2023), on which blocks to tune for which shift.
# McCloskey and Cohen, Catastrophic Interference in Connectionist Networks (1989).
