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
# **Cost:** about 50 seconds on two cores, nothing to download.
#
# Words in **bold** are in the [glossary](glossary.md).

# %% [markdown]
# ## First, a result
#
# All of it at once, from only 20 pictures: take a network that has learned from other animals, put a small new head on
# it, and train only the head.
#
# <details><summary>With real photos</summary>
#
# One word switches the lesson to photos: set `TIER = "full"`. That downloads 69 MB of photos and a small network that
# learned from ImageNet. It takes a few minutes.
#
# </details>

# %% tags=["nbval-ignore-output"]
import tlteach as tl
from tlteach.course import check, predict, quiz, reveal, tell

TIER = "bundled"
task = tl.tasks.cats_vs_dogs(TIER)
with tl.quietly():
    quick = tl.compare.frozen(task.subset(10), seed=0)
few = tl.evaluate(quick, task.validation)
print(few)

# %%
assert few.accuracy > 0.7
assert few.interval[0] > 0.5

# %% [markdown]
# On our machine, 20 pictures were enough for {{lesson.few}} of the validation pictures. The rest of this lesson takes
# that apart.
#
# ## The task
#
# You learn from *train*. You choose with *validation*. You look at *test* once, at the end.

# %%
print(task)

# %% tags=["nbval-ignore-output", "hide-input"]
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
# The source is what we transfer from: a network, and what it learned from. Its card tells you both, and on whose terms
# you may use it.
#
# Each step tells you in one line what it did. `tl.proofs()` shows you what it proved.
#
# <details><summary>The same in plain Keras</summary>
#
# Here the weights are a file; `weights="imagenet"` in step 2 would download those of ImageNet.
#
# ```python
# import keras
# from tlteach.core.files import bundled
#
# weights = bundled("weights/menagerie_mobilenet_025.weights.h5")
# ```
#
# </details>

# %%
source = tl.select_source(task)

# %% [markdown]
# ## Step 2. Take its base, frozen
#
# The base is the source without its last layer. `trainable=False` freezes it: whatever happens later, these weights
# stay as they are.
#
# A fresh network and a pre-trained one have the same layers. What could prove that the weights you hold are really
# pre-trained? Think, then run the next two cells and read the first proof.

# %%
base = tl.base_model(source)

# %%
tl.proofs(2)

# %%
print("from pixels", base.input_shape, "to a feature map", base.output_shape)

# %%
assert not base.trainable_weights

# %% [markdown]
# The layers have biases, numbers that are added. They start at exactly 0, and after training hardly any of them is
# still there. A base whose biases are all 0 knows nothing. Notebooks that forget `weights="imagenet"` run all the same.
#
# **What comes out of it?** `None` stands for any number of pictures. The rest is a **feature map**: the picture as a
# grid of 3 by 3 places, with 256 numbers for each place. **Pooling** takes the mean over the places. So 256 numbers are
# left for each picture, its features.

# %% [markdown]
# ## Step 3. Add a head
#
# The head is one dense layer: from features to one probability per class.
#
# **Exercise 02-a.** A larger base gives 1,280 features, and there are 5 classes. How many parameters has the
# dense layer? Then compare with what step 3 says of ours.

# %%
### BEGIN SOLUTION
answer = (1280 + 1) * 5
### END SOLUTION
check("02-a", answer)

# %% [markdown]
# The **loss** says how wrong the model is; training makes it small. Ours is the *cross-entropy*: minus the logarithm of
# the probability that the right class got. Labels are whole numbers here, 0 for cat and 1 for dog. The loss that takes
# such labels is called `sparse_categorical_crossentropy`.
#
# The head starts with zeros. So before training it gives every class the same probability. What is the loss of a model
# that says 50 : 50 to everything? Think, then run the next two cells. The last proof has it.

# %%
model = tl.add_head(base, task)

# %%
tl.proofs(3)

# %% [markdown]
# It is $-\log \frac{1}{2} = \log 2 \approx 0.693$. If your first loss is far from $\log(\text{classes})$, something is
# wrong before training has begun.
#
# **Exercise 02-b.** You train on ten classes, and your first loss is far above what it should be. What should it be?

# %%
import numpy as np

### BEGIN SOLUTION
answer = np.log(10)
### END SOLUTION
check("02-b", answer)

