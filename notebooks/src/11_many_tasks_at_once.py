# %% [markdown]
# # 11 · Many tasks at once
#
# **The question.** You have few labels for your task, and many for others on the same pictures. When does it help to
# learn them together, and when does it harm?
#
# After this lesson you can
#
# - build one trunk with a head for each task, and train it where labels are missing;
# - try partners, and tell help from harm;
# - find a loss that drowns the others, and repair it at its cause;
# - read uncertainty weights, GradNorm and PCGrad in code, and say what they did not do here;
# - tie trunks to each other instead of sharing one.
#
# **Cost:** about 40 seconds on two cores, nothing to download.

# %% [markdown]
# Words in **bold** are in the [glossary](glossary.md).
#
# ## First, a result: labels of other things
#
# A smart camera sees six species. Somebody has named the animal in 60 of 3,600 pictures. For all of them the shape of
# the ears, the length of the muzzle and the width of the face are known. Can these help with the species?

# %% tags=["nbval-ignore-output"]
import inspect
import json

import numpy as np

import tlteach as tl
from tlteach import multi_task
from tlteach.core.files import bundled
from tlteach.course import check, predict, quiz, reveal
from tlteach.evidence import curves

how = {"epochs": 12, "batch_size": 128}
camera = multi_task.smart_camera("train").keep("species", 60)
validation = multi_task.smart_camera("validation")


# %% tags=["nbval-ignore-output"]
def beside(*partners, **weights):
    """Accuracy of the species on validation pictures, learned beside partners."""
    tasks = camera.only("species", *partners)
    steps = how if partners else how | {"epochs": 28 * how["epochs"]}  # alone: as many steps
    model = multi_task.network(tasks, learning_rate=2e-3)
    multi_task.static(model, tasks, weights or None, **steps)
    return validation.judge(model)["species"]


alone = beside()
together = beside("ears", "muzzle", "face_width")
print(f"species alone {alone:.2f}, beside ears, muzzle and face {together:.2f}")

# %%
assert 0.4 < alone < 0.75
assert together > alone - 0.05  # one run; five seeds follow

# %% [markdown]
# To train on several tasks at once is **multi-task learning**. No picture and no label of a species was added. Here
# are six of the animals:

# %% tags=["nbval-ignore-output", "hide-input"]
species = ("cat", "dog", "fox", "wolf", "rabbit", "bear")
images, animals = tl.menagerie.sample(species, 6, seed=0)
titles = [f"{a.species}: {a.ears} ears\n{a.coat} coat, {a.background}" for a in animals]
figure = tl.show.pictures(images, titles, columns=6)
figure.suptitle("One picture, many labels")
tl.show.display(figure, alt=f"Six drawn animals, each with its labels: {'; '.join(titles)}.")

# %%
assert [animal.species for animal in animals] == list(species)

# %% [markdown]
# ## One trunk, a head for each task
#
# The inputs are features that a middle layer of the frozen base gives, kept in a file. (Not the top layer: it was
# trained to tell most of these species.) Then comes one layer that all tasks share, the **trunk**, and a **head** for
# each task. This is **hard parameter sharing**.
#
# $$\text{loss} = \sum_i w_i \cdot \text{loss}_i$$
#
# Classes have a cross-entropy, numbers a squared error, and the $w_i$ are Keras' `loss_weights`.


# %% tags=["hide-input"]
def code_of(function, start=None):
    """Print a function of tlteach from the line with `start`, without its docstring."""
    source = inspect.getsource(inspect.unwrap(function))
    before, _, body = source.split('"""', 2)
    lines = (before.rstrip() + body).splitlines()
    first = next(row for row, line in enumerate(lines) if start is None or start in line)
    print("\n".join(lines[first:]))


# %% tags=["nbval-ignore-output"]
from tlteach.methods.multi_task.network import with_heads

code_of(multi_task.network)
code_of(with_heads)

# %% [markdown]
# Where a picture has no label for a task, its **sample weight** there is 0. It still teaches the trunk through its
# other labels.

# %% tags=["nbval-ignore-output"]
code_of(multi_task.Tasks.arrays)

