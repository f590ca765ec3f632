# SPDX-License-Identifier: GPL-2.0-or-later
"""Bad packets: each is counted under its one reason, and nothing changes.

Every packet is one that would win, were it not for its fault: an Active of
priority 100 hears priority 254 from a higher address. A good packet of the
same make proves that: it makes the Active step down. A Backup must not be
hurried into becoming Active either. RFC 9568 7.1 with its errata, RFC 3768
7.1; the counters are those of `baton status --json`.

Nothing here depends on how fast the machine is: each Backup hears its Active
just before each case, whatever time has passed since the one before; and what
a router did is read in its events, not caught in the act.
"""

import pytest

import frames
from daemons import Baton, Instance
from lan import wait_for

# One table of routers serves all: they run in one process (tests/run).
pytestmark = [
    pytest.mark.xdist_group("malformed"),
    pytest.mark.skipif(not Baton.is_built(), reason="batond is not built")]

PEER = {4: "192.0.2.66", 6: "fe80::ffff:66"}
PROTOCOLS = {"v2": (2, 4), "v3-ipv4": (3, 4), "v3-ipv6": (3, 6)}


class Case:
    """A fault: what differs from a good packet, for which protocols."""

    def __init__(self, reason, *, only=PROTOCOLS, message=None, frame=None,
                 name=None):
        self.reason, self.only = reason, only
        self.message, self.frame = message or {}, frame or {}
        self.name = name or reason


CASES = [
    Case("ttl", frame={"ttl": 254}, name="ttl-254"),
    Case("ttl", frame={"ttl": 64}, name="ttl-64"),
    Case("ttl", frame={"ttl": 1}, name="ttl-1"),
    Case("truncated", message={"cut_to": 7}),
    Case("truncated", message={"cut_to": 0}, name="empty"),
    Case("version", message={"version": 2, "interval": 1}, only=["v3-ipv4"],
         name="version-2-for-3"),
    Case("version", message={"version": 3}, only=["v2"],
         name="version-3-for-2"),
    Case("version", message={"version": 4}, name="version-4"),
    Case("version", message={"version": 0}, name="version-0"),
    Case("type", message={"type": 7}, name="type-7"),
    Case("type", message={"type": 0}, name="type-0"),
    Case("length", message={"count": 9}, name="count-too-high"),
    Case("length", message={"cut_to": 10}, name="cut-in-address"),
    Case("length", message={"trailer": bytes(8)},
         only=["v3-ipv4", "v3-ipv6"], name="trailer-in-v3"),
    Case("length", message={"trailer": b""}, only=["v2"],
         name="no-trailer-in-v2"),
    Case("checksum", message={"spoil": 0x0100}),
    Case("vrid", message={"vrid": 255}),
    Case("vrid", message={"vrid": 0}, name="vrid-0"),
    Case("interval-zero", message={"interval": 0},
         only=["v3-ipv4", "v3-ipv6"]),
    Case("interval-mismatch", message={"interval": 3}, only=["v2"]),
    Case("auth-type", message={"auth_type": 1}, only=["v2"],
         name="auth-type-1"),
    Case("auth-type", message={"auth_type": 255}, only=["v2"],
         name="auth-type-255"),
    Case("own-source", only=["v3-ipv6"]),
]


def parameters():
    for protocol in PROTOCOLS:
        for case in CASES:
            if protocol in case.only:
                yield pytest.param(protocol, case,
                                   id=f"{protocol}-{case.name}")


@pytest.fixture(scope="module")
def table():
    """One router a protocol and state for all cases: {(protocol, state)}."""
    import lan as lans
    made = {}
    network = lans.Lan(routers=6)
    routers = iter(network.routers)
    for vrid, (protocol, (version, family)) in enumerate(
            PROTOCOLS.items(), 10):
        for state in ("active", "backup"):
            router = next(routers)
            # The Active of a Backup speaks once a case (speak()).
            interval = 20 if state == "backup" else 1 if version == 2 else 0.2
            # Each router has a VRID of its own: the others' are `vrid`
            # drops, counted apart from what a case injects.
            instance = Instance(
                name=f"{protocol}-{state}", version=version, family=family,
                vrid=vrid + (100 if state == "active" else 0),
                interval=interval, priority=100)
            made[protocol, state] = Baton(router).start([instance])
    injector = frames.Injector(network.host)
    for (_, state), daemon in made.items():
        wait_for(lambda: daemon.state() != "init", 15, "the start")
        if state == "backup":
            speak(daemon, injector)
        daemon.wait_state(state)
    yield made, injector
    injector.close()
    network.close()


def speak(daemon, injector):
    """The Active of this Backup advertises, and the Backup has heard it."""
    heard = daemon.counters()["adverts_received"]
    injector.send(packet(daemon))
    wait_for(lambda: daemon.counters()["adverts_received"] > heard, 5,
             "the Active is heard")


def packet(daemon, message=None, frame=None, source=None):
    """A good and winning advertisement, but for what the case says."""
    i = daemon.instance()
    source = source or PEER[i.family]
    options = {"vrid": i.vrid, "version": i.version, "priority": 254,
               "interval": i.interval, **(message or {})}
    return frames.frame(source, frames.advert(source, i.plain, **options),
                        **(frame or {}))