# %% [markdown]
# Steps 2 and 3 are a few lines of Keras. Now you write them. In Keras' *functional* form you call each layer on what
# the one before it gave. This example has no base, only pixels:
#
# ```python
# inputs = keras.Input((96, 96, 3))
# means = keras.layers.GlobalAveragePooling2D()(inputs)
# model = keras.Model(inputs, keras.layers.Dense(5, activation="softmax")(means))
# model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
# ```
#
# A base is called like a layer. `training=False` tells it to work as it does after training.
#
# **Exercise 02-c.** `mine` below is a pre-trained base that nobody has frozen. Freeze it. Call it on the inputs with
# `training=False`. Pool its feature map, add a head for the two classes, compile the model, and answer with it.

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

# %% [markdown]
# <details><summary>The same in plain Keras: step 2</summary>
#
# ```python
# base = keras.applications.MobileNet(
#     input_shape=(96, 96, 3), alpha=0.25, include_top=False, weights=None
# )
# base.load_weights(weights)
# base.trainable = False
# ```
#
# </details>
#
# <details><summary>The same in plain Keras: step 3</summary>
#
# ```python
# inputs = keras.Input((96, 96, 3))
# x = keras.layers.Rescaling(1 / 127.5, offset=-1)(inputs)  # as in pre-training
# x = keras.layers.GlobalAveragePooling2D()(base(x, training=False))
# x = keras.layers.Dropout(0.2)(x)
# outputs = keras.layers.Dense(2, activation="softmax", kernel_initializer="zeros")(x)
# model = keras.Model(inputs, outputs)
# rate = keras.optimizers.Adam(1e-3)
# model.compile(rate, "sparse_categorical_crossentropy", metrics=["accuracy"])
# ```
#
# </details>

# %%
### BEGIN SOLUTION
option = 3
### END SOLUTION
quiz("02-q1", option)

# %% [markdown]
# ## Step 4. Train the head
#
# Only the head learns. This is **feature extraction**. It is quick, and with few labels it is hard to beat.
#
# <details><summary>The same in plain Keras</summary>
#
# ```python
# pixels, labels = task.train.arrays(96)  # 0 to 255, and whole numbers
# unseen = task.validation.arrays(96)
# best = keras.callbacks.EarlyStopping(
#     "val_loss", patience=10, restore_best_weights=True
# )
# model.fit(pixels, labels, epochs=10, validation_data=unseen, callbacks=[best])
# ```
#
# </details>

# %% tags=["nbval-ignore-output"]
first = tl.train(model, task, epochs=10, verbose=0)

# %% tags=["nbval-ignore-output"]
frozen = tl.evaluate(model, task.validation)
reveal("02-1", frozen.accuracy)

# %%
assert frozen.accuracy > 0.85
assert first.history["loss"][-1] < first.history["loss"][0]

# %% tags=["nbval-ignore-output"]
tl.proofs(4)

# %% [markdown]
# The last two proofs matter most. After training, `train` compared every frozen weight with a copy from before.
# *Bit-identical* means that not one bit has changed. The last proof is about speed. (`kept from before`: the quick
# result had run the validation pictures already.)

# %% [markdown]
# ## Why that was quick
#
# A frozen layer gives the same features for the same picture, in every epoch. There is no need to run it ten times.
#
# So `train` looks for the **boundary**: the place between the last layer that stands still and the first one that
# learns. It runs all layers before the boundary once, and keeps the features. The epochs run over those.
#
# Most tutorials run the whole network in every epoch. `cache=False` does that. Guess how many times as long five epochs
# take.

# %% tags=["nbval-ignore-output", "hide-input"]
import time

from tlteach.engine import features


def five_epochs(**how):
    """A new head after five epochs, and the seconds they took; nothing is kept from before."""
    with tl.quietly():
        head = tl.add_head(base, task)
        features.forget()
        started = time.perf_counter()
        tl.train(head, task, epochs=5, **how)
    return head, time.perf_counter() - started


(kept, once), (plain, every_epoch) = five_epochs(), five_epochs(cache=False)
print(f"once: {once:.1f} s; in every epoch: {every_epoch:.1f} s")
print(f"{every_epoch / once:.1f} times as long")

# %%
said = [tl.evaluate(head, task.validation).predicted for head in (kept, plain)]
agree = (said[0] == said[1]).mean()
assert every_epoch / once > 1
assert agree > 0.95

