"""What pre-trained word vectors are worth: random, frozen and fine-tuned, on film reviews and questions, five seeds.

    python benchmarks/word_vectors.py                  # minutes on one core; needs the files of MiniLM
    python benchmarks/word_vectors.py --folder runs    # can be interrupted: what is finished is not run again
    python benchmarks/word_vectors.py --only filters   # run this method again; the runs of the others are kept
    python benchmarks/word_vectors.py --tiny           # a smoke test: two seeds, few labels, nothing is kept

Every method takes the mean of the words' vectors, but for the last one:

    random         random vectors, which learn together with the head
    docs           vectors learned by skip-gram from Python's own documentation, frozen
    minilm         the vectors that MiniLM begins with, frozen
    minilm_tuned   the same, fine-tuned
    filters        small filters that look at three of MiniLM's vectors at a time, the vectors frozen

It writes benchmarks/results/word_vectors.json, and beside the lessons datasets/comparisons/word_vectors_TASK.json,
which tl.compare.load reads.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from dataclasses import replace
from pathlib import Path

from tlteach import tasks
from tlteach.evidence.compare import compare, load
from tlteach.methods.word_vectors import method
from tlteach.text import sources, word_vectors
from tlteach.text.gpt.python_docs import documents

HERE = Path(__file__).parent
SIZE = 3000  # words learned from the documentation
METHODS = ("random", "docs", "minilm", "minilm_tuned", "filters")
BUDGETS = {
    "film_reviews_hard": (32, 217),
    "questions": (11, 56),
}  # labels per class: about 64 in all, and all there are


def methods() -> dict:
    minilm = word_vectors.of_base(sources.build(sources.TEXT_SOURCES["minilm"]))
    paragraphs = [paragraph for text in documents().values() for paragraph in text.split("\n\n")]
    docs = word_vectors.train(paragraphs, size=SIZE)
    found = (
        method(minilm, fine_tune=True, random=True),
        method(docs),
        method(minilm),
        method(minilm, fine_tune=True),
        method(minilm, filters=True),
    )
    return dict(zip(METHODS, found, strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, help="for the files of the runs; a temporary one without it")
    parser.add_argument("--only", choices=METHODS, help="the others keep the runs that they have in the record")
    parser.add_argument("--tiny", action="store_true")
    options = parser.parse_args()
    named, results = methods(), {}
    again = {options.only: named[options.only]} if options.only else named
    with tempfile.TemporaryDirectory(prefix="tlteach_benchmark_") as temporary:
        folder = options.folder or Path(temporary)
        for name, budgets in BUDGETS.items():
            task = tasks.by_name(name)
            seeds, some = (2, budgets[:1]) if options.tiny else (5, budgets)
            record = HERE.parent / "datasets" / "comparisons" / f"word_vectors_{name}.json"
            found = compare(again, task, seeds, some, folder / name, workers=1)
            if options.only:
                kept = [run for run in load(record).runs if run.method != options.only]
                found = replace(found, methods=METHODS, runs=(*kept, *found.runs))
            print(f"\n{name}\n{found}")
            results[name] = {"table": found.to_dict()["table"], "pairs": found.to_dict()["pairs"]}
            if not options.tiny:
                found.save(record)
    if not options.tiny:
        path = HERE / "results" / "word_vectors.json"
        path.write_text(json.dumps({"seeds": 5, **results}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
