# SPDX-License-Identifier: GPL-2.0-or-later
"""How the vrrp process runs: real time, memory, CPUs and buffers are as the
configuration says, again after a death and after a reload; what the kernel
refuses is told, and shown as it is."""

import os
import re
import signal
import time

import pytest

import frames
from daemons import Baton, Instance, keepalived_conf
from lan import wait_for
from systemd import Unit
from test_sandbox import UNIT, status_of

pytestmark = pytest.mark.skipif(not Baton.is_built(),
                                reason="batond is not built")

DROP_IN = os.path.join(os.path.dirname(UNIT), "realtime.conf")


RELEASE = os.path.join(os.path.dirname(UNIT), "../build/release")


def sanitized(path):
    """An address sanitizer lets no memory be locked."""
    with open(path, "rb") as file:
        return b"__asan_init" in file.read()


class Plain(Baton):
    """batond without sanitizers: the release, if the other one has them."""

    @staticmethod
    def binary(name):
        path = Baton.binary(name)
        if sanitized(path):
            path = os.path.join(RELEASE, "src", name, name)
        return path


class Poor(Baton):
    """batond without the rights to schedule."""

    def spawn(self, *command, **keywords):
        return super().spawn(
            "prlimit", "--memlock=65536", "setpriv", "--bounding-set",
            "-sys_nice,-ipc_lock", "--inh-caps", "-sys_nice,-ipc_lock",
            *command, **keywords)


def row(daemon, name="vrrp"):
    """What the status says of a process."""
    return next(process for process in daemon.all_status()["processes"]
                if process["name"] == name)


def shown(daemon, **wanted):
    """Waits for the status to show it: the keeper looks four times a
    second."""
    def same():
        found = row(daemon)
        return all(found[key] == value for key, value in wanted.items())
    wait_for(same, 5, f"{wanted} in the status")


def real_time(pid):
    return os.sched_getscheduler(pid) & ~os.SCHED_RESET_ON_FORK, \
        os.sched_getparam(pid).sched_priority


def limit_of(pid, name):
    with open(f"/proc/{pid}/limits") as file:
        return re.search(rf"{name}\s+(\S+)", file.read())[1]


def nice_of(pid):
    return os.getpriority(os.PRIO_PROCESS, pid)


def another(daemon, old):
    """The vrrp that has taken the place of this one, alone and set up: how it
    is scheduled comes first, its system call filter last."""
    def alone():
        pids = [pid for pid, words in daemon.processes().items()
                if "vrrp" in words[0]]
        return len(pids) == 1 and pids[0] != old and pids[0]
    pid = wait_for(alone, 5, "another vrrp")
    wait_for(lambda: status_of(pid)["Seccomp"] == "2", 5, "its set-up")
    daemon.wait_state("active")
    return pid


def die(daemon, number=signal.SIGKILL):
    """The next vrrp, when this one has been killed."""
    old = daemon.vrrp_pid()
    os.kill(old, number)
    return another(daemon, old)


def reload(daemon, *lines):
    """The next vrrp, after a reload with these lines."""
    old = daemon.vrrp_pid()
    daemon.file("baton.conf", keepalived_conf(daemon.instances, lines))
    plan = daemon.ask("reload")
    assert plan.startswith("changes global_defs: ")
    return another(daemon, old)


def start(lan, *lines, kind=Baton, **options):
    daemon = kind(lan.routers[0])
    daemon.start([Instance(interval=0.1, **options)], lines)
    daemon.wait_state("active")
    return daemon


def test_real_time_is_real_and_lasts(lan):
    daemon = start(lan, "vrrp_rt_priority 50", "vrrp_rlimit_rttime 200000",
                   "vrrp_cpu_affinity 1")
    for after in (lambda: daemon.vrrp_pid(), lambda: die(daemon),
                  lambda: reload(daemon, "vrrp_rt_priority 50",
                                 "vrrp_rlimit_rttime 300000",
                                 "vrrp_cpu_affinity 1")):
        pid = after()
        assert real_time(pid) == (os.SCHED_RR, 50)
        assert os.sched_getaffinity(pid) == {1}
        assert status_of(pid)["Cpus_allowed_list"].strip() == "1"
        assert limit_of(pid, "Max realtime timeout") in ("200000", "300000")
        shown(daemon, scheduling="rr", rt_priority=50)
        assert "SCHED_RR 50" in daemon.ask("status")
        assert int(status_of(pid)["CapPrm"], 16) == 0x3000
    assert limit_of(pid, "Max realtime timeout") == "300000"
    # The others run as they were started.
    mine = os.sched_getscheduler(0)
    for other, words in daemon.processes().items():
        if "vrrp" not in words[0]:
            assert os.sched_getscheduler(other) == mine
            assert len(os.sched_getaffinity(other)) == os.cpu_count()
    pid = reload(daemon, "vrrp_rt_priority 0")
    assert os.sched_getscheduler(pid) == mine
    assert "runs without" not in daemon.log()
    shown(daemon, rt_priority=0)


