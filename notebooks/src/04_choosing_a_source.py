# %% [markdown]
# # 04 · Choosing a source
#
# **The question.** Many pre-trained networks can be had. Which one do you transfer from, and can you know before you
# train?
#
# After this lesson you can
#
# - say which idea each family of networks brought, and count what it saves;
# - read the card of a source, and choose by licence, size, accuracy and what it learned from;
# - look inside a base: its feature maps, and its features in two dimensions;
# - compute a transferability score by hand, and say what it looks at;
# - read a trial of such scores, and say how far you may trust them.
#
# **Cost:** about 60 seconds on two cores, nothing to download.

# %% [markdown]
# `TIER = "full"` takes real photos (69 MB to download, once). It also adds the sources that learned from ImageNet, as
# far as their weights are on your disk already.
#
# ## First, a result
#
# Two bases with the same layers. One has learned from drawn animals, the other has random weights. A *score* looks at
# them once, and trains nothing. Higher is better.

# %% tags=["nbval-ignore-output"]
import tlteach as tl
from tlteach.course import check, predict, quiz, reveal, tell
from tlteach.engine.evaluation import outputs
from tlteach.methods.transferability import SCORES, leep, rank_sources

TIER = "bundled"
task = tl.tasks.cats_vs_dogs(TIER)
few = task.subset(n_per_class=20)
card = tl.sources.SOURCES["menagerie"]
bases = {
    "menagerie": tl.sources.build(card, image_size=96),
    "random weights": tl.sources.build(card, image_size=96, weights=None),
}
first = rank_sources(list(bases.items()), few, score="logme")
print(first)

# %%
if TIER == "bundled":
    assert first.best == "menagerie"
print("a base gives", first.rows[0][1], "features for each picture")

# %% [markdown]
# That was quick. But is a base with a higher score really the better one, once you train? First you have to know what
# there is to choose from.
#
# ## Six families, six ideas
#
# **VGG** (Simonyan and Zisserman, 2015) uses filters of 3 × 3 and nothing else, in 16 or 19 layers. Two of them in a
# row see 5 × 5 pixels, as one large filter does, with one more activation between.
#
# **Predict.** How many per cent of the weights of one 5 × 5 convolution do two 3 × 3 convolutions need? All have 64
# channels.

# %%
### BEGIN SOLUTION
guess = 50
### END SOLUTION
predict("04-1", guess)

# %%
import keras
from keras.layers import Conv2D, SeparableConv2D


def in_a_row(channels, *layers):
    """Layers in a row, on 5 x 5 places with so many channels."""
    return keras.Sequential([keras.Input((5, 5, channels)), *layers])


two = in_a_row(64, Conv2D(64, 3, use_bias=False), Conv2D(64, 3, use_bias=False))
one = in_a_row(64, Conv2D(64, 5, use_bias=False))
for name, network in {"two 3 x 3": two, "one 5 x 5": one}.items():
    print(f"{name}: {network.count_params():>7,} weights, output {network.output_shape}")
reveal("04-1", 100 * two.count_params() / one.count_params())

# %% [markdown]
# Both turn 5 × 5 places into one. So both see the same.
#
# **ResNet** (He et al., 2016). Very deep plain networks did worse than less deep ones, even on what they learned from.
# A *skip connection* cures it: a block adds something to what it gets, $y = x + F(x)$. A block that has nothing to
# add does no harm. Here is one that has learned nothing yet: all its weights are 0.

# %%
import numpy as np

picture = task.train.load([0], 96) / 255
block = Conv2D(3, 3, padding="same", kernel_initializer="zeros")
changed = np.asarray(block(picture))
skipped = picture + changed
print("a plain block passes on:", "something" if changed.any() else "nothing")
print("with a skip connection, the picture comes through:", np.allclose(skipped, picture))

# %% [markdown]
# **Inception** (Szegedy et al., 2015) runs filters of several sizes side by side, and puts their channels together. To
# make that cheap, it goes through a *bottleneck* first: a 1 × 1 convolution looks at one place alone and reduces the
# channels. ResNet-50 does the same inside its blocks.

# %%
wide = in_a_row(256, Conv2D(256, 3, padding="same", use_bias=False))
narrow = in_a_row(
    256,
    Conv2D(64, 1, use_bias=False),
    Conv2D(64, 3, padding="same", use_bias=False),
    Conv2D(256, 1, use_bias=False),
)
print(f"3 x 3 on 256 channels:       {wide.count_params():>8,} weights")
print(f"down to 64, 3 x 3, up again: {narrow.count_params():>8,} weights")
assert wide.count_params() > 8 * narrow.count_params()

# %% [markdown]
# **Xception** (Chollet, 2017) and **MobileNet** (Howard et al., 2017) go further. A plain convolution looks around
# *and* mixes channels. A *depthwise separable* one does these in two steps: one 3 × 3 filter for each channel, then
# 1 × 1 convolutions. With $c$ channels in and $f$ out, that is $9c + cf$ weights in place of $9cf$.

