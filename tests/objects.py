# SPDX-License-Identifier: GPL-2.0-or-later
"""Another batond, from a copy of src that was changed a little.

Compiled is only what the change concerns; the rest are the objects of a build
directory of meson, which says how they are made."""

import json
import os
import re
import shlex
import subprocess

SOURCE = os.path.join(os.path.dirname(os.path.dirname(
    os.path.realpath(__file__))), "src")
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]*)"', re.M)
LIBRARIES = ["libmnl", "libcap-ng", "libseccomp", "popt", "jansson"]
PROGRAM = "batond/main.c"
OTHERS = ("baton/", "ctl/command", "ctl/client")  # sources of baton(1)


class Build:
    """A build directory: the objects of batond, and how they are made."""

    def __init__(self, path):
        self.made = {}  # {source below src: (folder, command, object)}
        with open(os.path.join(path, "compile_commands.json")) as file:
            for entry in json.load(file):
                folder = entry["directory"]
                name = os.path.relpath(os.path.realpath(
                    os.path.join(folder, entry["file"])), SOURCE)
                if not name.startswith(("../", *OTHERS)):
                    self.made[name] = (folder, shlex.split(entry["command"]),
                                       os.path.join(folder, entry["output"]))

    def compile(self, name, source, target, told=("", ""), more=()):
        """The source `name` of the folder `source`, as it is made in the
        tree, or for a new one as batond's main.c is. `told`: one word of the
        command, and what stands there instead. The result is what the
        compiler had to say."""
        folder, words, _ = self.made.get(name, self.made[PROGRAM])
        here = os.path.relpath(SOURCE, folder)
        words = [told[1] if word == told[0] else word.replace(
            f"-I{here}", f"-I{source}") for word in words[
                :words.index("-MD")]]
        return subprocess.run(
            [*words, *more, "-w", "-c", os.path.join(source, name), "-o",
             target], cwd=folder, text=True, stderr=subprocess.PIPE).stderr

    def link(self, program, objects):
        words = self.made[PROGRAM][1]
        compiler = words[:2] if words[0].endswith("ccache") else words[:1]
        libraries = subprocess.run(
            ["pkg-config", "--libs", *LIBRARIES], text=True,
            stdout=subprocess.PIPE).stdout.split()
        return subprocess.run(
            [*compiler, *[word for word in words if word.startswith("-fsan")],
             *(["-no-pie"] if "-fno-pie" in words else []), *objects, *libraries, "-ldl", "-o", program], text=True,
            stderr=subprocess.PIPE).stderr

    def batond(self, source, changed, program, told=("", ""), more=()):
        """Makes the program of the folder `source`, of which those files were
        changed or are new; what was wrong."""
        objects = {name: made for name, (_, _, made) in self.made.items()}
        faults = ""
        for name in concerned(source, changed):
            objects[name] = f"{program}.{name.replace('/', '_')}.o"
            faults += self.compile(name, source, objects[name], told, more)
        return faults + self.link(program, objects.values())


def concerned(source, changed):
    """The sources that were changed, or include a header that was."""
    includes = {}
    for directory, _, names in os.walk(source):
        for name in names:
            if name.endswith((".c", ".h")):
                path = os.path.join(directory, name)
                with open(path, encoding="utf-8") as file:
                    includes[os.path.relpath(path, source)] = set(
                        INCLUDE.findall(file.read()))
    found, more = set(), set(changed)
    while more:
        found |= more
        more = {name for name, headers in includes.items()
                if headers & found} - found
    return sorted(name for name in found if name.endswith(".c")
                  and not name.startswith(OTHERS))
