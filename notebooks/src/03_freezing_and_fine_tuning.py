# %% [markdown]
# # 03 · Freezing and fine-tuning
#
# **The question.** A frozen base is safe. A base that learns can learn more. What should learn, how fast, and what
# does it cost?
#
# After this lesson you can
#
# - say what is frozen, block by block, and count what can learn;
# - find a learning rate with a range test, and give each block a rate of its own;
# - measure what the statistics of BatchNormalization do to the accuracy;
# - see what fine-tuning forgets;
# - recognise overfitting in the curves, and try its cures honestly.
#
# **Cost:** about 110 seconds on two cores, nothing to download.

# %% [markdown]
# This lesson stays with drawings, because it needs two things that photos do not give: the same animals in another
# style, and the task that the base was trained on.
#
# ## First, a result
#
# Cats and dogs by daylight, and cats and dogs in pencil. The base has learned from daylight. It stays frozen, and a
# head learns, from 200 labels by daylight and from 400 on sketches.

# %% tags=["nbval-ignore-output"]
import numpy as np

import tlteach as tl
from tlteach.course import check, predict, quiz, reveal


def drawn(style, n_train):
    """Cats and dogs in one style; 200 to choose with, 500 to report on."""
    sizes = (n_train, 200, 500)
    images, _ = tl.menagerie.sample(("cat", "dog"), sum(sizes), seed=7, style=style)
    rows = np.split(np.arange(len(images)), np.cumsum(sizes)[:2])
    splits = [(images[part], part % 2) for part in rows]
    return tl.tasks.from_splits(*splits, class_names=("cat", "dog"), name=style)


# %%
def with_head(base, task):
    """Steps 3 and 4: a head on a frozen base, trained, and what it says about test."""
    keras.utils.set_random_seed(0)
    with tl.quietly():  # lesson 02 reads what the steps say
        model = tl.add_head(base, task, learning_rate=1e-2)
        tl.train(model, task, epochs=12, verbose=0)
    return model, tl.evaluate(model, task.test)


day, task = drawn("daylight", 200), drawn("sketch", 400)

# %% tags=["nbval-ignore-output"]
with tl.quietly():
    source = tl.select_source(task, "menagerie")
    base, day_base = tl.base_model(source), tl.base_model(source)

import keras

from tlteach import tune
from tlteach.evidence.verdicts import compare

_, by_day = with_head(day_base, day)
model, frozen = with_head(base, task)
trained_head = model.get_weights()  # every experiment on sketches starts from here
print("daylight:", by_day)
print("sketch:  ", frozen)

# %%
assert by_day.accuracy > 0.9
assert 0.55 < frozen.accuracy < 0.85
print("worse on sketches:", frozen.interval[1] < by_day.interval[0])

# %% tags=["nbval-ignore-output"]
rows = [0, 1, 2, 3, 4, 5]
images = np.concatenate([day.train.load(rows, 96), task.train.load(rows, 96)])
figure = tl.show.pictures(images, ["daylight"] * 6 + ["sketch"] * 6)
figure.suptitle("The same animals. The base has only seen the upper style")
tl.show.display(figure, alt="Three cats and three dogs, in colour, and the same in pencil.")

# %%
assert images.shape == (12, 96, 96, 3)

# %% [markdown]
# On our machine: {{lesson.by_day}} by daylight, {{lesson.frozen}} on sketches. The animals are the same, the
# **domain** is another one. Here frozen features are not enough, and fine-tuning has something to win.
#
# ## What is there to freeze?
#
# A base is a row of **blocks**. A block is frozen, or learns, as a whole.

# %%
for block in tl.blocks(base):
    height, width, channels = block.layers[-1].output.shape[1:]
    size = f"{height} x {width} x {channels}"
    parameters = sum(layer.count_params() for layer in block.layers)
    print(f"{block.name:<11} gives {size:<12} and has {parameters:>6,} parameters")

# %% [markdown]
# Data goes down this list, from pixels to features. Pictures become smaller, and channels more. Most parameters are
# near the end. And what lies below the first block that learns has to run only once. So to unfreeze the top is cheap,
# and reaches a lot of the weights.
#
# ## What removing layers does
#
# Do we need all of the base? Cut it off after a block, and put the head there. The rest is gone.
#
# **Predict.** Cut the base after `conv_dw_6`, half-way up. How accurate is a head on it, by daylight?

