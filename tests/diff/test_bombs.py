# SPDX-License-Identifier: GPL-2.0-or-later
"""
Whatever a file says, reading it is bounded in work and in memory.

How long something takes depends on the machine. So it is compared with a plain
file as large as one may be, of which each word is looked at once, that the same
program reads at the same time.
"""

import os

import pytest

import judge

TIMES = 2     # the work of the plain file
TRIES = 3     # a machine that is shared does not always work at one speed
MEMORY = 256  # MiB
M = 1 << 20
LONG = "a " * (M // 2 - 100)  # almost as long as a line may be


def instance(name="gate", vrid=51, addresses=("192.0.2.1/24",),
             interface="eth0"):
    return (f"vrrp_instance {name} {{\n\tinterface {interface}\n"
            f"\tvirtual_router_id {vrid}\n\tvirtual_ipaddress {{\n"
            + "".join(f"\t\t{one}\n" for one in addresses) + "\t}\n}\n")


OK = instance()


def laughs(first, more, last):
    return OK + f"$L0={first}\n" + "".join(
        f"$L{i}=" + more.format(i - 1) + "\n" for i in range(1, 40)) + last


def empty_uses(before, uses, lines=1):
    return OK + "$E=\n" + (before + "x ${E} " * uses + "y" * (M - 9000)
                           + "\n") * lines


# What cannot be read within the bounds, and so is refused.
REFUSED = {
    "a long line 500 times": lambda: OK + "~SEQ(i, 1, 500) " + LONG + "\n",
    "a long line 65536 times": lambda: OK + "~SEQ(i, 1, 65536) " + LONG + "\n",
    "uses of nothing 65536 times":
        lambda: empty_uses("~SEQ(i, 1, 65536) ", 900),
    "a billion laughs": lambda: laughs("lol", "${{L{0}}}" * 10, "${L39}\n"),
    "laughs in lines":
        lambda: laughs("a \\\n b", "${{L{0}}} \\\n ${{L{0}}}", "${L39}\n"),
    "sequences in each other": lambda: OK + "~SEQ(i,1,65536) " * 3 + "#x\n",
    "a long list over a long line": lambda: OK + "~LST(a, " + ", ".join(
        "x" * 50 for _ in range(20000)) + ") " + "a " * 1000 + "\n",
    "blocks in each other": lambda: "a {\n" * 1000000,
    "a line of 100 MB": lambda: b"x" * 100_000_000,
    "a line of 31 MB": lambda: b"x" * 31_000_000,
    "a definition without end": lambda: "$A=${B}\n$B=${A}\n" + OK + "${A}\n",
}

# What is read, or refused: it must only be so in time.
BOUNDED = {
    "a long line 50 times": lambda: OK + "~SEQ(i, 1, 50) " + LONG + "\n",
    "uses of nothing": lambda: empty_uses("", 1000),
    "uses of nothing in 20 lines": lambda: empty_uses("", 999, 20),
    "a line of statements": lambda: OK + "a { } " * 170000 + "\n",
    "a long definition 50 times": lambda: "$L=\\\n" + "a b c \\\n" * 150000
        + "\n" + OK + "${L}\n" * 50,
    "as many definitions as can be": lambda: OK + "".join(
        f"$D{n}=v\n" for n in range(1023))
        + ("${D1022} " * 900 + "\n") * 2000,
    "definitions by a sequence":
        lambda: "~SEQ(i,1,65536) $D$i=" + "v" * 200 + "\n" + OK,
    "many mistakes": lambda: "x y z\n" * 900000,
    "wide mistakes":
        lambda: OK + "~SEQ(i, 1, 60000) q$i " + "z " * 200 + "\n",
    "many misspelt blocks": lambda: OK + "".join(
        f"vrrp_instanc{n} {{\n}}\n" for n in range(200000)),
    "long words": lambda: OK + ("x" * (M - 100) + "\n") * 30,
    "uses at the ends of long lines": lambda: OK + "$E=\n" + (
        "y" * (M - 9000) + " ${E}" * 900 + "\n") * 30,
    "uses at the ends of short lines": lambda: OK + "$E=\n" + (
        "y" * 196 + " $E" * 16 + "\n") * (31 * M // 245),
    "braces that nothing closes": lambda: OK + ("${" * 500000 + "\n") * 10,
    "unclosed quotes": lambda: OK + ('"' + "a" * 80 + "\n") * 300000,
    "4096 instances": lambda: "".join(
        instance(f"i{n}", n % 255 + 1, [f"10.{n // 250}.{n % 250}.1/24"],
                 f"e{n // 255}") for n in range(4096)),
    "20000 instances of one interface": lambda: "".join(
        instance(f"i{n}", n % 255 + 1, [f"10.{n // 250}.{n % 250}.1/24"])
        for n in range(20000)),
    "a million addresses": lambda: instance(addresses=[
        f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}/32"
        for n in range(1000000)]),
    "comments": lambda: OK + "#\n" * 16000000,
    "lines for others": lambda: OK + "@x y\n" * 900000,
    "values of the environment":
        lambda: OK + ("router_id " + "${_PWD}" * 900 + "\n") * 1000,
    "includes of nothing": lambda: OK + "include nosuch*\n" * 900000,
}


# As large, and of one word again and again: how much more may it take?
ALIKE = {
    "many misspelt blocks": lambda: OK + "vrrp_instance1234 {\n}\n" * 200000,
}
TIMES_ALIKE = 3


@pytest.fixture(scope="module")
def baton():
    server = judge.Server(judge.BATON, "check", "@")
    yield server
    server.close()


class Plain:
    """What is compared with, and what it took when it was read last."""

    def __init__(self, baton, path):
        self.baton, self.path = baton, path
        self.again()

    def again(self):
        self.seconds = self.baton.ask(str(self.path)).seconds


@pytest.fixture(scope="module")
def plain(baton, tmp_path_factory):
    path = tmp_path_factory.mktemp("plain") / "plain.conf"
    path.write_text(OK + ("a " * 39 + "\n") * (31 * M // 79))
    yield Plain(baton, path)
    path.unlink()


def read(baton, path, plain, times=TIMES):
    for _ in range(TRIES):
        answer = baton.ask(str(path))
        said = (f"exit {answer.code}, {answer.seconds:.2f} s, "
                f"{answer.kib >> 10} MiB\n{answer.errors[:400]}")
        assert answer.code in (0, 3, 4), said
        assert answer.kib <= MEMORY << 10, said
        bound = times * plain.seconds
        if answer.seconds <= bound:
            return answer, said
        plain.again()
    pytest.fail(f"more than {bound:.2f} s: {said}")


@pytest.mark.parametrize("name", ALIKE)
def test_as_much_work_as_of_one_word(name, baton, tmp_path):
    (tmp_path / "bomb.conf").write_text(BOUNDED[name]())
    (tmp_path / "alike.conf").write_text(ALIKE[name]())
    read(baton, tmp_path / "bomb.conf",
         Plain(baton, tmp_path / "alike.conf"), TIMES_ALIKE)


@pytest.mark.parametrize("name", [*REFUSED, *BOUNDED])
def test_a_bomb(name, baton, plain, tmp_path):
    text = {**REFUSED, **BOUNDED}[name]()
    path = tmp_path / "bomb.conf"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    del text
    answer, said = read(baton, path, plain)
    path.unlink()
    assert answer.code == 3 or name not in REFUSED, said


@pytest.mark.parametrize("files, size", [(1020, M), (300, 30 * M)])
def test_includes_of_large_files(files, size, baton, plain, tmp_path):
    (tmp_path / "large").write_bytes((b"#" * 79 + b"\n") * (size // 80))
    for n in range(files):
        (tmp_path / f"inc-{n:04}").symlink_to(tmp_path / "large")
    path = tmp_path / "bomb.conf"
    path.write_text(OK + f"include {tmp_path}/inc-*\n")
    answer, said = read(baton, path, plain)
    (tmp_path / "large").unlink()
    assert answer.code == 3, said


@pytest.mark.parametrize("what", [
    "bomb.conf", "bomb*", "bomb.conf\ninclude bomb.conf", "fifo", "folder",
    "/dev/zero", "\ninclude ".join(["/dev/zero"] * 16), "/dev/urandom",
    "/proc/self/mem", "/proc/kmsg", "/proc/self/environ"])
def test_includes_of_what_is_no_file(what, baton, plain, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "folder").mkdir()
    path = tmp_path / "bomb.conf"
    path.write_text(OK + f"include {what}\n")
    read(baton, path, plain)


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/urandom", "/", "fifo"])
def test_a_configuration_that_is_no_file(path, baton, plain, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    answer, said = read(baton, tmp_path / path, plain)
    assert answer.code == 3, said
