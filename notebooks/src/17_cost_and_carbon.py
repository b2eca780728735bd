# %% [markdown]
# # 17 · Cost and carbon
#
# **The question.** What does a training cost in energy, what does transfer save, and how would you know?
#
# After this lesson you can
#
# - measure a run in seconds, joules and grams of CO2, and say how each is known;
# - tell what a meter can show, and what it cannot;
# - compare methods by the energy to the same accuracy;
# - work out after how many tasks pre-training has been paid back;
# - name what no meter in a laptop counts.
#
# **Cost:** about 60 seconds on two cores, nothing to download. Joules need a small package:
# `pip install "tlteach[carbon]"`. Without it you see seconds, and all exercises work.

# %% [markdown]
# Words in **bold** are in the [glossary](glossary.md).
#
# ## First, a result: what does it cost?
#
# Twenty labels a class, and a head on the frozen base. Put `measured` around whatever you run, and name a country.

# %% tags=["nbval-ignore-output"]
import json

import numpy as np

import tlteach as tl
from tlteach.core.files import bundled
from tlteach.core.journal import tell
from tlteach.course import check, predict, quiz, reveal
from tlteach.course.lessons.lesson_17 import GRIDS
from tlteach.evidence import curves

few = tl.tasks.cats_vs_dogs().subset(20, seed=0)
with tl.energy.measured("ITA") as cost, tl.quietly():
    model = tl.add_head(tl.base_model(tl.select_source(few)), few, learning_rate=1e-2)
    tl.train(model, few, epochs=10, verbose=0)
print(cost)

# %%
assert cost.seconds > 0
assert cost.cpu_seconds > 0
assert cost.joules is None or cost.joules > 0

# %% [markdown]
# ## How does it know?
#
# A **joule** is one watt for one second. A kilowatt hour, as on your bill, is 3,600,000 of them. So
#
# $$\text{joules} = \text{watts} \times \text{seconds} \qquad
# \text{grams} = \frac{\text{joules}}{3{,}600{,}000} \times \text{grams per kilowatt hour}$$
#
# Seconds are easy. For watts there are two ways, and the last line above says which one it was:
#
# - **A counter.** Many processors count their own joules (`RAPL` on Linux). It counts all programs together.
# - **An estimate.** Without a counter, one takes the **rated power** from a table, for as long as your program worked.
#   Memory gets some watts for as long as the clock runs.

# %% [markdown]
# An estimate looks as precise as a measurement, and is none. The machine that made this notebook has no counter. The
# table did not even know its processor, and took the watts of an unknown one.
#
# **Exercise 17-a.** A processor of two cores is rated at `30` watts. Your run keeps one core busy for `40` seconds. How
# many joules does the estimate say?

# %%
### BEGIN SOLUTION
answer = 30 / 2 * 40
### END SOLUTION
check("17-a", answer)

# %% [markdown]
# ## No claim finer than the meter
#
# Before you trust a meter, let it measure nothing. Then let it measure the same thing again and again.

# %% tags=["nbval-ignore-output"]
matrix = np.random.default_rng(0).normal(size=(120, 400))


def work():
    """The same numbers each time."""
    for _ in range(15):
        np.linalg.svd(matrix)


same = []
for _ in range(5):
    with tl.energy.measured() as again:
        work()
    same.append(again.cpu_seconds)
print("an empty run, joules:", [round(joules, 2) for joules in cost.empty_runs] or "no meter")
print("the same work, processor seconds:", [round(seconds, 2) for seconds in same])

# %%
assert min(same) > 0

# %% [markdown]
# The same work does not take the same. Other programs push yours out of the cache, and the clock of a processor goes
# up and down. Now the record of `python benchmarks/carbon.py`: ten empty runs, and some work ten times.

# %% tags=["nbval-ignore-output", "hide-input"]
from matplotlib.figure import Figure

record = json.loads(bundled("comparisons/carbon.json").read_text(encoding="utf-8"))
meter = record["meter"]
empty, worked = meter["empty"], meter["same work, processor"]
largest = max(worked) / min(worked)
title = f"The same work, ten times: the most is {largest:.2f} times the least"
figure = Figure(figsize=(7, 1.8), layout="constrained")
axes = figure.subplots()
axes.plot(empty, ["an empty run"] * 10, "o", color=tl.show.BLUE, alpha=0.5)
axes.plot(worked, ["the same work"] * 10, "s", color=tl.show.ORANGE, alpha=0.5)
axes.set(xlabel="joules, as the meter reads them", xlim=(0, None), ylim=(-0.5, 1.5))
axes.set_title(title, fontsize="medium")
alt = f"Joules of ten empty runs, and of ten times the same work. {title}."
tl.show.display(figure, alt=alt)

