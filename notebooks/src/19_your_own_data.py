# %% [markdown]
# # 19 · Your own data
#
# **The question.** Can you take data that nobody has prepared, and end with a model that somebody else can use, and a
# page that says when not to?
#
# After this lesson you can
#
# - put a question to data, and write down what they lack;
# - cut splits so that the test is as new as the use will be;
# - do the six steps by heart, and say what was shown;
# - look at mistakes and at the worst group, and not at the mean alone;
# - hand over a model with its card.
#
# **Cost:** about 80 seconds on two cores, nothing to download.

# %% [markdown]
# Words in **bold** are in the [glossary](glossary.md).
#
# This notebook gives no answers: it has stations. Each says what is missing, and goes on with something plain where you
# have left a blank. In a terminal,
#
# ```
# tlteach new project mine --data photos/     # or a CSV file of texts, or sounds
# tlteach new project mine --idea cells       # no data of your own? or signals, or game
# ```
#
# puts it into a folder of yours, with the [rubric](rubric.md) by which projects are judged. Here it runs on the idea
# *cells*: drawn pictures that look like those of a microscope. They are of no patient.

# %% tags=["your-data", "hide-input"]
import tempfile
from pathlib import Path

from tlteach.core.files import bundled
from tlteach.course import ideas

opened = tempfile.TemporaryDirectory(prefix="tlteach_project_")
home = Path(opened.name)  # what you make goes here
data = home / "data"
ideas.write("cells", data)
source = "menagerie"  # what to transfer from; None chooses for you
kept = bundled("comparisons/project_cells.json")  # the runs of station h; None: make them

# %% [markdown]
# ## First, a result, and do not trust it
#
# The quickest thing that works: cut at random, freeze, train a head. Beginners stop here, and so do some papers.

# %% tags=["nbval-ignore-output"]
import numpy as np

import tlteach as tl
from tlteach.core.journal import tell
from tlteach.course import check, predict, quiz, reveal
from tlteach.course.lessons.lesson_19 import NOTHING, by_group, chosen, plain, tried

task = tl.tasks.by_name(str(data))
print(task)
with tl.quietly():
    model = plain(source)(task, seed=0)
quick = tl.evaluate(model, task.validation)
print(f"on validation: {quick}")

# %%
assert quick.accuracy > 0.5
assert not task.left_out

# %% tags=["nbval-ignore-output", "hide-input"]
from matplotlib.figure import Figure

rows = [np.flatnonzero(task.train.labels == label)[:4] for label in range(task.n_classes)]
if task.train.drawn(0) is not None:
    figure = Figure(figsize=(6.4, 1.7 * task.n_classes), layout="constrained")
    places = figure.subplots(task.n_classes, 4, squeeze=False)
    for name, some, line in zip(task.class_names, rows, places, strict=True):
        for row, axes in zip(some, line, strict=False):
            axes.imshow(task.train.drawn(row))
            axes.set_axis_off()
        line[0].set_title(name, loc="left", fontsize="medium")
    names = ", ".join(task.class_names)
    tl.show.display(figure, alt=f"Four training pictures of each class: {names}.")
else:
    print(*(task.train.named(row) for some in rows for row in some), sep="\n")

# %%
assert all(len(some) for some in rows)

# %% [markdown]
# ## Station a: a question
#
# A network answers whatever it is asked. So first say what you ask, who will use the answer, what they will decide by
# it, and which mistake is worst: what the input is, and what it is taken for.

# %%
### BEGIN SOLUTION
asked = {
    "question": "Do these cells look sick?",
    "used_by": "somebody in a laboratory who looks through hundreds of slides",
    "decision": "which slides a person looks at first",
    "worst_is": "sick",
    "worst_taken_for": "healthy",
}
### END SOLUTION
check("19-a", {"said": asked, "measured": task})

# %% [markdown]
# ## Station b: the data card
#
# A model knows what its data know. Say where they are from, on which terms, who said which class each is of, and what
# they lack. Read `print(task)` above for the two numbers.

