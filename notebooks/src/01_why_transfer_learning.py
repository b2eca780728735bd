# %% [markdown]
# # 01 · Why transfer learning
#
# **The question.** You have few labels. Should your network begin with what another network has learned?
#
# After this lesson you can
#
# - tell isolated from transferred learning, and say what, when and how to transfer;
# - read learning curves with their intervals, and say what they show and what they do not;
# - compute a transfer gain, and know negative transfer by its sign;
# - say with $D = \{X, P(X)\}$ and $T = \{Y, P(Y \mid X)\}$ what differs between a source and a target;
# - tell inductive, transductive and unsupervised transfer apart.
#
# **Cost:** about 70 seconds on two cores, nothing to download.

# %% [markdown]
# ## First, a result
#
# Two networks learn to tell cats from dogs, from 10 labelled pictures of each. `scratch` starts from random weights.
# `frozen` starts from a base that has learned from other animals, and trains only a new head on it. Both do it twice,
# with other pictures each time: `seeds=2`.
#
# (With `TIER = "full"`, what you run in this lesson uses real photos. The first time, that downloads 69 MB and a small
# network. What we have measured before stays as it is.)

# %% tags=["nbval-ignore-output"]
import tlteach as tl
from tlteach.course import check, predict, quiz, reveal

TIER = "bundled"
task = tl.tasks.cats_vs_dogs(TIER)
methods = ["scratch", "frozen"]
glance = tl.compare.compare(methods, task, seeds=2, labels_per_class=10, progress=False)
for row in glance.rows:
    print(f"{row.method:<8} {row.mean:.0%} of {len(glance.labels)} test pictures are right")

# %%
from_scratch, transferred = (row.accuracies for row in glance.rows)
assert min(transferred) > 0.75
print("transfer is ahead with both seeds:", min(transferred) > max(from_scratch))

# %% [markdown]
# In our run it was {{lesson.glance_scratch}} from scratch and {{lesson.glance_frozen}} with transfer. Two seeds are a
# glance, and no proof. The proof comes below.
#
# ## Isolated and transferred
#
# | | isolated learning | transferred learning |
# |---|---|---|
# | begins with | random weights | weights that another task has left behind |
# | learns from | your labels | your labels, and through the weights from the source |
# | when the next task comes | begins again | begins with what is there |
#
# You did not learn to tell cats from dogs as a newborn, either. You knew eyes, ears and noses before.

# %% [markdown]
# ## What, when, how
#
# **What** can be transferred?
#
# - *Features*: a frozen base turns pictures into features, and the head learns from these.
# - *Weights*: they are where training begins, and may move. This is fine-tuning.
# - *Examples*: labelled inputs of the source join those of the target, with a weight for each.
# - *Relations*: what follows what, in a game or in a network of people.
#
# **When?** When the source knows something that the target needs, and your labels do not tell it already. Else transfer
# does no good, or does harm. You will see when.
#
# **How?** That is the rest of this course. Lesson 02 takes you through six steps.

# %% [markdown]
# ## Less data
#
# **Predict.** In the glance, each class had 10 labels. How many labels per class does `scratch` need to get as far as
# `frozen` gets with 10? You can choose among 20, 50, 100 and 200.

# %%
### BEGIN SOLUTION
guess = 50
### END SOLUTION
predict("01-1", guess)

# %% [markdown]
# To answer that we need many runs: three methods, five budgets of labels, five seeds for each. The third method,
# `fine_tuned`, goes all six steps: train the head, then unfreeze the top of the base and train on at a low rate.
#
# This is how to ask for it. It would take {{lesson.grid_minutes}} minutes on two cores:
#
# ```python
# methods = ["scratch", "frozen", "fine_tuned"]
# budgets = [10, 20, 50, 100, 200]
# record = tl.compare.compare(methods, task, seeds=5, labels_per_class=budgets)
# record.save("label_budgets.json")
# ```
#
# We have done it for you. You load the record, with every single run in it.

# %%
from tlteach.core.files import bundled

record = tl.compare.load(bundled("comparisons/label_budgets.json"))
print(len(record.runs), "runs,", len(record.failed), "of them failed")
print(len(record.labels), "test pictures")
print("labels per class:", *record.budgets)

