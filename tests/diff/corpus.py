# SPDX-License-Identifier: GPL-2.0-or-later
"""A keepalived.conf for each number: the same number, the same bytes.

Most are made by generate.py, the odd ones without what waits for a later
release; each tenth is a sample of Debian's package; and
but for two of eight, they are changed in one to four places by mutate.py.
"""

import glob
import random

import generate
import mutate

SAMPLES = sorted(glob.glob("/usr/share/doc/keepalived/samples/keepalived*"))


def of_sample(path):
    with open(path, "rb") as file:
        text = file.read().decode("utf-8", "replace")
    return [[(len(line) - len(line.lstrip())) // 4, *line.split()]
            for line in text.splitlines()]


def write(seed):
    """The bytes of the file of a number."""
    rng = random.Random(seed * 7 + 1)
    if SAMPLES and seed % 10 == 7:
        lines = of_sample(SAMPLES[seed // 10 % len(SAMPLES)])
    else:
        lines = generate.Writer(seed, plain=seed % 2 == 1).file()
    changes = 0 if seed % 8 in (0, 1) else rng.choice([1, 1, 1, 2, 2, 3, 4])
    for _ in range(changes):
        mutate.mutate(lines, rng)
    text = generate.render(lines, rng).encode()
    if changes and rng.random() < .25:
        text = mutate.spoil(text, rng)
    return text
