"""What the notebooks call: exercises that mark themselves, guesses before a result, and questions."""

from tlteach.core.journal import tell
from tlteach.course.exercises import check, predict, reveal
from tlteach.course.quizzes import quiz
