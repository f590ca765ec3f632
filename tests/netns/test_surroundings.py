# SPDX-License-Identifier: GPL-2.0-or-later
"""What whoever starts a program leaves to it: closed descriptors, signals that
are ignored, limits, a umask, a directory that is gone; and a run directory in
which others may write. The daemon does as it always does."""

import fcntl
import os
import re
import signal
import subprocess
import sys

import pytest

from daemons import Baton, Instance, keepalived_conf
from lan import child_of, wait_for
from scene import complete, ids, kinds, replaced

pytestmark = pytest.mark.skipif(not Baton.is_built(),
                                reason="batond is not built")

HELD = [signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, 36, 63]
NOBODY = 65534


def fast(**options):
    return Instance(interval=0.1, priority=200, **options)


class Strange(Baton):
    """Started by a shell, or by a program, in that way."""

    def __init__(self, router, *before, background=False, **keywords):
        super().__init__(router)
        self.before, self.background = before, background
        self.keywords = keywords

    def start_file(self, path):
        self.run_dir = os.path.join(self.directory, "run")
        self.answers = False
        self.child = self.spawn(
            *self.before, self.installed(),
            *([] if self.background else ["-n"]), "-f", path, "--run-dir",
            self.run_dir, **self.keywords)
        if self.background:
            assert self.child.wait(20) == 0
        return self

    def main_pid(self):
        return wait_for(lambda: kinds(self).get("keeper"), 5, "the keeper")[0]

    def stop(self, timeout=10):
        os.kill(self.main_pid(), signal.SIGTERM)
        wait_for(lambda: not self.processes(), timeout, "the end")


def shell(words):
    """A shell that starts a program with these words after it."""
    return ["sh", "-c", f'exec "$0" "$@" {words}']


def python(lines):
    """A program that does this and then becomes another."""
    return [sys.executable, "-c", "import os, resource, signal, sys\n"
            + lines + "\nos.execv(sys.argv[1], sys.argv[1:])"]


def descriptors(pid):
    return {fd: os.readlink(f"/proc/{pid}/fd/{fd}")
            for fd in os.listdir(f"/proc/{pid}/fd")}


def serves(daemon):
    daemon.wait_state("active")
    return wait_for(lambda: complete(daemon), 10, "all its processes")


def die_and_go_on(daemon):
    """The death of each is not noticed, and another keeper takes over."""
    old = ids(daemon)
    os.kill(old["vrrp"], signal.SIGKILL)
    replaced(daemon, "vrrp", old=old)
    old = ids(daemon)
    os.kill(old["keeper"], signal.SIGKILL)
    wait_for(lambda: old["keeper"] not in daemon.processes(), 5, "its end")
    daemon.before, daemon.background, daemon.keywords = (), False, {}
    daemon.start_file(os.path.join(daemon.directory, "baton.conf"))
    replaced(daemon, "keeper", "vrrp", "ctl", old=old)
    daemon.wait_state("active")
    assert daemon.transitions() == ["backup", "active"]


@pytest.mark.parametrize("background", [False, True])
@pytest.mark.parametrize("words", ["<&-", "2>&-", "<&- >&- 2>&-",
                                   "0</dev/null 1<&0 2<&0", "2</", "1>&- 2<&0"])
def test_descriptors_that_are_closed_or_odd(lan, words, background):
    a, _ = lan.routers
    daemon = Strange(a, *shell(words), background=background).start([fast()])
    found = serves(daemon)
    keeper = found["keeper"][0]
    lock = os.path.join(daemon.run_dir, "lock")
    with open(lock) as file:
        assert re.fullmatch(r"\d+\n", file.read())
    for pids in found.values():
        for pid in pids:
            fds = descriptors(pid)
            assert {"0", "1", "2"} <= set(fds)
            assert (lock in fds.values()) == (pid == keeper)
    second = Strange(a)
    done = subprocess.run(
        [*a.enter(), second.installed(), "-n", "-f",
         os.path.join(daemon.directory, "baton.conf"), "--run-dir",
         daemon.run_dir], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True)
    assert done.returncode == 1 and "in use by process" in done.stdout
    if words == "<&-":
        die_and_go_on(daemon)


