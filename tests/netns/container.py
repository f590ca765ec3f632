# SPDX-License-Identifier: GPL-2.0-or-later
"""batond as the first process of a container, from which this and that is
withheld: capabilities, a root that can be written, room, descriptors, IPv6,
/proc, /sys, /dev, users, system calls.

The container is on a router of a LAN and has its network. Its run directory
is a tmpfs, which the test reaches through /proc/PID/root.
"""

import os
import signal
import subprocess

from daemons import Baton, keepalived_conf
from lan import child_of, processes_in, stat_of, tool, wait_for

RUN_DIR = "/run/baton"
NET = ("net_admin", "net_raw")

# Before everything else that is done in it. $1: the run directory's options.
BEGIN = """set -e
mount --make-rprivate /
mkdir -p /run/baton
mount -t tmpfs -o "$1" tmpfs /run/baton
mount -t proc proc /proc
"""

# What can be withheld by mounts: a word, and what does it.
MOUNTS = {
    "proc": "mount -t tmpfs -o ro tmpfs /proc",
    "others": "mount -o remount,hidepid=2 /proc",
    "sys": "mount -t tmpfs -o ro tmpfs /sys",
    # Neither a log nor a terminal.
    "dev": """mkdir -p /run/null && touch /run/null/null
mount --bind /dev/null /run/null/null
mount -t tmpfs -o mode=755 tmpfs /dev
touch /dev/null && mount --bind /run/null/null /dev/null""",
    # Neither users nor a name service.
    "etc": """mkdir -p /run/etc && cp /etc/ld.so.cache /run/etc
mount --bind /run/etc /etc
mount -o remount,bind,ro /etc""",
    "root": "mount -o remount,bind,ro / && mount -o remount,bind,ro /run",
}


class Container(Baton):
    """`without`: words of MOUNTS; "user" (it runs as an ordinary one), or what
    withhold.c knows: "ipv6", "docker", "old". `only`: the capabilities that it
    has, or None. `room`: of the run directory."""

    def __init__(self, router, without=(), only=NET, room="64k",
                 descriptors=None, name=None):
        super().__init__(router, name or "container")
        self.without = set(without)
        self.only = only
        self.room = room
        self.descriptors = descriptors

    def _words(self):
        """What stands between the shell that mounts and batond."""
        words = []
        if self.descriptors:
            words += ["prlimit", f"--nofile={self.descriptors}"]
        calls = sorted(self.without & {"ipv6", "docker", "old"})
        if calls:
            words += [tool("withhold"), *calls, "--"]
        if self.only is not None:
            these = ",".join("+" + name for name in self.only)
            words += ["setpriv", "--bounding-set", f"-all,{these}".rstrip(",")]
            if "user" in self.without:
                words += ["--reuid", "1000", "--regid", "1000",
                          "--clear-groups", "--inh-caps", f"-all,{these}",
                          "--ambient-caps", f"-all,{these}"]
            else:
                words += ["--inh-caps", "-all"]
        return words

    def spawn(self, *command, **keywords):
        options = f"size={self.room},mode=755" + (
            ",uid=1000,gid=1000" if "user" in self.without else "")
        # /proc goes last: mount(8) looks at it.
        mounts = "\n".join(MOUNTS[word] for word in
                           ("others", "sys", "dev", "etc", "root", "proc")
                           if word in self.without)
        return super().spawn(
            "unshare", "--pid", "--mount", "--fork", "--kill-child",
            "sh", "-c", BEGIN + mounts + '\nshift\nexec "$@"', "sh", options,
            *self._words(), *command, **keywords)

    def start_file(self, path):
        self.answers = False
        self.child = self.spawn(self.installed(), "-n", "-f", path,
                                "--run-dir", RUN_DIR)
        pid = self.main_pid()
        self._pidns = os.stat(f"/proc/{pid}/ns/pid").st_ino
        self.run_dir = f"/proc/{pid}/root{RUN_DIR}"
        return self

    def main_pid(self):
        """The first process of the container."""
        def first():
            try:
                return child_of(child_of(self.child.pid))
            except ProcessLookupError:
                return None
        return wait_for(first, 5, "the container")

    def processes(self):
        return {pid: words for pid, words
                in processes_in(self._pidns).items() if self.is_mine(words)}

    def zombies(self):
        """Processes of the container that nobody waits for."""
        found = []
        for entry in os.listdir("/proc"):
            try:
                if entry.isdigit() and stat_of(entry)[0] == "Z" and \
                        os.stat(f"/proc/{entry}/ns/pid").st_ino == self._pidns:
                    found.append(int(entry))
            except OSError:
                continue
        return found

    def inside(self, *words):
        """Runs baton in the container, as `docker exec` does: its exit
        status and all of its output."""
        done = subprocess.run(
            ["nsenter", "-t", str(self.main_pid()), "-m", "-p", "-n", "-r",
             self.binary("baton"), "--run-dir", RUN_DIR, *words],
            text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)
        return done.returncode, done.stdout

    def configure(self, instances, global_lines=()):
        self.instances = instances
        self.file("baton.conf", keepalived_conf(instances, global_lines))

    def kill(self):
        """As `docker kill` does."""
        os.kill(self.main_pid(), signal.SIGKILL)
        self.reap()
