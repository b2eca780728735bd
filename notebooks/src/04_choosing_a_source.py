# %% [markdown]
# # 04 · Choosing a source
#
# **The question.** Many pre-trained networks can be had. What do you look at, before you choose one?
#
# After this lesson you can
#
# - say which idea each family of networks brought, and count what it saves;
# - read the card of a source, and choose by licence, size, accuracy and time;
# - say what goes wrong when the pixels are not what the source is used to;
# - measure how far a domain lies from what the source has seen, and say what that tells;
# - look inside a base: its feature maps, and its features in two dimensions.
#
# **Cost:** about 40 seconds on two cores, nothing to download.

# %% [markdown]
# Words in **bold** are in the [glossary](glossary.md). `TIER = "full"` takes real photos (69 MB to download, once).
#
# ## First, a result
#
# Two bases with the same layers. One has learned from drawn animals, the other has random weights. A head on each
# learns from 20 pictures of each class, five times, with other pictures each time.

# %% tags=["nbval-ignore-output"]
import numpy as np

import tlteach as tl
from tlteach.course import check, predict, quiz, reveal
from tlteach.engine.evaluation import outputs
from tlteach.methods.transferability import frozen_head

TIER = "bundled"
task = tl.tasks.cats_vs_dogs(TIER)
card = tl.sources.SOURCES["menagerie"]
whole = tl.sources.build(card, image_size=96)
train, held_out = task.train.labels, task.validation.labels

# %% tags=["nbval-ignore-output"]
import keras

keras.utils.set_random_seed(1)
bases = {"menagerie": whole, "random weights": tl.sources.build(card, 96, weights=None)}


def draw(labels, seed, n=20):
    """Rows of `n` pictures of each class, drawn with a seed."""
    rows = np.random.default_rng(seed).permutation(len(labels))
    return np.concatenate([rows[labels[rows] == label][:n] for label in np.unique(labels)])


accuracy = {}
for name, base in bases.items():
    few, judge = outputs(base, task.train), outputs(base, task.validation)
    draws = [draw(train, seed) for seed in range(5)]
    accuracy[name] = [frozen_head(few[rows], train[rows], judge, held_out) for rows in draws]
    print(f"{name:<16}", *[f"{one:.2f}" for one in accuracy[name]])

# %%
if TIER == "bundled":
    assert min(accuracy["menagerie"]) > max(accuracy["random weights"]) + 0.1

# %% [markdown]
# In our run the mean was {{lesson.learned}} and {{lesson.random}}, and guessing gets a half. The layers are the same.
# So what counts is what they have learned, and from what. But first: which layers are there?
#
# ## Six families, six ideas
#
# *VGG* (Simonyan and Zisserman, 2015) uses filters of 3 × 3 and nothing else, in 16 or 19 layers. Two of them in a row
# see 5 × 5 pixels, as one large filter does, with one more activation between.
#
# **Predict.** How many per cent of the weights of one 5 × 5 convolution do two 3 × 3 convolutions need? All have 64
# channels.

# %%
### BEGIN SOLUTION
guess = 50
### END SOLUTION
predict("04-1", guess)

# %%
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
# *ResNet* (He et al., 2016). Very deep plain networks did worse than less deep ones, even on what they learned from. A
# **skip connection** cures it: a block adds something to what it gets, $y = x + F(x)$. A block that has nothing to add
# does no harm.
#
# *Inception* (Szegedy et al., 2015) runs filters of several sizes side by side, and puts their channels together. To
# make that cheap, it goes through a **bottleneck** first: a 1 × 1 convolution looks at one place alone and reduces the
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

# %% [markdown]
# *Xception* (Chollet, 2017) and *MobileNet* (Howard et al., 2017) go further. A plain convolution looks around *and*
# mixes channels. A **depthwise separable convolution** does these in two steps: one 3 × 3 filter for each channel, then
# 1 × 1 convolutions. With $c$ channels in and $f$ out, that is $9c + cf$ weights in place of $9cf$.

# %%
plain = in_a_row(64, Conv2D(64, 3, use_bias=False))
separable = in_a_row(64, SeparableConv2D(64, 3, use_bias=False))
print(f"plain:     {plain.count_params():>6,} weights")
print(f"separable: {separable.count_params():>6,} weights")

# %%
assert wide.count_params() > 8 * narrow.count_params()
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
# *EfficientNet* (Tan and Le, 2019) asks: you may spend twice the work; on what? More layers, more channels, or larger
# pictures? **Compound scaling** grows all three together. The work grows with the depth, and with the square of width
# and of resolution. With the factors of the paper, $1.2 \cdot 1.1^2 \cdot 1.15^2 \approx 2$.
#
# You find these ideas again when you count the layers of real networks. They are built here with random weights, which
# needs no download. Which column shows whose idea?