# %% tags=["nbval-ignore-output"]
from tlteach.evidence.curves import learning_curve

mean = {(row.method, row.labels_per_class): row.mean for row in record.rows}
few = {method: f"{mean[method, 10]:.0%} {method}" for method in record.methods}
finding = f"With 10 labels per class: {', '.join(few.values())}"
figure = learning_curve(record)
figure.axes[0].set_title(finding, fontsize="medium")
tl.show.display(figure, alt=f"Test accuracy over labels per class, three methods. {finding}.")

# %%
assert mean["frozen", 10] > mean["scratch", 10] + 0.2
assert mean["scratch", 200] > mean["scratch", 10] + 0.2
goal = mean["frozen", 10]
as_many = [labels for labels in record.budgets if mean["scratch", labels] >= goal]
reveal("01-1", as_many[0])

# %% [markdown]
# **How to read it.** Each mark is the mean of five seeds. A seed draws other pictures to learn from, and other random
# weights. The bar is the 95 % interval: with other seeds, the mean would most likely lie in it. All were judged on the
# same test pictures.
#
# With 10 labels per class, `scratch` has {{lesson.scratch_10}}, and `frozen` has {{lesson.frozen_10}}. Guessing
# would have a half. Look at the bars, too. Which is the longest, and why? These are its five seeds:

# %%
longest = max(record.rows, key=lambda row: row.high - row.low)
assert longest.labels_per_class < 100
assert max(longest.accuracies) - min(longest.accuracies) > 0.1
print(longest.method, "with", longest.labels_per_class, "labels per class:")
print(*[f"{accuracy:.2f}" for accuracy in longest.accuracies])

# %% [markdown]
# The method, the number of labels and the test pictures were the same each time. Only the draw differed, and the
# weights at the start. From a single run you would have told quite another story. This is why we repeat.

# %% [markdown]
# **Exercise 01-a.** Here are the numbers behind the picture. How many labels per class must `scratch` have, at the
# least, for a mean accuracy of $0.85$?

# %% tags=["nbval-ignore-output"]
print("labels per class   method       accuracy")
for row in record.rows:
    print(f"{row.labels_per_class:>16}   {row.method:<12} {row.mean:.3f}")

# %%
### BEGIN SOLUTION
answer = min(labels for labels in record.budgets if mean["scratch", labels] >= 0.85)
### END SOLUTION
check("01-a", answer)

# %% [markdown]
# ## Is transfer always better?
#
# The **transfer gain** is the accuracy with transfer, minus the accuracy from scratch with the same labels. Above zero
# transfer has helped. Below zero it has done harm: that is **negative transfer**.
#
# **Predict.** How many points does `frozen` gain over `scratch` when each class has 200 labels? One point is one
# picture in a hundred. Your guess may be below zero.

# %%
### BEGIN SOLUTION
guess = 1
### END SOLUTION
predict("01-2", guess)

# %% tags=["nbval-ignore-output"]
from tlteach.evidence.verdicts import points

gains = tl.compare.transfer_gain(record, "frozen")
for gain in gains:
    told = f"{points(gain.difference)}, p = {gain.p_value:.2g}"
    print(f"{gain.labels_per_class:>3} labels per class: {told}")
reveal("01-2", round(100 * gains[-1].difference.mean, 1))

# %%
assert gains[0].is_shown
assert gains[0].difference.mean > 0.2
assert gains[-1].difference.mean < gains[0].difference.mean - 0.2
print("the gain shrinks as labels come:", gains[-1].difference.mean < gains[0].difference.mean)

# %% [markdown]
# In square brackets stands the 95 % interval of the gain: for other seeds, and for other test pictures.
#
# The **p-value** says how often luck alone would give such a difference or a larger one, if there were none. Who asks
# many questions gets a lucky answer in the end. So these p-values are corrected for all pairs of the record. The rule:
# below $0.05$ a difference is *shown*. Else it is *not shown*, which does not mean that there is none.
#
# **Exercise 01-b.** What does the record show for each number of labels? Write `positive`, `negative` or `not shown`,
# in quotation marks.