# %%
assert largest > 1
assert len(empty) == len(worked) == 10

# %%
### BEGIN SOLUTION
option = 2
### END SOLUTION
quiz("17-q1", option)

# %% [markdown]
# ## From joules to grams: where you plug in
#
# What a kilowatt hour gives off depends on what burns for it: the **grid intensity**.

# %% tags=["nbval-ignore-output", "hide-input"]
least, most = GRIDS["Sweden"], GRIDS["India"]
title = f"The same kilowatt hour: {least} g of CO2 in Sweden, {most} g in India"
figure = tl.show.bars(GRIDS, "grams of CO2 for a kilowatt hour, 2023", title)
tl.show.display(figure, alt=f"Grams of CO2 for a kilowatt hour in six countries. {title}.")

# %%
assert GRIDS["India"] > 10 * GRIDS["Sweden"]

# %% [markdown]
# **Exercise 17-b.** A run takes 540 kilojoules. How many grams of CO2 does it give off *more* in Poland, at
# `GRIDS["Poland"]`, than in Sweden?

# %%
### BEGIN SOLUTION
answer = 540 / 3600 * (GRIDS["Poland"] - GRIDS["Sweden"])
### END SOLUTION
check("17-b", answer)

# %% [markdown]
# These are means of a year. At noon in June, a grid full of solar power gives off far less than on a winter's evening.
# And "CO2" stands for all gases that warm, each counted as so much CO2.
#
# ## What is not computed twice
#
# Frozen layers say the same of a picture in every epoch. `tl.train` runs them once for each picture, and keeps the
# features. `cache=False` runs the whole network in every epoch, as most tutorials do.
#
# **Predict.** Ten epochs of a head. How many times the processor's time does it take, if nothing is kept?

# %%
### BEGIN SOLUTION
guess = 4
### END SOLUTION
predict("17-1", guess)

# %% [markdown]
# Three methods, ten labels a class. With `carbon=True`, `compare` runs one at a time: a meter cannot tell which of two
# at once takes the energy. `print(found)` then has two more columns.

# %% tags=["nbval-ignore-output"]


def head(task, seed, cache=True):
    """Steps 1 to 4, ten epochs."""
    model = tl.add_head(tl.base_model(tl.select_source(task)), task, learning_rate=1e-2)
    tl.train(model, task, epochs=10, seed=seed, verbose=0, cache=cache)
    return model


def not_kept(task, seed):
    """The same, but the whole network runs in every epoch."""
    return head(task, seed, cache=False)


methods = {"scratch": "scratch", "kept": head, "not kept": not_kept}
task = tl.tasks.cats_vs_dogs()
how = {"seeds": 1, "labels_per_class": 10, "carbon": True, "progress": False}
found = tl.compare.compare(methods, task, **how)

# %% tags=["nbval-ignore-output", "hide-input"]
for row in found.rows:
    has_meter = row.joules is not None
    energy = f"{row.joules:.0f} joules, {row.grams:.2g} g of CO2" if has_meter else "no meter"
    print(f"{row.method:<9} accuracy {row.mean:.3f}  {row.seconds:5.1f} seconds  {energy}")
tell(found.sentences()[-1])

# %%
accuracy = {row.method: row.mean for row in found.rows}
assert accuracy["kept"] > accuracy["scratch"] + 0.2
assert abs(accuracy["kept"] - accuracy["not kept"]) < 0.02
assert len(found.runs) == 3

# %% tags=["nbval-ignore-output"]
seconds = {run.method: run.energy["cpu_seconds"] for run in found.runs}
print({method: round(value, 1) for method, value in seconds.items()}, "processor seconds")
reveal("17-1", seconds["not kept"] / seconds["kept"])

# %% [markdown]
# The two heads are the same head. Only the bill differs. And scratch has spent the most here, for a guess.
#
# ## To the same accuracy
#
# "Scratch took more" is not yet fair: it did not arrive. Ask what each method takes *to the same accuracy*. The record
# has 100 labels a class, where scratch does arrive, and several seeds. After every epoch it notes the processor's
# seconds and the accuracy on validation.

# %% tags=["nbval-ignore-output", "hide-input"]
pictures = record["pictures"]
reached = pictures["to"]["0.9"]
to = {name: np.mean([one for one in reached[name] if one]) for name in reached}
scratch, frozen = to["scratch"], to["frozen"]
title = f"To 0.90: {scratch:.0f} processor seconds from scratch, {frozen:.1f} with a base"

