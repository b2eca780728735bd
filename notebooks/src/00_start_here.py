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
# **Cost:** about 15 seconds on two cores, nothing to download.

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
# Lines with `ok` are fine. `absent` is something that you may not need. Below `MISSING` stands what to do.

# %% [markdown]
# ## How a lesson works
#
# - Run the cells from top to bottom. A cell that was run has a number in brackets.
# - Before a result you *predict* it. A wrong guess is worth more than none.
# - In an **exercise** you put your answer in the place of `...` and run the cell. It marks itself, and gives a hint.
# - A **question** has buttons. Tab goes from one to the next, Space presses it.
#
# If you are lost, choose *Restart Kernel and Run All Cells* in the menu *Kernel*. `tlteach progress` in a terminal
# shows what you have solved. That stays on your computer.

# %% [markdown]
# ## The task
#
# We want a program that tells cats from dogs. Here is what it may learn from. The animals are drawn, so that nothing
# needs to be downloaded. In lesson 02 you can switch to photos.

# %%
task = tl.tasks.cats_vs_dogs()
print(task)

# %% tags=["nbval-ignore-output"]
rows = [0, 1, 2, -3, -2, -1]
images = task.train.load(rows, 96)
names = [task.class_names[task.train.labels[row]] for row in rows]
figure = tl.show.pictures(images, names)
tl.show.display(figure, alt="Three drawn cats and three drawn dogs, in many colours.")

# %%
assert images.shape == (6, 96, 96, 3)
print(names)

# %% [markdown]
# The pictures are **split** in three. From *train* the program learns. With *validation* you choose between programs.
# *test* judges the one that you chose, once, at the end.
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
# A network that starts from nothing would need far more pictures. So we do not start from nothing. We take a network
# that has learned to tell bears from owls, and foxes from rabbits. It has never seen a cat or a dog.
#
# We keep what it knows: this part is the **base**. We freeze it, so that it stays as it is. On top we put a small
# new **head**, and only the head learns.
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
print("far better than guessing:", result.frozen.test.interval[0] > 0.8)

# %% [markdown]
# On our machine it got {{lesson.accuracy}} right, after {{lesson.seconds}} seconds. Yours may differ a little.
#
# ## Read what it proved
#
# Transfer learning goes wrong without a word. A layer that should stand still learns, or one that should learn stands
# still, and the program runs all the same. So each step here proves what it did. If a proof fails, the step stops, and
# tells you what to do.

# %%
for proof in result.steps[3]["proved"]:
    print("step 4 proved:", proof)

# %% [markdown]
# *Bit-identical* means that not one bit of these weights has changed. *Moved* means that the layer has learned.
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
# 500 pictures judged the program. Another 500 would give a slightly different number. So the accuracy comes with an
# **interval**: most likely, the accuracy on very many pictures lies in it.

# %% tags=["nbval-ignore-output"]
print(result)

# %%
low, high = result.frozen.test.interval
assert low < result.frozen.test.accuracy < high
print("pictures that judged:", len(result.frozen.test.labels))

# %%
quiz("00-q1")

# %% [markdown]
# Now look at some of its mistakes. They tell you more than the number.

# %% tags=["nbval-ignore-output"]
test = result.frozen.test
rows = test.worst(6)
names = [task.class_names[test.labels[row]] for row in rows]
figure = tl.show.pictures(task.test.load(rows, 96), [f"a {name}" for name in names])
figure.suptitle("Mistaken, the surest mistakes first")
tl.show.display(figure, alt=f"Mistaken test pictures, the surest first: {', '.join(names)}.")

# %%
assert not test.correct[rows].any()

# %%
quiz("00-q2")

# %% [markdown]
# ## Your numbers
#
# The numbers in the text are from a run of ours. These are yours:

# %% tags=["nbval-ignore-output", "results"]
{"accuracy": f"{result.frozen.test.accuracy:.0%}", "seconds": round(result.seconds)}

# %% [markdown]
# ## Recap
#
# A base that learned one thing serves another. Only a small head has to learn, so a few hundred pictures and a few
# seconds are enough. Each step proves what it did. An accuracy without its interval is half a number.
#
# **Read on:** lesson 02 takes the transfer apart, step by step. The
# [Keras guide to transfer learning](https://keras.io/guides/transfer_learning/) says the same in other words.
