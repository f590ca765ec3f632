# SPDX-License-Identifier: GPL-2.0-or-later
"""keepalived and baton, asked about the same file.

Each program is started once, in a network of its own with the interfaces that
the files name, and answers for many files (serve.c).
"""

import collections
import os
import re
import shutil
import subprocess
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
BUILD = os.environ.get("BATON_RELEASE", os.path.join(TOP, "build/release"))
SERVE = os.path.join(BUILD, "tests/diff/libserve.so")
BATON = os.environ.get("BATON_PROGRAM", os.path.join(BUILD, "src/baton/baton"))
KEEPALIVED = "/usr/sbin/keepalived"

# Seconds of the processor. A small file takes a hundredth of a second; what has
# no bound in it takes minutes, on any machine.
CPU = 10.0
CPU_MOST = 60  # then a program is killed
# It does not end with some files. With all others it takes a tenth of a second.
KEEPALIVED_CPU = 5

INTERFACES = """
ip link set lo up
ip link add eth0 type veth peer name eth1
ip link add eth2 type veth peer name eth3
for i in eth0 eth1 eth2 eth3; do ip link set $i up; done
ip address add 10.9.0.1/24 dev eth0
ip address add 10.9.1.1/24 dev eth1
"""

NETWORK = "mount -t tmpfs none /run" + INTERFACES + """
exec env LD_BIND_NOW=1 LD_PRELOAD=$0 "$@"
"""

# With these lines of keepalived -t its daemon ends at once, tried one by one;
# with all others it runs, without the statement or block of which they speak.
FATAL = [
    "is missing a parameter after keyword",
    "No VIP specified; at least one is required",
    "the virtual router id must be set",
    "both use VRID",
    "Non-existent interface specified in configuration",
    ": Unknown interface!", ") Unknown interface!",
]


# Bytes that are no UTF-8 stay what they are.
BYTES = "surrogateescape"

class Died(Exception):
    """A server ended: it was not the program but its harness that failed."""


Answer = collections.namedtuple("Answer", "code seconds kib output errors")


class Server:
    def __init__(self, *command, until=None, wall=60, cpu=CPU_MOST):
        environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8",
                       "SERVE_CPU": str(cpu), "SERVE_WALL": str(wall)}
        if until:
            environment["SERVE_UNTIL"] = until
        self.process = subprocess.Popen(
            ["unshare", "--net", "--mount", "sh", "-c", NETWORK, SERVE,
             *command], env=environment, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def ask(self, path):
        """An Answer; its code is negative for a signal."""
        self.process.stdin.write(path.encode() + b"\n")
        self.process.stdin.flush()
        head = self.process.stdout.readline().split()
        if len(head) != 6:
            raise Died(f"no answer about {path}")
        code, signal, used, kib, output, errors = map(int, head)
        return Answer(
            -signal if signal else code, used / 1e6, kib,
            self.process.stdout.read(output).decode("utf-8", BYTES),
            self.process.stdout.read(errors).decode("utf-8", "replace"))

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


class Verdict:
    """runs: True, False, or None where a program crashed or did not end."""

    def __init__(self, runs, answer, text):
        self.runs, self.text = runs, text
        self.code, self.seconds = answer.code, answer.seconds


def of_keepalived(answer):
    text = answer.output + answer.errors
    # -t of a file with a script that another user runs ends itself by SIGTERM;
    # the daemon runs it.
    runs = answer.code in (0, 5, 6, -15)
    if any(line in text for line in FATAL):
        runs = False
    if answer.code == 6 and "Config files missing" in text:
        runs = False  # includem and includew
    if answer.code not in (0, 2, 4, 5, 6, -15):
        runs = None
    return Verdict(runs, answer, text)


def of_baton(answer):
    return Verdict({0: True, 4: True, 3: False}.get(answer.code), answer,
                   answer.output + answer.errors)


class Judge:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="baton-diff-")
        self.path = os.path.join(self.folder, "k.conf")
        self.printed = os.path.join(self.folder, "p.conf")
        self.servers = {
            "keepalived": Server(KEEPALIVED, "-t", "-f", "@",
                                 cpu=KEEPALIVED_CPU),
            "check": Server(BATON, "check", "@"),
            "print": Server(BATON, "print", "@")}

    def ask(self, text):
        """The verdicts of keepalived and of baton on a file."""
        self.put(self.path, text)
        return (of_keepalived(self.servers["keepalived"].ask(self.path)),
                of_baton(self.servers["check"].ask(self.path)))

    def round_trip(self, text):
        """What is wrong with print, of a file that baton runs; or None."""
        self.put(self.path, text)
        first = self.servers["print"].ask(self.path)
        if first.code != 0:
            return f"print ends with {first.code}:\n{first.errors}"
        # A password is only mentioned: any other one will do.
        again = first.output.replace("# auth_pass", "auth_pass")
        self.put(self.printed, again.encode("utf-8", BYTES))
        second = self.servers["print"].ask(self.printed)
        if second.code != 0:
            return (f"what print wrote is refused:\n{second.errors}\n"
                    f"{first.output}")
        if second.output != first.output:
            return (f"the second print differs:\n{first.output}\n---\n"
                    f"{second.output}")
        return None

    @staticmethod
    def put(path, text):
        with open(path, "wb") as file:
            file.write(text)

    def close(self):
        for server in self.servers.values():
            server.close()
        for name in (self.path, self.printed):
            if os.path.exists(name):
                os.unlink(name)
        shutil.rmtree(self.folder)  # keepalived makes config_save_dir


MESSAGE = re.compile(r"^(?:[^ ].*?: )?(error|warning|note): (.*)$", re.M)


def messages(text, severity):
    return [match[2] for match in MESSAGE.finditer(text)
            if match[1] == severity]


def fatal(text):
    """The lines of keepalived -t for which its daemon would end."""
    return [line for line in text.splitlines()
            if any(part in line for part in FATAL)]