# %%
### BEGIN SOLUTION
card = {
    "from": "drawn by a program that comes with the course",
    "licence": "MIT",
    "labelled_by": "the program that drew them",
    "lacks": "real patients, real stains, other microscopes, rare kinds of sickness",
    "inputs": len(task.train) + len(task.validation) + len(task.test),
    "left_out": 0,
}
### END SOLUTION
check("19-b", {"said": card, "measured": task})

# %% [markdown]
# ## Station c: splits that do not leak
#
# Ask of the *use*: what will be new about the inputs that it meets? New pictures of patients whom it knows, or new
# patients? Whatever is new then must be new in the test. Frames of one film, texts of one author and slides of one
# patient look alike in ways that have nothing to do with your question.
#
# Say the word: `"patient"`, `"author"`, `"day"`. A folder tells it as `class/patient/`, or in a file `patients.csv`; a
# table of texts in a column of that name; sounds always go by speaker. Or say `"nothing"`, and why.

# %%
### BEGIN SOLUTION
cut = {"unit": "patient", "why": "it will meet patients whom it has never seen"}
### END SOLUTION
unit = chosen(cut["unit"], NOTHING)
task = tl.tasks.by_name(str(data), group=None if unit == NOTHING else unit)
check("19-c", {"said": cut, "measured": task})

# %% tags=["nbval-ignore-output"]
tell(task.notes[-1] if unit != NOTHING else "No groups: a random cut.")
print(task.near_copies)

# %% [markdown]
# **Predict.** The same head, the same data. How many points of accuracy are lost where nobody stands in two splits?

# %%
### BEGIN SOLUTION
guess = 10
### END SOLUTION
predict("19-1", guess)

# %% [markdown]
# One cut is one draw of a few patients. So cut the whole into four parts, let each be the test once, and do it both
# ways. That is **cross-validation**. The features are computed once, and the head is one of scikit-learn's.

# %% tags=["nbval-ignore-output"]
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, StratifiedKFold, cross_val_score

whole = task.train.joined(task.validation, task.test)
seen = tl.features(model, whole)
head = LogisticRegression(max_iter=3000)
at_random = StratifiedKFold(4, shuffle=True, random_state=0)
folds = {"at random": cross_val_score(head, seen, whole.labels, cv=at_random)}
if whole.groups:
    by_unit = cross_val_score(head, seen, whole.labels, groups=whole.groups, cv=GroupKFold(4))
    folds[f"by {unit}"] = by_unit
means = {name: 100 * accuracies.mean() for name, accuracies in folds.items()}
lost = means["at random"] - list(means.values())[-1]
if whole.groups:
    reveal("19-1", lost)

# %% tags=["nbval-ignore-output", "hide-input"]
figure = Figure(figsize=(7, 2.2), layout="constrained")
axes = figure.subplots()
colours = tl.show.ORANGE, tl.show.BLUE
for (name, accuracies), colour in zip(folds.items(), colours, strict=False):
    axes.plot(accuracies, [name] * len(accuracies), "o", color=colour, alpha=0.6)
    axes.plot([accuracies.mean()], [name], "|", color=colour, markersize=28, markeredgewidth=2)
title = f"Cut at random, the test says {lost:.0f} points more than it should"
if lost < 1:
    title = "Four tests each way, and no points are lost"
axes.set(xlabel="accuracy on the part left out (share)", ylim=(-0.5, len(folds) - 0.5))
axes.set_title(title, fontsize="medium")
tl.show.display(figure, alt=f"Accuracies of four parts, for each way to cut. {title}.")

# %%
assert len(folds["at random"]) == 4
assert lost > 0 or not whole.groups

# %% [markdown]
# What was lost was never there. Look also at how far the points of one row are apart: with few patients, which ones are
# in the test decides much. Write *both* into your report.

# %%
### BEGIN SOLUTION
option = 2
### END SOLUTION
quiz("19-q1", option)

# %% [markdown]
# ## Station d: a baseline
#
# What does it reach if it always says the class that is most frequent in training? Compute its accuracy on the test
# split: that looks at no input, so it spoils nothing.