# %%
plain = in_a_row(64, Conv2D(64, 3, use_bias=False))
separable = in_a_row(64, SeparableConv2D(64, 3, use_bias=False))
print(f"plain:     {plain.count_params():>6,} weights")
print(f"separable: {separable.count_params():>6,} weights")
assert separable.count_params() == 9 * 64 + 64 * 64

# %% [markdown]
# **Exercise 04-a.** How many weights has a depthwise separable convolution, 3 × 3, from 128 to 256 channels, without
# biases?

# %%
### BEGIN SOLUTION
answer = 9 * 128 + 128 * 256
### END SOLUTION
check("04-a", answer)

# %% [markdown]
# **EfficientNet** (Tan and Le, 2019) asks: you may spend twice the work; on what? More layers, more channels, or
# larger pictures? *Compound scaling* grows all three together, by fixed factors. The work grows with the depth, and
# with the square of width and of resolution.

# %%
depth, width, resolution = 1.2, 1.1, 1.15  # the factors of the paper
for step in range(4):
    work = (depth * width**2 * resolution**2) ** step
    print(f"step {step}: {depth**step:.1f} x as deep, {width**step:.1f} x as wide, "
          f"{resolution**step:.1f} x as large, {work:.0f} x the work")  # fmt: skip

# %% [markdown]
# You find these ideas again when you count the layers of real networks. They are built here with random weights, which
# needs no download. Which column shows whose idea?


# %%
def anatomy(name):
    """How many layers of which kind a network has."""
    layers = tl.sources.build(tl.sources.SOURCES[name], 96, weights=None).layers
    sides = [layer.kernel_size[0] for layer in layers if type(layer) is Conv2D]
    kinds = [type(layer).__name__.replace("Separable", "Depthwise") for layer in layers]
    counts = sum(side > 1 for side in sides), sides.count(1), kinds.count("DepthwiseConv2D")
    return *counts, kinds.count("Add"), kinds.count("Concatenate")


print(f"{'':<16}{'larger':>9}{'1 x 1':>9}{'depthwise':>11}{'skip':>7}{'branches':>10}")
for name in ("vgg16", "resnet50", "inception_v3", "xception", "mobilenet_v2_035"):
    larger, points, depthwise, skips, branches = anatomy(name)
    print(f"{name:<16}{larger:>9}{points:>9}{depthwise:>11}{skips:>7}{branches:>10}")

# %% [markdown]
# Xception's separable layers hold their 1 × 1 convolutions inside. MobileNetV2 (Sandler et al., 2018) has all ideas but
# the branches. Two more families have cards here: DenseNet, where a layer sees all the earlier ones of its block, and
# ConvNeXt, a convolutional network built like a transformer.

# %%
quiz("04-q1")

# %% [markdown]
# ## The cards
#
# Each source has a card: what it learned from, what it wants to see, and on whose terms you may use it. *Top-1* is the
# share of ImageNet's validation photos whose class it names first.

# %%
cards = tl.sources.SOURCES
print(f"{'source':<20}{'parameters':>11}{'top-1':>8}  licence of the weights")
for name, source in cards.items():
    top1 = f"{100 * source.top1:.1f} %" if source.top1 else "-"
    licence = source.licence.split(";")[0].split(" (")[0]
    print(f"{name:<20}{source.parameters / 1e6:>9.1f} M{top1:>8}  {licence}")

# %% tags=["nbval-ignore-output"]
print(cards["menagerie"])

# %% tags=["nbval-ignore-output"]
from matplotlib.figure import Figure

figure = Figure(figsize=(8, 4.6), layout="constrained")
axes = figure.subplots()
for name, source in cards.items():
    if source.top1:
        side = "right" if name in ("vgg16", "mobilenet_v2_100") else "left"
        axes.scatter(source.parameters / 1e6, 100 * source.top1, color=tl.show.BLUE)
        axes.text(source.parameters / 1e6, 100 * source.top1 + 0.4, name, size=7, ha=side)
axes.set(xscale="log", xlabel="parameters without the top (millions)", xlim=(0.15, 200))
axes.set_xticks([0.2, 1, 5, 20, 100], ["0.2", "1", "5", "20", "100"])
axes.set_ylabel("top-1 accuracy on ImageNet (%)")
finding = "MobileNetV2 is as accurate as VGG16, with less than a sixth of the parameters"
axes.set_title(finding, fontsize="medium")
tl.show.display(figure, alt=f"Parameters against top-1 accuracy of the sources. {finding}.")

# %%
small, large = cards["mobilenet_v2_100"], cards["vgg16"]
assert small.top1 == large.top1
assert small.parameters < large.parameters / 6
print("parameters do not make accuracy:", small.top1 == large.top1)

