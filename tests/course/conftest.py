"""Fixtures of the course: nothing is kept in the home folder of whoever runs the tests."""

import pytest

from tlteach.course import exercises, progress


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A folder of its own for the progress, and a session in which nothing was said yet."""
    folder = tmp_path / "home"
    monkeypatch.setenv("TLTEACH_HOME", str(folder))
    for remembered in (exercises._hints_given, exercises._guesses, exercises._revealed, progress._said):
        remembered.clear()
    return folder