# %%
### BEGIN SOLUTION
guess = 0.85
### END SOLUTION
predict("03-1", guess)


# %%
def cut_after(name):
    """A frozen base that ends with the block `name`."""
    block = next(block for block in tl.blocks(day_base) if block.name == name)
    return keras.Model(day_base.input, block.layers[-1].output, name=f"until_{name}")


by_depth = {}
for name in ("conv_dw_2", "conv_dw_6", "conv_dw_10"):
    _, by_depth[name] = with_head(cut_after(name), day)
by_depth["conv_dw_13"] = by_day  # this is all of the base

# %% tags=["nbval-ignore-output"]
from matplotlib.figure import Figure


def draw(found, title, xlabel):
    """Draw the accuracy of each of `found`, with its interval."""
    figure = Figure(figsize=(7, 3.4), layout="constrained")
    axes = figure.subplots()
    for place, judged in enumerate(found.values()):
        axes.plot([place, place], judged.interval, color=tl.show.BLUE)
        axes.plot(place, judged.accuracy, "o", color=tl.show.BLUE)
    axes.axhline(0.5, color="grey", linestyle=":")
    axes.set_xticks(range(len(found)), list(found))
    axes.set(xlabel=xlabel, ylabel="test accuracy (share)", ylim=(0.4, 1))
    axes.set_title(title, fontsize="medium")
    return figure


# %% tags=["nbval-ignore-output"]
low, half, high = (by_depth[f"conv_dw_{n}"].accuracy for n in (2, 6, 13))
title = f"From {low:.2f} near the pixels over {half:.2f} half-way to {high:.2f} at the top"
figure = draw(by_depth, title, "the base ends after this block (dotted: guessing)")
tl.show.display(figure, alt=f"Accuracy by the block that the base ends with. {title}.")
reveal("03-1", half)

# %%
assert low + 0.1 < half
assert low + 0.2 < high
assert by_depth["conv_dw_10"].accuracy > high - 0.05
late = compare(by_depth["conv_dw_10"], by_depth["conv_dw_13"], ("cut", "whole"))

# %% [markdown]
# After two blocks there are edges and colours, and a cat is not yet told from a dog. Block by block the features
# become useful. Between `conv_dw_10` and the top, the test says: {{lesson.late}}. The last three blocks hold more than
# half of all weights. For this task you could leave them out.
#
# That is worth a try whenever a base is too large or too slow.
#
# ## What can learn?
#
# Back to the sketches. Look into the top block, which is the last that `tl.blocks` lists.

# %%
for layer in tl.blocks(base)[-1].layers:
    shapes = [tuple(weight.shape) for weight in layer.weights]
    print(f"{layer.name:<16} {type(layer).__name__:<18} {shapes}")

# %% [markdown]
# **Exercise 03-a.** `tl.unfreeze` lets the convolutions of a block learn, and keeps its BatchNormalization frozen. How
# many parameters of the base can learn when only this block is unfrozen?

# %%
### BEGIN SOLUTION
answer = 3 * 3 * 256 + 256 * 256
### END SOLUTION
check("03-a", answer)

# %%
with tl.quietly():
    mine = tl.add_head(tl.base_model(source), task)
    mine = tl.unfreeze(mine, from_layer="conv_dw_13")
tl.proofs(5)

# %% [markdown]
# The first proof has the number. A block's name is one way to say where to begin. A fraction is another one: `1.0`
# unfreezes everything.
#
# **Exercise 03-b.** Unfreeze *exactly the top two blocks* of `mine`, and compile it again for that. Use tlteach, or
# plain Keras. Answer with the model.

# %%
### BEGIN SOLUTION
tl.unfreeze(mine, from_layer="conv_dw_12")
tl.recompile(mine, learning_rate=1e-5)
answer = mine
### END SOLUTION
check("03-b", answer)

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


# %%
def fine_tune(from_layer, learning_rate, epochs=4):
    """From the trained head: steps 5 and 6 of the recipe, then a look at test."""
    keras.utils.set_random_seed(0)
    model.set_weights(trained_head)
    with tl.quietly():
        tl.recompile(tl.unfreeze(model, from_layer), learning_rate)
        tl.train(model, task, epochs, verbose=0)
    return tl.evaluate(model, task.test)


