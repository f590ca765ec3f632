# SPDX-License-Identifier: GPL-2.0-or-later
"""Rows of sync groups, and of the start, that are played with keepalived and
with baton at the same time (rows.py)."""

import shutil

import pytest

from daemons import Baton
from rows import SLOW, START, Stage, down, group, part, play, row, script

pytestmark = [
    pytest.mark.timing,
    pytest.mark.skipif(not Baton.is_built() or not shutil.which("keepalived"),
                       reason="batond is not built, or there is no "
                       "keepalived")]

GROUPS, DELAYED = [], []


@row(GROUPS, "14", "a sync group of priority 150 and 100",
     part(priority=150, interval=SLOW), part(interval=SLOW), before=group(),
     shows=[["b", "a", "group"], [down(), down()]])
def two_priorities(it):
    yield it.has("MASTER", "group")
    yield lambda: it.sent("a") and it.sent("b")
    return [[one[0:-7] for one in it.order() if one.endswith(" MASTER")],
            [it.near(it.sent(one)[0][0] - it.began(one), down(), START)
             for one in "ab"]]


@row(GROUPS, "40", "a member loses to a higher advertisement", part(), part(),
     before=group(), shows=[["a BACKUP", "b BACKUP", "group BACKUP"], [], []])
def member_loses(it):
    yield it.has("MASTER", "group")
    yield lambda: it.holds("a") and it.holds("b")
    before = len(it.order())
    it.advert(200)
    yield it.has("MASTER", "group", 2)
    yield lambda: it.sent("b")
    return [it.order()[before:before + 3],
            *([p for _, p in it.sent(one) if p == 0] for one in "ab")]


@row(GROUPS, "43", "a script of the group, weight -30", part(), part(),
     before=script("s43", "/usr/bin/test -e /run/good43", -30) + group(
         "notify_priority_changes", "track_script {", "s43", "}"),
     shows=[[70, 100], [70, 100], [("a", "MASTER_PRIORITY", 100),
                                   ("b", "MASTER_PRIORITY", 100)]])
def group_script(it):
    yield it.has("MASTER", "group")
    yield lambda: it.sent("a") and it.sent("b")
    before = len(it.lines())
    it.twin.write("good43", "")
    yield lambda: it.sent("a")[-1][1] == it.sent("b")[-1][1] == 100
    yield lambda: len(it.lines()) >= before + 2
    return [it.priorities("a")[-2:], it.priorities("b")[-2:],
            sorted(line[1:] for line in it.lines()[before:])]


def member_script(it):
    yield it.has("MASTER", "group")
    yield 1  # more than a script needs for its first result
    yield lambda: len(it.sent("a")) >= 3 and len(it.sent("b")) >= 3
    return [it.sent("a")[-1][1], it.sent("b")[-1][1]]


row(GROUPS, "44", "a script with a weight of a member",
    part("track_script {", "s44", "}"), part(),
    before=script("s44", "/bin/true", 20) + group(), shows=[100, 100])(
        member_script)
row(GROUPS, "44 t", "the same, with sync_group_tracking_weight",
    part("track_script {", "s44t", "}"), part(),
    before=script("s44t", "/bin/true", 20)
    + group("sync_group_tracking_weight"), shows=[120, 100])(
        member_script)

DELAY = 2.0


@row(DELAYED, "39", "vrrp_startup_delay", part(interval=SLOW),
     shows=DELAY + down(), baton=down(),
     why="as in newer releases, it is a Backup from the end of the delay")
def startup_delay(it):
    yield it.has("MASTER")
    yield it.sent
    took = it.sent()[0][0] - it.began()
    return it.near(took, down() if it.baton else DELAY + down(), START, 0.2)


@row(DELAYED, "39 z", "priority 0 is heard meanwhile", part(interval=SLOW),
     shows=DELAY + down() - 3 * SLOW, baton=down(),
     why="as in newer releases, nobody is heard before its end")
def resigns_in_delay(it):
    if it.baton:
        yield lambda: "start in" in it.twin.daemon.log()
    else:
        yield it.has("BACKUP")
    yield START
    it.advert(0)
    yield it.has("MASTER")
    yield it.sent
    took = it.sent()[0][0] - it.began()
    return it.near(took, down() if it.baton
                   else DELAY + down() - 3 * SLOW, START, 0.2)


def test_groups(make_lan):
    play(Stage(make_lan, GROUPS))


def test_startup_delay(make_lan):
    play(Stage(make_lan, DELAYED, f"vrrp_startup_delay {DELAY}"))
