# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine that systemd has booted, on a router of a LAN; and batond there as
the unit that is installed runs it.

PID 1 of a Machine is the machine's own /lib/systemd/systemd, in namespaces of
its own but for the network, which is the router's. Its root is this machine's,
with an overlay in memory above it: what is installed and written there nobody
else sees. It has a cgroup of its own below that of the test, and sees no other;
it has no unit but the journal and batond. /proc/sys is read-only, since not
all of it belongs to a namespace. All ends with the router. Only the empty
cgroup would outlive a killed test; the next one sweeps it.
"""

import atexit
import functools
import os
import re
import shutil
import subprocess
import tempfile
import time

from daemons import QUICK_SANITIZER, Baton, keepalived_conf
from lan import build_directory, child_of, processes_in, wait_for

INIT = "/lib/systemd/systemd"
CGROUP_PREFIX = "baton-machine-"
UNIT = "batond.service"
RUN_UNIT = "batond-run.service"

# The search for leaks traces the process, which the unit forbids; others
# search.
FOR_SANITIZERS = f"[Service]\nEnvironment=ASAN_OPTIONS={QUICK_SANITIZER}\n"

# $0: a cgroup, $1: a directory. In the cgroup first, so that the namespace
# begins there.
OUTER = 'echo $$ >"$0/cgroup.procs" && exec unshare --mount --pid --uts ' \
    '--ipc --cgroup --fork --kill-child sh -euc "$2" "$1"'

INNER = """
mount -t tmpfs -o mode=755 tmpfs "$0"
cd "$0"
mkdir up work root
mount -t overlay -o lowerdir=/,upperdir=up,workdir=work overlay root
cd root
mount -t proc proc proc
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
mount -t tmpfs -o mode=755 tmpfs dev
for name in null zero full random urandom tty; do
	touch dev/$name
	mount --bind /dev/$name dev/$name
