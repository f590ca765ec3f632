#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""docs/KEYWORDS.md is what the tables say of each word.

    words.py KEYWORDS           judges: KEYWORDS is the program man/keywords
    words.py KEYWORDS --write   writes the page anew (`make keywords`)
"""

import difflib
import os
import subprocess
import sys

from tap import TOP, Report

PAGE = os.path.join(TOP, "docs", "KEYWORDS.md")
THEIRS = os.path.join(TOP, "tests", "unit", "keywords.tsv")
WIDTH = 80

HEAD = """\
# The words of keepalived.conf

Each word that keepalived 2.4.3 knows, and each that is baton's own, by the block
that it stands in. The page is made from the tables by which baton reads
(`make keywords`), and a test compares the two. `baton explain WORD` says what a
word does, and `baton check --migrate FILE` what becomes of those of a file.

| what becomes of it | |
|---|---|
| *works* | as in keepalived |
| *works differently* | as said beside it |
| *no effect* | accepted; there is nothing to do for it, or never will be |
| *waits: an error* | of a later release; without it the rest would be less safe, so a file with it is not run |
| *waits: left out* | of a later release; a warning says so, and the rest runs |

Another word is unknown: it is left out with a warning, as in keepalived. What
baton makes of mistakes is in [MIGRATING.md](MIGRATING.md).
"""


def rows(program):
    """(block, word, standing, differs, help), each once."""
    text = subprocess.run([program, "--rows"], check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    found = {}
    for line in text.splitlines():
        found.setdefault(tuple(line.split("\t")), None)
    return list(found)


def wrap(words, before):
    """Lines of words, none longer than WIDTH if that is possible."""
    lines, line = [], before
    for number, word in enumerate(words):
        word = f"`{word}`" + ("," if number + 1 < len(words) else "")
        if len(line) + 1 + len(word) > WIDTH:
            lines.append(line)
            line = word
        else:
            line += " " + word
    return lines + [line]


def section(block, of, theirs):
    """The part of one block."""
    lines = ["", f"## {block[0].upper()}{block[1:]}" if " " in block
             else f"## `{block}`"]
    works = [row for row in of if row[2] == "done" and not row[3]]
    own = [row[1] for row in works if row[1] not in theirs]
    works = [row[1] for row in works if row[1] in theirs]
    for words, title in ((works, "*Works:*"), (own, "*baton's own:*")):
        if words:
            lines += ["", *wrap(words, title)]
    other = []
    for standing, fate in (("done", "works differently"),
                           ("inert", "no effect"),
                           ("needed", "waits: an error"),
                           ("later", "waits: left out")):
        other += [(word, fate, differs or text)
                  for _, word, is_, differs, text in of
                  if is_ == standing and (differs or is_ != "done")]
    if other:
        lines += ["", "| word | | |", "|---|---|---|"]
        lines += [f"| `{word}` | {fate} | {text} |"
                  for word, fate, text in other]
    return lines


def page(found, theirs):
    blocks = {}
    for row in found:
        blocks.setdefault(row[0], []).append(row)
    lines = HEAD.splitlines()
    for block, of in blocks.items():
        lines += section(block, of, theirs)
    return "\n".join(lines) + "\n"


def their_words():
    with open(THEIRS) as file:
        return {line.split("\t")[1].strip() for line in file
                if "\t" in line and not line.startswith("#")}


def main():
    wanted = page(rows(sys.argv[1]), their_words())
    if "--write" in sys.argv:
        with open(PAGE, "w") as file:
            file.write(wanted)
        return
    try:
        with open(PAGE) as file:
            has = file.read()
    except FileNotFoundError:
        has = ""
    sound = page([("b", "old", "done", "", "h"), ("b", "odd", "done", "so", "h"),
                  ("b", "late", "needed", "", "h")], {"old", "odd", "late"})
    report = Report()
    for what, line in (("a word that works is in a list", "*Works:* `old`"),
                       ("one that differs says how",
                        "| `odd` | works differently | so |"),
                       ("one that waits says so",
                        "| `late` | waits: an error | h |")):
        report.check(what, [] if line in sound.splitlines() else [sound])
    report.check("docs/KEYWORDS.md is what the tables say",
                 [] if has == wanted else ["make keywords", *[
                     line for line in difflib.unified_diff(
                         has.splitlines(), wanted.splitlines(), n=0,
                         lineterm="")][:20]])
    report.end()


if __name__ == "__main__":
    main()
