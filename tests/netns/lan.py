# SPDX-License-Identifier: GPL-2.0-or-later
"""A LAN of network namespaces, for tests, the demonstration and the bench.

A switch (bridges in a namespace of its own), routers and hosts, joined by
veth pairs. Each node is a process that owns a network, a mount and a PID
namespace (node.c), and that dies with its parent (PR_SET_PDEATHSIG): whatever
happens to the program that made the LAN, also SIGKILL, the kernel takes the
node's processes, interfaces and mounts away. So nothing is named, nothing
collides and nothing is left over, but for a directory under /var/tmp, which
the next LAN sweeps.

Addresses on link 0: 192.0.2.0/24 and 2001:db8::/64; routers .11, .12, ...,
hosts .101, ...; link-locals follow from fixed MAC addresses. In a LAN of
`many` instances link N is 10.N.0.0/24 and routers are .251, .252, so that
.1 to .250 are free. Nothing of this touches the namespace of the machine.
"""

import atexit
import ctypes
import ipaddress
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

NSEC = 1_000_000_000
CLONE_NEWNET = 0x40000000
DIRECTORY_PREFIX = "baton-lan-"

_libc = ctypes.CDLL(None, use_errno=True)


def now():
    """The time of all that is measured here: CLOCK_MONOTONIC, ns."""
    return time.monotonic_ns()


# What one look of wait_for() counts for at most, in seconds.
LOOK = 0.1


# Between two looks it pauses for so long in the beginning, and at last. To look
# a hundred times a second all the time is more work than what is looked at.
PAUSE = 0.01
PAUSE_MOST = 0.05


def wait_for(condition, timeout, what="the condition", pause=PAUSE):
    """The first true value of condition(), or an AssertionError.

    The timeout is for a machine that has only this to do. Beside other work
    it is as much longer as there is too much to do, and a time in which
    everything stands still does not count. So it says nothing of how long
    something took; who judges that measures it."""
    counted, last = 0, time.monotonic()
    while True:
        value = condition()
        if value:
            return value
        if counted > timeout * max(1, os.getloadavg()[0] / os.cpu_count()):
            raise AssertionError(f"{what}: not within {timeout} s")
        time.sleep(pause)
        at = time.monotonic()
        counted += min(at - last, pause + LOOK)
        last = at
        if pause >= PAUSE:  # who gives a shorter one wants to catch something
            pause = min(pause * 1.1, PAUSE_MOST)


def build_directory():
    """Where meson built: $BATON_BUILD, or the debug build."""
    top = os.path.dirname(os.path.dirname(os.path.dirname(
        os.path.abspath(__file__))))
    return os.environ.get("BATON_BUILD", os.path.join(top, "build/debug"))


def tool(name, folder="tests/netns"):
    """The path of a helper program."""
    path = os.path.join(build_directory(), folder, name)
    if not os.path.exists(path):
        raise FileNotFoundError(f"{path}: build first (make debug)")
    return path