# %% tags=["nbval-ignore-output", "hide-input"]
figure = Figure(figsize=(7.5, 4), layout="constrained")
axes = figure.subplots()
ways = {"scratch": "o-", "frozen": "s-", "frozen, not cached": "^--"}
for (name, line), colour in zip(ways.items(), curves.COLOURS, strict=False):
    for seed, run in enumerate(pictures["runs"][name]):
        label = name if seed == 0 else None
        axes.plot(*np.transpose(run["points"]), line, color=colour, alpha=0.6, label=label)
axes.axhline(0.9, color="black", linestyle=":")
axes.set(xscale="log", xlabel="seconds of the processor (a line a seed)")
axes.set(ylabel="accuracy on validation (share)")
axes.set_title(title, fontsize="medium")
axes.legend(loc="lower right")
tl.show.display(figure, alt=f"Accuracy over processor seconds, three methods. {title}.")

# %%
assert scratch > 3 * frozen

# %% tags=["nbval-ignore-output", "hide-input"]


def say(part, wanted):
    """Print ratios of the record: geometric means over seeds, with 95 % intervals."""
    for row in record[part]["ratios"]:
        if (row["to"], row["first"], row["second"]) in wanted:
            interval = f"{row['low']:.1f} to {row['high']:.1f}"
            what = f"{row['first']} / {row['second']} ({row['to']})"
            print(f"{what}: {row['times']:.1f} times ({interval})")


say("pictures", [("0.9", "scratch", "frozen"), ("in all", "frozen, not cached", "frozen"),
                 ("in all", "fine-tuned", "frozen")])  # fmt: skip

# %% [markdown]
# Fine-tuning begins with the frozen head. So up to what the head reaches, it costs the same; what it adds, it adds to
# the bill as well.
#
# **Exercise 17-c, an experiment.** The base takes pictures of any size. Are small ones cheaper? Find the *smallest*
# size, in steps of 16 from 32 on, whose accuracy is within `0.05` of that at 96 pixels, and look at the seconds.

# %% tags=["nbval-ignore-output"]
sizes = [96, 80]
### BEGIN SOLUTION
sizes = [96, 80, 64]
said = 80
### END SOLUTION
measured = {}
for size in sizes:
    with tl.energy.measured() as cost, tl.quietly():
        base = tl.base_model(tl.select_source(few), image_size=size)
        small = tl.add_head(base, few, learning_rate=1e-2)
        history = tl.train(small, few, epochs=10, verbose=0)
    accuracy = history.history["val_accuracy"][history.best_epoch]
    measured[size] = {"accuracy": accuracy, "seconds": cost.cpu_seconds}
    print(f"{size} px: accuracy {accuracy:.3f}, {cost.cpu_seconds:.1f} processor seconds")
check("17-c", {"said": said, "measured": measured})

# %% [markdown]
# ## When has transfer paid?
#
# Somebody pre-trained the base, and that took energy too. A fair account divides it by the tasks that it served:
#
# $$\text{per task} = \text{with transfer} + \frac{\text{pre-training}}{n}$$
#
# **Exercise 17-d.** Pre-training took 90 kilojoules. A task takes 800 joules from scratch, and 50 with transfer. After
# how many tasks has pre-training been paid back?

# %%
### BEGIN SOLUTION
answer = 90_000 / (800 - 50)
### END SOLUTION
check("17-d", answer)

# %% [markdown]
# Our base saw 55,200 drawings for 15 epochs. The benchmark measured a part of that, and extrapolated.
#
# **Predict.** After how many tasks like *cats and dogs with 100 labels* has it been paid back?

# %%
### BEGIN SOLUTION
guess = 100
### END SOLUTION
predict("17-2", guess)

# %% tags=["nbval-ignore-output", "hide-input"]
before = record["pretraining"]["cpu_seconds"]
paid = before / (scratch - frozen)
reveal("17-2", paid)
title = f"Pre-training is paid back after {paid:.0f} such tasks"

# %% tags=["nbval-ignore-output", "hide-input"]
n = np.geomspace(1, 10 * paid, 100)
figure = Figure(figsize=(7.5, 3.6), layout="constrained")
axes = figure.subplots()
shared = frozen + before / n
axes.plot(n, shared, color=tl.show.BLUE, label="with transfer, and its part of pre-training")
axes.axhline(scratch, color=tl.show.ORANGE, linestyle="--", label="from scratch")
axes.axhline(frozen, color=tl.show.BLUE, linestyle=":", label="with transfer alone")
axes.axvline(paid, color="black", linestyle=":")
axes.set(xscale="log", yscale="log", xlabel="tasks that the base has served")
axes.set(ylabel="processor seconds for a task")
axes.set_title(title, fontsize="medium")
axes.legend()
tl.show.display(figure, alt=f"Processor seconds for a task over the number of tasks. {title}.")

