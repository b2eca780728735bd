# %% [markdown]
# # 02 · Six steps: cats and dogs
#
# **The question.** Can a network that has never seen a cat or a dog learn to tell them apart from 400 pictures, in
# seconds?
#
# After this lesson you can
#
# - name the six steps of transfer learning, and say what each one does;
# - run them with tlteach, and write the main ones in plain Keras;
# - tell *feature extraction* from *fine-tuning*;
# - recognise three famous mistakes by the error that they give;
# - say why a frozen layer needs to run only once for each picture.
#
# **Cost:** about 30 seconds on two cores, nothing to download.

# %% [markdown]
# One word switches the lesson to real photos: set `TIER = "full"`. That downloads 69 MB of photos and a small
# network that learned from ImageNet. It takes a few minutes.
#
# ## First, a result
#
# All of it at once, from only 20 pictures: take a network that has learned from one thing, put a small new *head* on
# it, and train only the head.

# %% tags=["nbval-ignore-output"]
import tlteach as tl
from tlteach.course import check, predict, quiz, reveal, tell

TIER = "bundled"
task = tl.tasks.cats_vs_dogs(TIER)
few = task.subset(n_per_class=10)
quick = tl.transfer(few, epochs=20, fine_tune_epochs=0, verbose=0)
print(quick)

# %%
assert quick.frozen.test.accuracy > 0.7
print("better than guessing:", quick.frozen.test.interval[0] > 0.5)

# %% [markdown]
# On our machine, 20 pictures were enough for {{lesson.few}}. The rest of this lesson takes that apart.
#
# ## The task
#
# A **task** is a set of classes and three splits. You learn from *train*. You choose with *validation*. You look at
# *test* once, at the end.

# %%
print(task)

# %% tags=["nbval-ignore-output"]
rows = [0, 1, 2, 3, 4, 5, -6, -5, -4, -3, -2, -1]
images = task.train.load(rows, 96)
names = [task.class_names[task.train.labels[row]] for row in rows]
figure = tl.show.pictures(images, names)
figure.suptitle("Cats and dogs differ in shape, and hardly in colour")
tl.show.display(figure, alt="Six cats above six dogs, in many colours. Their ears differ.")

# %%
assert images.shape == (12, 96, 96, 3)
assert names[0] == task.class_names[0]
assert names[-1] == task.class_names[1]

# %% [markdown]
# **Predict.** The quick result had 20 pictures. Now there are 400. What share of the validation pictures will the
# frozen base with its trained head get right?

# %%
### BEGIN SOLUTION
guess = 0.9
### END SOLUTION
predict("02-1", guess)

# %% [markdown]
# ## Step 1. Select a source
#
# The **source** is what we transfer from: a network, and what it learned from. Its card tells you both, and on
# whose terms you may use it. The bundled source has seen bears, owls and rabbits, but never a cat or a dog.
#
# Each step tells you in one line what it did. `tl.proofs()` shows you what it proved.

# %%
source = tl.select_source(task)

# %% [markdown]
# ## Step 2. Take its base, frozen
#
# The **base** is the source without its last layer. It turns a picture into *features*. `trainable=False` freezes
# it: whatever happens later, these weights stay as they are.
#
# A fresh network and a pre-trained one have the same layers. What could prove that the weights you hold are really
# pre-trained? Think, then run the next two cells and read the first proof.

# %%
base = tl.base_model(source)

# %%
tl.proofs(2)

# %%
print("trainable weights in the base:", len(base.trainable_weights))
print("from pixels", base.input_shape, "to features", base.output_shape)

# %% [markdown]
# A layer's biases start at exactly 0. So do the means that normalization layers keep of what they see. After
# training, hardly any of them is still there. A base whose biases are all 0 knows nothing. The notebooks on the web
# that forget `weights="imagenet"` run all the same.
#
# ## Step 3. Add a head
#
# The **head** is one dense layer: from features to one probability per class.
#
# **Exercise 02-b.** A larger base gives 1,280 features, and there are 5 classes. How many parameters has the
# dense layer? Then compare with what step 3 says of ours.

