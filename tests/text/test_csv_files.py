"""Files of texts: every way to write them, what is left out, and the errors that name the line."""

import csv
import subprocess
import sys
from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from texts import labels_by_text, reasons, rows_of, texts_of, write_rows

from tlteach import tasks
from tlteach.core.errors import DataError
from tlteach.text.copies import fingerprint

HEADER = ("text", "label")
ROWS = rows_of(40)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "reviews.csv"


def total(task) -> int:
    return len(task.train) + len(task.validation) + len(task.test)


# --- what is written is read


any_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=60)
nasty_text = st.lists(
    st.sampled_from(['"', '""', "\n", "\r\n", ",", ";", "\t", "'", "é", "语", "x ", "\\"]), max_size=9
)
some_texts = st.lists(st.one_of(any_text, nasty_text.map("".join)), max_size=12)


@settings(deadline=None, max_examples=80)
@given(texts=some_texts, delimiter=st.sampled_from(",;\t"), quoting=st.sampled_from([0, 1]), bom=st.booleans())
def test_what_the_csv_module_writes_is_read_letter_by_letter(tmp_path_factory, texts, delimiter, quoting, bom):
    path = tmp_path_factory.getbasetemp() / "any.csv"
    rows = [*ROWS, *((text, ("good", "bad")[k % 2]) for k, text in enumerate(texts))]
    with path.open("w", encoding="utf-8-sig" if bom else "utf-8", newline="") as file:
        csv.writer(file, delimiter=delimiter, quoting=quoting).writerows([HEADER, *rows])
    copies = defaultdict(list)
    for text, label in rows:
        if text.strip():
            copies[fingerprint(text)].append((text, label))
    expected = dict(some[0] for some in copies.values() if len({label for _, label in some}) == 1)
    task = tasks.from_csv(path)
    assert labels_by_text(task) == expected
    assert total(task) + len(task.left_out) == len(rows)


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.txt", "SMSCollection"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_found_whatever_the_file_is_called(tmp_path, name, delimiter):
    task = tasks.from_csv(write_rows(tmp_path / name, [HEADER, *ROWS], delimiter))
    assert labels_by_text(task) == dict(ROWS)
    assert (task.modality, task.tier, task.class_names) == ("text", "own", ("bad", "good"))
    word = {",": "commas", ";": "semicolons", "\t": "tabs"}[delimiter]
    assert f"{name}: {word} between 2 columns, names in the first row." in task.notes


def test_texts_full_of_another_delimiter_do_not_confuse(tmp_path):
    rows = [(label, f"one, two, {text}, and; more") for text, label in ROWS]
    task = tasks.from_csv(write_rows(tmp_path / "sms", rows, "\t"), text=1, label=0)
    assert len(labels_by_text(task)) == 40


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-8", None),
        ("utf-8-sig", None),
        ("utf-16", "UTF-16"),
        ("windows-1252", "(see line 2) and was read as windows-1252"),
    ],
)
def test_encodings(path, encoding, said):
    rows = [(f"“{text}” – café über…", label) for text, label in ROWS]
    task = tasks.from_csv(write_rows(path, [HEADER, *rows], encoding=encoding))
    assert labels_by_text(task) == dict(rows)
    assert any(said in note for note in task.notes) if said else not any("UTF" in note for note in task.notes)


@pytest.mark.parametrize(
    ("encoding", "damage"),
    [("utf-8", b"a cut \xc3 letter"), ("windows-1252", b"a \x81 without a sign"), ("ascii", b"a \x81 without a sign")],
)
def test_a_line_in_no_encoding_that_is_read_is_named(path, encoding, damage):
    accents = "" if encoding == "ascii" else " é"
    write_rows(path, [HEADER, *((text + accents, label) for text, label in ROWS)], encoding=encoding)
    lines = path.read_bytes().split(b"\r\n")
    lines[7] = damage + b",good"
    path.write_bytes(b"\r\n".join(lines))
    with pytest.raises(DataError, match=r"reviews\.csv, line 8 is not in UTF-8.*Repair or remove this line"):
        tasks.from_csv(path)


def test_columns_are_found_by_name_in_any_case_or_by_position(path):
    write_rows(path, [("id", " Label", "TEXT"), *((k, label, text) for k, (text, label) in enumerate(ROWS))])
    assert labels_by_text(tasks.from_csv(path)) == dict(ROWS)
    write_rows(path, [(k, label, text) for k, (text, label) in enumerate(ROWS)])
    assert labels_by_text(tasks.from_csv(path, text=2, label=1)) == dict(ROWS)


def test_names_in_the_first_row_are_not_taken_for_a_text(path):
    task = tasks.from_csv(write_rows(path, [("Content", "Kind"), *ROWS]), text=0, label=1)
    assert labels_by_text(task) == dict(ROWS)
    assert "looks like the names" in reasons(task)["1"]