# %% [markdown]
# Does a higher top-1 make a better source? Kornblith, Shlens and Le (2019) tried: over many sets of natural photos,
# largely yes. But some tricks that raise top-1 make frozen features *worse*. And on medical images, top-1 told little
# about the accuracy after transfer (Raghu et al., 2019).
#
# **Exercise 04-b.** Choose by the cards. Write the name of a source in each place, in quotation marks.
#
# - *phone*: photos, at most 5 million parameters, a licence that is stated, and then the highest top-1;
# - *drawings*: drawn animals, in a room without internet;
# - *photos*: a large server, a licence that is stated, and then the highest top-1.

# %%
### BEGIN SOLUTION
answer = {"phone": "mobilenet_v2_100", "drawings": "menagerie", "photos": "inception_resnet_v2"}
### END SOLUTION
check("04-b", answer)

# %% [markdown]
# ## What the source data teaches
#
# The layers say what a network *can* compute. What it *does* compute, the data taught it. A network that learned from
# ImageNet tells a hundred breeds of dogs apart, because that helped there. It leans on texture more than on shape
# (Geirhos et al., 2019). On medical images, which are far from photos, it gained little over small networks that were
# trained from scratch (Raghu et al., 2019).
#
# So ask how far the source's domain lies from yours. We draw the world, so we can move away step by step.

# %% tags=["nbval-ignore-output"]
domains = {
    "cats, dogs": (("cat", "dog"), "daylight"),
    "wolves, lynxes": (("wolf", "lynx"), "daylight"),
    "horses, cows": (("horse", "cow"), "daylight"),
    "cats, dogs in fog": (("cat", "dog"), "fog"),
    "cats, dogs at night": (("cat", "dog"), "night"),
    "cats, dogs sketched": (("cat", "dog"), "sketch"),
}
drawn = {name: tl.menagerie.sample(species, 100, seed=7, style=style)[0]
         for name, (species, style) in domains.items()}  # fmt: skip
titles = [name.replace("dogs ", "dogs\n") for name in drawn]
figure = tl.show.pictures(np.concatenate([images[:1] for images in drawn.values()]), titles)
tl.show.display(figure, alt=f"One picture from each of six domains: {'; '.join(drawn)}.")

# %%
assert {images.shape for images in drawn.values()} == {(100, 96, 96, 3)}
print(len(drawn), "domains, 100 pictures each")

# %% [markdown]
# How do you measure "far"? Let the base turn the pictures of two domains into features, and compare the two clouds of
# points. *Maximum mean discrepancy* (MMD; Gretton et al., 2012) is 0 on average where both come from the same domain.
#
# Which of these is farthest from other pictures of cats and dogs in daylight? Think, then run the cell.

# %% tags=["nbval-ignore-output"]
from tlteach.methods.distances import mmd

pooled = keras.Sequential([bases["menagerie"], keras.layers.GlobalAveragePooling2D()])


def features_of(images):
    return pooled.predict(images.astype("float32"), verbose=0)


ours = features_of(tl.menagerie.sample(("cat", "dog"), 100, seed=6)[0])
distances = {name: mmd(ours, features_of(images)) for name, images in drawn.items()}
figure = Figure(figsize=(7, 3), layout="constrained")
axes = figure.subplots()
axes.barh(list(distances), list(distances.values()), color=tl.show.BLUE)
axes.invert_yaxis()
axes.set_xlabel("squared MMD from cats and dogs in daylight (no unit)")
farthest = max(distances, key=distances.get)
finding = f"New pictures of the same domain lie near; {farthest} lie farthest"
axes.set_title(finding, fontsize="medium")
tl.show.display(figure, alt=f"Six bars of distances. {finding}.")

# %%
nearest, *others = distances.values()
assert abs(nearest) < 0.2 * min(others)
assert distances["wolves, lynxes"] < distances["cats, dogs at night"]
print("all other domains are farther than new pictures of the same:", nearest < min(others))

# %% [markdown]
# In this run, {{lesson.farthest}} lay farthest. And wolves and lynxes in daylight lay nearer than cats and dogs at
# night: light and style make a domain, too. Mind what the distance does not know: the labels. Night is far, and still a
# cat is a cat.
#
# ## Look inside: feature maps
#
# A layer gives a *feature map* for each of its channels: bright where it answers. Below, one picture goes through the
# base. Each row is one layer, from the bottom up.

# %% tags=["nbval-ignore-output"]
from tlteach.image.inside import activations, feature_maps

depths = {"early": "conv1_relu", "middle": "conv_pw_3_relu", "late": "conv_pw_11_relu"}
cat = task.train.load([5], 96)[0]
figure = feature_maps(bases["menagerie"], cat, list(depths.values()))
finding = "The first show its outline, the next its parts, and the last a few coarse squares"
tl.show.display(figure, alt=f"A drawn cat and its feature maps in three layers. {finding}.")

# %%
sizes = [found.shape for found in activations(bases["menagerie"], cat, list(depths.values()))]
assert sizes[0][0] > sizes[1][0] > sizes[2][0]
print("places and channels, layer by layer:", sizes)