# %% tags=["nbval-ignore-output"]
every, upper = fine_tune(1.0, learning_rate=1e-3), fine_tune("conv_dw_7", learning_rate=1e-3)
deep = {"nothing": frozen, "top half": upper, "all": every}
for name, judged in list(deep.items())[1:]:
    verdict = compare(frozen, judged, ("nothing", name))["verdict"]
    print(f"{name:<8} learned: {judged}; {verdict}")
reveal("03-2", 100 * (deep["all"].accuracy - frozen.accuracy))

# %%
gain = deep["all"].accuracy - frozen.accuracy
assert gain > 0
print("points of accuracy were gained:", gain > 0)

# %% tags=["nbval-ignore-output"]
title = f"Fine-tuning all of the base adds {100 * gain:.0f} points on sketches"
figure = draw(deep, title, "what learned, besides the head")
tl.show.display(figure, alt=f"Accuracy by how much of the base learned. {title}.")

# %%
assert list(deep) == ["nothing", "top half", "all"]

# %% [markdown]
# In our run, all of the base added {{lesson.gain}} points: *{{lesson.gained}}*. Of *all* and *top half*, which is
# better? The test says: *{{lesson.depth}}*.
#
# A likely reason to go deep here: a sketch differs in its lines and its paper, and those are what the *first* blocks
# look at. In lesson 02 the target looked like the source, and no gain was shown. A rule to begin with: the newer the
# domain and the more labels, the deeper.

# %% [markdown]
# ## Which learning rate?
#
# Too low, and nothing moves. Too high, and what the base knows is washed out. The **range test** tries all rates in
# one short training: at every step the rate grows a little, and the loss is noted. Afterwards every weight is put back
# as it was.

# %% tags=["nbval-ignore-output"]
with tl.quietly():
    only_head = tl.add_head(tl.base_model(source), task)  # the base is frozen here
model.set_weights(trained_head)  # here the top half is unfrozen
of_head = tune.find_learning_rate(only_head, task)
of_half = tune.find_learning_rate(model, task)
print(f"head alone: {of_head.suggestion:.1g}; top half of the base: {of_half.suggestion:.1g}")

# %% tags=["nbval-ignore-output"]
for found in (of_head, of_half):
    figure = found.figure()
    tl.show.display(figure, alt=f"Loss over learning rate. {figure.axes[0].get_title()}.")

# %%
assert all(found.rates[0] < found.suggestion < found.rates[-1] for found in (of_head, of_half))
pairs = zip(model.get_weights(), trained_head, strict=True)
print("every weight is as it was:", all(np.array_equal(now, before) for now, before in pairs))
print("the head can take larger steps than the base:", of_head.suggestion > of_half.suggestion)

# %% [markdown]
# The upper curve is that of a new head. It stands still, falls, and rises. The lower one is that of a model whose head
# is trained already: it has little left to fall, and hardly stands out from the noise of the batches. What it tells
# for certain is where it begins to *rise*. Stay well below that.

# %% [markdown]
# This is how a rate is read off the curve. It is the very code that tlteach runs.

# %% tags=["nbval-ignore-output"]
import inspect

from tlteach.methods.tune import learning_rate

print(inspect.getsource(learning_rate.suggest))

# %% [markdown]
# Where the loss falls fastest, a step does most. At the lowest point it is already too late: a little further, the
# loss rises. The suggestion is a place to start from, and no more. Above we took `1e-3`, more than is suggested here,
# and it went well. Try several, and choose with validation.
#
# **Exercise 03-c.** Here is the range test of a colleague. Which of the seven rates would you take?

# %% tags=["nbval-ignore-output"]
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
### BEGIN SOLUTION
answer = 1e-3
### END SOLUTION
check("03-c", answer)

# %% [markdown]
# ## A rate for each block
#
# The head begins with nothing. The lowest block knows edges, which serve every task. Should both take the same steps?
# With **discriminative learning rates**, each block has its own. Plain Keras has one rate for all. What is added to it
# is one multiplication, on the way to each weight:
#
# ```python
# def update_step(gradient, variable, learning_rate):
#     plain_step(gradient, variable, learning_rate * multiple_of(variable))
# ```
#
# **Exercise 03-e.** The head learns at `0.1`, and a block at a hundredth of that. A weight of this block is 2, and its
# gradient is 3. Where is the weight after one step of plain SGD?