# %%
### BEGIN SOLUTION
answer = (1280 + 1) * 5
### END SOLUTION
check("02-b", answer)

# %% [markdown]
# The head starts with zeros. So before training it gives every class the same probability.
#
# With two classes, what is the cross-entropy loss of a model that says 50 : 50 to everything? Think, then run the
# next two cells. The last proof has it.

# %%
model = tl.add_head(base, task)

# %%
tl.proofs(3)

# %% [markdown]
# It is $-\log \frac{1}{2} = \log 2 \approx 0.693$. If your first loss is far from $\log(\text{classes})$, something is
# wrong before training has begun.
#
# **Exercise 02-a.** You train on ten classes, and your first loss is far above what it should be. What should it be?

# %%
### BEGIN SOLUTION
import numpy as np

answer = np.log(10)
### END SOLUTION
check("02-a", answer)

# %%
for layer in model.layers:
    learns = "can learn" if layer.trainable else "frozen"
    print(f"{layer.name:<12} {layer.count_params():>8,} parameters, {learns}")

# %% [markdown]
# Steps 2 and 3 are a few lines of Keras. Now you write them.
#
# **Exercise 02-c.** `mine` below is a pre-trained base that nobody has frozen. Freeze it. Call it on an input with
# `training=False`. Pool its feature map with `GlobalAveragePooling2D`. Add a dense head for the two classes. Make a
# `keras.Model` of it, compile it, and answer with the model.

# %%
import keras

mine = tl.sources.build(source, source.input_size)
inputs = keras.Input((source.input_size, source.input_size, 3))
### BEGIN SOLUTION
mine.trainable = False
features = keras.layers.GlobalAveragePooling2D()(mine(inputs, training=False))
answer = keras.Model(inputs, keras.layers.Dense(2, activation="softmax")(features))
answer.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
### END SOLUTION
check("02-c", answer)

# %%
quiz("02-q2")

# %% [markdown]
# ## Step 4. Train the head
#
# Only the head learns. This is **feature extraction**. It is quick, and with few labels it is hard to beat.

# %% tags=["nbval-ignore-output"]
import time

from tlteach.engine import features

features.forget()  # what the quick result left in memory: all of the work is to be timed
started = time.perf_counter()
first = tl.train(model, task, epochs=10, verbose=0)
once = time.perf_counter() - started

# %% tags=["nbval-ignore-output"]
frozen = tl.evaluate(model, task.validation)
print(frozen)
reveal("02-1", frozen.accuracy)

# %%
assert frozen.accuracy > 0.85
assert first.history["loss"][-1] < first.history["loss"][0]

# %% tags=["nbval-ignore-output"]
tl.proofs(4)

# %% [markdown]
# After training, `train` compared every frozen weight with a copy from before. *Bit-identical* means that not one
# bit has changed.
#
# ## Why that was quick
#
# A frozen layer gives the same features for the same picture, in every epoch. There is no need to run it ten times.
#
# So `train` looks for the **boundary**: the place between the last layer that stands still and the first one that
# learns. It runs all layers before the boundary once, and keeps the features. The epochs run over those. The last
# proof above says so.
#
# Most tutorials run the whole network in every epoch. `cache=False` does that. Guess how many times as long it takes,
# then run the cell.

# %% tags=["nbval-ignore-output"]
plain = tl.add_head(base, task)
started = time.perf_counter()
tl.train(plain, task, epochs=10, cache=False, verbose=0)
every_epoch = time.perf_counter() - started
print(f"once: {once:.1f} s; in every epoch: {every_epoch:.1f} s")
print(f"{every_epoch / once:.1f} times as long")

# %%
agree = (tl.evaluate(plain, task.validation).predicted == frozen.predicted).mean()
assert every_epoch / once > 1
assert agree > 0.95
print("the two heads say the same, but for a few pictures:", agree > 0.95)

