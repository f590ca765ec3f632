# SPDX-License-Identifier: GPL-2.0-or-later
"""A director with a virtual address for every way of forwarding, three real
servers, and a client for each virtual address that never rests."""

from lan import Lan, Load, Server, Watch, now
from machine import Baton, wait_for

CHECK = """
    delay_loop 0.6
    retry 1
    delay_before_retry 0.2
    connect_timeout 0.5
    warmup 0
"""

# Each virtual address: how it forwards, the family of its servers, and the
# address that clients have: what goes by NAT must come back by the director.
WAYS = {
    "10.9.0.80": ("DR", 4, None),
    "10.9.0.81": ("NAT", 4, "10.9.0.101"),
    "10.9.0.82": ("TUN", 4, None),
    "10.9.0.83": ("TUN type gue port 6080", 4, None),
    "10.9.0.84": ("TUN type gre", 4, None),
    "fd09::80": ("DR", 6, None),
    "fd09::81": ("NAT", 6, "fd09::101"),
    "fd09::82": ("TUN", 6, None),
    "fd09::83": ("TUN", 4, None),
}
DEAD_AT = "10.9.0.80"


def conf(servers):
    # By their lease addresses go where a machine stands still for seconds, as
    # that of a test may: that is not what is tested here.
    text = [
        "vrrp_instance V {\n interface eth0\n virtual_router_id 9\n"
        " priority 255\n advert_int 1\n vrrp_address_lease 600\n"
        " virtual_ipaddress {\n",
        *(f"  {vip}/24\n" for vip in WAYS if ":" not in vip),
        " }\n virtual_ipaddress_excluded {\n",
        *(f"  {vip}/128\n" for vip in WAYS if ":" in vip), " }\n}\n"]
    for vip, (kind, family, _) in WAYS.items():
        text.append(f"virtual_server {vip} 80 {{\n lb_algo rr\n"
                    f" lb_kind {kind}\n protocol TCP\n{CHECK}")
        for server in servers:
            address = server.address if family == 4 else server.address6
            text.append(f" real_server {address} 80 {{\n  TCP_CHECK {{ }}\n"
                        " }\n")
        # These two are dead, and must not come back.
        if vip == DEAD_AT:
            text.append(" real_server 10.9.0.14 80 {\n  TCP_CHECK { }\n }\n"
                        " real_server 10.9.0.15 80 {\n  TCP_CHECK { }\n"
                        "  inhibit_on_failure\n }\n")
        text.append("}\n")
    return "".join(text)


class Scene:
    """A director, three servers and a client for each virtual address."""

    def __init__(self, rate=20, longs=4):
        self.loads = {}
        self.lan = Lan()
        self.client = self.lan.client(
            more=("10.9.0.101/24", "fd09::101/64 nodad"))
        self.baton = self.lan.join(Baton("di", dummy=False), 1)
        self.baton.sysctl("net.ipv4.ip_forward=1",
                          "net.ipv6.conf.all.forwarding=1",
                          "net.ipv4.conf.all.send_redirects=0",
                          "net.ipv4.conf.eth0.send_redirects=0")
        self.servers = []
        virtual = [vip for vip, way in WAYS.items() if way[0] != "NAT"]
        for n in (1, 2, 3):
            server = Server(self.lan, f"r{n}-", 10 + n, virtual)
            server.tunnels("10.9.0.1")
            server.ip("route add 10.9.0.101/32 via 10.9.0.1",
                      "route add fd09::101/128 via fd09::1")
            server.serve(80)
            self.servers.append(server)
        self.names = [server.says for server in self.servers]
        self.baton.start(conf(self.servers))
        self.watch = Watch(self.baton)
        self.watch.when(lambda table: self.serving(table) == [3] * len(WAYS), 0)
        self.baton.wait_log("V: init -> active")
        for vip, (_, _, source) in WAYS.items():
            self.loads[vip] = Load(self.client, vip, rate=rate, longs=longs,
                                   every=200, source=source)

    @staticmethod
    def serving(table):
        return [len([w for w in dests.values() if w > 0])
                for dests in table.values()]

    def when_serving(self, count, since):
        """When all have so many servers."""
        return self.watch.when(
            lambda table: self.serving(table) == [count] * len(WAYS), since)

    def all_good(self, names, seconds=10):
        since = now()
        for load in self.loads.values():
            load.wait_good(names, since, seconds)

    def lost(self, since, till=None):
        """{virtual address: requests} that were lost."""
        found = {vip: load.lost(since, till)
                 for vip, load in self.loads.items()}
        return {vip: lost for vip, lost in found.items() if lost}

    def stood_still(self, since, till):
        """For how long the machine did, in seconds: all clients saw it."""
        return min(load.stood_still(since, till)
                   for load in self.loads.values())

    def rates(self, since):
        """What was asked and answered, in words."""
        till = now()
        seconds = (till - since) / 1e9
        kinds = [load.report(since, till) for load in self.loads.values()]
        short, long = [sum(kind[n].done for kind in kinds) / seconds
                       for n in (0, 1)]
        longs = sum(load.longs for load in self.loads.values())
        stood = self.stood_still(since, till)
        return (f"{short:.0f} connections/s and {long:.0f} requests/s of "
                f"{longs} long ones"
                + f", it stood still for {stood:.1f} s" * (stood >= 0.05))

    def progress(self):
        """(rounds of each check, looks of lvs), or None."""
        checks, servers = self.baton.ask("checks"), self.baton.ask("vs")
        if not checks or not servers or not servers["lvs"].get("known"):
            return None
        return ([check["rounds"] for check in checks["checks"]],
                servers["lvs"]["looks"])

    def settle(self, seconds=20):
        """Each check runs, and lvs looks at the table, from now on."""
        first = wait_for(self.progress, self.baton.log, seconds)

        def goes_on():
            found = self.progress()
            return (found and found[1] > first[1] + 1
                    and all(a > b for a, b in zip(found[0], first[0])))

        wait_for(goes_on, lambda: f"{first} {self.progress()}\n"
                 f"{self.baton.log()}", seconds)

    def close(self):
        for load in self.loads.values():
            load.close()
        self.watch.close()
        self.lan.close()