# %% [markdown]
# Early layers answer to edges and colours, and serve any task. Late ones answer to what the source had to tell apart
# (Yosinski et al., 2014; Zeiler and Fergus, 2014). A late map has few places, and each sums up a large part of the
# picture.
#
# **Exercise 04-c.** Here is another picture in the same three layers, but shuffled. Which row is from which? Write
# `"A"`, `"B"` or `"C"` in each place.

# %% tags=["nbval-ignore-output"]
dog = task.train.load([-3], 96)[0]
shuffled = [depths[depth] for depth in ("middle", "late", "early")]
found = activations(bases["menagerie"], dog, shuffled)
figure = Figure(figsize=(7, 4.6), layout="constrained")
for letter, part, maps in zip("ABC", figure.subfigures(3, 1), found, strict=True):
    part.suptitle(letter)
    most_varied = np.argsort(-maps.std(axis=(0, 1)))[:5]
    for axes, channel in zip(part.subplots(1, 5), most_varied, strict=True):
        axes.imshow(maps[..., channel], cmap="cividis")
        axes.axis("off")
sides = ", ".join(f"{letter} {len(maps)}" for letter, maps in zip("ABC", found, strict=True))
tl.show.display(figure, alt=f"Rows of feature maps called A, B and C. Places a side: {sides}.")

# %%
assert len({maps.shape for maps in found}) == 3
### BEGIN SOLUTION
answer = {"early": "C", "middle": "A", "late": "B"}
### END SOLUTION
check("04-c", answer)

# %% [markdown]
# ## Look inside: features in two dimensions
#
# Averaged over all places, the last feature map is one point for each picture, in 256 dimensions. *Principal
# components* are the directions in which the points vary most. Take two of them, and you can draw the points.
#
# Nobody told either base what a cat is. In which of the two will cats and dogs lie apart?

# %% tags=["nbval-ignore-output"]
from tlteach.evidence.projection import features_in_two_dimensions, two_dimensions

clouds = {name: outputs(base, task.validation) for name, base in bases.items()}
for name, cloud in clouds.items():
    figure = features_in_two_dimensions(cloud, task.validation.labels, task.class_names)
    figure.suptitle(f"Base: {name}")
    finding = figure.axes[0].get_title().replace("\n", " ")
    tl.show.display(figure, alt=f"Cats and dogs as points, from the base {name}. {finding}.")

# %%
assert clouds["random weights"].std() < 1e-3 * clouds["menagerie"].std()
apart = {name: SCORES["h_score"](two_dimensions(cloud)[0], task.validation.labels)
         for name, cloud in clouds.items()}  # fmt: skip
if TIER == "bundled":
    assert apart["menagerie"] > apart["random weights"]
print("farther apart in the base that learned:", apart["menagerie"] > apart["random weights"])

# %% [markdown]
# Look at the numbers along the axes, too. On its way through random layers, the picture has nearly vanished.
#
# Two dimensions are not 256. Where two clouds overlap here, a head may still find a direction that parts them. A
# picture like this can show that classes are apart. It cannot show that they are not.
#
# ## Four candidates
#
# Now choose. The candidates:
#
# - *menagerie*: the bundled base;
# - *lower half*: the same, cut after its sixth block;
# - *grazers, tiny*: four small convolutions, trained here in seconds on eight grazing animals;
# - *random weights*: the control. What cannot beat it has learned nothing of use.

# %%
grazers = ("pig", "cow", "goat", "sheep", "deer", "horse", "elephant", "kangaroo")
images, _ = tl.menagerie.sample(grazers, 800, seed=1, size=64)
keras.utils.set_random_seed(1)
pixels = keras.Input((64, 64, 3))
x = keras.layers.Rescaling(1 / 127.5, offset=-1)(pixels)
for filters in (16, 32, 64, 128):
    x = Conv2D(filters, 3, strides=2, padding="same", activation="relu")(x)
tiny = keras.Model(pixels, x, name="grazers_tiny")
says = keras.layers.Dense(8, activation="softmax")(keras.layers.GlobalAveragePooling2D()(x))
classifier = keras.Model(pixels, says)
classifier.compile("adam", "sparse_categorical_crossentropy")
classifier.fit(images.astype("float32"), np.arange(800) % 8, epochs=15, verbose=0)
print("trained on", len(images), "drawings of", len(grazers), "species")

# %%
whole = bases["menagerie"]
half = keras.Model(whole.input, whole.get_layer("conv_pw_6_relu").output, name="lower_half")
bases |= {"lower half": half, "grazers, tiny": tiny}
if TIER == "full":
    for name in ("mobilenet_025", "mobilenet_v2_035"):
        if tl.sources.weights_path(cards[name]):
            bases[name] = tl.sources.build(cards[name], 160)
for base in bases.values():
    base.trainable = False
print("candidates:", ", ".join(bases))

