# SPDX-License-Identifier: GPL-2.0-or-later
"""Guard 5: the systemd unit.

How exposed systemd-analyze finds it, and that the options of its ExecStart
are options of batond, whose path is the first argument, and its ExecReload is
a command of baton, whose path is the second."""

import os
import re
import shutil
import subprocess
import sys
import tempfile

from tap import Report, TOP

UNIT = os.path.join(TOP, "dist/batond.service")
MOST = 2.5


def exposure(text):
    """What `systemd-analyze security` says of a unit of that text."""
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "batond.service")
        with open(path, "w") as file:
            file.write(text)
        done = subprocess.run(
            ["systemd-analyze", "security", "--offline=true", "--no-pager",
             path], text=True, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
    told = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    return float(told[1]) if told else None, done.stderr


def judge_exposure(text):
    level, errors = exposure(text)
    faults = [f"systemd-analyze: {line}" for line in errors.splitlines()]
    if level is None:
        faults.append("systemd-analyze gives no level")
    elif level > MOST:
        faults.append(f"{level} is more than {MOST}")
    return faults


def judge_command(text, usage):
    """That ExecStart has options of that usage."""
    commands = re.findall(r"^ExecStart=(\S+)(.*)$", text, re.M)
    known = set(re.findall(r"(?<![\w-])(--?[\w-]+)", usage))
    faults = [] if len(commands) == 1 else ["there is not one ExecStart"]
    for program, options in commands:
        if os.path.basename(program) != "batond":
            faults.append(f"{program} is not batond")
        faults += [f"batond has no {word}" for word in options.split()
                   if word.startswith("-") and word.split("=")[0] not in known]
    if "--run-dir" not in known:
        faults.append("batond --help does not tell its options")
    return faults


def judge_reload(text, usage):
    """That ExecReload is a command of that usage, with its options."""
    known = set(re.findall(r"^  ([a-z]+|--[a-z-]+) ", usage, re.M))
    commands = re.findall(r"^ExecReload=(\S+) (.+)$", text, re.M)
    if len(commands) != 1:
        return ["there is not one ExecReload"]
    program, words = commands[0]
    faults = [] if os.path.basename(program) == "baton" else [
        f"{program} is not baton"]
    return faults + [f"baton has no {word}" for word in words.split()
                     if word not in known]


def main():
    report = Report()
    with open(UNIT) as file:
        text = file.read()
    usage = subprocess.run([sys.argv[1], "--help"], text=True,
                           stdout=subprocess.PIPE).stdout
    name = f"systemd-analyze security gives at most {MOST}"
    if shutil.which("systemd-analyze") is None:
        report.skip(name, "systemd-analyze is not installed")
    else:
        for spoilt in (re.sub(r"^NoNewPrivileges=.*\n", "", text, flags=re.M),
                       re.sub(r"^ProtectSystem=.*\n", "", text, flags=re.M),
                       text.replace("[Service]", "[Service]\nNonsense=yes")):
            report.check("the guard refuses a unit with less or with nonsense",
                         [] if spoilt != text and judge_exposure(spoilt)
                         else ["it did not"])
        report.check(name, judge_exposure(text))
    for spoilt in (text.replace("batond -n", "batond --nonsense"),
                   text.replace("batond -n", "keepalived -n"),
                   text.replace("ExecStart=", "ExecStartPre=")):
        report.check("the guard refuses another ExecStart",
                     [] if spoilt != text and judge_command(spoilt, usage)
                     else ["it did not"])
    report.check("ExecStart has options that exist",
                 judge_command(text, usage))
    words = subprocess.run([sys.argv[2], "help"], text=True,
                           stdout=subprocess.PIPE).stdout
    for spoilt in (text.replace("baton reload", "baton relaod"),
                   text.replace("reload --upgrade", "reload --upgrdae"),
                   text.replace("ExecReload=", "ExecStartPost=")):
        report.check("the guard refuses another ExecReload",
                     [] if spoilt != text and judge_reload(spoilt, words)
                     else ["it did not"])
    report.check("ExecReload is a command that exists",
                 judge_reload(text, words))
    report.end()


main()