# %% [markdown]
# **Exercise 11-a.** The weights of a task are raised until their mean over all 3,600 pictures is 1. Which weight has
# one of the 60 species labels?

# %%
### BEGIN SOLUTION
answer = 3600 / 60
### END SOLUTION
check("11-a", answer)

# %% [markdown]
# ## Which partners?
#
# Ears and muzzle are parts of what makes a species. The background and the colour of the coat are not: here, every
# species has every coat and stands everywhere.
#
# **Predict.** How accurate are the species beside *background and coat*?

# %%
### BEGIN SOLUTION
guess = 0.6
### END SOLUTION
predict("11-1", guess)

# %% tags=["nbval-ignore-output"]
elsewhere = beside("background", "coat")
print(f"alone {alone:.2f}, beside background and coat {elsewhere:.2f}")
reveal("11-1", elsewhere)

# %% [markdown]
# One run is a coin that was thrown once. The record, `python benchmarks/multi_task.py`, has five seeds, each with its
# own 60 labels, judged on test pictures. The star is your run, on validation pictures:

# %% tags=["nbval-ignore-output", "hide-input"]
record = json.loads(bundled("comparisons/multi_task.json").read_text(encoding="utf-8"))


def of(part, *names):
    """Accuracies of the species by name, one for each seed."""
    scores = record[part]["scores"]
    return {name: scores[name]["species"] for name in names or scores}


def gain(part, name, baseline="alone"):
    """How many points are gained over the baseline, mean of five seeds."""
    return 100 * np.mean(np.subtract(of(part)[name], of(part)[baseline]))


# %% tags=["nbval-ignore-output", "hide-input"]
gains = {name: gain("partners", name) for name in ("related", "unrelated", "all five")}
title = f"Related partners {gains['related']:+.1f} points, unrelated {gains['unrelated']:+.1f}"
yours = {"alone": alone, "related": together, "unrelated": elsewhere}
judged_on = record["partners"]["inputs"]
figure = curves.dots({"mean of five seeds": of("partners")}, title, judged_on, yours)
tl.show.display(figure, alt=f"Accuracy of six species with 60 labels, by partners. {title}.")

# %%
assert gains["related"] > 3
assert gains["unrelated"] < -1

# %%
print(*record["partners"]["verdicts"], sep="\n")

# %% [markdown]
# The trunk has 64 features, and each of them serves whoever pulls. A partner that looks at ears makes features of
# ears, from 3,600 labels, and the species' head finds them ready. A partner that looks at the coat makes features
# that the species must look past. This is **negative transfer** again, as in lesson 01.
#
# **Exercise 11-b, an experiment.** Choose partners of your own. There are `ears`, `muzzle`, `face_width`,
# `background`, `coat`, and the place in the picture, `x` and `y`. Say what they do: `"helps"` or `"hurts"` by `0.02`
# or more, or `"neither"`.

# %% tags=["nbval-ignore-output"]
partners = ["muzzle"]
measured = {"partners": partners, "alone": alone, "with partners": beside(*partners)}
print(measured)
### BEGIN SOLUTION
difference = measured["with partners"] - alone
said = "helps" if difference >= 0.02 else "hurts" if difference <= -0.02 else "neither"
### END SOLUTION
check("11-b", {"said": said, "measured": measured})

# %% [markdown]
# ## With all labels
#
# Now every picture has its species named. What are the same partners worth?

# %% tags=["nbval-ignore-output", "hide-input"]
parts = {"60 labels": "partners", "3,600 labels": "all labels"}
kinds = ("related", "unrelated")
bars = {f"{kind}, {n}": gain(part, kind) for kind in kinds for n, part in parts.items()}
left = {kind: gain("all labels", kind) for kind in kinds}
related, unrelated = left.values()
title = f"All labels: the help is gone ({related:+.1f}), some harm stays ({unrelated:+.1f})"
figure = tl.show.bars(bars, "accuracy beside partners, minus alone (points)", title, mark=0)
tl.show.display(figure, alt=f"Four bars: gains with 60 and with 3,600 labels. {title}.")

# %%
assert abs(left["related"]) < 1.5
assert gain("partners", "unrelated") < left["unrelated"] < -1

