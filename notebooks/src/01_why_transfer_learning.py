# %% [markdown]
# # 01 · Why transfer learning
#
# **The question.** You have few labels. Should your network begin with what another network has learned?
#
# After this lesson you can
#
# - tell isolated from transferred learning, and say what, when and how to transfer;
# - read learning curves and intervals, and say what they show and what they do not;
# - compute a transfer gain, and know negative transfer by its sign;
# - say with $D = \{X, P(X)\}$ and $T = \{Y, P(Y \mid X)\}$ what differs between a source and a target;
# - tell inductive, transductive and unsupervised transfer apart.
#
# **Cost:** about 40 seconds on two cores, nothing to download.
#
# Words in **bold** are in the [glossary](glossary.md).

# %% [markdown]
# ## First, a result
#
# Two networks learn to tell cats from dogs, from 10 labelled pictures of each. `scratch` starts from random weights.
# `frozen` starts from a base that has learned from other animals, and trains only a new head on it.
#
# <details><summary>With real photos</summary>
#
# With `TIER = "full"`, what you run in this lesson uses photos. The first time, that downloads 69 MB and a small
# network. What we have measured before stays as it is.
#
# </details>

# %% tags=["nbval-ignore-output"]
import tlteach as tl
from tlteach.course import check, predict, quiz, reveal

TIER = "bundled"
task = tl.tasks.cats_vs_dogs(TIER)
few = task.subset(10, seed=0)
models = {}
for method in (tl.compare.scratch, tl.compare.frozen):
    name = method.__name__
    print(f"{name} learns from {len(few.train)} pictures ...", flush=True)
    with tl.quietly():  # what the steps say is for lesson 02
        models[name] = method(few, seed=0)
    print("   ", tl.evaluate(models[name], task.validation))

# %%
judged = {name: tl.evaluate(model, task.validation).accuracy for name, model in models.items()}
assert judged["frozen"] > max(0.75, judged["scratch"] + 0.1)

# %% [markdown]
# In our run it was {{lesson.glance_scratch}} from scratch and {{lesson.glance_frozen}} with transfer, on the validation
# pictures. One run of each is a glance, and no proof.
#
# `scratch` is *not* the network of `frozen` without its knowledge. `scratch` is the best small network that we have
# found for it: {{lesson.scratch_weights}} weights, pictures of 64 pixels that are changed at random, a learning rate of
# its own. So you compare the best that you can do without transfer with the simplest that you can do with it.

# %% [markdown]
# ## Isolated and transferred
#
# | | isolated learning | transferred learning |
# |---|---|---|
# | begins with | random weights | weights that another task has left behind |
# | learns from | your labels | your labels, and through the weights from the source |
# | when the next task comes | begins again | begins with what is there |
#
# You, too, knew eyes, ears and noses before you learned to tell cats from dogs.

# %% [markdown]
# ## What, when, how
#
# **What?** *Features*: a frozen base turns pictures into features, and the head learns from these. Or *weights*:
# training begins with them, and they may move; this is **fine-tuning**. Or *examples* of the source, or *relations*.
#
# **When?** When the source knows something that the target needs, and your labels do not tell it already. Else transfer
# does no good, or does harm.
#
# **How?** In six steps, which lesson 02 takes you through.

# %% [markdown]
# ## Less data
#
# **Predict.** How many labels per class does `scratch` need to get as far as `frozen` gets with 10? You can choose
# among 20, 50, 100 and 200.

# %%
### BEGIN SOLUTION
guess = 50
### END SOLUTION
predict("01-1", guess)

# %% [markdown]
# That takes many runs: three methods, five budgets of labels, five seeds for each. Each **seed** draws other pictures
# and other random weights. The third method, `fine_tuned`, trains the head, then the top of the base, too, at a low
# rate.
#
# This is how to ask for it, for {{lesson.grid_minutes}} minutes on two cores:
#
# ```python
# methods = ["scratch", "frozen", "fine_tuned"]
# budgets = [10, 20, 50, 100, 200]
# record = tl.compare.compare(methods, task, seeds=5, labels_per_class=budgets)
# record.save("label_budgets.json")
# ```
#
# We have done it for you:

# %%
from tlteach.core.files import bundled

record = tl.compare.load(bundled("comparisons/label_budgets.json"))
print(len(record.runs), "runs, judged on", len(record.labels), "test pictures")
print("labels per class:", *record.budgets)

# %% tags=["nbval-ignore-output", "hide-input"]
from tlteach.evidence.curves import learning_curve