# %% [markdown]
# **Predict.** Which candidate will win, with 20 labelled pictures of each class? Write its name in quotation marks. And
# how accurate will a head on *random weights* be?

# %%
### BEGIN SOLUTION
favourite = "menagerie"
### END SOLUTION
### BEGIN SOLUTION
guess = 0.6
### END SOLUTION
predict("04-2", guess)

# %% [markdown]
# A source is a choice, so we judge it on *validation*, and leave *test* alone. One draw of 20 pictures is a matter of
# luck. So each candidate gets three draws.


# %% tags=["nbval-ignore-output"]
def accuracies(base, draws=3):
    """Validation accuracy of a head on `base`, for draws of 20 pictures of each class."""
    found = []
    for seed in range(draws):
        some = task.subset(n_per_class=20, seed=seed)
        with tl.quietly():
            model = tl.add_head(base, some, learning_rate=1e-2)
            history = tl.train(model, some, epochs=20, batch_size=20, seed=seed, verbose=0)
        found.append(history.history["val_accuracy"][history.best_epoch])
    return found


results = {name: accuracies(base) for name, base in bases.items()}

# %% tags=["nbval-ignore-output"]
means = {name: float(np.mean(found)) for name, found in results.items()}
places = sorted(means, key=means.get, reverse=True)
for name in places:
    print(f"{name:<16} {means[name]:.3f}  of", ", ".join(f"{one:.3f}" for one in results[name]))
reveal("04-2", means["random weights"])

# %%
if TIER == "bundled":
    assert places[0] == "menagerie"
    assert min(results["menagerie"]) > max(results["random weights"])
print("the winner:", places[0])
print("place of your favourite:", places.index(favourite) + 1 if favourite in places else "?")

# %% [markdown]
# In our run, the bundled base got {{lesson.accuracy.menagerie}} right on average, and random weights
# {{lesson.accuracy.random weights}}. The lower half got {{lesson.accuracy.lower half}}, the grazers
# {{lesson.accuracy.grazers, tiny}}. Compare each with the control: to have been trained is not yet to be useful. Three
# draws are few: only a large gap between two candidates means something here.

# %% [markdown]
# ## Four scores
#
# You had to train a head on every candidate. Scores look once, and train nothing.
#
# | score | needs | computes |
# |---|---|---|
# | NCE | source classes | how well the most probable source class tells the label |
# | LEEP | source classes | the same, with all that the source doubts |
# | H-score | features | the share of the features' variance that lies between classes |
# | LogME | features | the evidence for a Bayesian linear head |
#
# This is all of LEEP (Nguyen et al., 2020), as the package has it:

# %%
import inspect

print(inspect.getsource(leep))

# %% [markdown]
# The heart is two lines: how often each target class goes with each source class, and what follows for your pictures.
#
# **Exercise 04-d.** A source knows wolves and horses. It looks at two dogs and two cats, and says what `says` holds: a
# row for each picture, wolf first. What is LEEP? Write the lines yourself, with NumPy, and do not call `leep`.

# %%
says = np.array([[0.9, 0.1], [0.9, 0.1], [0.2, 0.8], [0.9, 0.1]])
labels = np.array([0, 0, 1, 1])  # dog, dog, cat, cat
### BEGIN SOLUTION
one_hot = np.eye(2)[labels]
joint = one_hot.T @ says / 4  # P(y, z)
conditional = joint / joint.sum(axis=0)  # P(y given z)
expected = says @ conditional.T
answer = np.log((expected * one_hot).sum(axis=1)).mean()
### END SOLUTION
check("04-d", answer)

# %% [markdown]
# Most weights come without the head that they were trained with. So do ours. But we can draw what the source has seen,
# and so put a head back: here one for eight hunters.
#
# What will it take our cats and dogs for?

# %% tags=["nbval-ignore-output"]
hunters = ("lynx", "tiger", "lion", "serval", "wolf", "fox", "jackal", "hyena")
images, _ = tl.menagerie.sample(hunters, 400, seed=3)
head = keras.Sequential([keras.Input((256,)), keras.layers.Dense(8, activation="softmax")])
head.compile(keras.optimizers.Adam(3e-3), "sparse_categorical_crossentropy")
head.fit(features_of(images), np.arange(400) % 8, epochs=50, verbose=0)
says = head.predict(outputs(whole, task.train), verbose=0)
of_cats = says[task.train.labels == 0].sum(axis=0) / says.sum(axis=0)
order = np.argsort(of_cats)
figure = Figure(figsize=(7, 3), layout="constrained")
axes = figure.subplots()
axes.barh(np.array(hunters)[order], 100 * of_cats[order], color=tl.show.ORANGE)
axes.set_xlabel(f"what the source takes for this animal: share of {task.class_names[0]}s (%)")
finding = f"What it takes for a {hunters[order[-1]]} is most often a {task.class_names[0]}"
axes.set_title(finding, fontsize="medium")
tl.show.display(figure, alt=f"Eight bars, one for each hunter. {finding}.")