class Netlink:
    """A few requests that must take effect at one known moment."""

    RTM_SETLINK = 19
    RTM_NEWADDR = 20
    AF_BRIDGE = 7
    IFF_UP = 1
    IFA_F_NODAD = 2

    def __init__(self, node):
        self.socket = node.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
        self.socket.bind((0, 0))

    def close(self):
        self.socket.close()

    def _request(self, bodies, kind=RTM_SETLINK, more_flags=0):
        """Sends all in one datagram and waits for every acknowledgement."""
        train = b""
        for sequence, body in enumerate(bodies, 1):
            flags = 1 | 4 | more_flags  # NLM_F_REQUEST | NLM_F_ACK
            train += struct.pack("=IHHII", 16 + len(body), kind, flags,
                                 sequence, 0) + body
        self.socket.send(train)
        left = len(bodies)
        while left:
            data = self.socket.recv(65536)
            while data:
                length, kind = struct.unpack_from("=IH", data)
                if kind == 2:  # NLMSG_ERROR, also the acknowledgement
                    error, = struct.unpack_from("=i", data, 16)
                    if error:
                        raise OSError(-error, os.strerror(-error))
                    left -= 1
                data = data[(length + 3) & ~3:]

    def port_state(self, ports, state):
        """The STP state of bridge ports: 0 disabled, 3 forwarding."""
        protinfo = struct.pack("=HH", 8 + 4, 0x8000 | 12) \
            + struct.pack("=HHBxxx", 5, 1, state)  # IFLA_BRPORT_STATE
        self._request([struct.pack("=BxHiII", self.AF_BRIDGE, 0, port, 0, 0)
                       + protinfo for port in ports])

    def up(self, ports, up):
        flags = self.IFF_UP if up else 0
        self._request([struct.pack("=BxHiII", 0, 0, port, flags, self.IFF_UP)
                       for port in ports])


    def add_addresses(self, index, interfaces):
        """Those of ipaddress.ip_interface(); IPv6's at once, without DAD."""
        bodies = []
        for one in interfaces:
            family = socket.AF_INET if one.version == 4 else socket.AF_INET6
            packed = one.ip.packed
            body = struct.pack("=BBBBi", family, one.network.prefixlen,
                               0 if one.version == 4 else self.IFA_F_NODAD,
                               0, index)
            for attribute in (1, 2):  # IFA_ADDRESS, IFA_LOCAL
                body += struct.pack("=HH", 4 + len(packed), attribute) + packed
            bodies.append(body)
        # NLM_F_CREATE | NLM_F_EXCL
        self._request(bodies, self.RTM_NEWADDR, 0x400 | 0x200)


