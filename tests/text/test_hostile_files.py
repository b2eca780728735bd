"""Files that are no tables of texts, or damaged ones: each ends in a sentence that names the file and the cause."""

import bz2
import gzip
import io
import json
import zipfile

import pytest
from texts import rows_of

from tlteach import tasks
from tlteach.core.errors import DataError

ROWS = rows_of(40)
LINES = [f"{text},{label}\n" for text, label in ROWS]
TABLE = "".join(["text,label\n", *LINES])
BYTES = TABLE.encode()
LONG = "".join(f"{label}\t{text}{' and so on' * 15}\n" for text, label in rows_of(1000))  # over 100,000 characters
JSON = [{"text": text, "label": label} for text, label in ROWS]


def zipped(name):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, BYTES)
    return file.getvalue()


def of_labels(*names):
    """A table whose labels are these, in turn."""
    return "".join(
        ["text,label\n", *(f"{text},{names[k % len(names)]}\n" for k, (text, _) in enumerate(ROWS))]
    ).encode()


NO_TABLE = {
    "gzip": (gzip.compress(BYTES), "is a gzip archive"),
    "bzip2": (bz2.compress(BYTES), "is a bzip2 archive"),
    "zip": (zipped("reviews.csv"), "is a zip archive or a spreadsheet"),
    "xlsx": (zipped("xl/workbook.xml"), "is a zip archive or a spreadsheet"),
    "xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xfe" * 600, "is a spreadsheet of old"),
    "parquet": (b"PAR1" + b"\x15\x04\x15\x20" * 2000 + b"PAR1", "is a Parquet file"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "is a PDF"),
    "json": (json.dumps(JSON).encode(), "looks like JSON"),
    "json on many lines": (json.dumps(JSON, indent=1).encode(), "looks like JSON"),
    "json lines": ("".join(json.dumps(row) + "\n" for row in JSON).encode(), "looks like JSON"),
    "picture": (b"\x89PNG\r\n\x1a\n" + bytes(30), "line 3 holds zero bytes"),
    "utf-32": (TABLE.encode("utf-32"), "line 1 holds zero bytes"),
    "utf-16 without its mark": (TABLE.encode("utf-16-be"), "line 1 holds zero bytes, as .* UTF-16 without its mark"),
    "utf-16 with a byte too many": (TABLE.encode("utf-16") + b"x", "is damaged"),
    "zero byte far down": (BYTES + b"x" * 5000 + b"\0,good\n", "line 42 holds zero bytes"),
    "web page": (b"<!doctype html><html><body>\n" * 20, "its first row is: '<!doctype"),
    "pointer of git": (b"version https://git-lfs.github.com/spec/v1\nsize 1234\n", "its first row is: 'version"),
}
DAMAGED = {
    "10 MB in quotes": (BYTES + b'"' + b"word " * 2_000_000 + b'",good\n', "line 42: a field has more than 100,000"),
    "10 MB without quotes": (BYTES + b"word " * 2_000_000 + b",good\n", "line 42: a field has more than 100,000"),
    "10 MB and nothing else": (b"x" * 10_000_000, r"its first row is: 'x{37}\.\.\.'\."),
    "a name of 10 MB": (b"x" * 10_000_000 + b",label\nfine,good\n", r"its first row is: 'x{37}\.\.\.', 'label'"),
    "a quote before the names": (f'"text,label\n{"".join(LINES)}'.encode(), "line 1: a quote is left open"),
    "a title above the names": (b"My survey,\n" + BYTES, "its first row is: 'My survey', ''"),
    "text twice": (b"text,label,text\na,b,c\n", r"reviews\.csv has two columns called 'text'"),
    "label twice, in another case": (b"text,label, LABEL\na,b,c\n", r"reviews\.csv has two columns called 'label'"),
    "split twice": (b"text,label,split,Split\na,b,c,d\n", r"reviews\.csv has two columns called 'split'"),
    "only names": (b"text,label\n", "has no row with a text and a label"),
    "one row": (b"text,label\nhello,good\n", "has only one class"),
    "one text": (b"text,label\n" + b"hello,good\nbye,bad\n" * 20, "'bad' has 1 texts"),
    "two files, one after the other": (BYTES + BYTES.replace(b"number", b"no."), "class 'label' has 1 texts"),
    "a number each": (of_labels(*(f"{k / 7:.3f}" for k in range(40))), "40 different labels in 40 rows"),
    "quotes with a space before": (
        b"label, text\n" + b"".join(b'good, "fine, yes %d"\n' % k for k in range(40)),
        "40 of 40 rows .*do not have 2 fields",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", NO_TABLE | DAMAGED)
def test_what_is_no_table_of_texts_is_told(tmp_path, kind):
    content, words = (NO_TABLE | DAMAGED)[kind]
    path = tmp_path / "reviews.csv"
    path.write_bytes(content)
    with pytest.raises(DataError, match=words) as caught:
        tasks.from_csv(path)
    assert len(str(caught.value)) < 1000
    assert "reviews.csv" in str(caught.value) or "class" in str(caught.value)


@pytest.mark.parametrize(("before", "columns"), [("", {"text": 1, "label": 0}), ("label\ttext\n", {})])
def test_a_stray_quote_in_the_first_row_of_a_long_file_with_tabs_is_a_plain_character(tmp_path, before, columns):
    path = tmp_path / "reviews.tsv"
    path.write_text(f'{before}good\t"open\n{LONG}', encoding="utf-8")
    task = tasks.from_csv(path, **columns)
    assert len(task.train) + len(task.validation) + len(task.test) == 1001
    assert any("Quotes are plain characters here" in note for note in task.notes)


READ = {
    "two marks of UTF-8": b"\xef\xbb\xbf" * 2 + BYTES,
    "old Macintosh": BYTES.replace(b"\n", b"\r"),
    "mixed ends of lines": BYTES.replace(b"\n", b"\r\n", 20),
    "spaces around labels": of_labels("good ", " bad", "good", "bad\t"),
    "a space of no break": of_labels("good\u00a0", "bad"),
    "unnamed first column": "".join([",text,label\n", *(f"{k},{line}" for k, line in enumerate(LINES))]).encode(),
    "10,000 columns": "".join(f"{line.strip()}{',c' * 9998}\n" for line in ["text,label", *LINES]).encode(),
    "other ends of lines in a text": BYTES + "one\u2028two\x0bthree\x0cfour\x85five,good\n".encode(),
}  # fmt: skip


@pytest.mark.parametrize("kind", READ)
def test_what_is_unusual_but_clear_is_read(tmp_path, kind):
    path = tmp_path / "reviews.csv"
    path.write_bytes(READ[kind])
    task = tasks.from_csv(path)
    assert task.class_names == ("bad", "good")
    assert len(task.train) + len(task.validation) + len(task.test) >= 40


@pytest.mark.parametrize(
    ("one", "other"),
    [("good", "Good"), ("good", "good\u200b"), ("very good", "very  good"), ("caf\u00e9", "cafe\u0301"), ("1", "1.0")],
)
def test_labels_that_may_be_the_same_are_told(tmp_path, one, other):
    path = tmp_path / "reviews.csv"
    path.write_bytes(of_labels("bad", one, "bad", other))
    told = [note for note in tasks.from_csv(path).notes if "may be the same class" in note]
    assert len(told) == 1
    assert ascii(one)[1:-1] in told[0]
    assert ascii(other)[1:-1] in told[0]
    path.write_bytes(of_labels("bad", one))
    assert not any("may be the same" in note for note in tasks.from_csv(path).notes)