# %%
### BEGIN SOLUTION
most = np.argmax(task.train.class_counts)
constant = task.test.class_counts[most] / len(task.test)
### END SOLUTION
check("19-d", {"said": constant, "measured": task})

# %% [markdown]
# ## Station e: a source
#
# `print(*tl.sources.SOURCES.values(), sep="\n\n")` shows every card of a source of pictures. Name one, say why, and
# what in your data it has never seen. The bundled one learned drawn animals. With a network, `mobilenet_v2_035` brings
# what photos of a thousand things have taught.

# %%
### BEGIN SOLUTION
origin = {
    "source": "menagerie",
    "why": "it is bundled, small, and needs no download",
    "never_saw": "a microscope, cells, or anything without legs",
}
### END SOLUTION
source = chosen(origin["source"], source)
check("19-e", {"said": origin, "measured": task})

# %% [markdown]
# ## Station f: steps 1 to 4, by heart
#
# Write a function of `task` and `seed` that returns a model: source, frozen base, head, training. Make its name
# `frozen`. Choose by validation; the test split stays shut.


# %%
### BEGIN SOLUTION
def steps_one_to_four(task, seed):
    model = tl.add_head(tl.base_model(tl.select_source(task, source)), task, learning_rate=1e-2)
    tl.train(model, task, epochs=15, seed=seed, verbose=0)
    return model


frozen = steps_one_to_four
### END SOLUTION
with tl.quietly():
    first = tried(frozen, task)
check("19-f", first)

# %% [markdown]
# ## Station g: all six
#
# The same with steps 5 and 6: unfreeze a part, recompile at a low rate, train again. It may well not help. Then say so.


# %%
### BEGIN SOLUTION
def six_steps(task, seed):
    model = steps_one_to_four(task, seed)
    tl.recompile(tl.unfreeze(model, from_layer=0.6), learning_rate=1e-4)
    tl.train(model, task, epochs=5, seed=seed, verbose=0)
    return model


fine_tuned = six_steps
### END SOLUTION
with tl.quietly():
    second = tried(fine_tuned, task)
check("19-g", second)

# %% [markdown]
# ## Station h: a verdict
#
# Three methods, five seeds, the same test inputs: fifteen trainings, some minutes. What is finished is kept in `runs`:
# interrupted, it goes on there. For the cells they were made before, by `python benchmarks/project.py`. In a project of
# yours, your two functions are run.

# %% tags=["nbval-ignore-output"]
methods = {
    "scratch": "scratch",
    "frozen": chosen(frozen, plain(source)),
    "fine_tuned": chosen(fine_tuned, plain(source, fine_tune_epochs=5)),
}
how = {"seeds": 5, "folder": home / "runs"}
found = tl.compare.load(kept) if kept else tl.compare.compare(methods, task, **how)
print(found)

# %% [markdown]
# For each pair say which is better, or `"neither"`. Only what was shown counts.

# %% tags=["nbval-ignore-output"]
### BEGIN SOLUTION
better = {
    "frozen_or_scratch": "scratch",
    "fine_tuned_or_frozen": "neither",
}
### END SOLUTION
check("19-h", {"said": better, "measured": found})

# %%
assert len(found.runs) == 15
assert not found.failed

# %%
### BEGIN SOLUTION
option = 2
### END SOLUTION
quiz("19-q2", option)

# %% [markdown]
# ## Station i: mistakes, looked at
#
# `tl.transfer` does the six steps once more, keeps the better stage by validation, and writes a report. Here are its
# most confident mistakes, with what spoke for the wrong class.

# %% tags=["nbval-ignore-output"]
from IPython.display import HTML

from tlteach.evidence.report import mistakes

with tl.quietly():
    result = tl.transfer(task, source, learning_rate=1e-2, seed=0, verbose=0)
result.save(home / "run")
print(result)
side_by_side = "<style>.mistakes {display: flex; flex-wrap: wrap; gap: 1em}</style>"
HTML(side_by_side + mistakes(result, 6))

# %%
assert (home / "run" / "report.html").is_file()
assert len(result.best.test.worst(6)) <= 6