class Node:
    """A machine: network, mount and PID namespaces held by a process."""

    def __init__(self, name, directory):
        self.name = name
        self.directory = os.path.join(directory, name)
        os.makedirs(os.path.join(self.directory, "run"))
        self.holder = subprocess.Popen(
            [tool("node"), "hold", os.path.join(self.directory, "run")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        lines = sorted(self.holder.stdout.readline() for _ in range(2))
        if lines[1] != b"ready\n":
            raise RuntimeError(f"{name}: no namespace (is this root?)")
        self.pid = int(lines[0])
        self._netns = os.open(f"/proc/{self.pid}/ns/net", os.O_RDONLY)
        self._pidns = os.stat(f"/proc/{self.pid}/ns/pid").st_ino
        self._children = []
        self._route = None  # a netlink socket, once somebody asks

    def enter(self, *, whole=True):
        """The words that run a command in this node. Without `whole` it is
        no process of the node: it survives the node's death."""
        return [tool("node"), "enter", str(self.pid),
                "nmp" if whole else "n"]

    def run(self, *command, check=True, stdin=None, whole=True):
        """Runs a command to its end; its standard output."""
        done = subprocess.run(
            [*self.enter(whole=whole), *command], input=stdin, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if check and done.returncode:
            raise RuntimeError(f"{self.name}: {' '.join(command)}: "
                               f"{done.stderr.strip()}")
        return done.stdout

    def ping(self, address):
        """Asks once a second, until it is answered."""
        self.run("ping", "-c", "1", "-w", "10", str(address))

    def ip(self, *lines):
        """Runs lines of ip(8) in one batch."""
        self.run("ip", "-batch", "-", stdin="\n".join(lines) + "\n",
                 whole=False)

    def ip_json(self, *words):
        return json.loads(self.run("ip", "-j", *words, whole=False) or "[]")

    def popen(self, *command, whole=True, **keywords):
        """Starts a command that ends with this node."""
        child = subprocess.Popen([*self.enter(whole=whole), *command],
                                 **keywords)
        self._children.append(child)
        return child

    def processes(self):
        """The processes of this node, without its holder: {pid: argv}."""
        return processes_in(self._pidns, {self.pid})

    @staticmethod
    def signal_all(number, pids):
        for pid in pids:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def kill_all(self):
        """All at one moment: frozen first, so that none acts upon the death
        of another."""
        self.signal_all(signal.SIGSTOP, self.processes())
        self.signal_all(signal.SIGKILL, self.processes())

    def inside(self, function, *arguments):
        """Calls a function in this node's network namespace."""
        home = os.open("/proc/self/ns/net", os.O_RDONLY)
        try:
            _setns(self._netns)
            try:
                return function(*arguments)
            finally:
                _setns(home)
        finally:
            os.close(home)

    def socket(self, *arguments):
        return self.inside(socket.socket, *arguments)

    def sysctl(self, **values):
        """sysctl(net__ipv4__ip_forward=1)"""
        def write():
            for key, value in values.items():
                with open("/proc/sys/" + key.replace("__", "/"), "w") as file:
                    file.write(str(value))
        self.inside(write)

    def index(self, interface):
        return self.inside(socket.if_nametoindex, interface)

    def addresses(self, interface=None):
        """All addresses of the kernel here. They have the names that ip(8)
        gives them, and "proto" for the tag that Debian 12's does not show.
        The kernel is asked directly: tests ask often, and a process for each
        question would be most of their work."""
        if self._route is None:
            self._route = self.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
        request = struct.pack("=IHHIIBxxxi", 24, 22, 0x301, 1, 0, 0, 0)
        self._route.send(request)  # RTM_GETADDR, a dump
        index = self.index(interface) if interface else None
        return [info for info in _dump(self._route)
                if index in (None, info["ifindex"])]

    def holds(self, address):
        return any(info["local"] == str(address)
                   for info in self.addresses())

    def tagged(self, tag):
        """{(address, prefix)} of the addresses whose IFA_PROTO is `tag`."""
        return {(info["local"], info["prefixlen"])
                for info in self.addresses() if info.get("proto") == tag}

    def close(self):
        if self.holder is None:
            return
        for child in self._children:
            if child.poll() is None:
                child.kill()
        self.holder.kill()
        self.holder.wait()
        for child in self._children:
            child.wait()
        for stream in (self.holder.stdin, self.holder.stdout):
            stream.close()
        if self._route is not None:
            self._route.close()
        os.close(self._netns)
        self.holder = None


class Router(Node):
    """A node with one interface a link: lan0, lan1, ... (or `prefix`)."""

    def __init__(self, name, directory, number, many, prefix):
        super().__init__(name, directory)
        self.number = number
        self.many = many
        self.prefix = prefix

    def interface(self, link=0):
        return f"{self.prefix}{link}"

    def address(self, family=4, link=0):
        if family == 6:
            text = f"2001:db8:{link:x}::{self.number:x}"
        elif self.many or link:
            text = f"10.{link}.0.{240 + self.number}"
        else:
            text = f"192.0.2.{self.number}"
        return ipaddress.ip_address(text)

    def link_local(self, link=0):
        return _link_local(_mac(link, self.number))

    def mac(self, link=0):
        return _mac(link, self.number)


class Lan:
    """A switch, `routers` routers and a host on link 0."""

    def __init__(self, routers=2, hosts=1, links=1, forward=True,
                 many=False, prefix="lan"):
        sweep()
        self.directory = tempfile.mkdtemp(
            prefix=f"{DIRECTORY_PREFIX}{os.getpid()}-", dir="/var/tmp")
        os.chmod(self.directory, 0o755)
        self.links = links
        self.routers, self.hosts, self.switch = [], [], None
        self._down = []  # nodes whose switch ports are down
        _open_lans.append(self)
        try:
            self._build(routers, hosts, forward, (many, prefix))
        except BaseException:
            self.close()
            raise

    def _build(self, routers, hosts, forward, kind):
        self.switch = Node("switch", self.directory)
        # A switch looks at no IP header, so neither does this one.
        if os.path.exists("/proc/sys/net/bridge"):
            self.switch.sysctl(**{
                f"net__bridge__bridge-nf-call-{what}": 0
                for what in ("iptables", "ip6tables", "arptables")})
        bridges = [f"link add name sw{link} up type bridge stp_state 0 "
                   "mcast_snooping 0" for link in range(self.links)]
        for index in range(routers):
            name = "router-" + "abcdefgh"[index]
            router = Router(name, self.directory, index + 11, *kind)
            self.routers.append(router)
            if forward:
                router.sysctl(net__ipv4__ip_forward=1)
        for index in range(hosts):
            host = Router(f"host-{index + 1}", self.directory,
                          index + (13 if kind[0] else 101), *kind)
            self.hosts.append(host)
        self._join([(router, link) for router in self.routers
                    for link in range(self.links)]
                   + [(host, 0) for host in self.hosts], bridges)
        self.netlink = Netlink(self.switch)
        for node in (*self.routers, *self.hosts):
            for link in range(self.links if node in self.routers else 1):
                self.wait_link_local(node, link)

    @property
    def host(self):
        return self.hosts[0]

    def _join(self, ends, before=()):
        """Puts the interfaces of (node, link) into the switch: by one process
        for all, since starting them is half of the work."""
        lines = list(before)
        for node, link in ends:
            port = self.port_name(node, link)
            node.sysctl(net__ipv6__conf__all__accept_dad=0,
                        net__ipv6__conf__default__accept_dad=0,
                        net__ipv6__conf__default__dad_transmits=0,
                        net__ipv6__conf__default__router_solicitations=0)
            lines += [f"link add name {port} type veth peer name "
                      f"{node.interface(link)} "
                      f"address {_mac(link, node.number)} netns {node.pid}",
                      f"link set {port} master sw{link} up"]
        self.switch.ip(*lines)
        for node, link in ends:
            index = node.index(node.interface(link))
            netlink = Netlink(node)
            netlink.up([index], True)
            netlink.add_addresses(index, [
                ipaddress.ip_interface(text) for text in (
                    f"{node.address(4, link)}/24",
                    *([f"{node.address(6)}/64"] if link == 0 else []))])
            netlink.close()

    def remove_interface(self, node, link=0):
        """Takes the interface away, as a card that is pulled out."""
        self.switch.ip(f"link del {self.port_name(node, link)}")

    def add_interface(self, node, link=0):
        """Puts it back: the same name and addresses, another ifindex."""
        self._join([(node, link)])
        self.wait_link_local(node, link)

    @staticmethod
    def port_name(node, link=0):
        return f"{node.name[:1]}{node.name[-1]}-{link}"

    def ports(self, node):
        links = range(self.links if node in self.routers else 1)
        return [self.switch.index(self.port_name(node, link))
                for link in links]

    def wait_link_local(self, node, link=0):
        """Until the kernel has given and finished with the link-local."""
        def ready():
            for info in node.addresses(node.interface(link)):
                if info["local"] == str(node.link_local(link)):
                    return not info.get("tentative")
            return False
        wait_for(ready, 5, f"a link-local address of {node.name}")

    # What happens to a router's cable. Each returns the moment, in ns.

    def cut(self, *nodes):
        """Silence: no frame passes, and the router's carrier stays."""
        ports = [port for node in nodes for port in self.ports(node)]
        at = now()
        self.netlink.port_state(ports, 0)
        return at

    def heal(self, *nodes):
        ports = [port for node in nodes for port in self.ports(node)]
        at = now()
        self.netlink.port_state(ports, 3)
        return at

    def carrier_down(self, node):
        """The switch port goes down: the router sees its carrier go."""
        ports = self.ports(node)
        self._down.append(node)
        at = now()
        self.netlink.up(ports, False)
        return at

    def carrier_up(self, node):
        ports = self.ports(node)
        self._down.remove(node)
        at = now()
        self.netlink.up(ports, True)
        return at

    def restore(self, node):
        """Undoes a cut or a loss of carrier. A port that comes up forwards
        by itself, once its carrier is there."""
        if node in self._down:
            return self.carrier_up(node)
        return self.heal(node)

    def node_death(self, node):
        """All its processes die and its cable with them: a killed router's
        kernel would still answer for its addresses."""
        at = self.cut(node)
        node.kill_all()
        return at

    def close(self):
        for node in (*self.routers, *self.hosts, self.switch):
            if node is not None:
                node.close()
        shutil.rmtree(self.directory, ignore_errors=True)
        if self in _open_lans:
            _open_lans.remove(self)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


_open_lans = []


@atexit.register
def _close_all():
    for lan in list(_open_lans):
        lan.close()


def end_on_signals():
    """SIGTERM and SIGHUP end the program as SIGINT does: with cleaning up."""
    def end(number, _frame):
        sys.exit(128 + number)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)


def sweep():
    """Removes directories of LANs whose program is dead."""
    for name in os.listdir("/var/tmp"):
        if not name.startswith(DIRECTORY_PREFIX):
            continue
        pid = name[len(DIRECTORY_PREFIX):].split("-")[0]
        if pid.isdigit() and not os.path.exists(f"/proc/{pid}"):
            shutil.rmtree(os.path.join("/var/tmp", name), ignore_errors=True)


def _dump(route):
    """The addresses of a dump (rtnetlink(7)) that was asked for."""
    while True:
        data = route.recv(1 << 20)
        while data:
            length, kind = struct.unpack_from("=IH", data)
            if kind == 3:  # NLMSG_DONE
                return
            yield _address(data[16:length])
            data = data[(length + 3) & ~3:]


def _address(body):
    """A struct ifaddrmsg and what follows it."""
    prefix, flags, index = struct.unpack_from("=xBBxI", body)
    rest, found = body[8:], {}
    while len(rest) >= 4:
        size, name = struct.unpack_from("=HH", rest)
        found[name] = rest[4:size]
        rest = rest[(size + 3) & ~3:]
    if 8 in found:  # IFA_FLAGS
        flags, = struct.unpack("=I", found[8])
    # IFA_LOCAL, or else IFA_ADDRESS
    info = {"local": str(ipaddress.ip_address(found.get(2, found.get(1)))),
            "prefixlen": prefix, "ifindex": index,
            "tentative": bool(flags & 0x40)}
    if 6 in found:  # IFA_CACHEINFO
        _, info["valid_life_time"] = struct.unpack_from("=II", found[6])
    if 11 in found:  # IFA_PROTO
        info["proto"] = found[11][0]
    return info


def _setns(fd):
    if _libc.setns(fd, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def processes_in(namespace, without=()):
    """The processes of a PID namespace, by its inode, the oldest first:
    {pid: argv}. Their numbers do not tell their age: they begin anew."""
    found = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or int(entry) in without:
            continue
        try:
            if os.stat(f"/proc/{entry}/ns/pid").st_ino != namespace:
                continue
            with open(f"/proc/{entry}/cmdline", "rb") as file:
                words = file.read().split(b"\0")
            age = int(stat_of(entry)[19])  # starttime, proc(5)
        except OSError:
            continue
        # One that ends, or is writing its title, has none for a moment.
        if any(words):
            found[age, int(entry)] = [w.decode(errors="replace")
                                      for w in words if w]
    return {pid: found[age, pid] for age, pid in sorted(found)}


def stat_of(pid):
    """The fields of /proc/PID/stat behind the name: state, ppid, ..."""
    with open(f"/proc/{pid}/stat", errors="replace") as file:
        return file.read().rpartition(")")[2].split()


def child_of(parent):
    """The only child of a process."""
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            if int(stat_of(entry)[1]) == parent:
                return int(entry)
        except OSError:
            continue
    raise ProcessLookupError(f"{parent} has no child")


def _mac(link, number):
    return f"02:00:00:00:{link:02x}:{number:02x}"


def _link_local(mac):
    octets = bytes.fromhex(mac.replace(":", ""))
    return ipaddress.IPv6Address(
        b"\xfe\x80" + bytes(6) + bytes([octets[0] ^ 2]) + octets[1:3]
        + b"\xff\xfe" + octets[3:])
