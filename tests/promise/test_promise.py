"""Every wrong program of the table is stopped with a sentence, and every correct one runs."""

import pytest
from promise.table import programs

import tlteach as tl
from tlteach.core.errors import TlteachError
from tlteach.core.machine import import_keras

import_keras()
PROGRAMS = programs()
pytestmark = pytest.mark.usefixtures("without_graphs")


def of(kind: str) -> list:
    return [pytest.param(program, id=program.name) for program in PROGRAMS if program.kind == kind]


@pytest.mark.parametrize("program", of("wrong"))
def test_a_wrong_program_is_stopped_with_a_sentence(program):
    with tl.quietly(), pytest.raises(TlteachError, match=program.words):
        program.run()


@pytest.mark.parametrize("program", of("correct"))
def test_a_correct_program_runs(program):
    with tl.quietly():
        program.run()


@pytest.mark.parametrize("program", of("silent"))
def test_what_stays_silent_still_does(program):
    """Whoever finds a way to tell moves the program to the wrong ones."""
    with tl.quietly():
        program.run()
