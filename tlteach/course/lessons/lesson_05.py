"""Lesson 05, words and sentences: vectors from company, what they carry along, and what a mean of them forgets."""

from __future__ import annotations

from tlteach.course.lessons import Hint, Lesson, right, wrong
from tlteach.evidence.verdicts import compare

NOT_SHOWN = "no difference shown"

lesson = Lesson("05", "Words and sentences")


@lesson.exercise("a", takes="a number", praise="Every centre counts its neighbours, and those at the ends have fewer.")
def pairs_of_a_sentence(answer: float) -> Hint:
    """The (centre, neighbour) pairs of six words within a window of 2."""
    near, far = 5, 4  # places where two words are 1 and 2 apart
    if answer == 2 * (near + far):
        return None
    if answer == near + far:
        return (
            "So each two words are counted once. Which of the two is the centre?",
            "Each of them takes its turn as the centre, and then the other one is its neighbour.",
        )
    if answer == 6 * 4:
        return "So every word would have two neighbours on each side. What about the first word, and the last?"
    if answer == 6 * 5:
        return "So every word is a neighbour of every other one. The window lets a centre look less far."
    if answer in (2 * near, near):
        return "Those are the pairs of words side by side. The window reaches further."
    if answer in (2 * far, far):
        return "Those are the pairs with one word between them. Words side by side are neighbours, too."
    if answer == 6 * 2:
        return "A window of 2 looks two words to the left and two to the right, where there are any."
    return (
        "Write down six words. Draw an arrow from each centre to each of its neighbours, and count the arrows.",
        "In how many places do two words stand side by side? In how many is one word between them?",
    )


@lesson.exercise("b", takes="a number", praise="Rare words come up more often than they stand in the text.")
def share_of_negatives(answer: float) -> Hint:
    """16 to the power 3/4: the ratio at which two words are drawn as negatives."""
    if abs(answer - 16**0.75) < 1e-6:
        return None
    if abs(answer - 16) < 1e-6:
        return "So it would be if words were drawn as they stand in the text. What does the power do to the counts?"
    if abs(answer - 16 * 0.75) < 1e-6:
        return "You multiplied with three quarters. The count is taken to that power."
    if abs(answer - 16**0.5) < 1e-6:
        return "That is the square root, the power 1/2. Here the power is larger."
    if abs(answer - 16**0.25) < 1e-6:
        return "That is the power 1/4. It is the one that is missing to 1."
    if abs(answer - 16**-0.75) < 1e-6:
        return "The other way round: the first word is the one that is drawn more often."
    if 0 < answer < 1:
        return "The first word is the frequent one. Is it drawn more often, or less often?"
    return (
        "Take both counts to the power 3/4, and divide the first by the second.",
        "1 stays 1. For 16: first the fourth root, then the third power of that.",
    )


@lesson.exercise("c", takes="a number", praise="Padding is in neither the sum nor the count.")
def mean_with_a_mask(answer: float) -> Hint:
    """The mean of 4 and 2, with two places of padding left out."""
    good, film, length = 4, 2, 4
    if abs(answer - (good + film) / 2) < 1e-9:
        return None
    if abs(answer - (good + film) / length) < 1e-9:
        return (
            "Padding adds nothing to the sum, but here it was counted among the words.",
            "So a short text would come out smaller in a batch with a long one. By how many do you divide?",
        )
    if abs(answer - (good + film)) < 1e-9:
        return "That is the sum. A long text would have a larger one than a short text."
    if answer in (good, film):
        return "That is one of the two words alone."
    if answer == 0:
        return "So the mask would leave out the words. It leaves out the padding."
    return "Add up the vectors where the text has words, and divide by how many words there are."


@lesson.exercise("d", takes="what you found", praise="You took words away, measured, and said what the test shows.")
def words_that_carry_the_mean(found: dict) -> Hint:
    """What leaving words out of the table does, by McNemar's test on the same test questions."""
    measured, said = found["measured"], str(found["said"]).replace("not shown", NOT_SHOWN).removesuffix(".")
    if not measured:
        return "Nothing is measured yet. Put a list of words in the place of the blank above, and run the cells."
    if not measured["left_out"]:
        return "You left nothing out, so nothing can change. Put at least one word in the list."
    said = NOT_SHOWN if said.startswith("no difference") else said
    if said not in ("worse", "better", NOT_SHOWN):
        return f'Say "worse", "better" or "{NOT_SHOWN}".'
    judged = compare(measured["without"], measured["with"], ("without", "with"))
    truth = {"without is better": "better", "with is better": "worse"}.get(judged["verdict"], NOT_SHOWN)
    if said == truth:
        return None
    told = f"{judged['only_first']} test questions are right only without the words, {judged['only_second']} only with"
    if truth == NOT_SHOWN:
        return (
            "The two accuracies differ, as two runs nearly always do. Is it more than chance?",
            f"{told}: so near to each other, that chance would do it in more than one of twenty cases.",
        )
    if said == NOT_SHOWN:
        return f"{told}. Chance would hardly do that: here a difference is shown."
    return "The other way round: look which of the two accuracies is the higher one."