def test_what_the_caller_has_open_is_let_go(lan):
    """A lock that it holds, and a pipe whose end it waits for."""
    a, _ = lan.routers
    path = os.path.join(a.directory, "mine")
    with open(path, "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        daemon = Baton(a)
        daemon.run_dir = os.path.join(daemon.directory, "run")
        conf = daemon.file("baton.conf", keepalived_conf([fast()]))
        daemon.instances = [fast()]
        done = subprocess.run(
            [*a.enter(), "sh", "-c",
             '"$0" -f "$1" --run-dir "$2"; echo "it said $?"',
             daemon.installed(), conf, daemon.run_dir],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, pass_fds=[lock.fileno()], timeout=20)
        # That this returns says that nobody has the pipe any more.
        assert done.stdout.endswith(b"it said 0\n")
        for pid in daemon.processes():
            assert path not in descriptors(pid).values()
    daemon.wait_state("active")


STRANGE = """
for number in range(1, 65):
    if number not in (9, 19, 32, 33):
        signal.signal(number, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
signal.alarm(1)
signal.setitimer(signal.ITIMER_PROF, 0.1)
resource.setrlimit(resource.RLIMIT_CPU, (1, resource.RLIM_INFINITY))
resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
resource.setrlimit(resource.RLIMIT_NOFILE, (16, 4096))
resource.setrlimit(resource.RLIMIT_NPROC, (1, 4096))
os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
os.mkdir("gone"); os.chdir("gone"); os.rmdir("../gone")
os.umask(%s)
"""


@pytest.mark.parametrize("umask", ["0", "0o777"])
def test_signals_limits_umask_and_directory(lan, umask):
    a, _ = lan.routers
    daemon = Strange(a, *python(STRANGE % umask), cwd=a.directory)
    daemon.start([fast()])
    found = serves(daemon)
    keeper = found["keeper"][0]
    assert os.readlink(f"/proc/{keeper}/cwd") == "/"
    assert os.sched_getscheduler(keeper) & ~0x40000000 == os.SCHED_OTHER
    daemon.ask("drain")
    modes = {name: os.stat(os.path.join(daemon.run_dir, name)).st_mode & 0o777
             for name in os.listdir(daemon.run_dir)}
    assert modes == {"lock": 0o600, "state": 0o600, "drained": 0o600,
                     "ctl.sock": 0o660, "keeper.sock": 0o600}
    assert os.stat(daemon.run_dir).st_mode & 0o777 == 0o755
    daemon.ask("undrain")
    daemon.wait_state("active")
    old = ids(daemon)
    os.kill(old["vrrp"], signal.SIGKILL)
    replaced(daemon, "vrrp", old=old)
    os.kill(keeper, signal.SIGHUP)
    wait_for(lambda: "1 unchanged" in daemon.log(), 5, "SIGHUP to be heard")
    # SIGALRM would have come by now, and SIGXCPU.
    wait_for(lambda: clock_of(keeper) > 1.5, 10, "a while")
    wait_for(lambda: complete(daemon), 5, "all of its processes")
    daemon.stop()
    assert not a.holds(daemon.instance().service)


def clock_of(pid):
    """For how long a process has run, in seconds."""
    with open(f"/proc/{pid}/stat") as file:
        begun = int(file.read().rsplit(")", 1)[1].split()[19])
    with open("/proc/uptime") as file:
        return float(file.read().split()[0]) - begun / os.sysconf("SC_CLK_TCK")


def test_a_relative_name_where_there_is_no_directory(lan):
    a, _ = lan.routers
    done = subprocess.run(
        [*a.enter(), *python('os.mkdir("gone"); os.chdir("gone"); '
                             'os.rmdir("../gone")'),
         Baton.binary("batond"), "-n", "-f", "baton.conf"], cwd=a.directory,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 1
    assert "name the whole path" in done.stdout


def blocked(pid):
    """The signals that a process has blocked, or none when it has ended."""
    try:
        with open(f"/proc/{pid}/status") as file:
            mask = int(re.search(r"^SigBlk:\s*(\w+)", file.read(), re.M)[1],
                       16)
    except (FileNotFoundError, ProcessLookupError):
        return set()
    return {number for number in range(1, 65) if mask >> (number - 1) & 1}


def begun(daemon):
    """Its first process as soon as main() has begun."""
    def pid():
        try:
            return child_of(daemon.child.pid)
        except ProcessLookupError:
            return None
    first = wait_for(pid, 5, "its process", 0.001)
    wait_for(lambda: signal.SIGHUP in blocked(first), 5, "main()", 0.0005)
    assert not os.path.exists(os.path.join(daemon.run_dir, "ctl.sock"))
    return first


def test_signals_that_come_at_once_are_read_later(lan):
    a, _ = lan.routers
    daemon = Baton(a).start([fast()])
    pid = begun(daemon)
    for number in HELD:
        os.kill(pid, number)
    daemon.wait_state("active")
    wait_for(lambda: "1 unchanged" in daemon.log(), 5, "SIGHUP to be heard")
    assert daemon.log().count("a dump goes to") == 4


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT,
                                    signal.SIGQUIT])