mean = {(row.method, row.labels_per_class): row.mean for row in record.rows}
ahead = mean["frozen", 10] - mean["scratch", 10]
finding = f"With 10 labels per class, frozen is {100 * ahead:.0f} points ahead"
figure = learning_curve(record)
figure.axes[0].set_title(f"{finding}; with 200, all are close", fontsize="medium")
tl.show.display(figure, alt=f"Accuracy over labels, three methods, five seeds each. {finding}.")

# %%
assert mean["frozen", 10] > mean["scratch", 10] + 0.2
assert mean["scratch", 200] > mean["scratch", 10] + 0.2
assert abs(mean["scratch", 200] - mean["frozen", 200]) < 0.02

# %%
goal = mean["frozen", 10]
as_many = [labels for labels in record.budgets if mean["scratch", labels] >= goal]
reveal("01-1", as_many[0])

# %% [markdown]
# **How to read it.** A dot is one seed, and the line goes through the means. With 10 labels per class, `scratch` has
# {{lesson.scratch_10}}, and `frozen` has {{lesson.frozen_10}}.
#
# Look at `scratch` with 20 labels. Four seeds have learned next to nothing, and one has got it. A single run would have
# told you quite another story. This is why we repeat.
#
# **Exercise 01-a.** Here are the numbers behind the picture. How many labels per class must `scratch` have, at the
# least, for a mean accuracy of $0.85$?

# %% tags=["nbval-ignore-output", "hide-input"]
print("labels per class   method       accuracy   95 % interval")
for row in record.rows:
    interval = f"{row.low:.3f} to {row.high:.3f}"
    print(f"{row.labels_per_class:>16}   {row.method:<12} {row.mean:.3f}      {interval}")

# %%
### BEGIN SOLUTION
answer = min(labels for labels in record.budgets if mean["scratch", labels] >= 0.85)
### END SOLUTION
check("01-a", answer)

# %% [markdown]
# The interval is about the mean of very many seeds. If you repeated the whole experiment again and again, 95 in 100 of
# such intervals would hold it. The widest one belongs to the five seeds that agree least.
#
# **Exercise 01-b: an experiment.** How few labels does `frozen` need to get where `scratch` is with 50? This function
# measures it. Try fewer and fewer, such as `measured[5] = accuracy_with(5)`, and answer with the fewest that were
# enough *in your measurement*.


# %% tags=["hide-input"]
def accuracy_with(labels):
    """The mean accuracy of frozen on validation, over three draws of labels."""
    found = []
    for seed in range(3):
        with tl.quietly():
            model = tl.compare.frozen(task.subset(labels, seed), seed)
        found.append(tl.evaluate(model, task.validation).accuracy)
    print(f"{labels} labels per class: {sum(found) / 3:.3f}", found)
    return sum(found) / 3


measured = {}

# %% tags=["nbval-ignore-output"]
### BEGIN SOLUTION
measured = {labels: accuracy_with(labels) for labels in (5, 1)}
enough = [labels for labels in measured if measured[labels] >= mean["scratch", 50]]
answer = min(enough)
### END SOLUTION
check("01-b", {"said": answer, "measured": measured})

# %% [markdown]
# If fewer did better than more: three draws are few.
#
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

# %% [markdown]
# In square brackets stands the 95 % interval of the gain: for other seeds, and for other test pictures.
#
# The **p-value** says how often luck alone would give such a difference or a larger one, if there were none. If you ask
# many questions, luck answers one of them sooner or later; so these p-values are corrected for all pairs of the record.
# Below $0.05$ a difference is *shown*. Else it is *not shown*, which does not mean that there is none.
#
# **Exercise 01-c.** What does the record show for each number of labels? Write `positive`, `negative` or `not shown`,
# in quotation marks.

# %%
### BEGIN SOLUTION
answer = {"10": "positive", "20": "positive", "50": "positive",
          "100": "not shown", "200": "not shown"}  # fmt: skip
### END SOLUTION
check("01-c", answer)

# %% tags=["nbval-ignore-output", "hide-input"]
from tlteach.evidence.curves import transfer_gain_curve

figure = transfer_gain_curve(record, "frozen")
finding = figure.axes[0].get_title()
tl.show.display(figure, alt=f"The transfer gain in points, over labels per class: {finding}.")

# %%
assert [gain.labels_per_class for gain in gains] == list(record.budgets)

# %% [markdown]
# A filled mark is a difference that is shown. A hollow one is not shown.
#
# Why does the gain shrink? In part because there is a ceiling: `frozen` with 10 labels is at {{lesson.frozen_10}}
# already, and nobody gets more than all pictures right.
#
# Does it help to unfreeze the top?