# %% [markdown]
# On our two cores it took {{lesson.times_as_long}} times as long, and the two heads say the same of nearly every
# picture. The larger the base, and the more epochs, the more you gain.
#
# ## Step 5. Unfreeze the top of the base
#
# The first layers of a network see edges and colours, which serve many tasks. The last layers see what the source
# needed. So we unfreeze from the top. With this, *fine-tuning* begins.
#
# `from_layer=0.6` means: the top six tenths of the layers.
#
# **Predict.** How many points of accuracy will fine-tuning add? One point is one picture in a hundred.

# %%
### BEGIN SOLUTION
guess = 2
### END SOLUTION
predict("02-2", guess)

# %%
model = tl.unfreeze(model, from_layer=0.6)

# %% tags=["nbval-ignore-output", "hide-input"]
figure = tl.freeze_map(model)
finding = figure.axes[0].get_title()
tl.show.display(figure, alt=f"A bar for each block of the base, one for the head. {finding}.")

# %%
assert finding.endswith("from conv_dw_5 on")

# %% [markdown]
# We asked for six tenths, and got whole blocks. A **block** is a few layers that work together: here a convolution, its
# normalization, and what follows. Two things were kept from going wrong:
#
# - A block is never cut in two. Its layers learned together.
# - **Batch normalization** layers (`BatchNormalization`) stay frozen. They bring numbers to a common scale, with
#   averages that they have gathered over the whole source; a few hundred pictures would overwrite them.
#
# <details><summary>The same in plain Keras</summary>
#
# ```python
# base.trainable = True
# names = [layer.name for layer in base.layers]
# for layer in base.layers[: names.index("conv_dw_5")]:
#     layer.trainable = False
# for layer in base.layers:
#     if isinstance(layer, keras.layers.BatchNormalization):
#         layer.trainable = False
# ```
#
# </details>
#
# What happens if you train now, at once?

# %%
try:
    tl.train(model, task, epochs=1, verbose=0)
except tl.GuardError as error:
    tell(error)

# %% [markdown]
# This is the first of three famous mistakes. Keras builds its training step when `fit` first runs after a `compile`,
# out of what is trainable then. What you unfreeze later is not in it. Plain Keras would have trained on without a word,
# and the unfrozen layers would have stood still.

# %%
### BEGIN SOLUTION
option = 2
### END SOLUTION
quiz("02-q2", option)

# %% [markdown]
# ## Step 6. Recompile at a low learning rate, and train again
#
# The base knows a lot. Large steps would wash it out. So the rate is ten times lower than the head's.
#
# <details><summary>The same in plain Keras</summary>
#
# ```python
# gently = keras.optimizers.Adam(1e-4)
# model.compile(gently, "sparse_categorical_crossentropy", metrics=["accuracy"])
# model.fit(pixels, labels, epochs=5, validation_data=unseen, callbacks=[best])
# ```
#
# </details>

# %%
model = tl.recompile(model, learning_rate=1e-4)

# %% tags=["nbval-ignore-output"]
second = tl.train(model, task, epochs=5, verbose=0)
fine_tuned = tl.evaluate(model, task.validation)
print("frozen:    ", frozen, "\nfine-tuned:", fine_tuned)
reveal("02-2", round(100 * (fine_tuned.accuracy - frozen.accuracy), 1))

# %%
assert fine_tuned.accuracy > 0.85

# %% tags=["nbval-ignore-output", "hide-input"]
figure = tl.show.learning_curves(first.history, second.history)
finding = figure.get_suptitle()
tl.show.display(figure, alt=f"Over 15 epochs, the loss falls. {finding}.")

# %%
assert len(first.history["val_loss"]) == 10
assert len(second.history["val_loss"]) == 5

# %% [markdown]
# Did fine-tuning help? Ask a **paired test**. It looks only at the pictures on which the two models differ: is one of
# them right there more often than luck would have it?

# %% tags=["nbval-ignore-output"]
from tlteach.evidence.verdicts import compare

compared = compare(frozen, fine_tuned, ("frozen", "fine-tuned"))
print(compared)

# %% [markdown]
# On so few pictures you cannot say that it helped, and neither can we, unless your verdict names a winner. A difference
# that could be luck is not a finding.
#
# **Exercise 02-d: an experiment.** Would another fine-tuning do better? `fine_tune` goes through all steps with your
# settings, and compares with the frozen base. Change *one* of the two: how much is unfrozen (up to `1.0`), or the rate.
# Such as: `measured = fine_tune(from_layer=0.3, learning_rate=1e-4)`. Is yours `better`, `worse`, or is it `not shown`?