# %%
assert paid > 1

# %% [markdown]
# That is a lot for one learner, and little for a base that a whole course shares. Whoever pre-trains for one task alone
# never gets it back.
#
# ## Where it is otherwise
#
# Two tasks of texts from the record, with MiniLM as the base. Look at what scratch does.

# %% tags=["nbval-ignore-output", "hide-input"]
for part, told in (("texts", "questions, 64 labels"), ("messages", "SMS spam, 128 labels")):
    print(told)
    for target, by_method in record.get(part, {"to": {}})["to"].items():
        for name, values in by_method.items():
            reached = [value for value in values if value is not None]
            took = f"{np.mean(reached):.1f} processor seconds" if reached else "never"
            of = f"{len(reached)} of {len(values)} seeds"
            print(f"  to {float(target):.2f}  {name:<20} {of}: {took}")

# %% [markdown]
# On questions, no energy at all brings scratch there. On spam, where a few words decide, compare for yourself. How much
# energy the pre-training of MiniLM took, its card does not say.
#
# ## Large models
#
# One final training each, as published. Trials, failures and use are not in it.

# %% tags=["nbval-ignore-output", "hide-input"]
for row in record["published"]:
    grams = 1000 * row["tonnes"] / row["MWh"]
    numbers = f"{row['MWh']:>7,.1f} MWh {row['tonnes']:>6.1f} t {grams:>4.0f} g/kWh"
    print(f"{row['name']:<11} {numbers}  {row['from']}")

# %%
assert len(record["published"]) == 5

# %%
### BEGIN SOLUTION
option = 2
### END SOLUTION
quiz("17-q2", option)

# %% [markdown]
# ## What no meter counts
#
# - **Making the machine.** With that and with idle machines, BLOOM gave off twice what its training alone did (Luccioni
#   et al., 2022).
# - **Idle and cooling.** A data centre takes more than its processors: its *power usage effectiveness* says how much.
# - **Trials.** What you publish is one run of many. Measure the sum.
# - **Use.** A model that answers millions soon takes more than its training did.

# %% [markdown]
# What lowers it: transfer, kept features, small inputs, stopping early, fewer trials; a clean grid, and its clean
# hours. But a cheap training is an invitation to train more. That is called **rebound**.

# %%
### BEGIN SOLUTION
option = 3
### END SOLUTION
quiz("17-q3", option)

# %% [markdown]
# Your own runs:
#
# ```
# tlteach run --task photos/ --carbon ITA
# ```
#
# prints it, and writes it into `results.json` and the report.

# %% tags=["nbval-ignore-output", "results"]
{"paid": f"{paid:.0f}", "times": f"{scratch / frozen:.0f}"}

# %% [markdown]
# ## Recap
#
# Joules are watts times seconds, and grams are joules times the grid's intensity. Ask any figure how it is known: a
# counter, or a table of rated power. Measure nothing first, and claim nothing finer. Compare to the same accuracy: on
# our pictures, scratch takes {{lesson.times}}-fold the processor's time of a frozen base. Pre-training is a loan that
# {{lesson.paid}} such tasks pay back. And what is not on the meter may be the larger part.

# %% [markdown]
# **Read on:** Strubell, Ganesh and McCallum, [Energy and Policy Considerations for Deep Learning in
# NLP](https://arxiv.org/abs/1906.02243) (2019). Lottick et al., [Energy Usage
# Reports](https://arxiv.org/abs/1911.08354) (2019). Schwartz et al., [Green AI](https://arxiv.org/abs/1907.10597)
# (2019). Henderson et al., [Towards the Systematic Reporting of the Energy and Carbon Footprints of Machine
# Learning](https://arxiv.org/abs/2002.05651) (2020). Patterson et al., [Carbon Emissions and Large Neural Network
# Training](https://arxiv.org/abs/2104.10350) (2021). Luccioni, Viguier and Ligozat, [Estimating the Carbon Footprint of
# BLOOM](https://arxiv.org/abs/2211.02001) (2022). Touvron et al., [Llama 2](https://arxiv.org/abs/2307.09288) (2023).
# The meter is [codecarbon](https://github.com/mlco2/codecarbon).
#
# **Next:** [18 · Track and scale](18_track_and_scale.ipynb): a run that can be made again, and a hundred of them.