# %% tags=["hide-input"]
def anatomy(name):
    """How many layers of which kind a network has."""
    layers = tl.sources.build(tl.sources.SOURCES[name], 96, weights=None).layers
    points = [layer.kernel_size == (1, 1) for layer in layers if type(layer) is Conv2D]
    kinds = [type(layer).__name__.replace("Separable", "Depthwise") for layer in layers]
    counts = points.count(False), points.count(True), kinds.count("DepthwiseConv2D")
    return *counts, kinds.count("Add"), kinds.count("Concatenate")


print(f"{'':<16}{'larger':>9}{'1 x 1':>9}{'depthwise':>11}{'skip':>7}{'branches':>10}")
for name in ("vgg16", "resnet50", "inception_v3", "xception", "mobilenet_v2_035"):
    larger, points, depthwise, skips, branches = anatomy(name)
    print(f"{name:<16}{larger:>9}{points:>9}{depthwise:>11}{skips:>7}{branches:>10}")

# %% [markdown]
# Xception's separable layers hold their 1 × 1 convolutions inside. Inception also has filters of 1 × 7 and 7 × 1: they
# are among the larger ones. MobileNetV2 (Sandler et al., 2018) has skip connections, bottlenecks and depthwise filters,
# and no branches. Compound scaling came a year later. Two more families have cards here: DenseNet, where a layer sees
# all the earlier ones of its block, and ConvNeXt, a convolutional network built like a transformer.

# %%
### BEGIN SOLUTION
option = 2
### END SOLUTION
quiz("04-q1", option)

# %% [markdown]
# Three kinds of sources have no card here. You will meet them elsewhere:
#
# - a **vision transformer** cuts a picture into patches, and lets each patch look at all the others
#   ([Dosovitskiy et al., 2021](https://arxiv.org/abs/2010.11929)). Lesson 06 shows that idea on words;
# - a **self-supervised** source learned without labels, for instance to fill in hidden patches
#   ([He et al., 2022](https://arxiv.org/abs/2111.06377)), or to give two views of one picture the same features
#   ([Oquab et al., 2024](https://arxiv.org/abs/2304.07193));
# - a *picture-text* source learned which caption belongs to which picture
#   ([CLIP: Radford et al., 2021](https://arxiv.org/abs/2103.00020)). You can name it new classes in words.
#
# You choose among them as among the others: card, pixels, time, and then a head on your own pictures.

# %% [markdown]
# ## The cards
#
# Each source has a card: what it learned from, what it wants to see, and on whose terms you may use it. **Top-1** is
# the share of ImageNet's validation photos whose class it names first.

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
from tlteach.image.cards import accuracy_over_parameters

finding = "MobileNetV2 is as accurate as VGG16, with less than a sixth of the parameters"
figure = accuracy_over_parameters(cards.values(), finding)
tl.show.display(figure, alt=f"Parameters against top-1 accuracy of the sources. {finding}.")

# %%
small, large = cards["mobilenet_v2_100"], cards["vgg16"]
assert small.top1 == large.top1
assert small.parameters < large.parameters / 6

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
# ## Time
#
# Parameters tell how large a download is. They do not tell how long a picture takes: a convolution uses each of its
# weights at every place. And no card tells you the time on *your* machine. So measure it.
#
# **Predict.** MobileNetV2 has less than a sixth of the parameters of VGG16. How many per cent of its time does it take,
# for one picture of 224 × 224 pixels?

# %%
### BEGIN SOLUTION
guess = 15
### END SOLUTION
predict("04-2", guess)

# %% tags=["nbval-ignore-output"]
import time


def milliseconds(name, repeats=5):
    """How long a source takes for one picture; random weights take as long as learned ones."""
    network = tl.sources.build(cards[name], 224, weights=None)
    picture = np.zeros((1, 224, 224, 3), "float32")
    network.predict_on_batch(picture)  # the first call also prepares
    started = time.perf_counter()
    for _ in range(repeats):
        network.predict_on_batch(picture)
    return 1000 * (time.perf_counter() - started) / repeats


took = {name: milliseconds(name) for name in ("mobilenet_v2_100", "resnet50", "vgg16")}
print(*[f"{name:<18}{one:>6.0f} ms for one picture" for name, one in took.items()], sep="\n")
reveal("04-2", 100 * took["mobilenet_v2_100"] / took["vgg16"])

# %% [markdown]
# On our machine it was {{lesson.share}}. The same top-1, and very different waiting.
#
# ## The pixels
#
# A source wants its pixels as in pre-training. Some want them from -1 to 1, some with blue first, some as they are. The
# card says which. What if they come otherwise? Below, the head learns from right pixels, and then has to judge others.

# %% tags=["nbval-ignore-output"]
pooled = keras.Sequential([whole, keras.layers.GlobalAveragePooling2D()])


def features_of(images):
    return pooled.predict(images.astype("float32"), verbose=0)