# %% [markdown]
# Write what the first and the second may come from, and what they have in common. "The network is bad" is no cause.
# "The stain is darker than in any training patient" is one, for you can test it. Fewer than two mistakes? Then write
# what may make your test easier than the use will be.

# %%
### BEGIN SOLUTION
looked = {
    "first": "what spoke for the class lies beside the cell",
    "second": "its stain is bluer than in most training pictures",
    "in_common": "stain and background spoke, and the nucleus did not",
}
### END SOLUTION
check("19-i", {"said": looked, "measured": result})

# %% [markdown]
# ## Station j: the worst group
#
# The interval of `print(result)` takes every test input for a new one. But they are of a few patients. So look at each.

# %% tags=["nbval-ignore-output"]
for name, accuracy in by_group(result).items():
    print(f"{name:<14} {accuracy:.3f}")

# %% [markdown]
# What is the accuracy of the one that fares worst?

# %%
### BEGIN SOLUTION
worst = min(by_group(result).values())
### END SOLUTION
check("19-j", {"said": worst, "measured": result})

# %% [markdown]
# ## Station k: hand it over
#
# `export` writes the model with its labels, the lines that ask it, and a **model card**. A program fills in what it
# knows. For whom it is, for whom it is not, and what it cannot do, only you know.

# %% tags=["nbval-ignore-output"]
from tlteach.evidence.export import export

### BEGIN SOLUTION
words = {
    "for": "for learners who want to see a whole project once",
    "not_for": "not for any patient: it has seen drawings only",
    "limits": "two new patients were tried, and one of them fared far below the mean",
}
### END SOLUTION
folder, _ = export(home / "run", "keras", out=home / "handed_over")
said = "".join(f"- {chosen(text, '(not said yet)')}\n" for text in words.values())
with (folder / "README.md").open("a", encoding="utf-8") as page:
    page.write(f"\n## In the words of its maker\n\n{said}")
check("19-k", {"said": words, "measured": folder})
print(*sorted(path.name for path in folder.iterdir()))

# %% [markdown]
# ONNX and LiteRT for other machines, and a web page that asks it, are a line each in a terminal:
#
# ```
# tlteach export run --format onnx            # pip install "tlteach[export]"
# tlteach app run                             # pip install "tlteach[app]"
# ```
#
# Give the page to somebody who has not seen your data, and watch what they give it. That is the last test, and the
# first that you did not design.

# %% tags=["nbval-ignore-output", "results"]
{
    "random": f"{means['at random']:.0f}",
    "grouped": f"{list(means.values())[-1]:.0f}",
    "verdict": found.pair("scratch", "frozen").verdict,
}

# %% [markdown]
# ## Recap
#
# The model was the short part. The question said which mistake is worst; the cut said what is new; the baseline said
# what is nothing. On the drawn cells, a random cut promised {{lesson.random}} in a hundred, and new patients gave
# {{lesson.grouped}}. And then: {{lesson.verdict}}. A base that knows animals had little to say of nuclei. That is no
# failure of your project. It is its finding, and a reason to try another source.
#
# A verdict needs seeds, and a mean needs its worst group beside it. What you hand over is a model and a page, and the
# page is read first.

# %% [markdown]
# **Read on:** Gebru et al., [Datasheets for Datasets](https://arxiv.org/abs/1803.09010) (2018). Mitchell et al., [Model
# Cards for Model Reporting](https://arxiv.org/abs/1810.03993) (2018). Kapoor and Narayanan, [Leakage and the
# Reproducibility Crisis in ML-based Science](https://arxiv.org/abs/2207.07048) (2022). Zech et al., [Confounding
# Variables Can Degrade Generalization Performance of Radiological Deep Learning
# Models](https://arxiv.org/abs/1807.00431) (2018). Roberts et al., [Common Pitfalls and Recommendations for Using
# Machine Learning to Detect and Prognosticate for COVID-19](https://arxiv.org/abs/2008.06388) (2021). Sagawa et al.,
# [Distributionally Robust Neural Networks for Group Shifts](https://arxiv.org/abs/1911.08731) (2019).