# %%
### BEGIN SOLUTION
answer = {"10": "positive", "20": "positive", "50": "positive",
          "100": "not shown", "200": "not shown"}  # fmt: skip
### END SOLUTION
check("01-b", answer)

# %% tags=["nbval-ignore-output"]
from tlteach.evidence.curves import transfer_gain_curve

figure = transfer_gain_curve(record, "frozen")
finding = figure.axes[0].get_title()
tl.show.display(figure, alt=f"The transfer gain in points, over labels per class: {finding}.")

# %%
assert [gain.labels_per_class for gain in gains] == list(record.budgets)
print(gains)

# %% [markdown]
# A filled mark is a difference that is shown. A hollow one is not shown.
#
# Why does the gain shrink? A frozen base sees every picture as its source taught it to. With few labels that is a
# gift. With many, `scratch` can find features that are made for this task, and `frozen` cannot. Does it help to
# unfreeze the top?

# %%
print(tl.compare.transfer_gain(record, "fine_tuned"))

# %% [markdown]
# It can happen that an interval does not hold zero, and still nothing is shown. An interval looks at one pair alone.
# The corrected p-value knows how many pairs were looked at, and asks for more. Here it has happened:

# %%
apart = [pair for pair in record.pairs if pair.difference.low > 0 and not pair.is_shown]
assert apart
print(*apart, sep="\n")

# %%
quiz("01-q1")

# %% [markdown]
# **Exercise 01-c.** Another task, five seeds. Compute the transfer gain in points, with its sign.

# %%
import numpy as np

with_transfer = np.array([0.88, 0.91, 0.90, 0.93, 0.88])
without_transfer = np.array([0.94, 0.93, 0.96, 0.95, 0.92])
### BEGIN SOLUTION
answer = 100 * (with_transfer.mean() - without_transfer.mean())
### END SOLUTION
check("01-c", answer)

# %%
quiz("01-q3")

# %% [markdown]
# ## Less time
#
# **Predict.** `scratch` trains all of its weights. `frozen` trains only the head. How many times as many weights does
# `scratch` train?

# %%
### BEGIN SOLUTION
guess = 10
### END SOLUTION
predict("01-3", guess)

# %%
rows = {(row.method, row.labels_per_class): row for row in record.rows}
learns = {method: rows[method, 10].trainable_parameters for method in record.methods}
for method, weights in learns.items():
    print(f"{method:<12} {weights:>8,} weights learn")
reveal("01-3", round(learns["scratch"] / learns["frozen"]))

# %% tags=["nbval-ignore-output"]
from matplotlib.figure import Figure

seconds = {name: [rows[name, n].seconds for n in record.budgets] for name in record.methods}
figure = Figure(figsize=(7, 3.6), layout="constrained")
axes = figure.subplots()
colours = (tl.show.ORANGE, tl.show.BLUE, tl.show.GREEN)
for method, colour, mark in zip(record.methods, colours, "os^", strict=True):
    axes.plot(record.budgets, seconds[method], f"{mark}-", color=colour, label=method)
axes.set(xlabel="labels per class", ylabel="seconds for one run", ylim=(0, None))
axes.set_xticks(record.budgets, record.budgets)
axes.legend()
times = seconds["scratch"][-1] / seconds["frozen"][-1]
finding = f"With 200 labels per class, scratch takes {times:.0f} times as long as frozen"
axes.set_title(finding, fontsize="medium")
tl.show.display(figure, alt=f"Seconds for one run of each method, over labels. {finding}.")

# %%
assert times > 2

# %% [markdown]
# A run of `frozen` with 200 labels per class took {{lesson.frozen_seconds}} seconds, and one of `scratch`
# {{lesson.scratch_seconds}}. Each used one core. Seconds are rough: they also depend on what else the machine does.
#
# This is not the whole bill. Somebody trained the base before. The card of our base says for how long:

# %% tags=["nbval-ignore-output"]
import json

card = json.loads(bundled("weights/menagerie_mobilenet_025.json").read_text())
saved = seconds["scratch"][-1] - seconds["frozen"][-1]
runs_to_pay = 60 * card["minutes"] / saved
print(f"pre-training: {card['minutes']} minutes on {card['cores']} cores")
print(f"one run saves {saved:.0f} s: after {runs_to_pay:.0f} runs the base has paid")