# %%
for labels in record.budgets:
    print(f"{labels:>3} labels per class:", record.pair("fine_tuned", "frozen", labels).verdict)

# %%
assert not any(record.pair("fine_tuned", "frozen", n).is_shown for n in record.budgets)

# %% [markdown]
# No: the record does not show that it helps here, with any number of labels.

# %%
### BEGIN SOLUTION
option = 3
### END SOLUTION
quiz("01-q1", option)

# %% [markdown]
# ## When it hurts
#
# This base is good at what it learned. It is the network of `scratch`, trained on 2,400 drawings of other animals to
# name their *coat*: ginger, brown, grey ... It gets {{negative_transfer.coats_right}} of new ones right. We freeze it,
# put a head on it, and let it learn cats and dogs.
#
# **Predict.** How many points does that gain over `scratch`, with 200 labels per class?

# %%
### BEGIN SOLUTION
guess = -10
### END SOLUTION
predict("01-3", guess)

# %% tags=["nbval-ignore-output"]
hurt = tl.compare.load(bundled("comparisons/negative_transfer.json"))
harm = tl.compare.transfer_gain(hurt, "coats")
print(harm)
reveal("01-3", round(100 * harm[-1].difference.mean, 1))

# %% tags=["nbval-ignore-output", "hide-input"]
figure = learning_curve(hurt)
loss = -100 * harm[-1].difference.mean
finding = f"With 200 labels per class, a base that learned coats loses {loss:.0f} points"
figure.axes[0].set_title(finding, fontsize="medium")
tl.show.display(figure, alt=f"Accuracy over labels, three methods, five seeds each. {finding}.")

# %%
assert harm[-1].is_shown
assert harm[-1].difference.mean < -0.1

# %% [markdown]
# Five seeds, each with a base of its own: negative transfer is shown. All species share the coats, so a coat does not
# tell a cat from a dog, and a frozen base cannot learn to look at ears. That fits what you see. But the experiment
# shows the loss, and not its cause.
#
# **Exercise 01-d.** Another task, five seeds. Compute the transfer gain in points, with its sign.

# %%
import numpy as np

with_transfer = np.array([0.88, 0.92, 0.91, 0.94, 0.85])
without_transfer = np.array([0.95, 0.93, 0.96, 0.94, 0.92])
### BEGIN SOLUTION
answer = 100 * (with_transfer.mean() - without_transfer.mean())
### END SOLUTION
check("01-d", answer)

# %%
### BEGIN SOLUTION
option = 2
### END SOLUTION
quiz("01-q2", option)

# %% [markdown]
# ## Less time
#
# **Predict.** `scratch` trains all of its weights. `frozen` trains only a head, from 256 features to two classes. How
# many times as many weights does `scratch` train?

# %%
### BEGIN SOLUTION
guess = 50
### END SOLUTION
predict("01-4", guess)

# %%
rows = {(row.method, row.labels_per_class): row for row in record.rows}
learns = {method: rows[method, 10].trainable_parameters for method in record.methods}
for method, weights in learns.items():
    print(f"{method:<12} {weights:>8,} weights learn")
reveal("01-4", round(learns["scratch"] / learns["frozen"]))

# %% tags=["nbval-ignore-output", "hide-input"]
from tlteach.evidence.curves import seconds_curve

figure = seconds_curve(record)
finding = figure.axes[0].get_title()
tl.show.display(figure, alt=f"Seconds for one run of each method, over labels. {finding}.")

# %%
slow, quick = rows["scratch", 200].seconds, rows["frozen", 200].seconds
assert slow > 2 * quick

# %% [markdown]
# With 200 labels per class, a run of `frozen` took {{lesson.frozen_seconds}} seconds, and one of `scratch`
# {{lesson.scratch_seconds}}. It is not the number of weights, for `fine_tuned` trains most: a start from nothing takes
# more steps.
#
# This is not the whole bill. Somebody trained the base before:

# %% tags=["nbval-ignore-output", "hide-input"]
import json

card = json.loads(bundled("weights/menagerie_mobilenet_025.json").read_text())
bill = 60 * card["minutes"] * card["cores"]  # in seconds of one core
print(f"pre-training: {card['minutes']} minutes on {card['cores']} cores")
print(f"one run saves {slow - quick:.0f} s of one core")
print(f"after {bill / (slow - quick):.0f} runs the base has paid")