# %%
### BEGIN SOLUTION
answer = 2 - 0.1 / 100 * 3
### END SOLUTION
check("03-e", answer)

# %% [markdown]
# You give a pair: the rate of the lowest block that learns, and that of the head. Between them the rate is multiplied
# by the same factor from block to block. Here the top six blocks learn.

# %%
with tl.quietly():
    tl.unfreeze(model, from_layer="conv_dw_8")
for name, rate in tune.block_rates(model, (1e-5, 1e-3)).items():
    print(f"{name:<11} {rate:.1e}")

# %% [markdown]
# **Exercise 03-d.** Now only four blocks and the head learn, at rates from `1e-5` to `1e-3`. Which rate has the
# second lowest of these blocks?

# %%
### BEGIN SOLUTION
answer = 1e-5 * (1e-3 / 1e-5) ** (1 / 4)
### END SOLUTION
check("03-d", answer)

# %% [markdown]
# Another way to be gentle is **gradual unfreezing**: wake the top block and train, then one block more, and so on. Does
# either of them beat one rate for the whole top half?

# %% tags=["nbval-ignore-output"]
ways = {"by_block": fine_tune("conv_dw_7", (1e-4, 1e-3))}
model.set_weights(trained_head)
with tl.quietly():
    stages = tune.gradual_unfreeze(model, task, 1e-3, n_blocks=2, epochs_per_block=2, verbose=0)
ways["gradual"] = tl.evaluate(model, task.test)
print("one rate ", upper)
verdicts = {}
for name, way in ways.items():
    verdicts[name] = compare(upper, way, ("one rate", name))["verdict"]
    print(f"{name:<9} {way}; {verdicts[name]}")

# %%
assert [stage.unfrozen for stage in stages] == ["conv_dw_13", "conv_dw_12"]
assert all(way.accuracy > 0.55 for way in ways.values())
print("stages whose weights were kept:", sum(stage.kept for stage in stages))

# %% [markdown]
# In our run, against one rate for all: a rate for each block, *{{lesson.by_block}}*; gradual, *{{lesson.gradual}}*.
# Both were made for texts, and for a network much larger than ours. They are knobs to try, with a test that decides.

# %%
quiz("03-q2")

# %% [markdown]
# ## BatchNormalization
#
# This layer takes a mean from each channel and divides by a deviation. It measured both on the source. In a new
# domain they can be off. You have three choices:
#
# - leave them as they are: **frozen**;
# - let them drift while you train: **updating**;
# - measure them again, once, on your pictures: **recalibrated**. That needs no labels, and trains nothing.
#
# Here are fog and sketches. The base is frozen, and only a head is trained, on old statistics and on new ones.

# %% tags=["nbval-ignore-output"]
fog = drawn("fog", 200)
statistics = {"sketch, old": frozen}
with tl.quietly():
    in_fog, fog_new, sketch_new = (tl.base_model(source) for _ in range(3))
    tune.recalibrate(fog_new, fog.subset(25))  # on 50 of the training pictures
    tune.recalibrate(sketch_new, task.subset(25))
statistics["sketch, new"] = with_head(sketch_new, task)[1]
statistics["fog, old"] = with_head(in_fog, fog)[1]
statistics["fog, new"] = with_head(fog_new, fog)[1]

# %% tags=["nbval-ignore-output"]
change = {}
for style in ("fog", "sketch"):
    old, new = (statistics[f"{style}, {kind}"].accuracy for kind in ("old", "new"))
    change[style] = new - old
points = {style: f"{100 * added:+.0f}" for style, added in change.items()}
title = f"New statistics: {points['fog']} points in fog, {points['sketch']} on sketches"
figure = draw(statistics, title, "domain, and statistics of BatchNormalization")
tl.show.display(figure, alt=f"Accuracy with old and with new statistics. {title}.")

# %%
assert change["fog"] > 0.1
assert change["sketch"] < 0.05
names = ("the old", "the new")
verdict_on = {
    style: compare(statistics[f"{style}, old"], statistics[f"{style}, new"], names)["verdict"]
    for style in ("fog", "sketch")
}
print("in fog:", verdict_on["fog"])