# %% [markdown]
# So transfer saves time because a base is shared: trained once, used for many tasks.
#
# ## Better generalisation
#
# A network **generalises** if it is right about pictures that it has not learned from. So compare its accuracy on the
# training pictures with that on the test pictures. The difference is the *gap*.

# %%
drawn = task.subset(10, seed=0)
shares = {}
for method in (tl.compare.scratch, tl.compare.frozen):
    with tl.quietly():  # what the steps say is for lesson 02
        model = method(drawn, seed=0)
    judged = [tl.evaluate(model, split).accuracy for split in (drawn.train, task.test)]
    shares[method.__name__] = judged

# %% tags=["nbval-ignore-output"]
figure = Figure(figsize=(7, 2.2), layout="constrained")
axes = figure.subplots()
names = list(shares)
train, test = np.array([shares[name] for name in names]).T
gap = dict(zip(names, 100 * (train - test), strict=True))
axes.hlines(names, test, train, color="grey", zorder=1)
axes.scatter(train, names, 80, tl.show.BLUE, marker="o", label="train")
axes.scatter(test, names, 80, tl.show.ORANGE, marker="s", label="test")
axes.set(xlabel="accuracy (share)", xlim=(0.4, 1.05), ylim=(1.6, -0.6))
axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
gaps = f"{gap['scratch']:.0f} points for scratch, {gap['frozen']:.0f} for frozen"
finding = f"In this run, the gap is {gaps}"
axes.set_title(finding, fontsize="medium")
tl.show.display(figure, alt=f"Accuracy on train and on test, one run of each. {finding}.")

# %%
assert gap["scratch"] > 0
assert shares["frozen"][1] > shares["scratch"][1] + 0.1

# %% [markdown]
# In our run the gap was {{lesson.gap_scratch}} points for `scratch`, and {{lesson.gap_frozen}} for `frozen`. With
# another seed it will be another one. A small gap alone is no merit: who knows nothing has none. Look at the test
# accuracy first.

# %%
quiz("01-q2")

# %% [markdown]
# ## The vocabulary
#
# Two words carry most of the theory, as Pan and Yang wrote it in 2010.
#
# - A **domain** $D = \{X, P(X)\}$: where inputs come from. $X$ is the space of all possible inputs. $P(X)$ says how
#   often each comes.
# - A **task** $T = \{Y, P(Y \mid X)\}$: what is asked. $Y$ is the set of labels. $P(Y \mid X)$ is how probable each
#   label is, given the input. This is what a network learns.
#
# **Transfer learning** uses what was learned from a source, $D_S$ and $T_S$, to learn the target's $P(Y \mid X)$
# better, where $D_S \neq D_T$ or $T_S \neq T_T$.
#
# Here are inputs from both domains of this lesson.

# %% tags=["nbval-ignore-output"]
known = ["bear", "owl", "fox", "rabbit", "cow", "elephant"]
new = ["cat", "dog"] * 3
names = known + new
pictures = [tl.menagerie.sample(name, 1, seed=row)[0][0] for row, name in enumerate(names)]
figure = tl.show.pictures(pictures, names)
figure.suptitle("P(X) differs: animals of the source above, of the target below")
tl.show.display(figure, alt=f"Drawn animals. Above: {', '.join(known)}. Below: cats and dogs.")

# %%
in_source, in_target = tl.menagerie.SOURCE_SPECIES, tl.menagerie.TARGET_SPECIES
assert not set(in_source) & set(in_target)
print("labels in the source:", len(in_source), "species; in the target:", *in_target)

# %% [markdown]
# | | source | target | |
# |---|---|---|---|
# | $X$ | colour pictures, 96 by 96 pixels | colour pictures, 96 by 96 pixels | the same |
# | $P(X)$ | 24 species, none of them cat or dog | cats and dogs | different |
# | $Y$ | the names of the 24 species | cat, dog | different |
# | $P(Y \mid X)$ | which of the 24? | which of the two? | different |
#
# **Exercise 01-d.** A network knows road signs by day. Now it shall work at night: the same camera, the same kinds of
# signs. What is the `same`, and what is `different`?