# %%
of_hunters = leep(says, task.train.labels)
nothing = leep(np.full((len(task.train), 8), 1 / 8), task.train.labels)
assert abs(nothing + np.log(2)) < 1e-6
assert nothing < of_hunters < 0
print("the hunters tell more than a source that says nothing:", of_hunters > nothing)

# %% [markdown]
# A source that says the same of every picture gets $-\log 2 \approx -0.693$, for two classes of equal size. The best
# there is is 0. The hunters got {{lesson.leep}}.

# %%
quiz("04-q2")

# %% [markdown]
# **H-score** (Bao et al., 2019) needs only features. Replace each picture's features by the mean of its class, and
# compare two covariances: $\operatorname{tr}\left(C_\text{features}^{-1}\, C_\text{class means}\right)$.
#
# **Exercise 04-e.** Compute it for these two features of six pictures. `np.cov` wants one row for each feature, and
# `np.trace` sums a diagonal.

# %%
toy = np.array([[0, 1], [1, 3], [2, 2], [3, 2], [4, 6], [5, 4]])
labels = np.array([0, 0, 0, 1, 1, 1])
### BEGIN SOLUTION
class_means = np.array([toy[labels == label].mean(axis=0) for label in labels])
answer = np.trace(np.linalg.inv(np.cov(toy.T)) @ np.cov(class_means.T))
### END SOLUTION
check("04-e", answer)

# %% [markdown]
# **LogME** (You et al., 2021) imagines a linear head with random weights, and asks how probable it makes your labels,
# over all heads at once. The scale of weights and noise is the one that suits the labels best. Features that could fit
# any labels spread their evidence over all of them, and gain little.
#
# Now all of them beside the truth, from the 40 pictures of `few`. Does something look wrong?

# %% tags=["nbval-ignore-output"]
chosen = ("logme", "h_score", "shrunk_h_score")
found = {name: outputs(base, few.train) for name, base in bases.items()}
scored = {name: [SCORES[score](features, few.train.labels) for score in chosen]
          for name, features in found.items()}  # fmt: skip
print(f"{'':<16}{'accuracy':>9}" + "".join(f"{score:>16}" for score in chosen))
for name in places:
    print(f"{name:<16}{means[name]:>9.3f}" + "".join(f"{one:>16.3f}" for one in scored[name]))

# %%
blind = [name for name in places if abs(scored[name][1] - 1) < 1e-6]
assert {"menagerie", "lower half"} <= set(blind)
by_logme = sorted(scored, key=lambda name: scored[name][0], reverse=True)
agree = "agree" if by_logme[0] == places[0] else "do not agree"
print("the plain H-score has no higher value for any source:", "menagerie" in blind)

# %%
quiz("04-q3")

# %% [markdown]
# In our run, LogME and the accuracies {{lesson.agree}} on the winner. Four candidates are no proof. A score that can
# tell a trained network from a random one has not yet shown that it can tell two trained ones apart. For that you need
# a trial.
#
# ## The scores on trial
#
# How alike are two orders? *Kendall's correlation* counts the pairs that both put in the same order. It is 1 for the
# same order and -1 for the reverse. The *weighted* one (Vigna, 2015) lets mistakes at the top weigh more. There they
# cost you.

# %%
from scipy.stats import weightedtau

truth = [4, 3, 2, 1]
orders = {
    "the same order": [4, 3, 2, 1],
    "last two exchanged": [4, 3, 1, 2],
    "first two exchanged": [3, 4, 2, 1],
    "the reverse": [1, 2, 3, 4],
}
for told, guessed in orders.items():
    print(f"{told:<20} {weightedtau(truth, guessed).statistic:+.2f}")

# %% [markdown]
# `benchmarks/transferability.py` holds the trial. It pre-trains sources on other animals, in other styles, or for less
# time. It scores each on several target tasks, then fine-tunes it and looks at the test pictures. Its record is
# bundled.
#
# **Predict.** Suppose that you always take the source that LogME likes best. On how many of the targets is that within
# one point of the best source?

# %%
### BEGIN SOLUTION
guess = 2
### END SOLUTION
predict("04-3", guess)

# %%
import json

from tlteach.core.files import bundled

record = bundled("comparisons/transferability.json").read_text(encoding="utf-8")
trial = json.loads(record)
n_sources = {name: row["fine_tuned"]["sources"] for name, row in trial["scores"].items()}
print("targets:", ", ".join(trial["targets"]))
print("pre-trained sources that each score can rank:", n_sources)

# %% [markdown]
# Before you look at any correlation, look at what there is to put in order: the accuracy of each source on each target
# after fine-tuning, averaged over the draws of labels. Which sources are better than the control, *random weights*?

# %%
accuracy = {}
for run in trial["runs"]:
    of_source = accuracy.setdefault(run["source"], {})
    of_source.setdefault(run["target"], []).append(run["fine_tuned"])