# %% [markdown]
# On our two cores it took {{lesson.times_as_long}} times as long, and learned the same. The larger the base, and the
# more epochs, the more you gain.
#
# ## Step 5. Unfreeze the top of the base
#
# The first layers of a network see edges and colours, which serve any task. The last layers see what the source
# needed: here, horns and beaks. So we unfreeze from the top. This is the beginning of **fine-tuning**.
#
# **Predict.** How many points of accuracy will fine-tuning add? One point is one picture in a hundred.

# %%
### BEGIN SOLUTION
guess = 2
### END SOLUTION
predict("02-2", guess)

# %%
model = tl.unfreeze(model, from_layer=0.6)

# %% [markdown]
# We asked for six tenths of the layers, and got whole blocks. Two things were kept from going wrong:
#
# - A block is never cut in two. Its layers learned together.
# - BatchNormalization layers stay frozen. They hold averages over the whole source; a few hundred pictures would
#   overwrite them.
#
# What happens if you train now, at once?

# %%
try:
    tl.train(model, task, epochs=1, verbose=0)
except tl.GuardError as error:
    tell(error)

# %% [markdown]
# This is the first of three famous mistakes. Keras decides what to train when you call `compile`. Without a new
# `compile`, plain Keras would have trained on without a word, and the unfrozen layers would have stood still.

# %%
quiz("02-q1")

# %% [markdown]
# ## Step 6. Recompile at a low learning rate, and train again
#
# The base knows a lot. Large steps would wash it out. So the rate is ten times lower than the head's.

# %%
model = tl.recompile(model, learning_rate=1e-4)

# %% tags=["nbval-ignore-output"]
second = tl.train(model, task, epochs=5, verbose=0)
fine_tuned = tl.evaluate(model, task.validation)
print("frozen:    ", frozen)
print("fine-tuned:", fine_tuned)
reveal("02-2", 100 * (fine_tuned.accuracy - frozen.accuracy))

# %%
assert fine_tuned.accuracy > 0.85

# %% tags=["nbval-ignore-output"]
figure = tl.show.learning_curves(first.history, second.history)
finding = figure.get_suptitle()
tl.show.display(figure, alt=f"Over 15 epochs, the loss falls. {finding}.")

# %%
assert len(first.history["val_loss"]) == 10
assert len(second.history["val_loss"]) == 5

# %% [markdown]
# Did fine-tuning help? Ask a test that looks at the pictures on which the two models differ.

# %% tags=["nbval-ignore-output"]
from tlteach.evidence.verdicts import compare

compared = compare(frozen, fine_tuned, ("frozen", "fine-tuned"))
differ = compared["only_first"] + compared["only_second"]
print(differ, "pictures differ:", compared["verdict"])

# %% [markdown]
# The two intervals overlap, and hardly a picture differs. On so few pictures you cannot say that it helped, and
# neither can we. A difference that could be luck is not a finding.
#
# ## The second famous mistake
#
# "Fine-tune" with everything still frozen: lower the rate, train again, and believe that it was fine-tuning.

# %%
other = tl.add_head(tl.base_model(source), task)

# %%
try:
    tl.recompile(other, learning_rate=1e-4)
except tl.GuardError as error:
    tell(error)

# %% [markdown]
# ## The third
#
# Unfreeze the whole base, and trust that `training=False` keeps BatchNormalization still. The head was put on
# `base(inputs, training=False)`, as the Keras guide tells you.

# %%
other.get_layer(base.name).trainable = True
other.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
try:
    tl.train(other, task, epochs=1, verbose=0)
except tl.GuardError as error:
    tell(error)

# %% [markdown]
# This surprises people who have used Keras for years. While `fit` runs, Keras 3 overrides the `training=False` of a
# model inside a model. Its BatchNormalization layers then behave as in training, and overwrite their averages.
#
# What does keep them still is to freeze these layers: a frozen BatchNormalization layer is always in inference mode.
# That is what `tl.unfreeze` does.

# %%
quiz("02-q3")

