# %% [markdown]
# # 00 · Start here
#
# **The question.** What can your computer learn while you wait?
#
# After this lesson you can
#
# - say whether your machine is ready for the course;
# - run a lesson, and mark your own answers;
# - run a first transfer, and read what it proved;
# - read an accuracy with its interval.
#
# **Cost:** about 10 seconds on two cores, nothing to download.
#
# Words in **bold** are in the [glossary](glossary.md).

# %% [markdown]
# ## Your machine
#
# Click into the cell below and press **Shift+Enter**. It runs, and the next cell is selected. The first cell takes a
# few seconds, because Keras starts.

# %% tags=["nbval-ignore-output"]
import tlteach as tl
from tlteach.course import check, predict, quiz, reveal
from tlteach.course.doctor import examine

print(examine())

# %% [markdown]
# `ok` is fine. `absent` is something that you may not need. If a line says `MISSING`, the line below it tells you what
# to do.

# %% [markdown]
# ## How a lesson works
#
# - Run the cells from top to bottom. A cell that was run has a number in brackets.
# - A bar with three dots is a folded cell: it draws or checks something. It runs like any other; click it to read it.

# %% [markdown]
# ### Your part
#
# - Before a result you *predict* it. A wrong guess is worth more than none.
# - In an *exercise* you put your answer in the place of `...` and run the cell. It marks itself, and gives a hint.
# - A *question* opens when you run its cell. Click the right answer. Without a mouse: run the cell with Ctrl+Enter;
#   then Tab goes from answer to answer, and Space takes one.
#
# If you are lost: *Restart Kernel and Run All Cells* in the menu *Kernel*. `tlteach progress` in a terminal shows what
# you have solved.

# %% [markdown]
# ## The task
#
# We want a program that tells cats from dogs. Here is what it may learn from. The animals are drawn, so that nothing
# needs to be downloaded. In lesson 02 you can switch to photos.

# %%
task = tl.tasks.cats_vs_dogs()
print(task)

# %% tags=["nbval-ignore-output", "hide-input"]
rows = [0, 1, 2, -3, -2, -1]
images = task.train.load(rows, 96)
names = [task.class_names[task.train.labels[row]] for row in rows]
figure = tl.show.pictures(images, names)
figure.suptitle("Cats and dogs differ in shape, and hardly in colour")
tl.show.display(figure, alt="Three drawn cats and three drawn dogs, in many colours.")

# %%
assert images.shape == (6, 96, 96, 3)
assert names == ["cat"] * 3 + ["dog"] * 3

# %% [markdown]
# The pictures come in three parts; each is a **split**. From *train* the program learns. With *validation* you choose
# between programs. *test* judges the one that you chose, once, at the end.
#
# **Exercise 00-a.** How many pictures may the program learn from? Read it off the table above.

# %%
### BEGIN SOLUTION
answer = 400
### END SOLUTION
check("00-a", answer)

# %% [markdown]
# ## A first transfer
#
# A network that starts from nothing would need far more pictures. So we take one that has learned to tell bears from
# owls, and foxes from rabbits. It has never seen a cat or a dog.
#
# We keep what it knows: this part is the **base**. From a picture it makes a list of numbers that say what is in it,
# the **features**. We make the base **frozen**: it stays as it is. On top we put a small new **head**, which has to say
# "cat" or "dog" from the features. Only the head learns.
#
# **Predict.** What share of new pictures will it get right? Guessing gets half of them.

# %%
### BEGIN SOLUTION
guess = 0.8
### END SOLUTION
predict("00-1", guess)

# %% tags=["nbval-ignore-output"]
result = tl.transfer(task, fine_tune_epochs=0, verbose=0)

# %% tags=["nbval-ignore-output"]
reveal("00-1", result.frozen.test.accuracy)

# %%
assert result.frozen.test.accuracy > 0.85
assert result.frozen.test.interval[0] > 0.8

# %% [markdown]
# On our machine it got {{lesson.accuracy}} right. Yours may differ a little.
#
# ## Read what it proved
#
# That one line went through four steps.
#
# | step | what it does |
# |---|---|
# | 1 `select_source` | choose a network to transfer from |
# | 2 `base_model` | take its base, frozen |
# | 3 `add_head` | put a new head on it |
# | 4 `train` | let the head learn |
#
# Transfer learning goes wrong without a word: a layer that should stand still learns, or one that should learn stands
# still. So each step here proves what it did. If a proof fails, the step stops, and tells you what to do.

# %%
for step in result.steps[:4]:
    print(f"step {step['step']}  {step['name']:<14} {len(step['proved'])} proofs held")

# %%
print("step 4:", next(proof for proof in result.steps[3]["proved"] if "bit-identical" in proof))

# %% [markdown]
# *Bit-identical* means that not one bit of these weights has changed. *Moved* means that the layer has learned. (All
# proofs of step 4, if you want to see them: `tl.proofs(4)`. Lesson 02 explains them.)
#
# **Exercise 00-b.** How many layers learned in step 4?

# %%
### BEGIN SOLUTION
answer = 1
### END SOLUTION
check("00-b", answer)

# %% [markdown]
# ## Read the accuracy
#
# The **accuracy** is the share of the pictures that it gets right. 500 pictures judged the program. Another 500 would
# give a slightly different number. So the accuracy comes with an **interval**: numbers that go well with what was seen.
# A narrow one means that many pictures have judged.

# %% tags=["nbval-ignore-output"]
print(result)

# %%
low, high = result.frozen.test.interval
assert low < result.frozen.test.accuracy < high
assert len(result.frozen.test.labels) == 500

# %%
### BEGIN SOLUTION
option = 3
### END SOLUTION
quiz("00-q1", option)

# %% [markdown]
# Now look at some of its mistakes. They tell you more than the number.

# %% tags=["nbval-ignore-output", "hide-input"]
test = result.frozen.test
rows = test.worst(6)
told = [test.told(row, task.class_names) for row in rows]
captions = [text.replace(", ", ",\n") for text in told]
figure = tl.show.pictures(task.test.load(rows, 96), captions)
figure.suptitle("Its mistakes, and how sure it was of each")
tl.show.display(figure, alt=f"Test pictures that it got wrong: {'; '.join(told)}.")

# %%
assert not test.correct[rows].any()

# %%
### BEGIN SOLUTION
option = 1
### END SOLUTION
quiz("00-q2", option)

# %% [markdown]
# ## Your numbers
#
# The numbers in the text are from a run of ours. These are yours:

# %% tags=["nbval-ignore-output", "results"]
{"accuracy": f"{result.frozen.test.accuracy:.0%}"}

# %% [markdown]
# ## Recap
#
# A base that learned one thing serves another. Only a small head has to learn, so a few hundred pictures and a few
# seconds are enough. Each step proves what it did. An accuracy without its interval is half a number.
#
# **Next:** [01 · Why transfer learning](01_why_transfer_learning.ipynb): when is it worth it, and how do you know?
#
# **Read on:** the [Keras guide to transfer learning](https://keras.io/guides/transfer_learning/) says the same in other
# words.