@lesson.exercise("e", takes="a dictionary of words", praise="Three losses, and three cures.")
def cures_for_words(answer: dict) -> Hint:
    """A: words that are not in the table; B: one vector for two meanings; C: the same words in another order."""
    if set(answer) != {"a", "b", "c"}:
        return 'Keep the three keys "A", "B" and "C".'
    given = {key: {"subwords": "sub-words", "sub words": "sub-words"}.get(word, word) for key, word in answer.items()}
    if not set(given.values()) <= {"sub-words", "order", "context"}:
        return "Use the three words as they are written above."
    hints = {
        ("a", "order"): "The words of A have no vector at all. Whatever their places, there is nothing to put there.",
        ("a", "context"): "Neighbours can bend a vector. The words of A have none that could be bent.",
        ("b", "sub-words"): "The word of B is in the table, as a whole. Its trouble is not its letters.",
        ("b", "order"): "Both meanings of B may stand at the same place. Look at what stands around them.",
        ("c", "sub-words"): "All words of C are in the table. Nothing has to be put together from pieces.",
        ("c", "context"): "First ask what differs between the two texts of C: not one word does.",
    }
    return next((hints[pair] for pair in given.items() if pair in hints), None)


lesson.prediction("1", "What share of the related pairs is above 19 of 20 random pairs, from 0 to 1?", "accuracy")
lesson.prediction("2", "What share of the words in film reviews does Python's documentation lack?", "accuracy")
lesson.prediction("3", "How accurate is a head on frozen means of words, on the questions, from 0 to 1?", "accuracy")

lesson.question(
    "q1",
    "Why are the vectors of good and bad alike?",
    wrong(
        "they have nearly the same letters",
        "A table of words knows no letters. Each word is a number of a row, and no more.",
    ),
    right(
        "they stand in the same surroundings: a good film, a bad film",
        "Company tells what a word is about, and hardly ever on which side it stands.",
    ),
    wrong(
        "the training failed: opposites must have opposite vectors",
        "Nothing in skip-gram asks for that. It tells neighbours from words drawn at random.",
    ),
    wrong(
        "both are frequent, and frequent words are left out",
        "Some occurrences are left out, and only of the most frequent words. It makes them no more alike.",
    ),
)

lesson.question(
    "q2",
    "You build a model that sorts job applications, on pre-trained word vectors. What follows from their bias?",
    wrong(
        "nothing: the head learns from my labels, and those are fair",
        "The head can use whatever the base gives it. If he and she are in there, it may.",
    ),
    wrong(
        "word vectors must not be used at all",
        "Vectors that you train on your own texts have the bias of those. It has to be measured in either case.",
    ),
    right(
        "measure what the model does when only he and she are exchanged, before it is used",
        "What is transferred comes along whole. A test on pairs that differ in one word shows what arrives at the end.",
    ),
    wrong(
        "fine-tune, and it is gone",
        "Fine-tuning follows the labels. It has no reason to unlearn what does not raise the loss.",
    ),
)

lesson.question(
    "q3",
    "A mean of frozen word vectors does worse than another method by two points, and the interval of the difference "
    "goes from minus five to one. What do you say?",
    wrong(
        "the other method is better",
        "An interval with 0 in it is one that fits to no difference at all.",
    ),
    wrong(
        "both are equally good",
        "It may be five points worse. Not shown is not the same as not there.",
    ),
    right(
        "no difference shown; with more seeds and test texts one may be",
        "The interval says what fits the data: from five points worse to one point better.",
    ),
)

lesson.question(
    "q4",
    "What does a contextual vector have that a row of a table has not?",
    right(
        "it depends on the other words of the sentence",
        "The blocks let tokens look at each other, so bank by a river becomes another vector than bank with money.",
    ),
    wrong(
        "more numbers",
        "In MiniLM both have the same width. What differs is what they depend on.",
    ),
    wrong(
        "it is trained with labels, the table without",
        "BERT's pre-training needs no labels either: it guesses words that were covered up.",
    ),
    wrong(
        "it has a vector for words that are not in the table",
        "That comes from sub-words, and they are cut before any block sees them.",
    ),
)