def dropped(daemon):
    """All drops by reason, of the instance and of none."""
    status = daemon.all_status()
    total = dict(status["dropped"])
    for instance in status["instances"]:
        for reason, count in instance["counters"]["dropped"].items():
            total[reason] = total.get(reason, 0) + count
    return total


def difference(new, old):
    return {reason: new[reason] - old.get(reason, 0) for reason in new
            if new[reason] != old.get(reason, 0)}


def heard_all(daemon, injector):
    """Until it has read what was sent before, which is counted then."""
    before = dropped(daemon).get("ttl", 0)
    injector.send(packet(daemon, frame={"ttl": 64}))
    wait_for(lambda: dropped(daemon).get("ttl", 0) > before, 5,
             "a drop for its TTL")


@pytest.mark.parametrize("state", ["active", "backup"])
@pytest.mark.parametrize("protocol, case", parameters())
def test_counted_under_its_one_reason(table, protocol, case, state):
    made, injector = table
    daemon = made[protocol, state]
    source = None
    if case.reason == "own-source":
        source = daemon.router.link_local()
    if state == "backup":
        speak(daemon, injector)
    heard_all(daemon, injector)
    before = dropped(daemon)
    transitions = daemon.transitions()
    received = daemon.counters()["adverts_received"]
    injector.send(packet(daemon, case.message, case.frame, source))
    wait_for(lambda: dropped(daemon).get(case.reason, 0)
             > before.get(case.reason, 0), 5, f"a drop for {case.reason}")
    change = difference(dropped(daemon), before)
    if case.reason != "vrid":
        # The other routers' advertisements are foreign here all the time.
        change.pop("vrid", None)
        assert change == {case.reason: 1}
    else:
        assert set(change) == {"vrid"}
    assert daemon.transitions() == transitions
    assert daemon.state() == state
    assert daemon.counters()["adverts_received"] == received


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_count_zero_is_refused(table, protocol):
    """5.2.5, erratum 8299; a v2 message of no address is the like."""
    made, injector = table
    daemon = made[protocol, "active"]
    before, transitions = dropped(daemon), daemon.transitions()
    i = daemon.instance()
    source = PEER[i.family]
    injector.send(frames.frame(source, frames.advert(
        source, [], vrid=i.vrid, version=i.version, priority=254,
        interval=i.interval)))
    wait_for(lambda: dropped(daemon)["count-zero"] > before["count-zero"],
             5, "a drop for count-zero")
    assert daemon.transitions() == transitions


def test_a_v2_address_list_of_another_is_refused(table):
    """RFC 3768 7.1: unless its sender owns the addresses."""
    made, injector = table
    daemon = made["v2", "active"]
    before, transitions = dropped(daemon), daemon.transitions()
    i = daemon.instance()
    injector.send(frames.frame(PEER[4], frames.advert(
        PEER[4], ["192.0.2.77"], vrid=i.vrid, version=2, priority=254,
        interval=i.interval)))
    wait_for(lambda: dropped(daemon)["address-list"]
             > before["address-list"], 5, "a drop for address-list")
    assert daemon.transitions() == transitions


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_was_not_sent_to_the_group_is_refused(table, protocol):
    made, injector = table
    daemon = made[protocol, "active"]
    i = daemon.instance()
    source = PEER[i.family]
    own = daemon.router.address() if i.family == 4 \
        else daemon.router.link_local()
    before, transitions = dropped(daemon), daemon.transitions()
    message = frames.advert(source, i.plain, vrid=i.vrid, priority=254,
                            version=i.version, interval=i.interval,
                            destination=own)
    data = frames.frame(source, message, destination=own)
    mac = bytes.fromhex(daemon.router.mac().replace(":", ""))
    injector.send(mac + data[6:])
    wait_for(lambda: dropped(daemon)["destination"]
             > before["destination"], 5, "a drop for destination")
    assert daemon.transitions() == transitions


@pytest.mark.parametrize("protocol, options", [
    pytest.param(protocol, options, id=f"{protocol}-{name}")
    for protocol, name, options in (
        ("v2", "plain", {}), ("v3-ipv4", "plain", {}),
        ("v3-ipv6", "plain", {}),
        ("v3-ipv4", "ihl-6", {"frame": {"options": b"\1" * 4}}),
        ("v3-ipv4", "ihl-15", {"frame": {"options": b"\1" * 40}}),
        ("v3-ipv4", "ethernet-padding", {"frame": {"padding": 14}}),
        ("v3-ipv4", "reserve", {"message": {"reserve": 15}}),
        ("v3-ipv6", "reserve", {"message": {"reserve": 15}}),
        ("v3-ipv4", "rfc5798-checksum", {"message": {"pseudo": True}}))])
def test_a_good_packet_of_the_same_make_wins(table, protocol, options):
    """Or the tests above would prove nothing. The Active steps down and,
    when no more comes, is Active again after its Active_Down_Interval."""
    made, injector = table
    daemon = made[protocol, "active"]
    daemon.wait_state("active")
    before, past = dropped(daemon), len(daemon.changes())
    injector.send(packet(daemon, **options))
    wait_for(lambda: len(daemon.changes()) >= past + 2, 10,
             "that it is Active again")
    down, up = daemon.changes()[past:]
    assert (down["to"], down["peer"]) == (
        "backup", PEER[daemon.instance().family])
    assert up["to"] == "active"
    change = difference(dropped(daemon), before)
    change.pop("vrid", None)
    assert change == {}