def test_nice_is_in_effect_and_lasts(lan):
    daemon = start(lan, "vrrp_priority -7")
    assert nice_of(daemon.vrrp_pid()) == -7
    assert nice_of(daemon.main_pid()) == nice_of(0)
    assert nice_of(die(daemon)) == -7
    shown(daemon, nice=-7)
    assert nice_of(reload(daemon, "vrrp_priority 3")) == 3
    shown(daemon, nice=3)


@pytest.mark.skipif(Baton.is_built() and not Plain.is_built(),
                    reason="a sanitizer lets no memory be locked, and the "
                    "release is not built")
def test_memory_is_locked_and_stays_so(lan):
    daemon = start(lan, "vrrp_no_swap", kind=Plain)
    for after in (lambda: daemon.vrrp_pid(), lambda: die(daemon),
                  lambda: reload(daemon, "vrrp_no_swap", "vrrp_priority -1")):
        pid = after()

        def is_told():  # it gives some back when it has adopted
            locked = int(status_of(pid)["VmLck"].split()[0])
            return row(daemon)["memory_locked_bytes"] == locked * 1024 > 0
        wait_for(is_told, 5, "locked memory in the status")
        status = status_of(pid)
        locked, resident = (int(status[key].split()[0])
                            for key in ("VmLck", "VmRSS"))
        assert locked >= resident * 9 // 10 > 0
        assert int(status["CapPrm"], 16) == 0x3000  # no CAP_IPC_LOCK
        assert "memory locked" in daemon.ask("status")
    status = status_of(reload(daemon))
    assert status["VmLck"].split()[0] == "0"
    shown(daemon, memory_locked_bytes=0)
    assert "runs without" not in daemon.log()


def test_what_is_refused_is_told(lan):
    daemon = start(lan, "vrrp_rt_priority 50", "vrrp_no_swap",
                   kind=Poor)
    assert real_time(daemon.vrrp_pid())[1] == 0
    wait_for(lambda: "vrrp: runs without vrrp_rt_priority: Operation not "
             "permitted; it needs CAP_SYS_NICE or LimitRTPRIO=99; install "
             "realtime.conf (batond(8), REAL TIME)" in daemon.log(), 5,
             "the warning")
    if not sanitized(daemon.binary("batond")):
        assert "runs without vrrp_no_swap: Cannot allocate memory; it " \
            "needs CAP_IPC_LOCK or LimitMEMLOCK=infinity" in daemon.log()
    shown(daemon, rt_priority=0, memory_locked_bytes=0)
    assert "SCHED_RR" not in daemon.ask("status")
    told = {event["keyword"]: event for event in daemon.events()
            if event.get("event") == "refused"}
    assert told["vrrp_rt_priority"]["error"] == "Operation not permitted"
    assert "runs without vrrp_rt_priority" in daemon.ask("events")
    assert real_time(die(daemon))[1] == 0
    # It is another wish that is refused, and neither is forgotten.
    reload(daemon, "vrrp_priority -9")
    wait_for(lambda: "runs without vrrp_priority: Permission denied; it "
             "needs CAP_SYS_NICE or LimitNICE=-20" in daemon.log(), 5,
             "the warning")
    assert daemon.state() == "active"


def test_a_cpu_that_is_not_there_is_told(lan):
    daemon = start(lan, "vrrp_cpu_affinity 1023")
    wait_for(lambda: "runs without vrrp_cpu_affinity: Invalid argument; "
             "there is no such CPU" in daemon.log(), 5, "the warning")
    assert len(os.sched_getaffinity(daemon.vrrp_pid())) == os.cpu_count()