# %% [markdown]
# So transfer saves time because a base is shared: trained once, used for many tasks.
#
# ## Better generalisation
#
# To **generalise** is to be right about pictures that were not learned from. So compare the accuracy on the training
# pictures with that on others. The difference is the *gap*. These are the two networks of the first cell:

# %% tags=["nbval-ignore-output", "hide-input"]
from tlteach.evidence.curves import gap

known = {name: tl.evaluate(model, few.train).accuracy for name, model in models.items()}
gaps = {name: round(100 * (known[name] - judged[name])) for name in models}
figure = gap({name: (known[name], judged[name]) for name in models}, "validation")
finding = f"The gap is {gaps['scratch']} points for scratch, {gaps['frozen']} for frozen"
tl.show.display(figure, alt=f"Accuracy on train and on validation, one run of each. {finding}.")

# %%
assert gaps["scratch"] > gaps["frozen"]

# %% [markdown]
# In our run the gap was {{lesson.gap_scratch}} points for `scratch`, and {{lesson.gap_frozen}} for `frozen`. A small
# gap alone is no merit: a network that knows nothing has none. Look first at the accuracy on new pictures.

# %%
### BEGIN SOLUTION
option = 3
### END SOLUTION
quiz("01-q3", option)

# %% [markdown]
# ## The vocabulary
#
# Two words carry most of the theory, as Pan and Yang wrote it.
#
# - A **domain** $D = \{X, P(X)\}$: where inputs come from. $X$ is the space of all possible inputs. $P(X)$ says how
#   often each comes.
# - A **task** $T = \{Y, P(Y \mid X)\}$: what is asked. $Y$ is the set of labels. $P(Y \mid X)$ is how probable each
#   label is, given the input. This is what a network learns.
#
# **Transfer learning** uses what was learned from a **source**, $D_S$ and $T_S$, to learn the $P(Y \mid X)$ of the
# **target** better, where $D_S \neq D_T$ or $T_S \neq T_T$.
#
# Here are inputs from both domains.

# %% tags=["nbval-ignore-output", "hide-input"]
known = ["bear", "owl", "fox", "rabbit", "cow", "elephant"]
names = [*known, *["cat", "dog"] * 3]
pictures = [tl.menagerie.sample(name, 1, seed=row)[0][0] for row, name in enumerate(names)]
figure = tl.show.pictures(pictures, names)
figure.suptitle("P(X) differs: animals of the source above, of the target below")
tl.show.display(figure, alt=f"Drawn animals. Above: {', '.join(known)}. Below: cats and dogs.")

# %%
assert not set(tl.menagerie.SOURCE_SPECIES) & set(tl.menagerie.TARGET_SPECIES)
assert len(tl.menagerie.SOURCE_SPECIES) == 24

# %% [markdown]
# | | source | target | |
# |---|---|---|---|
# | $X$ | colour pictures, 96 by 96 pixels | colour pictures, 96 by 96 pixels | the same |
# | $P(X)$ | 24 species, none of them cat or dog | cats and dogs | different |
# | $Y$ | the names of the 24 species | cat, dog | different |
# | $P(Y \mid X)$ | which of the 24? | which of the two? | different |
#
# **Exercise 01-e.** A network knows road signs by day. Now it is to be used at night: the same camera, the same kinds
# of signs. What is the `same`, and what is `different`?

# %%
### BEGIN SOLUTION
answer = {"X": "same", "P(X)": "different", "Y": "same", "P(Y|X)": "same"}
### END SOLUTION
check("01-e", answer)

# %%
### BEGIN SOLUTION
option = 4
### END SOLUTION
quiz("01-q4", option)

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
# Cats and dogs are *inductive* here: new labels, a new question. The road signs of exercise 01-e are *transductive*, if
# the pictures of the night have no labels.

# %% [markdown]
# **Exercise 01-f.** Which kind is each?
#
# 1. A base knows 1,000 kinds of objects. You have 400 labelled X-rays: broken or not.
# 2. Film reviews are labelled good or bad. You sort reviews of kitchen machines in the same way; none is labelled.
# 3. Recordings in one language and in another, without labels. You group the second by speaker.
# 4. A network has learned to fill gaps in unlabelled texts. You have 2,000 labelled letters: complaint or not.
# 5. In a driving simulator every road sign is labelled. In photos of streets the same signs are not.
# 6. From unlabelled photos of plants you learn to describe a photo by two numbers, for unlabelled photos of insects.