# %% [markdown]
# In our run, the new statistics changed the accuracy in fog by {{lesson.fog}} points, and not one label was used for
# them. Fog makes everything paler: something that a mean and a deviation can undo. A sketch is another kind of
# picture. There they changed it by {{lesson.sketch}} points: *{{lesson.on_sketches}}*. So measure, each time.
#
# And *updating*? That is what a base does if you unfreeze it in plain Keras. `tl.train` refuses it, so this is a plain
# `fit`, from the same trained head and at the same rate as above.

# %% tags=["nbval-ignore-output"]
from tlteach.engine.network import batch_normalizations

model.set_weights(trained_head)
with tl.quietly():
    tl.unfreeze(model, from_layer=1.0)
    for normalization in batch_normalizations(model):
        normalization.trainable = True
    tl.recompile(model, learning_rate=1e-3)
batches, judge = task.train.batches(96, shuffle=True), task.validation.batches(96)
best = keras.callbacks.EarlyStopping("val_loss", patience=4, restore_best_weights=True)
model.fit(batches, validation_data=judge, epochs=4, shuffle=False, callbacks=[best], verbose=0)
updating = tl.evaluate(model, task.test)
drifted = compare(deep["all"], updating, ("frozen", "updating"))["verdict"]
print(f"frozen:   {deep['all']}\nupdating: {updating}; {drifted}")

# %%
statistic = batch_normalizations(model)[0].moving_mean.path
rows = [row for row, weight in enumerate(model.weights) if weight.path == statistic]
still = all(np.array_equal(model.get_weights()[row], trained_head[row]) for row in rows)
print("the statistics stood still:", still)
assert updating.accuracy < deep["all"].accuracy + 0.02

# %% [markdown]
# In our run: {{lesson.still}} with frozen statistics, {{lesson.updating}} with drifting ones. *{{lesson.drifted}}*.
#
# While `fit` runs, an updating layer uses the mean of each *batch*, and the weights learn to live with that. In use, it
# takes the kept average, which has moved only part of the way from daylight to sketches. So the model is judged with
# statistics that it never trained with. Keras shows you a training accuracy that you do not get.

# %%
quiz("03-q1")

# %% [markdown]
# ## What fine-tuning forgets
#
# Fine-tuning writes over what was there. This is **catastrophic forgetting**. You can see it, if you ask the base about
# its old task: the 24 animals that it learned from.
#
# We train a *probe* on the base as it was: one dense layer that tells the old animals apart. Then we fine-tune copies
# on our sketches, each at another rate, and put the same probe behind them.
#
# **Predict.** The highest rate is `1e-2`. How accurate is the probe after that? Guessing gets one in 24.

# %%
### BEGIN SOLUTION
guess = 0.5
### END SOLUTION
predict("03-3", guess)

# %% tags=["nbval-ignore-output"]
with tl.quietly():
    start = tl.add_head(tl.base_model(source), task)
start.set_weights(trained_head)
old_task = tune.menagerie_task(n_train=15, n_test=10)
forgot = tune.forgetting(start, task, old_task, learning_rates=(1e-3, 1e-2), epochs=2)
print(forgot)
reveal("03-3", forgot.source[-1])

# %% tags=["nbval-ignore-output"]
figure = forgot.figure()
alt = f"Accuracy over the learning rate of fine-tuning. {figure.axes[0].get_title()}."
tl.show.display(figure, alt=alt)

# %%
assert forgot.source[1] < forgot.before[0] - 0.4
assert forgot.source[1] < forgot.source[0]
print("old animals:", len(old_task.class_names))

# %% [markdown]
# In our run the probe was at {{lesson.old_before}} before fine-tuning, at {{lesson.old_gentle}} after the lower rate
# and at {{lesson.old_high}} after the higher one. The new task was at {{lesson.new_before}}, {{lesson.new_gentle}} and
# {{lesson.new_high}}. To learn costs some of what was known. At too high a rate, the old is lost and nothing is won.
#
# Is it a fault? Not if nobody asks the old question again. But what is washed out is also what carries you where your
# labels are few.

# %%
quiz("03-q3")

# %% [markdown]
# ## Overfitting, and its cures
#
# Now 20 labels, and the top two blocks learn together with the head. A network that can learn so much can also learn 20
# pictures by heart. Here are three runs, each with another draw of labels.


# %%
with tl.quietly():
    small = tl.add_head(tl.base_model(source), task)
    tl.unfreeze(small, from_layer="conv_dw_12")
fresh = small.get_weights()