# %% [markdown]
# Labels of the species tell the trunk themselves what ears are good for. Partners stand in for labels that you do not
# have. But the trunk has still to be shared, and those who want something else of it still cost a little.

# %%
### BEGIN SOLUTION
option = 2
### END SOLUTION
quiz("11-q1", option)

# %% [markdown]
# ## A loud partner
#
# Where in the picture is the animal? That is a harmless question. We ask it in pixels.
#
# **Predict.** How accurate are the species beside `x` and `y` in pixels?

# %%
### BEGIN SOLUTION
guess = 0.6
### END SOLUTION
predict("11-2", guess)

# %% tags=["nbval-ignore-output"]
in_pixels = beside("x_in_pixels", "y_in_pixels")
standardised = beside("x", "y")
print(f"alone {alone:.2f}, in pixels {in_pixels:.2f}, standardised {standardised:.2f}")
reveal("11-2", in_pixels)

# %% [markdown]
# To **standardise** is to subtract the mean and to divide by the spread. The question is the same, and so is what can
# be known about it. Only the unit differs.
#
# **Exercise 11-c.** Before training, a head of numbers says about 0. The animal is about 50 pixels from there. A head
# that guesses among six classes has a loss of $\log 6$, about `1.79`. How many times as large is the loss of the
# place?

# %%
### BEGIN SOLUTION
answer = 50**2 / 1.79
### END SOLUTION
check("11-c", answer)

# %% [markdown]
# ## Clever weights
#
# Could a method find the right $w_i$ by itself? Three famous ones try. **Uncertainty weights** learn how noisy each
# task is, $s_i = \log \sigma_i^2$, and count a noisy one for less:
#
# $$\text{loss} = \sum_i e^{-s_i}\, \text{loss}_i + \tfrac{1}{2} s_i$$

# %% tags=["nbval-ignore-output"]
from tlteach.methods.multi_task.gradnorm import balanced
from tlteach.methods.multi_task.pcgrad import mended
from tlteach.methods.multi_task.uncertainty import Uncertain

code_of(Uncertain.compute_loss)

# %% [markdown]
# **GradNorm** looks at how hard each task pulls at the trunk, and raises the weight of who pulls too little or lags
# behind:

# %% tags=["nbval-ignore-output"]
code_of(balanced)

# %% [markdown]
# **PCGrad** leaves sizes alone. Where two gradients point against each other, $g_i \cdot g_j < 0$, each gives up the
# part that hurts the other. The code works on products only, so it finds how much of each old gradient goes into the
# sum:

# %% tags=["nbval-ignore-output"]
code_of(mended)

# %% tags=["nbval-ignore-output", "hide-input"]
methods = ("uncertainty", "GradNorm", "PCGrad")
loud = ["alone", "standardised", "in pixels", *(f"in pixels, {name}" for name in methods)]
clever = {name: gain("weights", name) for name in loud[1:]}
best = max(clever[name] for name in loud[3:])
title = (f"In pixels {clever['in pixels']:+.1f} points; the best clever weights {best:+.1f}; "
         f"standardised {clever['standardised']:+.1f}")  # fmt: skip
yours = {"alone": alone, "in pixels": in_pixels, "standardised": standardised}
shown = {"mean of five seeds": of("weights", *loud)}
figure = curves.dots(shown, title, record["weights"]["inputs"], yours)
tl.show.display(figure, alt=f"Accuracy of the species beside the place, six ways. {title}.")

# %%
assert clever["in pixels"] < -5
assert clever["standardised"] > -5
assert best < clever["standardised"]

# %% [markdown]
# No clever weighting came back to where standardising is. Do not look for a method where the data has the wrong unit.
#
# **Exercise 11-d, an experiment.** A fixed weight can do it. Give both places in pixels the same small `weight`, in
# powers of ten. Which is the *largest* at which the species lose less than `0.03` against `alone`?

# %% tags=["nbval-ignore-output"]
weights = [1.0]
### BEGIN SOLUTION
weights = [0.1, 0.01]
said = 0.01
### END SOLUTION
measured = {"alone": alone, "weights": {}}
for weight in weights:
    both = {"x_in_pixels": weight, "y_in_pixels": weight}
    measured["weights"][weight] = beside("x_in_pixels", "y_in_pixels", **both)