def test_the_unit_refuses_and_its_drop_in_allows(lan, boot):
    machine = boot(lan.routers[0])
    daemon = Unit(lan.routers[0], machine).start(
        [Instance(interval=0.1)], ["vrrp_cpu_affinity 1", "vrrp_priority 5"])
    daemon.wait_state("active")
    for word in ("vrrp_cpu_affinity", "vrrp_priority"):
        wait_for(lambda: f"runs without {word}: Operation not permitted"
                 in daemon.log(), 5, "the warning")
    pid = daemon.vrrp_pid()
    assert len(os.sched_getaffinity(pid)) == os.cpu_count()
    assert nice_of(pid) == nice_of(0)

    with open(DROP_IN) as file:
        machine.override(file.read())
    daemon.systemctl("restart")
    pid = another(daemon, pid)
    assert os.sched_getaffinity(pid) == {1}
    assert nice_of(pid) == 5


def test_real_time_is_the_default_where_it_may_be(lan):
    """The least of it; who may not have it runs without a word."""
    daemon = start(lan)
    for after in (lambda: daemon.vrrp_pid(), lambda: die(daemon)):
        assert real_time(after()) == (os.SCHED_RR, 1)
    old = daemon.vrrp_pid()
    daemon.ask("upgrade")
    assert real_time(another(daemon, old)) == (os.SCHED_RR, 1)
    mine = os.sched_getscheduler(0)
    assert real_time(reload(daemon, "vrrp_rt_priority 0"))[0] == mine
    assert real_time(reload(daemon)) == (os.SCHED_RR, 1)
    shown(daemon, scheduling="rr", rt_priority=1)
    daemon.stop()
    poor = start(lan, kind=Poor)
    assert real_time(poor.vrrp_pid())[0] == mine
    time.sleep(0.5)  # two looks of the keeper
    assert "runs without" not in poor.log()
    shown(poor, rt_priority=0)


def sleep(pid, seconds):
    """It comes to its next turn that much too late."""
    os.kill(pid, signal.SIGSTOP)
    time.sleep(seconds)
    os.kill(pid, signal.SIGCONT)


def test_who_is_late_is_raised(lan):
    daemon = start(lan, "max_auto_priority 2",
                   "min_auto_priority_delay 300000")
    pid = daemon.vrrp_pid()
    assert real_time(pid)[1] == 0
    shown(daemon, rt_priority=0)
    sleep(pid, 0.6)
    shown(daemon, scheduling="rr", rt_priority=1)
    assert real_time(pid) == (os.SCHED_RR, 1)
    sleep(pid, 0.6)
    shown(daemon, rt_priority=2)
    sleep(pid, 0.6)
    wait_for(lambda: daemon.all_status()["turn_lateness_max_ms"] >= 400, 5,
             "the lateness")
    time.sleep(0.6)  # two looks of the keeper
    assert real_time(pid) == (os.SCHED_RR, 2), "no further than the bound"
    raised = [event["rt_priority"] for event in daemon.events()
              if event.get("event") == "raised"]
    assert raised == [1, 2]
    assert "was late, and now has real-time priority 2" in daemon.ask("events")
    # What one needed, the next one needs; until nobody asks for it.
    assert real_time(die(daemon)) == (os.SCHED_RR, 2)
    assert real_time(reload(daemon, "vrrp_rt_priority 0"))[1] == 0


def test_lateness_is_remembered(lan):
    daemon = start(lan)
    pid = daemon.vrrp_pid()
    sleep(pid, 0.4)

    def late():
        status = daemon.all_status()
        return min(status["turn_lateness_max_ms"],
                   status["advert_lateness_max_ms"])
    wait_for(lambda: late() >= 250, 5, "the lateness")

    def histogram():
        return {name: float(value) for name, value in re.findall(
            r'^(baton_\w+_lateness_seconds_(?:count|sum)) (\S+)$',
            daemon.ask("metrics"), re.M)}
    before = histogram()
    assert set(before) == {f"baton_{what}_lateness_seconds_{which}"
                           for what in ("turn", "advert")
                           for which in ("count", "sum")}
    assert all(value >= 0.25 for value in before.values())
    die(daemon)
    assert late() >= 250
    reload(daemon, "vrrp_priority 1")
    assert late() >= 250
    wait_for(lambda: all(value >= before[name]
                         for name, value in histogram().items()), 5,
             "counts that go on")
    wait_for(lambda: re.search(
        r"^vrrp: worst turn [234]\d\d ms, worst advertisement \d+ ms late; "
        r"nice 1$", daemon.ask("status"), re.M), 5, "the line of the status")