table = {name: [np.mean(draws) for draws in found.values()] for name, found in accuracy.items()}
print(f"{'':<18}" + "".join(f"{target:>16}" for target in trial["targets"]))
for name, found in table.items():
    print(f"{name:<18}" + "".join(f"{100 * value:>14.1f} %" for value in found))
control = np.array(table.pop("random weights"))
better = (np.array(list(table.values())) >= control + 0.05).sum(axis=0)
print(f"at least 5 points better than the control: {better.tolist()} of {len(table)}")

# %% [markdown]
# In our trial, {{lesson.better}} of {{lesson.sources}} sources were at least five points better than the control,
# target by target. Among the others, much of the order is luck, and no score can foresee luck. Keep that in mind with
# every number below: a trial can show no more than the differences between its sources.
#
# Here is how well the scores did: the mean over the targets with its interval, and each target. The last column counts
# the control as well. Where a score gives all sources the same value, it puts them in no order: that counts as 0.

# %%
sides = {"above 0": [], "around 0": [], "below 0": []}
print(f"{'score':<16}{'correlation':>12}{'95 % interval':>17}  {'each target':<22}with control")
for name, row in trial["scores"].items():
    judged = row["fine_tuned"]
    low, high = judged["interval_95"]
    sides["above 0" if low > 0 else "below 0" if high < 0 else "around 0"].append(name)
    by_target = "  ".join(f"{value:+.2f}" for value in judged["by_target"])
    control = row["fine_tuned, with random weights"]["mean"]
    interval = f"[{low:+.2f}, {high:+.2f}]"
    print(f"{name:<16}{judged['mean']:>+12.2f}{interval:>17}  {by_target:<22}{control:+.2f}")

# %% tags=["nbval-ignore-output"]
figure = Figure(figsize=(7, 3.4), layout="constrained")
axes = figure.subplots()
for place, judged in enumerate(row["fine_tuned"] for row in trial["scores"].values()):
    each = {"color": tl.show.ORANGE, "label": "one target" if not place else None}
    axes.scatter(judged["by_target"], [place] * len(judged["by_target"]), s=14, **each)
    axes.plot(judged["interval_95"], [place, place], color=tl.show.BLUE)
    axes.plot(judged["mean"], place, "o", color=tl.show.BLUE, label=None if place else "mean")
axes.axvline(0, color="grey", linestyle=":")
axes.set_yticks(range(len(trial["scores"])), trial["scores"])
axes.invert_yaxis()
axes.set_xlabel("weighted Kendall correlation with fine-tuned accuracy, 95 % interval")
finding = f"Intervals above 0: {len(sides['above 0'])} of {len(trial['scores'])} scores"
axes.set_title(finding, fontsize="medium")
axes.legend(fontsize="small")
tl.show.display(figure, alt=f"A line for each score: mean and interval. {finding}.")

# %%
assert sum(map(len, sides.values())) == len(trial["scores"])
print("above 0:", ", ".join(sides["above 0"]) or "none")
print("around 0, no order shown:", ", ".join(sides["around 0"]) or "none")
print("below 0, the order is reversed:", ", ".join(sides["below 0"]) or "none")

# %% [markdown]
# In our trial, the interval lay above 0 for: {{lesson.above}}. It held 0, so that no order was shown, for:
# {{lesson.around}}. It lay below 0 for: {{lesson.below}}. Highest on every target was: {{lesson.led}}.
#
# The intervals count the luck of the sources and of the draws. They do not count the choice of the targets.
#
# **Exercise 04-f.** This table is made up. For each score write one word: `"orders"` if its order of the sources agrees
# with the true one, `"reverses"` if it runs the other way, `"unclear"` if the trial cannot tell.
#
# ```
# score   correlation   95 % interval
# A             +0.55   [-0.10, +0.88]
# B             +0.41   [+0.18, +0.66]
# C             -0.37   [-0.64, -0.09]
# ```

# %%
### BEGIN SOLUTION
answer = {"A": "unclear", "B": "orders", "C": "reverses"}
### END SOLUTION
check("04-f", answer)

# %% [markdown]
# A correlation is not yet a good choice. What would you have got? Here is the test accuracy of the source that each
# score likes best, after fine-tuning, target by target.

# %%
best = trial["choices"]["the best in hindsight"]["accuracy"]
rows = {name: row["fine_tuned accuracy of its choice"] for name, row in trial["scores"].items()}
rows |= {name: row["accuracy"] for name, row in trial["choices"].items()}
for name, found in rows.items():
    print(f"{name:<24}" + "".join(f"{100 * value:>8.1f} %" for value in found))
lost = [round(top - value, 4) for top, value in zip(best, rows["logme"], strict=True)]
near = sum(value <= 0.01 for value in lost)
reveal("04-3", near)

# %%
tell(trial["verdict"])