# %%
### BEGIN SOLUTION
answer = {"X": "same", "P(X)": "different", "Y": "same", "P(Y|X)": "same"}
### END SOLUTION
check("01-d", answer)

# %%
quiz("01-q4")

# %% [markdown]
# ## Three kinds of transfer
#
# Pan and Yang sort transfer by two questions: is the task the same, and where are the labels?
#
# | | domains | tasks | labels in the source | labels in the target |
# |---|---|---|---|---|
# | **inductive** | same or not | different | some or none | some |
# | **transductive** | different | same | yes | none |
# | **unsupervised** | same or not | different | none | none |
#
# Cats and dogs are *inductive* here: new labels, a new question. The road signs of exercise 01-d are *transductive*, if
# the pictures of the night have no labels. *Unsupervised* transfer finds groups, or a short description.

# %% [markdown]
# **Exercise 01-e.** Which kind is each of these?
#
# 1. A base knows 1,000 kinds of objects. You have 400 labelled X-rays: broken or not.
# 2. Film reviews are labelled good or bad. You sort reviews of kitchen machines in the same way; none is labelled.
# 3. Recordings in one language and in another, without labels. You group the second by speaker.
# 4. A network has learned to fill gaps in unlabelled texts. You have 2,000 labelled letters: complaint or not.
# 5. In a driving simulator every road sign is labelled. In photos of streets the same signs are not.
# 6. From unlabelled photos of plants you learn to describe a photo by two numbers, for unlabelled photos of insects.

# %%
### BEGIN SOLUTION
answer = {
    "1": "inductive",
    "2": "transductive",
    "3": "unsupervised",
    "4": "inductive",
    "5": "transductive",
    "6": "unsupervised",
}
### END SOLUTION
check("01-e", answer)

# %% [markdown]
# ## Where it comes from
#
# Transfer is older than deep networks. How much older? Guess, then run the cells.

# %%
history = {
    "Bozinovski and Fulgosi: a perceptron": 1976,
    "Pratt: discriminability-based transfer": 1993,
    "workshop Learning to Learn": 1995,
    "Caruana: multitask learning": 1997,
    "Pan and Yang: a survey": 2010,
    "AlexNet": 2012,
    "DeCAF: features of ImageNet": 2013,
    "Yosinski: how transferable?": 2014,
    "ULMFiT: texts": 2018,
    "BERT: texts": 2019,
    "GPT-3: few-shot": 2020,
    "CLIP: zero-shot": 2021,
}

# %% tags=["nbval-ignore-output"]
figure = Figure(figsize=(8, 4), layout="constrained")
axes = figure.subplots()
axes.scatter(list(history.values()), range(len(history)), color=tl.show.BLUE)
axes.grid(axis="x", alpha=0.4)
for place, (name, year) in enumerate(history.items()):
    side = "left" if year < 2005 else "right"
    axes.annotate(f"   {name}   ", (year, place), ha=side, va="center", fontsize=9)
axes.set(xlabel="year", xlim=(1972, 2024), ylim=(len(history), -1), yticks=[])
first, deep = min(history.values()), history["AlexNet"]
axes.set_title(f"Transfer is {deep - first} years older than AlexNet", fontsize="medium")
told = ", ".join(f"{year} {name}" for name, year in history.items())
tl.show.display(figure, alt=f"A timeline: {told}.")

# %%
assert list(history.values()) == sorted(history.values())
print(deep - first, "years before AlexNet")

# %% [markdown]
# **The beginnings.** In 1976, Stevo Bozinovski and Ante Fulgosi wrote on how what a perceptron has learned changes its
# next training. In 2020 Bozinovski
# [reminded the field of it](https://doi.org/10.31449/inf.v44i3.2828): the theory, the experiments, and a measure that
# tells positive from negative transfer were all there. By then many believed that transfer had begun in the 1990s.
#
# In 1993 Lorien Pratt's
# [discriminability-based transfer](https://papers.neurips.cc/paper_files/paper/1992/hash/67e103b0761e60683e83c559be18d40c-Abstract.html)
# measured how useful the units of a source network are to the target, and rescaled their weights by that. In 1995 a
# workshop at NIPS,
# [Learning to Learn](http://socrates.acadiau.ca/courses/comp/dsilver/NIPS95_LTL/transfer.workshop.1995.html), brought
# them all together. Its call asked when transfer helps, and when it hinders. Rich Caruana's [multitask learning](https://doi.org/10.1023/A:1007379606734)
# (1997) trains several tasks at once.