# %% tags=["hide-input"]
def fine_tune(from_layer, learning_rate):
    """Steps 2 to 6 with these settings, and a paired test beside the frozen base."""
    with tl.quietly():
        own = tl.add_head(tl.base_model(source), task)
        tl.train(own, task, epochs=10)
        own = tl.recompile(tl.unfreeze(own, from_layer), learning_rate)
        tl.train(own, task, epochs=5)
    found = compare(frozen, tl.evaluate(own, task.validation), ("frozen", "mine"))
    print(found)
    return {"from_layer": from_layer, "learning_rate": learning_rate, **found}


measured = {}

# %% tags=["nbval-ignore-output"]
### BEGIN SOLUTION
measured = fine_tune(from_layer=0.6, learning_rate=3e-4)
answer = "not shown"
### END SOLUTION
check("02-d", {"said": answer, "measured": measured})

# %% [markdown]
# ## The second famous mistake
#
# "Fine-tune" with everything still frozen: lower the rate, train again, and believe that it was fine-tuning. Let us try
# it on `quick`, the first model of this lesson.

# %%
try:
    tl.recompile(quick, learning_rate=1e-4)
except tl.GuardError as error:
    tell(error)

# %% [markdown]
# ## The third
#
# Unfreeze the whole base, and trust that `training=False` keeps BatchNormalization still. The head was put on
# `base(inputs, training=False)`, as the Keras guide tells you.

# %%
quick.get_layer(base.name).trainable = True
quick.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
try:
    tl.train(quick, task, epochs=1, verbose=0)
except tl.GuardError as error:
    tell(error)

# %% [markdown]
# This surprises people who have used Keras for years. While `fit` runs, Keras 3 overrides the `training=False` of a
# model inside a model. Its BatchNormalization layers then overwrite their averages.
#
# What does keep them still is to freeze these layers. That is what `tl.unfreeze` does.

# %%
### BEGIN SOLUTION
option = 1
### END SOLUTION
quiz("02-q3", option)

# %% [markdown]
# **Exercise 02-e.** `other` is in a bad state: all of it is unfrozen, at the rate of a new head. Put it right, in
# plain Keras:
#
# - In `inner.layers`, let only the last block learn: the layers with `_13` in their name.
# - Keep the BatchNormalization layers frozen, there too.
# - Compile `other` again. The rate should be at most a tenth of the head's `1e-3`.
#
# Answer with the model. The cell makes `other` anew each time, so you can try as often as you like.


# %% tags=["hide-input"]
def all_unfrozen():
    """A new head on a base that is unfrozen as a whole, compiled at the rate of a head."""
    with tl.quietly():
        made = tl.add_head(tl.base_model(source), task)
    made.get_layer(base.name).trainable = True
    made.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return made


print("the last layers of the base:")
for layer in base.layers[-6:]:
    print(f"   {layer.name:<18} {type(layer).__name__}")

# %%
other = all_unfrozen()
inner = other.get_layer(base.name)
### BEGIN SOLUTION
for layer in inner.layers:
    is_normalization = isinstance(layer, keras.layers.BatchNormalization)
    layer.trainable = "_13" in layer.name and not is_normalization
other.compile(keras.optimizers.Adam(1e-4), "sparse_categorical_crossentropy")
answer = other
### END SOLUTION
check("02-e", answer)

# %% [markdown]
# ## The test split, once
#
# All choices are made. Now, and only now, we look at *test*.
#
# **Exercise 02-f.** Which split has which use? Write its name in each place, in quotation marks: you *learn* from it,
# you *choose* the best epoch with it, or you *report* the accuracy on it.

# %%
### BEGIN SOLUTION
answer = {"learn": "train", "choose": "validation", "report": "test"}
### END SOLUTION
check("02-f", answer)

# %% tags=["nbval-ignore-output"]
test = tl.evaluate(model, task.test)
print(test)

# %% tags=["nbval-ignore-output", "hide-input"]
figure = tl.show.confusion_matrix(test, task.class_names)
finding = figure.axes[0].get_title()
tl.show.display(figure, alt=f"How often cats and dogs were taken for each. {finding}.")

# %%
assert test.accuracy > 0.85
assert test.confusion.sum() == len(task.test)

# %% [markdown]
# Look at the mistakes, too. They tell more than the number.