def learn_few(seed, dropout=0.2, decay=0.0, augment=None):
    """Train the head and two blocks on 20 labels: losses and accuracies of 15 epochs."""
    keras.utils.set_random_seed(seed)
    small.set_weights(fresh)
    small.get_layer("dropout").rate = dropout
    adam = keras.optimizers.AdamW(3e-3, weight_decay=decay)
    small.compile(adam, small.loss, metrics=["accuracy"])
    how = {"epochs": 15, "augment": augment, "seed": seed, "verbose": 0}
    return tl.train(small, task.subset(10, seed), **how).history


# %% tags=["nbval-ignore-output"]
runs = [learn_few(seed) for seed in range(3)]
figure = tl.show.learning_curves(runs[0])
finding = figure.get_suptitle()
alt = f"The training loss falls to 0, the validation loss turns. {finding}."
tl.show.display(figure, alt=alt)

# %%
for history in runs:
    assert history["accuracy"][-1] > 0.8
    assert history["val_loss"][-1] > history["loss"][-1] + 0.3
    assert history["val_loss"][-1] > min(history["val_loss"])

# %% [markdown]
# This is what **overfitting** looks like, in all three runs: the training loss falls on and on, the validation loss
# turns and rises. From its lowest point to the last epoch it grew, on average, from {{lesson.lowest}} to
# {{lesson.last}}. The accuracy on validation went from {{lesson.best_accuracy}} to {{lesson.last_accuracy}}.
#
# The loss tells more than the accuracy here. A model that knows its pictures by heart is *too sure* of itself on
# others.

# %% [markdown]
# `tl.train` keeps the epoch with the lowest validation loss. That is a first cure, **early stopping**, and it costs
# nothing. Others make it harder to learn by heart:
#
# - **augmentation**: each picture is turned and zoomed a little, anew in each epoch;
# - **dropout**: in each step some features are left out;
# - **weight decay**: each step makes the weights a little smaller.

# %% tags=["nbval-ignore-output"]
turned = [keras.layers.RandomFlip("horizontal"), keras.layers.RandomRotation(0.05)]
cures = {
    "augmentation": {"augment": keras.Sequential([*turned, keras.layers.RandomZoom(0.15)])},
    "dropout, weight decay": {"dropout": 0.6, "decay": 1.0},
}
cured = {name: learn_few(seed=0, **how) for name, how in cures.items()}

# %% tags=["nbval-ignore-output"]
figure = Figure(figsize=(7, 3.4), layout="constrained")
axes = figure.subplots()
for number, history in enumerate(runs):
    look = {"color": str(0.3 + 0.2 * number), "label": f"no cure, labels {number}"}  # greys
    axes.plot(range(1, 16), history["val_loss"], **look)
colours = iter((tl.show.BLUE, tl.show.ORANGE))
for name, history in cured.items():
    label = f"{name}, labels 0"
    axes.plot(range(1, 16), history["val_loss"], "--", color=next(colours), label=label)
axes.set(xlabel="epoch", ylabel="validation loss (nats)")
ends = [history["val_loss"][-1] for history in (runs[0], cured["augmentation"])]
title = f"Last epoch, labels 0: {ends[0]:.2f} without a cure, {ends[1]:.2f} with augmentation"
axes.set_title(title, fontsize="medium")
axes.legend(fontsize="small")
tl.show.display(figure, alt=f"Validation loss by epoch. {title}.")

# %%
lowest_without = [min(history["val_loss"]) for history in runs]
lowest_with = [min(history["val_loss"]) for history in cured.values()]
assert len(lowest_without) == 3
assert len(lowest_with) == 2

# %% [markdown]
# Look at the last epochs first. In this run, the loss ended at {{lesson.end_without}} without a cure and at
# {{lesson.end_with}} with augmentation, on the same labels. Now look at the *lowest* points, which early stopping
# keeps. They changed by {{lesson.better}} with the better of the two cures, and by {{lesson.spread}} between three
# draws of labels without one.
#
# So each cure must stand out from what another draw of labels does, and one run of each cannot show that: compare over
# seeds. If you can get more labels, get them first.
#
# **Exercise 03-f.** Three runs of a colleague. Which change does each of them need first: `"augmentation"`,
# `"a lower rate"` or `"more epochs"`?

