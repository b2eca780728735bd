"""Files that are not what they are taken for, and verdicts that nobody could give."""

import gzip
import json
import tempfile
from pathlib import Path

import numpy as np
from promise.table import correct, wrong

import tlteach as tl
from tlteach.engine.evaluation import Evaluation
from tlteach.evidence.verdicts import compare

ROWS = [(f"a very {('red', 'blue')[k % 2]} house, no. {k}", ("red", "blue")[k % 2]) for k in range(24)]


def read(content: bytes) -> tl.tasks.Task:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "houses.csv")
        path.write_bytes(content)
        return tl.tasks.from_csv(path)


def table(names: str = "text;label", end: str = "\n") -> str:
    return end.join([names, *(f"{text};{label}" for text, label in ROWS)])


@wrong("is a gzip archive, and no table of texts")
def a_packed_table():
    read(gzip.compress(table().encode()))


@wrong("looks like JSON")
def a_table_in_json():
    read(json.dumps([{"text": text, "label": label} for text, label in ROWS]).encode())


@wrong("line 1 holds zero bytes, as damaged files and UTF-16 without its mark do")
def a_table_in_utf_16_without_its_mark():
    read(table().encode("utf-16-le"))


@wrong("two columns called 'label'")
def a_table_with_a_column_twice():
    read(table("text;label;Label").encode())


@wrong("only one class")
def a_table_with_one_label():
    read(table().replace("blue", "red").encode())


@wrong("Were the columns of texts and labels swapped")
def a_table_with_swapped_columns():
    read(table("label;text").encode())


@wrong("not judged on the same inputs")
def two_models_compared_on_different_splits():
    on_test, on_validation = (Evaluation(np.eye(2)[[0] * n], np.zeros(n, int)) for n in (30, 20))
    compare(on_test, on_validation, ("one", "other"))


@correct
def a_table_with_semicolons_in_utf_16():
    assert read(table().encode("utf-16")).class_names == ("blue", "red")


@correct
def a_table_with_a_mark_and_ends_of_lines_of_windows():
    assert read(b"\xef\xbb\xbf" + table(end="\r\n").encode()).class_names == ("blue", "red")