print(measured)
check("11-d", {"said": said, "measured": measured})

# %% [markdown]
# Dividing a target by its spread divides its squared error by the variance. Here that is {{lesson.variance}}, so the
# weight that you found is no accident.
#
# ## Who is loud when all have one unit?
#
# **Exercise 11-e.** Let a loss of classes stay at $L$ and look for the $s$ at which $e^{-s} L + s / 2$ is lowest. The
# 60 labels of the species are soon memorised: $L = 0.005$. Which weight $e^{-s}$ do they get?

# %%
### BEGIN SOLUTION
answer = 1 / (2 * 0.005)
### END SOLUTION
check("11-e", answer)

# %% [markdown]
# Our record trained the related partners with uncertainty weights that learn {{lesson.speed}} times as fast as the
# network. In the end the species had the weight {{lesson.weight_of_species}}, and the ears {{lesson.weight_of_ears}}:
# 60 memorised labels were by far the loudest. Did it cost accuracy?

# %% tags=["nbval-ignore-output", "hide-input"]
names = ["related", *(n for n in of("weights") if n.startswith("related,"))]
by_name = {name: gain("weights", name) for name in names}
title = (f"Gains over the species alone: weights that stay {by_name['related']:+.1f} points, "
         f"fast uncertainty {by_name['related, fast uncertainty']:+.1f}")  # fmt: skip
shown = {"mean of five seeds": of("weights", "alone", *names)}
figure = curves.dots(shown, title, record["weights"]["inputs"])
tl.show.display(figure, alt=f"Accuracy beside related partners, by weights. {title}.")

# %%
assert all(points > 0 for points in by_name.values())

# %%
verdicts = record["weights"]["verdicts"]
print(*[verdict for verdict in verdicts if " related, " in verdict], sep="\n")

# %% [markdown]
# No difference is shown. One of five seeds lost its whole gain with fast weights, the others lost nothing in
# {{lesson.epochs}} epochs. PCGrad found few conflicts to mend. So clever weights neither helped nor harmed here: a
# fixed 1, with standardised targets, was as good.

# %%
### BEGIN SOLUTION
option = 3
### END SOLUTION
quiz("11-q2", option)

# %% [markdown]
# ## Can gradients choose the partners?
#
# It would save the trials: look at what each task wants of the trunk, its gradient, and take partners that want the
# same. For a dense head the gradient needs no tape. The error $p - y$ goes back through the head's weights, then
# through the active features, and meets the inputs of the trunk:

# %% tags=["nbval-ignore-output"]
from tlteach.methods.multi_task.gradients import Together

code_of(Together.gradients, start="of_features = ")

# %% tags=["nbval-ignore-output", "hide-input"]
partners_of = ("ears", "muzzle", "face_width", "background", "coat")
by_epoch = record["cosines"].items()
said = {name: {int(epoch): row[name] for epoch, row in by_epoch} for name in partners_of}
at_first = {name: np.mean(found[0]) for name, found in said.items()}
ears, background = at_first["ears"], at_first["background"]
title = f"Before training the ears have {ears:+.2f}, the background {background:+.2f}"
xlabel, ylabel = "epochs of training together", "cosine, a dot a seed (no unit)"
figure = curves.over(said, title, xlabel, ylabel)
told = "Cosines of five partners' gradients with that of the species"
tl.show.display(figure, alt=f"{told}. {title}.")

# %%
assert min(at_first["background"], at_first["coat"]) > max(at_first["ears"], at_first["muzzle"])
assert np.mean(said["ears"][5]) > np.mean(said["coat"][5])

# %% [markdown]
# Before training and after one epoch, background and coat agree with the species more than the ears do: whoever chose
# by the cosine would have taken the partners that harm. After five epochs the ears are ahead, and the coat comes
# second. By then you have trained.
#
# A gradient says what one step does to the loss on the pictures at hand. Whether the trunk's new features serve *new*
# pictures of species, it does not say.

# %%
### BEGIN SOLUTION
option = 3
### END SOLUTION
quiz("11-q3", option)