# %% tags=["nbval-ignore-output"]
epochs = range(1, 7)
theirs = {
    "A": ([0.60, 0.35, 0.15, 0.06, 0.02, 0.01], [0.62, 0.50, 0.47, 0.55, 0.68, 0.80]),
    "B": ([0.90, 2.60, 1.40, 3.10, 1.90, 2.80], [1.10, 2.20, 1.80, 2.90, 2.10, 3.00]),
    "C": ([0.69, 0.66, 0.63, 0.60, 0.57, 0.54], [0.69, 0.67, 0.64, 0.61, 0.58, 0.55]),
}
figure = Figure(figsize=(9, 3), layout="constrained")
for axes, name in zip(figure.subplots(1, 3), theirs, strict=True):
    axes.plot(epochs, theirs[name][0], "o-", color=tl.show.BLUE, label="train")
    axes.plot(epochs, theirs[name][1], "s--", color=tl.show.ORANGE, label="validation")
    axes.set(title=f"run {name}", xlabel="epoch", ylabel="loss (nats)", ylim=0)
    axes.legend()
figure.suptitle("Three runs, three needs")
tl.show.display(figure, alt=f"Losses by epoch, train and validation: {theirs}.")

# %%
assert list(theirs) == ["A", "B", "C"]
### BEGIN SOLUTION
answer = {"A": "augmentation", "B": "a lower rate", "C": "more epochs"}
### END SOLUTION
check("03-f", answer)

# %%
quiz("03-q4")

# %% [markdown]
# ## Your numbers
#
# The numbers in the text are from a run of ours. These are yours:

# %%
share = {"by_day": by_day, "frozen": frozen, "still": deep["all"], "updating": updating}
tasks = {"old": (forgot.before[0], *forgot.source), "new": (forgot.before[1], *forgot.target)}
asked = {}
for name, row in tasks.items():
    for place, rate in enumerate(("before", "gentle", "high")):
        asked[f"{name}_{rate}"] = row[place]

# %%
verdicts |= {"late": late["verdict"], "on_sketches": verdict_on["sketch"], "drifted": drifted}
verdicts["gained"] = compare(frozen, deep["all"], ("frozen", "fine-tuned"))["verdict"]
verdicts["depth"] = compare(deep["top half"], deep["all"], ("top half", "all"))["verdict"]
best = [int(np.argmin(history["val_loss"])) for history in runs]
rights = [history["val_accuracy"] for history in runs]
few_labels = {
    "lowest": np.mean(lowest_without),
    "last": np.mean([history["val_loss"][-1] for history in runs]),
    "best_accuracy": np.mean([right[epoch] for right, epoch in zip(rights, best, strict=True)]),
    "last_accuracy": np.mean([right[-1] for right in rights]),
    "spread": np.ptp(lowest_without),
    "better": min(lowest_with) - lowest_without[0],
}

# %% tags=["nbval-ignore-output", "results"]
{
    **{name: f"{judged.accuracy:.0%}" for name, judged in share.items()},
    **{name: f"{accuracy:.0%}" for name, accuracy in asked.items()},
    **points,
    **verdicts,
    "gain": round(100 * gain),
    **{name: f"{value:.2f}" for name, value in few_labels.items()},
    "end_without": f"{ends[0]:.2f}",
    "end_with": f"{ends[1]:.2f}",
}

# %% [markdown]
# ## Recap
#
# Freeze block by block. Go deep where the domain is new and labels are many; stay near the top otherwise. Take the
# learning rate from a range test, and keep it lower for what was learned before. Statistics of BatchNormalization stay
# frozen, unless a measurement says that new ones are better. High rates forget. Few labels are learned by heart: keep
# the best epoch, and believe in a cure only over several seeds.

# %% [markdown]
# **Read on:** Howard and Ruder, [Universal Language Model Fine-tuning for Text
# Classification](https://arxiv.org/abs/1801.06146) (2018), for discriminative rates and gradual unfreezing. Smith,
# [Cyclical Learning Rates for Training Neural Networks](https://arxiv.org/abs/1506.01186) (2017), for the range test.
# Li et al., [Revisiting Batch Normalization for Practical Domain Adaptation](https://arxiv.org/abs/1603.04779) (2016).
# Lee et al., [Surgical Fine-Tuning Improves Adaptation to Distribution
# Shifts](https://arxiv.org/abs/2210.11466) (2023), on which blocks to tune for which shift.
# McCloskey and Cohen, Catastrophic Interference in Connectionist Networks (1989).