# %% tags=["nbval-ignore-output", "hide-input"]
rows = test.worst(6)
told = [test.told(row, task.class_names) for row in rows]
captions = [text.replace(", ", ",\n") for text in told]
figure = tl.show.pictures(task.test.load(rows, 96), captions)
figure.suptitle("Its mistakes, the surest first")
tl.show.display(figure, alt=f"Test pictures that it got wrong: {'; '.join(told)}.")

# %%
assert not test.correct[rows].any()

# %% [markdown]
# Where did it look? **Grad-CAM** asks how much each place of the last feature map spoke for the answer, and leaves only
# those places their light. Random weights give another picture: a test holds that, or this one would mean nothing.

# %% tags=["nbval-ignore-output", "hide-input"]
figure = tl.looked_at(model, task.test.load(rows, 96), task.class_names)
alt = f"The same pictures, dark where nothing spoke for the answer. {figure.get_suptitle()}."
tl.show.display(figure, alt=alt)

# %% tags=["hide-input"]
heat = tl.grad_cam(model, task.test.load(rows, 96))
assert heat.shape == (6, 3, 3)
assert heat.min() == 0

# %%
### BEGIN SOLUTION
option = 3
### END SOLUTION
quiz("02-q4", option)

# %% [markdown]
# ## And a photo? And yours?
#
# Chelsea is a real cat. The cat and the dog beside her are drawn, but in styles that the model has not learned from: at
# night, and in pencil.

# %% tags=["hide-input"]
from tlteach.core.files import bundled
from tlteach.image.doors import read

size = source.input_size
[(_, photo)] = read([str(bundled("photo/chelsea.jpg"))], size)
night, _ = tl.menagerie.sample("cat", 1, seed=5, style="night", size=size)
sketch, _ = tl.menagerie.sample("dog", 1, seed=5, style="sketch", size=size)

# %%
three = np.concatenate([photo, night, sketch])
says = model.predict(three, verbose=0)

# %% tags=["nbval-ignore-output", "hide-input"]
figure = tl.looked_at(model, three, task.class_names)
answers = [f"{task.class_names[row.argmax()]} {row.max():.2f}" for row in says]
told = "A photo of a cat's face, a cat drawn at night and a dog drawn in pencil"
tl.show.display(figure, alt=f"{told}: {', '.join(answers)}. Dark: nothing spoke for it.")

# %%
assert three.shape == (3, size, size, 3)
assert np.allclose(says.sum(axis=1), 1, atol=1e-3)

# %% [markdown]
# In our run it took Chelsea for a dog with a probability of {{lesson.photo}}. The model has seen drawings only, and a
# photo is from another domain. It must answer "cat" or "dog" whatever you show it, and it can be very sure and wrong.
# But one picture is no test, either way. With `TIER = "full"`, base and head have learned from photos.
#
# Now yours: drop a photo into the frame. It goes no further than to your kernel. Try your pet from near and from afar,
# and a picture with neither cat nor dog. Is what it looked at the animal?

# %% tags=["nbval-ignore-output"]
tl.try_it(model, task)

# %% [markdown]
# ## What you take away is plain Keras
#
# `model.save("model.keras")` writes it. `keras.saving.load_model("model.keras")` opens it in any Python with Keras,
# without tlteach. It takes raw pixels, 0 to 255. The next cell saves it, opens it, and compares.

# %% tags=["hide-input"]
import tempfile

with tempfile.TemporaryDirectory() as folder:
    model.save(f"{folder}/model.keras")
    reloaded = keras.saving.load_model(f"{folder}/model.keras")
pixels = task.test.load(range(8), source.input_size).astype("float32")
here, there = (one.predict(pixels, verbose=0) for one in (model, reloaded))
assert np.allclose(here, there, atol=1e-6)
print("the same probabilities, from the file as from memory")

# %% [markdown]
# ## Your numbers
#
# The numbers in the text are from a run of ours. These are yours:

# %% tags=["nbval-ignore-output", "results"]
{
    "few": f"{few.accuracy:.0%}",
    "frozen": f"{frozen.accuracy:.0%}",
    "fine_tuned": f"{fine_tuned.accuracy:.0%}",
    "test": f"{test.accuracy:.0%}",
    "photo": f"{says[0, 1]:.0%}",
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
# **Next:** [03 · Freezing and fine-tuning](03_freezing_and_fine_tuning.ipynb): how much to unfreeze, and how gently.
#
# **Read on:** the [Keras guide to transfer learning](https://keras.io/guides/transfer_learning/), and Yosinski et al.,
# [How transferable are features in deep neural networks?](https://arxiv.org/abs/1411.1792) (2014).