done
mkdir dev/pts dev/shm run/old
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
rm -rf etc/systemd etc/keepalived usr/lib/systemd/system/*.wants
mkdir -p etc/systemd/system/batond.service.d etc/baton
mkdir -p etc/systemd/system/batond-run.service.d
printf '[Journal]\\nStorage=volatile\\nAudit=no\\nRateLimitBurst=0\\n' \
	>etc/systemd/journald.conf
ln -s /dev/null etc/systemd/system/systemd-journald-audit.socket
printf '[Unit]\\nWants=systemd-journald.service\\n' \
	>etc/systemd/system/default.target
pivot_root . run/old
umount -l /run/old
rmdir /run/old
echo ready
read go
exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin """ + INIT + """ \
	</dev/null >/dev/null 2>&1
"""


def cgroup_home():
    """The test's own cgroup of version 2 in the file system, or None."""
    with open("/proc/self/mounts") as file:
        mounts = [line.split()[1] for line in file
                  if line.split()[2] == "cgroup2"]
    with open("/proc/self/cgroup") as file:
        found = re.search(r"^0::(/.*)$", file.read(), re.M)
    if not mounts or not found:
        return None
    path = mounts[0] + found[1].rstrip("/")
    return path if os.access(path, os.W_OK) else None


def why_not():
    """Why systemd cannot run here, or None."""
    if not os.path.exists(INIT):
        return f"there is no {INIT}: install systemd"
    if cgroup_home() is None:
        return "no cgroup of version 2 can be written"
    with open("/proc/filesystems") as file:
        if not re.search(r"\boverlay$", file.read(), re.M):
            return "the kernel has no overlayfs"
    return None


def remove_cgroup(path):
    """A cgroup without processes, and those in it."""
    for directory, _, _ in os.walk(path, topdown=False):
        os.rmdir(directory)


def sweep():
    """Removes cgroups of machines whose program is dead."""
    home = cgroup_home()
    for name in os.listdir(home):
        pid = re.match(rf"{CGROUP_PREFIX}(\d+)-", name)
        if pid and not os.path.exists(f"/proc/{pid[1]}"):
            try:
                remove_cgroup(os.path.join(home, name))
            except OSError:
                pass  # another test sweeps too


@functools.cache
def installed():
    """A folder with what `make install` puts on a machine."""
    place = tempfile.mkdtemp(prefix="baton-installed-")
    atexit.register(shutil.rmtree, place)
    os.chmod(place, 0o755)
    subprocess.run(["meson", "install", "-C", build_directory(),
                    "--no-rebuild", "--quiet", "--destdir", place],
                   check=True, stdout=subprocess.DEVNULL)
    return place


class Machine:
    """systemd on a router, with baton installed and not started."""

    def __init__(self, router):
        self.router = router
        sweep()
        self.cgroup = os.path.join(
            cgroup_home(), f"{CGROUP_PREFIX}{os.getpid()}-{router.name}-"
            f"{time.monotonic_ns()}")
        os.mkdir(self.cgroup)
        try:
            self._boot()
        except BaseException:
            self.close()
            raise

    def _boot(self):
        directory = os.path.join(self.router.directory, "machine")
        os.makedirs(directory, exist_ok=True)
        self.holder = self.router.popen(
            "sh", "-c", OUTER, self.cgroup, directory, INNER, whole=False,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if self.holder.stdout.readline() != b"ready\n":
            raise RuntimeError("no root for systemd was made")
        self.pid = child_of(self.holder.pid)
        self._pidns = os.stat(f"/proc/{self.pid}/ns/pid").st_ino
        self.install()
        for unit in (UNIT, RUN_UNIT):
            self.write(f"/etc/systemd/system/{unit}.d/test.conf",
                       FOR_SANITIZERS)
        self.holder.stdin.write(b"go\n")
        self.holder.stdin.flush()
        wait_for(lambda: self.systemctl("is-system-running", check=False)[1]
                 == "running\n", 20, "systemd to boot", 0.05)
        self.run("systemd-sysusers")  # as a package does

    def install(self):
        """As `make install` does; where depends on the build's prefix."""
        subprocess.run(["cp", "-a", "--remove-destination", installed() + "/.",
                        self.path("/")], check=True)
        unit = self.read(self.find(UNIT))
        self.batond = re.search(r"^ExecStart=(\S+)", unit, re.M)[1]
        self.baton = re.search(r"^ExecReload=(\S+)", unit, re.M)[1]

    def find(self, unit):
        """Where a unit was installed."""
        return next(path for path in (
            f"/usr/local/lib/systemd/system/{unit}",
            f"/usr/lib/systemd/system/{unit}")
            if os.path.exists(self.path(path)))

    def path(self, name):
        """A path in the machine as everybody sees it."""
        return f"/proc/{self.pid}/root{name}"

    def read(self, name):
        with open(self.path(name)) as file:
            return file.read()

    def uid(self, user):
        """The number of a user there, or None."""
        found = re.search(rf"^{user}:[^:]*:(\d+):", self.read("/etc/passwd"),
                          re.M)
        return found and int(found[1])

    def write(self, name, text):
        with open(self.path(name), "w") as file:
            file.write(text)

    def replace(self, name, text=None):
        """As a package manager does: a new file, the same as was installed
        or with that text, is written beside it and takes its name."""
        path = self.path(name)
        if text is None:
            shutil.copy2(Baton.binary(os.path.basename(name)), path + ".new")
        else:
            with open(path + ".new", "w") as file:
                file.write(text)
            os.chmod(path + ".new", 0o755)
        os.rename(path + ".new", path)

    def run(self, *words, check=True):
        """Runs a command: its exit status and all of its output."""
        done = subprocess.run(
            ["nsenter", "-t", str(self.pid), "-m", "-u", "-i", "-n", "-p",
             "-C", *words], text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if check and done.returncode:
            raise RuntimeError(f"{' '.join(words)}: {done.stdout}\n"
                               f"{self.journal()}")
        return done.returncode, done.stdout

    def systemctl(self, *words, check=True):
        return self.run("systemctl", "--no-pager", *words, check=check)

    def override(self, text):
        """Lines that override those of the unit that is installed."""
        self.write(f"/etc/systemd/system/{UNIT}.d/more.conf", text)
        self.systemctl("daemon-reload")

    def show(self, *names):
        """Properties of the unit: {name: text}."""
        text = self.systemctl("show", UNIT, "-p", ",".join(names))[1]
        return dict(line.split("=", 1) for line in text.splitlines())

    def journal(self, *words):
        return self.run("journalctl", "--no-pager", "-o", "cat", *words,
                        check=False)[1]

    def processes(self):
        return processes_in(self._pidns, {self.pid})

    def unit_pids(self):
        """What is in the unit's cgroup, or None when that is gone."""
        path = os.path.join(self.cgroup, "system.slice", UNIT, "cgroup.procs")
        try:
            with open(path) as file:
                return [int(line) for line in file]
        except FileNotFoundError:
            return None

    def close(self):
        holder = getattr(self, "holder", None)
        if holder:
            holder.kill()
            holder.wait()
            holder.stdin.close()
            holder.stdout.close()
        wait_for(self._empty, 10, "the end of the machine")
        remove_cgroup(self.cgroup)

    def _empty(self):
        with open(os.path.join(self.cgroup, "cgroup.events")) as file:
            return "populated 0" in file.read()


class Unit(Baton):
    """batond as systemd runs it; asked from outside."""

    def __init__(self, router, machine, name=None):
        super().__init__(router, name)
        self.machine = machine
        self.run_dir = machine.path("/run/baton")

    def start(self, instances, global_lines=()):
        self.instances = instances
        self.configure(keepalived_conf(instances, global_lines))
        self.machine.systemctl("start", UNIT)
        return self

    def configure(self, text):
        self.machine.write("/etc/baton/baton.conf", text)

    def systemctl(self, verb, check=True):
        """systemctl VERB batond: its exit status and what it says."""
        return self.machine.systemctl(verb, UNIT, check=check)

    def stop(self, timeout=None):
        self.systemctl("stop")
        return int(self.machine.show("ExecMainStatus")["ExecMainStatus"])

    def processes(self):
        """But for that of users' scripts, which is another unit's."""
        return {pid: words for pid, words in self.machine.processes().items()
                if self.is_mine(words) and "--join" not in words
                and not words[0].endswith(": run")}

    def main_pid(self):
        """The keeper: the only one without a title."""
        def keeper():
            return next((pid for pid, words in self.processes().items()
                         if ": " not in words[0]), None)
        return wait_for(keeper, 5, "the keeper")

    def log(self):
        return self.machine.journal("-u", UNIT)
