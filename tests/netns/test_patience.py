# SPDX-License-Identifier: GPL-2.0-or-later
"""Who asks a daemon that does not answer gives up, says why, and fails."""

import signal
import subprocess
import time

import pytest

from daemons import Baton, Instance
from lan import wait_for

pytestmark = pytest.mark.skipif(not Baton.is_built(),
                                reason="batond is not built")

QUESTIONS = [["status"], ["status", "gate"], ["status", "-j"],
             ["why", "gate"], ["events"], ["events", "-f"],
             ["events", "-f", "-j"], ["metrics"]]
ORDERS = [["reload"], ["reload", "--dry-run"], ["reload", "--upgrade"],
          ["reload", "--confirm", "5"], ["confirm"], ["handover"],
          ["handover", "gate"], ["drain"], ["undrain"], ["upgrade"]]
# It has begun already, and then the server is stopped.
FOLLOWS = ["events", "-f"]
GIVES_UP = 7


def begin(daemon, words):
    return subprocess.Popen(
        [daemon.binary("baton"), "--run-dir", daemon.run_dir, *words],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True)


def test_nobody_waits_for_ever(lan):
    daemon = Baton(lan.routers[0]).start([Instance(interval=0.1)])
    daemon.wait_state("active")
    follows = begin(daemon, FOLLOWS)
    follows.stdout.readline()
    daemon.router.signal_all(signal.SIGSTOP, [
        pid for pid in daemon.processes() if pid != daemon.vrrp_pid()])
    begun = time.monotonic()
    asked = [(words, begin(daemon, words)) for words in QUESTIONS + ORDERS]
    for words, process in [*asked, (FOLLOWS, follows)]:
        _, said = process.communicate(timeout=60)
        assert process.returncode == 1, (words, said)
        assert "does not answer" in said, (words, said)
        assert said.count("\n") == 1, (words, said)
    assert time.monotonic() - begun > GIVES_UP - 1
    daemon.router.signal_all(signal.SIGCONT, daemon.processes())
    wait_for(lambda: "gate" in daemon.ask("status"), 10, "an answer")