# %% [markdown]
# **Exercise 02-d.** `other` is in a bad state: all of it is unfrozen, at the rate of a new head. Put it right, in
# plain Keras:
#
# - In `other.get_layer(base.name).layers`, let only the last block learn: the layers with `_13` in their name.
# - Keep the BatchNormalization layers frozen, there too.
# - Compile it again. The rate should be at most a tenth of the head's `1e-3`.
#
# Answer with the model.

# %%
for layer in other.get_layer(base.name).layers[-7:]:
    print(f"{layer.name:<18} {type(layer).__name__}")

# %%
### BEGIN SOLUTION
for layer in other.get_layer(base.name).layers:
    is_normalization = isinstance(layer, keras.layers.BatchNormalization)
    layer.trainable = "_13" in layer.name and not is_normalization
gently = keras.optimizers.Adam(1e-4)
other.compile(gently, "sparse_categorical_crossentropy", metrics=["accuracy"])
answer = other
### END SOLUTION
check("02-d", answer)

# %% [markdown]
# ## The test split, once
#
# All choices are made. Now, and only now, we look at *test*.
#
# **Exercise 02-e.** Which split has which use? Write its name in each place, in quotation marks: you *learn* from it,
# you *choose* the best epoch with it, or you *report* the accuracy on it.

# %%
### BEGIN SOLUTION
answer = {"learn": "train", "choose": "validation", "report": "test"}
### END SOLUTION
check("02-e", answer)

# %% tags=["nbval-ignore-output"]
test = tl.evaluate(model, task.test)
print(test)
figure = tl.show.confusion_matrix(test, task.class_names)
finding = figure.axes[0].get_title()
tl.show.display(figure, alt=f"A confusion matrix of cats and dogs. {finding}.")

# %%
assert test.accuracy > 0.85
assert test.confusion.sum() == len(task.test)

# %% [markdown]
# Look at the mistakes, too. They tell more than the number.

# %% tags=["nbval-ignore-output"]
rows = test.worst(6)
names = [task.class_names[test.labels[row]] for row in rows]
sure = test.probabilities[rows].max(axis=1)
captions = [f"{name}? {share:.0%} no" for name, share in zip(names, sure, strict=True)]
figure = tl.show.pictures(task.test.load(rows, 96), captions)
figure.suptitle("What they are, and how sure the model is that they are not")
tl.show.display(figure, alt=f"Mistaken test pictures: {'; '.join(captions)}.")

# %%
assert not test.correct[rows].any()

# %%
quiz("02-q4")

# %% [markdown]
# ## What you take away is plain Keras
#
# The saved model opens in any Python with Keras, without tlteach. It takes raw pixels, 0 to 255.

# %%
import tempfile
from pathlib import Path

import numpy as np

with tempfile.TemporaryDirectory() as folder:
    model.save(Path(folder) / "model.keras")
    reloaded = keras.saving.load_model(Path(folder) / "model.keras")
pixels = task.test.load(range(8), source.input_size).astype("float32")
here, there = (one.predict(pixels, verbose=0) for one in (model, reloaded))
print("the same probabilities:", np.allclose(here, there, atol=1e-6))

# %% [markdown]
# ## Your numbers
#
# The numbers in the text are from a run of ours. These are yours:

# %% tags=["nbval-ignore-output", "results"]
{
    "few": f"{quick.frozen.test.accuracy:.0%}",
    "frozen": f"{frozen.accuracy:.0%}",
    "fine_tuned": f"{fine_tuned.accuracy:.0%}",
    "test": f"{test.accuracy:.0%}",
    "times_as_long": round(float(every_epoch / once), 1),
}

# %% [markdown]
# ## Recap
#
# Select a source. Take its base, frozen. Add a head. Train. Unfreeze the top. Recompile at a low rate, and train again.
# Feature extraction is steps 1 to 4; fine-tuning is steps 5 and 6. What stands still needs to run only once.
#
# The three mistakes: no `compile` after unfreezing, nothing unfrozen at all, and BatchNormalization that learns.
#
# **Read on:** the [Keras guide to transfer learning](https://keras.io/guides/transfer_learning/), and Yosinski et al.,
# [How transferable are features in deep neural networks?](https://arxiv.org/abs/1411.1792) (2014).