# %% [markdown]
# **A common language.** Sinno Pan's and Qiang Yang's [survey](https://doi.org/10.1109/TKDE.2009.191) (2010) gave the
# words of this lesson.
#
# **Deep networks.** [AlexNet](https://doi.org/10.1145/3065386) (2012) won the ImageNet contest.
# [DeCAF](https://arxiv.org/abs/1310.1531) (2013) showed that features of such a network serve other tasks. Yosinski and
# others (2014) asked layer by layer [how transferable they are](https://arxiv.org/abs/1411.1792). With
# [ULMFiT](https://arxiv.org/abs/1801.06146) (2018) and [BERT](https://arxiv.org/abs/1810.04805) (2019), texts followed:
# learn language from unlabelled text, then fine-tune.
#
# **Today.** [GPT-3](https://arxiv.org/abs/2005.14165) (2020) takes a new task from a few examples in its input, without
# training. [CLIP](https://arxiv.org/abs/2103.00020) (2021) recognises classes from their names.

# %% [markdown]
# ## Where it is used
#
# | inputs | from | to | read |
# |---|---|---|---|
# | images | ImageNet | twelve data sets | [Kornblith et al., 2019](https://arxiv.org/abs/1805.08974) |
# | text | Wikipedia | classes of texts | [Howard, Ruder, 2018](https://arxiv.org/abs/1801.06146) |
# | speech | English | German | [Kunze et al., 2017](https://arxiv.org/abs/1706.00290) |
# | games | some Atari games | other ones | [Parisotto et al., 2016](https://arxiv.org/abs/1511.06342) |
# | medical images | ImageNet | eyes and chests | [Raghu et al., 2019](https://arxiv.org/abs/1902.07208) |
# | EEG and EMG | muscles | brain, and back | [Bird et al., 2020](https://doi.org/10.1109/ACCESS.2020.2979074) |
#
# Not all found a large gain: on their medical images, Raghu and others report little benefit. Measure on yours.

# %% [markdown]
# ## Your numbers
#
# The numbers in the text are from a run of ours. These are yours:

# %% tags=["nbval-ignore-output", "results"]
{
    "glance_scratch": f"{glance.rows[0].mean:.0%}",
    "glance_frozen": f"{glance.rows[1].mean:.0%}",
    "grid_minutes": round(sum(run.seconds for run in record.runs) / 60 / 2),
    "scratch_10": f"{mean['scratch', 10]:.0%}",
    "frozen_10": f"{mean['frozen', 10]:.0%}",
    "as_many": as_many[0],
    "scratch_seconds": round(seconds["scratch"][-1]),
    "frozen_seconds": round(seconds["frozen"][-1]),
    "gain_10": f"{100 * gains[0].difference.mean:+.0f}",
    "verdict_200": gains[-1].verdict,
    "gap_scratch": round(float(gap["scratch"])),
    "gap_frozen": round(float(gap["frozen"])),
}

# %% [markdown]
# ## Recap
#
# Transfer begins where another task has ended. With 10 labels per class it gained {{lesson.gain_10}} points here. With
# {{lesson.as_many}}, `scratch` had reached what `frozen` has with 10. With 200 the verdict was: {{lesson.verdict_200}}.
# Measure the gain, with its interval and its sign. Ask what differs, and where the labels are.
#
# **Read on:** lesson 02. Pan and Yang, [A Survey on Transfer Learning](https://doi.org/10.1109/TKDE.2009.191), IEEE
# Transactions on Knowledge and Data Engineering 22 (2010). Bozinovski,
# [Reminder of the First Paper on Transfer Learning in Neural Networks, 1976](https://doi.org/10.31449/inf.v44i3.2828),
# Informatica 44 (2020). He, Girshick and Dollár,
# [Rethinking ImageNet Pre-training](https://arxiv.org/abs/1811.08883) (2018): from scratch with many labels.