def test_labels_that_are_numbers_come_in_their_order(path):
    ratings = rows_of(80, ("10", "9", "1.5", "-2"))
    assert tasks.from_csv(write_rows(path, [HEADER, *ratings])).class_names == ("-2", "1.5", "9", "10")
    mixed = rows_of(80, ("10", "9", "b", "a"))
    assert tasks.from_csv(write_rows(path, [HEADER, *mixed])).class_names == ("10", "9", "a", "b")


def test_blank_lines_spaces_around_labels_and_empty_last_columns_do_no_harm(path):
    lines = ["text,label,,", "", *(f"{text}, {label} ,," for text, label in ROWS), "", ""]
    path.write_text("\n".join(lines))
    assert labels_by_text(tasks.from_csv(path)) == dict(ROWS)


# --- splits


def with_splits(names, extra=()):
    rows = [(*row, names[k // 2 % len(names)]) for k, row in enumerate(ROWS)]
    return [(*HEADER, "Split"), *rows, *extra]


@pytest.mark.parametrize("names", [("train", "validation", "test"), ("Train", "DEV", "Test"), ("train", "val", "test")])
def test_a_column_of_splits_is_used(path, names):
    task = tasks.from_csv(write_rows(path, with_splits(names)))
    assert [split.class_counts for split in (task.train, task.validation, task.test)] == [(7, 7), (7, 7), (6, 6)]
    assert set(task.test.inputs) == {row[0] for row in with_splits(names) if row[2] == names[2]}
    assert task.notes[-1] == "The column split itself says which is in which split."


def test_a_missing_split_is_cut(path):
    task = tasks.from_csv(write_rows(path, with_splits(("train", "test"))), validation=0.2)
    assert [len(split) for split in (task.train, task.validation, task.test)] == [16, 4, 20]
    assert "Cut from the given train split, class by class, with seed 0: validation (20%)." in task.notes
    task = tasks.from_csv(write_rows(path, with_splits(("train", "val"))))
    assert [len(split) for split in (task.train, task.validation, task.test)] == [20, 10, 10]


def test_rows_of_no_known_split_are_left_out_and_a_foreign_column_is_not_used(path):
    task = tasks.from_csv(write_rows(path, with_splits(("train", "test"), [("one more", "bad", "holdout")])))
    assert "none of train, validation and test" in reasons(task)["42"]
    task = tasks.from_csv(write_rows(path, with_splits(("banana", "logs"))))
    assert total(task) == 40
    assert any("column split is not used" in note for note in task.notes)


# --- what is left out


def test_rows_that_cannot_be_used_are_listed_by_line(path):
    write_rows(
        path, [HEADER, *ROWS, (" \n ", "good"), ("no label", ""), ("none", "NaN"), ("three", "good", "x"), ("one",)]
    )
    task = tasks.from_csv(path)
    assert reasons(task) == {
        "42": "has no text",
        "44": "has no label",
        "45": "has no label",
        "46": "has 3 fields and not 2",
        "47": "has 1 fields and not 2",
    }
    assert task.left_out[0].where == f"{path}:42"
    assert "5 rows were left out" in str(task)


def test_copies_are_kept_once_that_of_test_first(path):
    extra = [
        ("Twice, said.", "bad", "train"),
        ("twice said", "bad", "test"),
        ("only in train", "good", "train"),
        ("Only in TRAIN!", "good", "train"),
    ]
    task = tasks.from_csv(write_rows(path, with_splits(("train", "val", "test"), extra)))
    assert reasons(task) == {"42": f"the same text as {path}:43", "45": f"the same text as {path}:44"}
    assert "twice said" in task.test.inputs
    found = [set(split.fingerprints()) for split in (task.train, task.validation, task.test)]
    assert not found[0] & found[1]
    assert not found[0] & found[2]
    assert not found[1] & found[2]


def test_a_text_with_contradicting_labels_is_left_out_everywhere(path):
    extra = [("so so", "bad"), ("So so.", "bad"), ("so so!", "good")]
    task = tasks.from_csv(write_rows(path, [HEADER, *ROWS, *extra]))
    told = f"its labels contradict: the text is 'bad' in {path}:42 and 'good' in {path}:44"
    assert reasons(task) == dict.fromkeys(("42", "43", "44"), told)


# --- quotes


def test_quotes_of_a_file_with_tabs_may_be_plain_characters(tmp_path):
    rows = [(label, text) for text, label in ROWS]
    rows[5] = ("good", '"an open quote')
    rows[9] = ("bad", 'it is 5" wide')
    rows[20] = ("good", 'closed "by accident"')
    path = tmp_path / "collection"
    path.write_text("\n".join("\t".join(row) for row in rows))
    task = tasks.from_csv(path, text=1, label=0)
    assert labels_by_text(task) == {text: label for label, text in rows}
    assert any("Quotes are plain characters here" in note and "line 6" in note for note in task.notes)


@pytest.mark.parametrize(
    ("place", "text"),
    [(5, '"never closed'), (5, '"She said "no" to me"'), (39, '"at the very end'), (0, '"in the first row')],
)
def test_a_quote_out_of_place_is_named_and_swallows_nothing(path, place, text):
    lines = [f"{text},{label}" for text, label in ROWS]
    lines[place] = f"{text},good"
    path.write_text("\n".join(["text,label", *lines]))
    with pytest.raises(DataError, match=rf"reviews\.csv, line {place + 2}: .*quote"):
        tasks.from_csv(path)


def test_rows_between_two_stray_quotes_are_not_swallowed(path):
    lines = [f"{text},{label}" for text, label in ROWS]
    lines[5], lines[20] = '"opened here,good', 'closed there",bad'
    path.write_text("\n".join(["text,label", *lines]))
    with pytest.raises(DataError, match=r"line 7: .*holds 15 rows"):
        tasks.from_csv(path)


def test_a_field_that_does_not_end_is_named_before_all_is_read(path):
    lines = [f"{text} {'word ' * 50},{label}" for text, label in rows_of(2000)]
    lines[1000] = f'"open {lines[1000]}'
    path.write_text("\n".join(["text,label", *lines]))
    with pytest.raises(DataError, match="line 1002: a field has more than 100,000 characters"):
        tasks.from_csv(path)


def test_the_limit_of_the_csv_module_is_put_back(path):
    before = csv.field_size_limit()
    tasks.from_csv(write_rows(path, [HEADER, *ROWS]))
    assert csv.field_size_limit() == before
    path.write_text("text,label\n" + '"' + "x" * 200_000)
    with pytest.raises(DataError, match="100,000"):
        tasks.from_csv(path)
    assert csv.field_size_limit() == before


def test_verses_and_lists_with_numbers_are_no_swallowed_rows(path):
    rows = [(label, text) for text, label in rows_of(40, ("0", "1"))]
    rows += [("1", "So many came:\n1,000 people\nand more"), ("0", "roses\nare red, 1\nviolets, 0")]
    task = tasks.from_csv(write_rows(path, [("label", "text"), *rows]))
    assert total(task) == 42


# --- errors that say where


def written(*rows):
    return lambda path: write_rows(path, rows)


def raw(content):
    return lambda path: path.write_bytes(content)


SWAPPED = [(label, text) for text, label in ROWS]


@pytest.mark.parametrize(
    ("make", "columns", "words"),
    [
        (raw(b""), {}, ["is empty"]),
        (raw(b"\n\n"), {}, ["is empty"]),
        (raw(b"PK\x03\x04" + b"\0" * 50), {}, ["a zip archive or a spreadsheet", "Save it as CSV"]),
        (raw("text,label\n".encode("utf-16-le") * 9), {}, ["UTF-16 without its mark"]),
        (raw(b"text\nfine\n"), {}, ["no column 'label'", "first row is: 'text'."]),
        (written(HEADER), {}, ["no row with a text and a label"]),
        (written(HEADER, ("", "good"), ("x", "")), {}, ["no row with a text", "reviews.csv:2: has no text"]),
        (written(HEADER, *((text, "good") for text in texts_of(9))), {}, ["only one class", "'good'"]),
        (written(HEADER, *SWAPPED), {}, ["40 different labels in 40 rows", "swapped"]),
        (
            written(("note", "stars"), *ROWS),
            {},
            ["no column 'text' and 'label'", "commas divide it best", "is: 'note', 'stars'", "text=..."],
        ),
        (written(HEADER, *ROWS), {"text": "body"}, ["no column 'body'", "'text', 'label'"]),
        (written(*ROWS), {}, ["no column 'text' and 'label'", f"is: '{ROWS[0][0]}', 'bad'", "or positions, from 0"]),
        (raw(b"some text|label\nfine|good\n"), {}, ["Of tabs, commas and semicolons", "is: 'some text|label'."]),
        (written(("text", "label", "text"), ("a", "b", "c")), {}, ["reviews.csv has two columns called 'text'"]),
        (written(*ROWS), {"text": 0, "label": 2}, ["no column 2", f"is: '{ROWS[0][0]}', 'bad'"]),
        (written(*ROWS), {"text": -1, "label": 0}, ["-1 for `text`"]),
        (written(*ROWS), {"text": 0, "label": "label"}, ["different column names, or different positions"]),
        (written(*ROWS), {"text": 1, "label": 1}, ["different column names, or different positions"]),
        (raw(b"text,label\n" + b"one, two, three,good\n" * 30 + b"one,good\n" * 30), {}, ["30 of 60 rows", "line 2"]),
        (written(HEADER, *ROWS, ("rare", "odd")), {}, ["'odd'", "1 texts", "at least 3"]),
        (written(HEADER, *ROWS, ("a", "odd"), ("a", "bad")), {}, ["'odd'", "no usable text", "contradict"]),
        (written(*with_splits(("test", "val"))), {}, ["validation and test but no train"]),
        (
            written(*with_splits(("train", "val", "test"), [("emus", "emu", "train")])),
            {},
            ["'emu'", "in the validation split"],
        ),
        (raw("text,label\n".encode("utf-16") + b"x"), {}, ["is damaged", "Save it as CSV"]),
    ],
)
def test_errors_say_where_and_what(path, make, columns, words):
    make(path)
    with pytest.raises(DataError) as caught:
        tasks.from_csv(path, **columns)
    for word in words:
        assert word in str(caught.value)


def test_too_many_classes_are_refused_before_all_is_read(path):
    write_rows(path, [HEADER, *((f"text {k % 7}", f"label {k}") for k in range(1200))])
    with pytest.raises(DataError, match=r"more than 1,000 different labels, such as 'label 0'.*swapped"):
        tasks.from_csv(path)


def test_missing_files_and_folders_are_named(tmp_path):
    with pytest.raises(DataError, match=r"none\.csv does not exist"):
        tasks.from_csv(tmp_path / "none.csv")
    with pytest.raises(DataError, match="is a folder"):
        tasks.from_csv(tmp_path)


# --- real files


@pytest.mark.parametrize(
    ("name", "columns", "left_out"),
    [
        ("SMSSpamCollection", {"text": 1, "label": 0}, 0),
        ("SMSSpamCollection_with_header", {"text": "SMS", "label": "Label"}, 0),
        ("SMSSpamCollection_with_header", {"text": 1, "label": 0}, 1),
    ],
)
def test_the_sms_collection(real, name, columns, left_out):
    path = real / "sms_spam" / name
    lines = [line.split("\t") for line in path.read_text("utf-8").splitlines()]
    messages = {(label, text) for label, text in lines if label in ("ham", "spam")}
    assert len(messages) == 5171
    task = tasks.from_csv(path, **columns)
    assert task.class_names == ("ham", "spam")
    assert total(task) + len(task.left_out) == 5574 + left_out
    assert set(labels_by_text(task).items()) <= {(text, label) for label, text in messages}
    assert len(labels_by_text(task)) == len({fingerprint(text) for _, text in messages})


def test_polarity_sentences_in_windows_1252(real, path):
    sentences = [
        (real / "movie_reviews" / f"rt-polarity.{end}").read_bytes().split(b"\n")[:-1] for end in ("neg", "pos")
    ]
    lines = [b"%d\t%s" % (label, line.rstrip()) for label in (0, 1) for line in sentences[label]]
    path.write_bytes(b"\n".join(lines))
    task = tasks.from_csv(path, text=1, label=0)
    assert total(task) + len(task.left_out) == 10_662
    assert total(task) > 10_600
    assert any("read as windows-1252" in note for note in task.notes)
    assert sum("é" in text for text in labels_by_text(task)) > 50


@pytest.mark.parametrize("domain", ["books", "dvd", "electronics", "kitchen"])
def test_amazon_reviews(real, domain):
    task = tasks.from_csv(real / "multi_domain_sentiment" / f"{domain}.tsv")
    assert task.class_names == ("0", "1")
    assert total(task) + len(task.left_out) == 2000
    assert 1940 < total(task) < 1990
    assert not any("contradict" in item.reason for item in task.left_out)


MEASURE = """
import resource, sys
from tlteach import tasks
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
before = peak()
task = tasks.from_csv(sys.argv[1])
print(peak() - before, len(task.train) + len(task.validation) + len(task.test))
"""


@pytest.mark.slow
def test_a_file_of_200_mb_is_read_in_bounded_memory(path):
    column = "a column that is not wanted " * 4
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("text", "other", "label"))
        for k, text in enumerate(texts_of(1_000_000)):
            writer.writerow((f"{text}, “as they say”, and so on\nfor two lines", column, ("bad", "good")[k % 2]))
    size = path.stat().st_size
    assert size > 190e6
    done = subprocess.run([sys.executable, "-c", MEASURE, path], capture_output=True, text=True, check=True)
    grown, rows = map(int, done.stdout.split())
    assert rows == 1_000_000
    assert grown < 2.5 * size