def test_much_to_do_is_no_hang(lan):
    """In real time, with keepalived's 10 ms: many virtual routers that start,
    and a flood in which there is always something to read, end nobody."""
    daemon = Baton(lan.routers[0])
    daemon.start([
        *(Instance(name=f"v{n}", vrid=n, interval=0.1,
                   addresses=[f"10.1.{n}.{a}/24" for a in range(1, 5)])
          for n in range(1, 201)),
        *(Instance(name=f"w{n}", vrid=n, interval=0.1, family=6,
                   addresses=[f"fe80::1:{n}/64"])
          for n in range(1, 201))], ["vrrp_rt_priority 50"])
    for name in ("v200", "w200"):
        daemon.wait_state("active", name, timeout=30)
    pid = daemon.vrrp_pid()
    assert limit_of(pid, "Max realtime timeout") == "10000"
    before = daemon.all_status()["packets_received"]
    injector = frames.Injector(lan.host)
    packet = frames.frame("192.0.2.66", frames.advert(
        "192.0.2.66", ["10.1.1.1"], vrid=1, priority=10, interval=0.1))
    end = time.monotonic() + 2
    while time.monotonic() < end:
        for _ in range(100):
            injector.send(packet)
    assert daemon.vrrp_pid() == pid
    assert daemon.all_status()["packets_received"] - before > 5000
    os.kill(pid, signal.SIGSTOP)
    for _ in range(20000):  # all that a turn takes wait at once
        injector.send(packet)
    os.kill(pid, signal.SIGCONT)
    time.sleep(0.5)
    assert daemon.vrrp_pid() == pid
    pid = die(daemon)
    assert real_time(pid) == (os.SCHED_RR, 50)
    assert "killed by signal 24" not in daemon.log()
    assert daemon.stop() == 0
    assert "killed by signal 24" not in daemon.log()


def receive_buffers(daemon):
    """The sizes of the netlink sockets of vrrp, as the kernel says."""
    text = daemon.router.run("ss", "-f", "netlink", "-m", "-n")
    pid = daemon.vrrp_pid()
    return text, pid, sorted({int(size) for size in
                              re.findall(r"rb(\d+)", text)})


def test_buffers_have_their_size_and_overruns_are_mended(lan):
    """4 KiB for notifications: a storm of them overruns it, and the end is
    right."""
    daemon = start(lan, "vrrp_netlink_monitor_rcv_bufs 4096",
                   "vrrp_netlink_cmd_rcv_bufs 300000",
                   "vrrp_netlink_cmd_rcv_bufs_force on")
    router = lan.routers[0]
    sizes = receive_buffers(daemon)
    assert 8192 in sizes[2] and 600000 in sizes[2], sizes
    service = daemon.instance().service
    add = [f"address add 10.9.{n // 250}.{n % 250 + 1}/32 dev lan0"
           for n in range(2000)]
    remove = [line.replace("add ", "del ") for line in add]
    pid = daemon.vrrp_pid()
    os.kill(pid, signal.SIGSTOP)
    router.ip(*add[:500])
    os.kill(pid, signal.SIGCONT)
    wait_for(lambda: daemon.all_status()["netlink_overruns"] > 0, 10,
             "an overrun")
    overruns = daemon.all_status()["netlink_overruns"]
    os.kill(pid, signal.SIGSTOP)
    router.ip(*remove[:500], f"address del {service}/24 dev lan0")
    os.kill(pid, signal.SIGCONT)
    wait_for(lambda: router.holds(service), 10, "the address again")
    wait_for(lambda: daemon.all_status()["netlink_overruns"] > overruns, 10,
             "another overrun")
    assert "netlink overrun" in daemon.ask("status")
    assert daemon.vrrp_pid() == pid, "nothing died"
    # The next process goes on counting.
    overruns = daemon.all_status()["netlink_overruns"]
    die(daemon)
    assert daemon.all_status()["netlink_overruns"] >= overruns
    reload(daemon)
    assert daemon.all_status()["netlink_overruns"] >= overruns
    assert 8192 not in receive_buffers(daemon)[2]