# %% [markdown]
# LogME was within one point of the best on {{lesson.near}} of the {{lesson.targets}} targets. Compare the rows with
# *any pre-trained source*: that is what a blind choice gets on average. A score has to beat it to be worth the trouble.
#
# Do not carry this result over to other sources without thought. A far larger study found that small changes of the
# sources, the targets or the measure change which score looks best, and that none is best everywhere (Agostinelli et
# al., 2022).

# %%
quiz("04-q4")

# %% [markdown]
# ## So how do you choose?
#
# 1. Read the cards. Licence, size and input leave few sources.
# 2. Prefer a source whose domain is near yours.
# 3. Take a score for a hint, and for no more than its trial supports.
# 4. Train a head on two or three that are left. With the features kept, that takes seconds. Judge on validation.
#
# ## Your numbers
#
# The numbers in the text are from a run of ours. These are yours:

# %% tags=["nbval-ignore-output", "results"]
by_target = np.array([row["fine_tuned"]["by_target"] for row in trial["scores"].values()])
leaders = {list(trial["scores"])[place] for place in by_target.argmax(axis=0)}
{
    "accuracy": {name: f"{mean:.0%}" for name, mean in means.items()},
    "farthest": farthest,
    "leep": f"{of_hunters:.2f}",
    "agree": agree,
    **{side.split()[0]: ", ".join(names) or "none of them" for side, names in sides.items()},
    "led": min(leaders) if len(leaders) == 1 else "no score",
    "better": ", ".join(map(str, better)),
    "sources": len(table),
    "near": near,
    "targets": len(trial["targets"]),
}

# %% [markdown]
# ## Recap
#
# Small filters in stacks, skip connections, branches and bottlenecks, separable convolutions, compound scaling: six
# families, and few ideas. The layers say what a network can compute; the source data says what it does compute. Early
# layers are general, late ones are not. A transferability score looks once and trains nothing. Whether you may trust
# it is a question for a trial, with an interval, on sources like yours.

# %% [markdown]
# **Read on:** the networks.
#
# - K. Simonyan, A. Zisserman (2015): [Very Deep Convolutional Networks for Large-Scale Image
#   Recognition](https://arxiv.org/abs/1409.1556).
# - C. Szegedy et al. (2015): [Going Deeper with Convolutions](https://arxiv.org/abs/1409.4842).
# - K. He, X. Zhang, S. Ren, J. Sun (2016): [Deep Residual Learning for Image
#   Recognition](https://arxiv.org/abs/1512.03385).
# - F. Chollet (2017): [Xception: Deep Learning with Depthwise Separable
#   Convolutions](https://arxiv.org/abs/1610.02357).
# - A. G. Howard et al. (2017): [MobileNets](https://arxiv.org/abs/1704.04861). M. Sandler et al. (2018):
#   [MobileNetV2](https://arxiv.org/abs/1801.04381).
# - M. Tan, Q. V. Le (2019): [EfficientNet: Rethinking Model Scaling for Convolutional Neural
#   Networks](https://arxiv.org/abs/1905.11946).

# %% [markdown]
# What is learned, and what transfers:
#
# - M. D. Zeiler, R. Fergus (2014): [Visualizing and Understanding Convolutional
#   Networks](https://arxiv.org/abs/1311.2901).
# - J. Yosinski et al. (2014): [How transferable are features in deep neural
#   networks?](https://arxiv.org/abs/1411.1792)
# - S. Kornblith, J. Shlens, Q. V. Le (2019): [Do Better ImageNet Models Transfer
#   Better?](https://arxiv.org/abs/1805.08974)
# - R. Geirhos et al. (2019): [ImageNet-trained CNNs are biased towards texture](https://arxiv.org/abs/1811.12231).
# - M. Raghu et al. (2019): [Transfusion: Understanding Transfer Learning for Medical
#   Imaging](https://arxiv.org/abs/1902.07208).
# - A. Gretton et al. (2012): [A Kernel Two-Sample Test](https://jmlr.org/papers/v13/gretton12a.html).

# %% [markdown]
# Scores:
#
# - A. T. Tran, C. V. Nguyen, T. Hassner (2019): [Transferability and Hardness of Supervised Classification
#   Tasks](https://arxiv.org/abs/1908.08142), which has NCE.
# - Y. Bao et al. (2019): An Information-Theoretic Approach to Transferability in Task Transfer Learning, ICIP. It has
#   the H-score. S. Ibrahim, N. Ponomareva, R. Mazumder (2022): [Newer is not always
#   better](https://arxiv.org/abs/2110.06893). It has the shrunken one.
# - C. V. Nguyen et al. (2020): [LEEP](https://arxiv.org/abs/2002.12462).
# - K. You et al. (2021): [LogME](https://arxiv.org/abs/2102.11005).
# - S. Vigna (2015): [A Weighted Correlation Index for Rankings with Ties](https://arxiv.org/abs/1404.3325).
# - A. Agostinelli et al. (2022): [How stable are Transferability Metrics
#   evaluations?](https://arxiv.org/abs/2204.01403)
