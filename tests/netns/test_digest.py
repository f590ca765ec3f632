# SPDX-License-Identifier: GPL-2.0-or-later
"""`baton digest`: what keepalived's genhash prints."""

import hashlib
import re
import shutil
import subprocess

import pytest

from daemons import Baton
from lan import wait_for

pytestmark = pytest.mark.skipif(not Baton.is_built(),
                                reason="batond is not built")

PAGE = b"hello\nworld\n" * 20000


@pytest.fixture
def host(make_lan, tmp_path):
    """Serves PAGE on port 8080."""
    host = make_lan(links=1).host
    (tmp_path / "page").write_bytes(PAGE)
    server = subprocess.Popen(
        [*host.enter(), "python3", "-m", "http.server", "8080", "--directory",
         str(tmp_path)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(lambda: ":8080" in host.run("ss", "-ltn"), 20, "the server")
    yield host
    server.kill()
    server.wait()


def digest(host, url):
    return subprocess.run(
        [*host.enter(), Baton.binary("baton"), "digest", url], text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_it_is_that_of_the_page(host):
    done = digest(host, "http://127.0.0.1:8080/page")
    assert done.stdout == hashlib.md5(PAGE).hexdigest() + "\n"
    assert done.stderr == "" and done.returncode == 0
    done = digest(host, "http://127.0.0.1:8080/nothing")
    assert "its status is 404" in done.stderr


@pytest.mark.skipif(not shutil.which("genhash"), reason="there is no genhash")
def test_it_is_that_of_genhash(host):
    theirs = host.run("genhash", "-s", "127.0.0.1", "-p", "8080", "-u",
                      "/page")
    ours = digest(host, "http://127.0.0.1:8080/page").stdout.strip()
    assert re.search(r"\b[0-9a-f]{32}\b", theirs)[0] == ours


def test_what_is_wrong_is_said(host):
    done = digest(host, "127.0.0.1:8080/page")
    assert "is no URL" in done.stderr and done.returncode == 2
    done = digest(host, "http://127.0.0.1:8081/")
    assert "connect: Connection refused" in done.stderr
    assert done.returncode == 1
    done = digest(host, "https://127.0.0.1:8080/")
    assert "TLS: wrong version number" in done.stderr
