# SPDX-License-Identifier: GPL-2.0-or-later
"""Guard 4: every statement of the checklist is proven, or says why not.

tests/conformance/LINES has P001 to P123, once each; the tests it names exist,
a positive and a negative one for each; and no test proves a number that the
list does not send to it."""

import os
import re

from tap import Report, TOP, files

FIRST, LAST = 1, 123
CONFORMANCE = os.path.join(TOP, "tests/conformance")
NETNS = os.path.join(TOP, "tests/netns")
LATER = ("virtual MAC", "accept mode", "unicast", "authentication",
         "dual operation")
C_TEST = re.compile(r'"(P\d{3}) ([+-]) ')


def read(path):
    with open(path) as file:
        return file.read()


def entries(text):
    """[(number, words, [proof, ...])] of the list."""
    joined = []
    for line in text.splitlines():
        if line.startswith("#") or not line.strip():
            continue
        if line[0].isspace() and joined:
            joined[-1] += " " + line.strip()
        else:
            joined.append(line.strip())
    found = []
    for line in joined:
        head, *proofs = [part.strip() for part in line.split("|")]
        number, _, words = head.partition(" ")
        found.append((number, words, proofs))
    return found


def c_tests():
    """{file: {(number, sign), ...}} of the C programs."""
    return {os.path.basename(path): set(C_TEST.findall(read(path)))
            for path in files("tests/conformance", ".c")}


def python_tests():
    """{file: {name, ...}} of the tests on networks."""
    return {os.path.basename(path): set(re.findall(
        r"^def (test_\w+)", read(path), re.M))
        for path in files("tests/netns", ".py")}


def judge(text, in_c, in_python):
    """All that is wrong with a list beside those tests."""
    faults, seen, sent = [], [], set()
    for number, words, proofs in entries(text):
        seen.append(number)
        if not words:
            faults.append(f"{number}: no words")
        if not proofs:
            faults.append(f"{number}: neither proven nor put off")
        signs = set()
        for proof in proofs:
            if proof.startswith("later:"):
                if not any(reason in proof for reason in LATER):
                    faults.append(f"{number}: no good reason: {proof}")
                signs |= {"+", "-"}
            elif proof.endswith(".c"):
                sent.add((proof, number))
                here = {sign for name, sign in in_c.get(proof, ())
                        if name == number}
                if not here:
                    faults.append(f"{number}: not in {proof}")
                signs |= here
            else:
                sign, file, name = (proof.split() + ["", "", ""])[:3]
                if sign not in ("+", "-") or name not in in_python.get(
                        file, ()):
                    faults.append(f"{number}: no such test: {proof}")
                signs.add(sign)
        for sign, word in (("+", "positive"), ("-", "negative")):
            if proofs and sign not in signs:
                faults.append(f"{number}: no {word} test")
    wanted = [f"P{n:03}" for n in range(FIRST, LAST + 1)]
    if seen != wanted:
        faults += [f"{n}: not in the list" for n in wanted if n not in seen]
        faults += [f"{n}: more than once" for n in sorted(set(seen))
                   if seen.count(n) > 1]
        faults += [f"{n}: no such statement" for n in seen if n not in wanted]
        faults.append("the numbers are not in order")
    for file, tests in in_c.items():
        for number in sorted({number for number, _ in tests}):
            if (file, number) not in sent:
                faults.append(f"{file} proves {number}; the list does not "
                              "say so")
    return faults


def main():
    report = Report()
    text, in_c, in_python = read(os.path.join(CONFORMANCE, "LINES")), \
        c_tests(), python_tests()
    for what, spoilt in (
            ("a number that is missing", re.sub(
                r"^P004 .*\n", "", text, flags=re.M)),
            ("a number twice", text + "P004 again | wire.c\n"),
            ("a number that is none", text + "P124 more | wire.c\n"),
            ("a test that does not exist", text.replace(
                "| initialize.c", "| active.c", 1)),
            ("a negative test that is missing", re.sub(
                r"^  \| - test_conformance.*\n", "", text, flags=re.M)),
            ("a bad excuse", text.replace("later: accept mode",
                                          "later: no time")),
            ("a statement without a proof", text.replace(
                "| ladder.c", "", 1))):
        report.check(f"the guard refuses {what}",
                     [] if spoilt != text and judge(spoilt, in_c, in_python)
                     else ["it did not"])
    report.check(f"P{FIRST:03} to P{LAST:03} are proven, or put off for a "
                 "reason", judge(text, in_c, in_python))
    report.end()


main()