def test_an_end_that_comes_at_once_is_an_end(lan, number):
    a, b = lan.routers
    daemon = Baton(a).start([fast()])
    os.kill(begun(daemon), number)
    assert daemon.child.wait(10) == 0
    wait_for(lambda: not daemon.processes(), 5, "the end of all of it")
    # Also of one that finds another's processes: nothing serves afterwards.
    orphans = Baton(b).start([fast()])
    serves(orphans)
    os.kill(orphans.main_pid(), signal.SIGKILL)
    orphans.reap()
    os.unlink(os.path.join(orphans.run_dir, "ctl.sock"))
    orphans.start([fast()])
    os.kill(begun(orphans), number)
    assert orphans.child.wait(20) == 0
    wait_for(lambda: not orphans.processes(), 5, "the end of all")
    assert not b.holds(orphans.instance().service)


def test_a_stranger_cannot_hold_the_lock(lan):
    """Nor one who had it open before it was for root alone."""
    a, _ = lan.routers
    daemon = Baton(a).start([fast()])
    serves(daemon)
    lock = os.path.join(daemon.run_dir, "lock")
    os.chmod(lock, 0o644)  # as of an older program
    thief = subprocess.Popen(
        [sys.executable, "-c", "import fcntl, os, sys\n"
         f"os.setgid({NOBODY}); os.setuid({NOBODY})\n"
         f"file = open({lock!r})\nprint('open', flush=True)\n"
         "sys.stdin.readline()\n"
         "fcntl.flock(file, fcntl.LOCK_SH)\nprint('locked', flush=True)\n"
         "sys.stdin.readline()"], text=True, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE)
    assert thief.stdout.readline() == "open\n"
    old = ids(daemon)
    os.kill(daemon.main_pid(), signal.SIGKILL)
    daemon.reap()
    thief.stdin.write("\n")
    thief.stdin.flush()
    assert thief.stdout.readline() == "locked\n"
    daemon.start([fast()])
    replaced(daemon, "keeper", "vrrp", "ctl", old=old)
    assert os.stat(lock).st_mode & 0o777 == 0o600
    assert daemon.transitions() == ["backup", "active"]
    thief.communicate("\n")


def claims_a_process(router):
    """A process of a stranger, and a state file that says of it that it
    answers questions: the next keeper ends it, if it believes that."""
    victim = router.popen("sleep", "60")
    inner = wait_for(lambda: router.run("pidof", "sleep", check=False), 5,
                     "a process").split()[0]
    with open(f"/proc/{child_of(victim.pid)}/stat") as file:
        started = file.read().rsplit(")", 1)[1].split()[19]
    return victim, f"0 0 {inner} {started} -1\n"