# %% [markdown]
# ## Soft sharing
#
# The heads need not share one trunk. With **soft sharing** every task has its own. **Tied trunks** are drawn to their
# mean, $\lambda \sum_i |K_i - \bar{K}|^2$. **Cross-stitch** lets each task take a mixture of all trunks' features,
# $h_i \leftarrow \sum_j a_{ij} h_j$, and learns the $a_{ij}$. Both are short:

# %% tags=["nbval-ignore-output"]
from tlteach.methods.multi_task.soft_sharing import apart

code_of(apart)
code_of(multi_task.own_trunks, start="n, names = ")

# %% tags=["nbval-ignore-output", "hide-input"]
soft = {name: gain("sharing", name) for name in ("one trunk", "tied trunks", "cross-stitch")}
told = (f"{name} {points:+.1f}" for name, points in soft.items())
title = f"Points over alone: {', '.join(told)}"
figure = curves.dots({"mean of five seeds": of("sharing")}, title, record["sharing"]["inputs"])
tl.show.display(figure, alt=f"Accuracy with one trunk and with soft sharing. {title}.")

# %%
assert soft["one trunk"] > 0

# %%
print(*record["sharing"]["verdicts"], sep="\n")

# %% [markdown]
# With trunks of their own, nothing is shown to be gained: with the settings that we took, the species' trunk kept to
# its 60 labels. Where tasks harm each other, that independence is what you pay for. (A stronger tie comes nearer to
# one trunk; we did not search for the best.)
#
# ## Where sharing buys nothing
#
# The two people of lesson 10 once more: Wei has labelled 20 mails, Giulia all of hers. We learn both filters with one
# trunk, and ask Wei's.

# %% tags=["nbval-ignore-output"]
of_wei = {name: scores["Wei"] for name, scores in record["mail"]["scores"].items()}
for name, accuracies in of_wei.items():
    print(f"{name:<16} {np.mean(accuracies):.2f} on Wei's mail")
print(*record["mail"]["verdicts"], sep="\n")

# %%
assert all(0.4 < np.mean(accuracies) < 0.65 for accuracies in of_wei.values())

# %% [markdown]
# Guessing has one half. Nothing is shown to be bought. Giulia's labels tell the trunk what *she* wants of mails in
# Italian and English, and the base reads hardly any of Wei's Chinese. Two tasks with the same name need not be
# related.

# %% tags=["nbval-ignore-output", "results"]
weights_of = record["weights"]["scores"]["related, fast uncertainty"]
{
    "variance": f"{np.var(camera.labels['x_in_pixels']):.0f}",
    "speed": 30,
    "weight_of_species": f"{np.mean(weights_of['weight of species']):.0f}",
    "weight_of_ears": f"{np.mean(weights_of['weight of ears']):.1f}",
    "epochs": how["epochs"],
}

# %% [markdown]
# ## Recap
#
# One trunk with many heads lets labels of one task teach features for another. With few labels of your task, related
# partners help, unrelated ones harm, and with all labels only a little harm is left. A loss in another unit drowns
# the others: standardise the target first. Clever weights did not replace that. Neither names nor gradients choose
# partners safely. Try them, on validation data.

# %% [markdown]
# **Read on:** Caruana, Multitask Learning (1997). Duong et al., Low Resource Dependency Parsing (2015), for tied
# trunks. Misra et al., [Cross-stitch Networks for Multi-task Learning](https://arxiv.org/abs/1604.03539) (2016).
# Kendall, Gal and Cipolla, [Multi-Task Learning Using Uncertainty to Weigh Losses](https://arxiv.org/abs/1705.07115)
# (2018). Chen et al., [GradNorm](https://arxiv.org/abs/1711.02257) (2018). Yu et al., [Gradient Surgery for
# Multi-Task Learning](https://arxiv.org/abs/2001.06782) (2020). Standley et al., [Which Tasks Should Be Learned
# Together in Multi-task Learning?](https://arxiv.org/abs/1905.07553) (2020). Kurin et al., [In Defense of the Unitary
# Scalarization for Deep Multi-Task Learning](https://arxiv.org/abs/2201.04122) (2022), on fixed weights against
# clever ones.
#
# **Next:** [12 · Few labels, many pictures](12_few_labels_many_pictures.ipynb): few labels, and inputs without any.