learned = outputs(whole, task.train)
pictures = task.validation.load(range(len(task.validation)), 96)
arriving = {"right": pictures, "blue first": pictures[..., ::-1]}
arriving["divided by 255"] = pictures / 255
spoiled = {told: frozen_head(learned, train, features_of(given), held_out)
           for told, given in arriving.items()}  # fmt: skip
print(*[f"{told:<16} accuracy {one:.2f}" for told, one in spoiled.items()], sep="\n")

# %%
if TIER == "bundled":
    assert spoiled["right"] > spoiled["blue first"] + 0.1
    assert spoiled["blue first"] > spoiled["divided by 255"]

# %% [markdown]
# Nothing gives an error. The accuracy falls from {{lesson.pixels.right}} to {{lesson.pixels.blue first}} with blue
# first, and to {{lesson.pixels.divided by 255}} in the wrong range: the network sees a black picture each time. This is
# why `tl.base_model` puts the right preprocessing *into* the network, and proves that it is right.

# %%
### BEGIN SOLUTION
option = 2
### END SOLUTION
quiz("04-q2", option)

# %% [markdown]
# ## What the source data teaches
#
# The layers say what a network *can* compute. What it *does* compute, the data taught it. A network that learned from
# ImageNet tells a hundred breeds of dogs apart, because that helped there. It leans on texture more than on shape
# (Geirhos et al., 2019). On medical images, which are far from photos, it gained little over small networks that were
# trained from scratch (Raghu et al., 2019).
#
# So ask how far the source's domain lies from yours. We draw the world, so we can move away step by step.

# %% tags=["hide-input", "nbval-ignore-output"]
domains = {
    "source's species": (tl.menagerie.SOURCE_SPECIES, "daylight"),
    "wolves, lynxes": (("wolf", "lynx"), "daylight"),
    "cats, dogs": (("cat", "dog"), "daylight"),
    "cats, dogs in fog": (("cat", "dog"), "fog"),
    "cats, dogs at night": (("cat", "dog"), "night"),
    "cats, dogs sketched": (("cat", "dog"), "sketch"),
}
drawn = {name: tl.menagerie.sample(species, 120, seed=7, style=style)[0]
         for name, (species, style) in domains.items()}  # fmt: skip
titles = [name.replace("dogs ", "dogs\n").replace("'s ", "'s\n") for name in drawn]
figure = tl.show.pictures(np.concatenate([images[:1] for images in drawn.values()]), titles)
tl.show.display(figure, alt=f"One picture from each of six domains: {'; '.join(drawn)}.")

# %%
assert {images.shape for images in drawn.values()} == {(120, 96, 96, 3)}

# %% [markdown]
# How do you measure "far"? Let the base turn the pictures of two domains into features, and compare the two clouds of
# points. The **maximum mean discrepancy** (MMD; Gretton et al., 2012) is 0 on average where both come from the same
# domain.
#
# Which of these is farthest from what the source has learned from? Think, then run the cell.

# %% tags=["nbval-ignore-output"]
from tlteach.methods.distances import mmd

seen = features_of(tl.menagerie.sample(tl.menagerie.SOURCE_SPECIES, 240, seed=6)[0])
distances = {name: mmd(seen, features_of(images)) for name, images in drawn.items()}
finding = "A new style lies farther from the source than two new species do"
figure = tl.show.bars(distances, "squared MMD from the source's drawings (no unit)", finding)
tl.show.display(figure, alt=f"Six bars of distances. {finding}.")

# %%
same, *others = distances.values()
assert abs(same) < 0.3 * min(others)
styles = [distances[f"cats, dogs {style}"] for style in ("in fog", "at night", "sketched")]
assert min(styles) > 2 * distances["cats, dogs"]

# %% [markdown]
# New drawings of the source's own species lie near 0. Wolves and lynxes are two of these species, but only two. Cats
# and dogs, which the source has never seen, are still near; light and style move them far away. But mind what the
# distance does not know: the labels. Is a farther domain also a harder one?
#
# **Exercise 04-c, an experiment.** `try_style` draws cats and dogs in a style. It returns the distance from the
# source's drawings, and the mean accuracy of five heads, trained on 20 pictures of each class *in that style*.
# Add fog, night and sketch to `measured`. Then say: of any two styles, has the farther one the lower accuracy? Write
# `"always"` or `"not always"`.


# %% tags=["nbval-ignore-output"]
def try_style(style):
    """How far the style lies from the source's drawings, and how accurate new heads are."""
    images, _ = tl.menagerie.sample(("cat", "dog"), 600, seed=8, style=style)
    found, labels = features_of(images), np.arange(600) % 2
    judge = found[200:], labels[200:]
    heads = [frozen_head(found[rows], labels[rows], *judge)
             for rows in (draw(labels[:200], seed) for seed in range(5))]  # fmt: skip
    return mmd(seen, found[:200]), np.mean(heads)