@pytest.mark.parametrize("how", ["mode", "owner", "link", "fifo"])
def test_what_others_could_write_is_not_believed(lan, how):
    a, _ = lan.routers
    daemon = Baton(a)
    run_dir = os.path.join(daemon.directory, "run")
    os.mkdir(run_dir)
    victim, text = claims_a_process(a)
    path = os.path.join(run_dir, "state")
    aim = os.path.join(a.directory, "aim") if how == "link" else path
    if how == "fifo":
        os.mkfifo(path)
    else:
        with open(aim, "w") as file:
            file.write(text)
    os.chmod(aim, 0o666 if how == "mode" else 0o600)
    if how == "owner":
        os.chown(aim, NOBODY, NOBODY)
    if how == "link":
        os.symlink(aim, path)
    for name in ("drained", "lock"):
        os.symlink(os.path.join(a.directory, name), os.path.join(run_dir, name))
        open(os.path.join(a.directory, name), "w").close()
    daemon.start([fast()])
    serves(daemon)
    assert victim.poll() is None
    assert "not believed" in daemon.log()
    # What the links led to was not written.
    assert not os.path.getsize(os.path.join(a.directory, "lock"))


def test_a_state_file_of_ours_is_believed(lan):
    """So that the test above shows something."""
    a, _ = lan.routers
    daemon = Baton(a)
    run_dir = os.path.join(daemon.directory, "run")
    os.mkdir(run_dir)
    victim, text = claims_a_process(a)
    with open(os.path.join(run_dir, "state"), "w") as file:
        file.write(text)
    os.chmod(os.path.join(run_dir, "state"), 0o600)
    daemon.start([fast()])
    serves(daemon)
    assert victim.wait(5)


@pytest.mark.parametrize("mode, owner, said", [
    (0o777, 0, "its mode is 0755 now"),
    (0o1777, 0, "should be root's alone"),
    (0o755, NOBODY, "belongs to another user")])
def test_a_run_directory_of_others(lan, mode, owner, said):
    a, _ = lan.routers
    daemon = Baton(a)
    run_dir = os.path.join(daemon.directory, "run")
    os.mkdir(run_dir)
    os.chmod(run_dir, mode)
    os.chown(run_dir, owner, -1)
    daemon.start([fast()])
    if owner:
        assert daemon.child.wait(10) == 1
    else:
        serves(daemon)
    assert said in daemon.log()
    assert os.stat(run_dir).st_mode & 0o7777 == (mode if mode != 0o777
                                                 else 0o755)


WORDS = [["status"], ["status", "gate"], ["status", "-j"], ["why", "gate"],
         ["events"], ["metrics"], ["help"], ["--version"], ["--help"],
         ["explain"], ["explain", "priority"], ["check", "FILE"],
         ["check", "-j", "FILE"], ["print", "FILE"], ["reload", "--dry-run"],
         ["reload"], ["undrain"], ["complete"]]


def test_what_cannot_be_written_is_an_error(lan):
    a, _ = lan.routers
    daemon = Baton(a).start([fast()])
    serves(daemon)
    conf = os.path.join(daemon.directory, "baton.conf")
    baton = [Baton.binary("baton"), "--run-dir", daemon.run_dir]
    batond = [Baton.binary("batond")]
    calls = [baton + [conf if word == "FILE" else word for word in words]
             for words in WORDS]
    calls += [batond + words for words in
              (["--help"], ["--version"], ["-t", "-f", conf])]

    def run(call, out, before=()):
        done = subprocess.run([*before, *call], stdout=out, text=True,
                              stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
        return done.returncode, done.stderr
    wrong = []
    for number, call in enumerate(calls):
        with open("/dev/full", "w") as full:
            status, said = run(call, full)
        if status == 0 or "cannot write: No space left" not in said:
            wrong.append((call, "full", status, said))
        if number % 6:
            continue
        status, said = run(call, None, shell(">&-"))
        if status == 0 or "cannot write: Bad file descriptor" not in said:
            wrong.append((call, "closed", status, said))
        reader, writer = os.pipe()
        os.close(reader)
        status, said = run(call, writer)
        os.close(writer)
        if status == 0 or "cannot write: Broken pipe" not in said:
            wrong.append((call, "pipe", status, said))
    assert not wrong