# %%
### BEGIN SOLUTION
answer = {"1": "inductive", "2": "transductive", "3": "unsupervised",
          "4": "inductive", "5": "transductive", "6": "unsupervised"}  # fmt: skip
### END SOLUTION
check("01-f", answer)

# %% [markdown]
# ## Where it comes from, and where it is used
#
# Most people believed that transfer began in the 1990s, until Bozinovski reminded them in 2020 of a paper of 1976.
#
# <details><summary>The first 34 years</summary>
#
# | year | what happened |
# |---|---|
# | 1976 | Bozinovski and Fulgosi: what a perceptron has learned changes its [next training][1976] |
# | 1993 | Pratt measures which units of a source [are worth keeping][1993] |
# | 1995 | the workshop [Learning to Learn][1995] asks when transfer helps, and when it hinders |
# | 1997 | Caruana: [several tasks at once](https://doi.org/10.1023/A:1007379606734) |
# | 2010 | Pan and Yang's [survey](https://doi.org/10.1109/TKDE.2009.191) gives the words of this lesson |
#
# </details>
#
# [1976]: https://doi.org/10.31449/inf.v44i3.2828
# [1993]: https://papers.neurips.cc/paper_files/paper/1992/hash/67e103b0761e60683e83c559be18d40c-Abstract.html
# [1995]: http://socrates.acadiau.ca/courses/comp/dsilver/NIPS95_LTL/transfer.workshop.1995.html

# %% [markdown]
# <details><summary>Deep networks</summary>
#
# | year | what happened |
# |---|---|
# | 2012 | [AlexNet](https://doi.org/10.1145/3065386) wins the ImageNet contest |
# | 2014 | [DeCAF](https://arxiv.org/abs/1310.1531): features of such a network serve other tasks |
# | 2014 | Yosinski and others ask [how transferable](https://arxiv.org/abs/1411.1792) each layer is |
# | 2018 | [ULMFiT](https://arxiv.org/abs/1801.06146), then [BERT](https://arxiv.org/abs/1810.04805): texts |
# | 2020 | [GPT-3](https://arxiv.org/abs/2005.14165) takes a task from a few examples in its input |
# | 2021 | [CLIP](https://arxiv.org/abs/2103.00020) recognises classes from their names |
# | 2022 | [LoRA](https://arxiv.org/abs/2106.09685) fine-tunes through a few small matrices |
# | 2024 | [DINOv2](https://arxiv.org/abs/2304.07193): features of photos, learned without labels |
#
# </details>

# %% [markdown]
# <details><summary>Who uses it, and for what</summary>
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
# </details>
#
# Not all found a gain: on their medical images, Raghu and others report little. Measure on yours.

# %% [markdown]
# ## Your numbers
#
# The numbers in the text are ours. These are yours:

# %% tags=["nbval-ignore-output", "results"]
{
    "glance_scratch": f"{judged['scratch']:.0%}",
    "glance_frozen": f"{judged['frozen']:.0%}",
    "scratch_weights": f"{learns['scratch']:,}",
    "grid_minutes": round(sum(run.seconds for run in record.runs) / 60 / 2),
    "scratch_10": f"{mean['scratch', 10]:.0%}",
    "frozen_10": f"{mean['frozen', 10]:.0%}",
    "as_many": as_many[0],
    "scratch_seconds": round(slow),
    "frozen_seconds": round(quick),
    "gain_10": f"{100 * gains[0].difference.mean:+.0f}",
    "harm_200": f"{100 * harm[-1].difference.mean:+.0f}",
    "gap_scratch": gaps["scratch"],
    "gap_frozen": gaps["frozen"],
}

# %% [markdown]
# ## Recap
#
# Transfer begins where another task has ended. With 10 labels per class it gained {{lesson.gain_10}} points here. With
# {{lesson.as_many}}, `scratch` had reached what `frozen` has with 10. With 200 no difference was shown, and a base that
# had learned another question gained {{lesson.harm_200}}: negative transfer. Measure the gain, with its interval and
# its sign. Ask what differs, and where the labels are.
#
# **Next:** [02 · Six steps: cats and dogs](02_six_steps_cats_and_dogs.ipynb): what `frozen` and `fine_tuned` do, step
# by step.
#
# **Read on:** Pan and Yang, [A Survey on Transfer Learning](https://doi.org/10.1109/TKDE.2009.191), IEEE
# Transactions on Knowledge and Data Engineering 22 (2010). He, Girshick and Dollár,
# [Rethinking ImageNet Pre-training](https://arxiv.org/abs/1811.08883) (2018): from scratch with many labels.