measured = {"daylight": try_style("daylight")}
print("daylight: distance {:.2f}, accuracy {:.2f}".format(*measured["daylight"]))

# %%
### BEGIN SOLUTION
measured |= {style: try_style(style) for style in ("fog", "night", "sketch")}
said = "not always"
### END SOLUTION
check("04-c", {"said": said, "measured": measured})

# %% [markdown]
# In our run, sketches were the farthest ({{lesson.styles.sketch.0}}) and still easier than night
# ({{lesson.styles.sketch.1}} against {{lesson.styles.night.1}}). So a distance warns you that the pictures are of
# another kind. It does not put domains in the order of their accuracy.
#
# ## Look inside: feature maps
#
# A layer gives a **feature map** for each of its channels: bright where it answers. Below, one picture goes through the
# base. Each row is one layer, from the bottom up.

# %% tags=["nbval-ignore-output"]
from tlteach.image.inside import activations, feature_maps

depths = {"early": "conv1_relu", "middle": "conv_pw_3_relu", "late": "conv_pw_11_relu"}
cat = task.train.load([5], 96)[0]
figure = feature_maps(whole, cat, list(depths.values()))
finding = "The first show its outline, the next its parts, and the last a few coarse squares"
tl.show.display(figure, alt=f"A drawn cat and its feature maps in three layers. {finding}.")

# %%
sizes = [found.shape for found in activations(whole, cat, list(depths.values()))]
assert sizes[0][0] > sizes[1][0] > sizes[2][0]
print("places and channels, layer by layer:", sizes)

# %% [markdown]
# Early layers answer to edges and colours, and serve any task. Late ones answer to what the source had to tell apart
# (Yosinski et al., 2014; Zeiler and Fergus, 2014). A late map has few places, and each sums up a large part of the
# picture.
#
# ## Look inside: features in two dimensions
#
# Averaged over all places, the last feature map is one point for each picture, in 256 dimensions. **Principal
# components** are the directions in which the points vary most. Take two of them, and you can draw the points.
#
# Nobody told either base what a cat is. In which of the two will cats and dogs lie apart?

# %% tags=["nbval-ignore-output"]
from tlteach.evidence.projection import features_in_two_dimensions, two_dimensions
from tlteach.methods.transferability import h_score

clouds = {name: outputs(base, task.validation) for name, base in bases.items()}
for name, cloud in clouds.items():
    figure = features_in_two_dimensions(cloud / cloud.std(), held_out, task.class_names)
    figure.suptitle(f"Base: {name}, its features divided by their spread, {cloud.std():.0e}")
    finding = figure.axes[0].get_title().replace("\n", " ")
    tl.show.display(figure, alt=f"Cats and dogs as points, from the base {name}. {finding}.")

# %%
assert clouds["random weights"].std() < 1e-3 * clouds["menagerie"].std()
apart = {name: h_score(two_dimensions(cloud)[0], held_out) for name, cloud in clouds.items()}
if TIER == "bundled":
    assert apart["menagerie"] > apart["random weights"]

# %% [markdown]
# Look at the spread, too: on its way through random layers, the picture has nearly vanished. And compare the share in
# the title with the one for labels drawn by lot. The means were taken from these very points, so even wrong labels get
# more than a half.
#
# Two dimensions are not 256. Where two clouds overlap here, a head may still find a direction that parts them. A
# picture like this can show that classes are apart. It cannot show that they are not.

# %% [markdown]
# ## So what do you look at?
#
# 1. The card: licence, size, what it learned from.
# 2. The pixels: what the source wants, and whether that is what it gets.
# 3. The time, on your machine.
# 4. A head on two or three that are left, judged on validation. Can a score do without it? That is the next lesson.
#
# The numbers in the text are from a run of ours. The last cell has yours.

# %% tags=["nbval-ignore-output", "results"]
{
    "learned": f"{np.mean(accuracy['menagerie']):.0%}",
    "random": f"{np.mean(accuracy['random weights']):.0%}",
    "share": f"{took['mobilenet_v2_100'] / took['vgg16']:.0%}",
    "pixels": {told: f"{one:.0%}" for told, one in spoiled.items()},
    "styles": {style: [f"{far:.2f}", f"{acc:.0%}"] for style, (far, acc) in measured.items()},
}

# %% [markdown]
# ## Recap
#
# Small filters in stacks, skip connections, branches and bottlenecks, separable convolutions, compound scaling: six
# families, and few ideas. The layers say what a network can compute; the source data says what it does compute. Pixels
# of the wrong kind give no error. A distance tells that a domain is another one, and not how hard it is.
#
# **Next:** [04b · Scores on trial](04b_scores_on_trial.ipynb): can you know which source is best before you train?

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
