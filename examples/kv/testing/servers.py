"""For tests of the server: starts it and Redis, talks to them in raw bytes, ends them by their ids."""

import atexit
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

PATIENCE = 60.0  # seconds that anything may take on a busy machine

_started = []
_folders = []


def _clean_up():
    for server in _started:
        server.kill()
    for folder in _folders:
        shutil.rmtree(folder, ignore_errors=True)


atexit.register(_clean_up)


def fail(what):
    print("FAILED: " + what, file=sys.stderr)
    sys.exit(1)


def check(holds, what):
    if not holds:
        fail(what)


def need(program, package):
    """The path of a program of Debian, or the end of the test with what to install."""
    path = shutil.which(program)
    if path is None:
        fail("%s is missing: apt-get install %s, or run tools/setup" % (program, package))
    return path


def until(holds, what):
    """Waits for something that must come true."""
    end = time.monotonic() + PATIENCE
    while not holds():
        check(time.monotonic() < end, what + ": not within %d s" % PATIENCE)
        time.sleep(0.01)


def new_folder():
    folder = tempfile.mkdtemp(prefix="kv_test.")
    _folders.append(folder)
    return folder


def is_sanitized(program):
    """Whether it is built with a sanitizer, which takes memory of its own."""
    data = open(program, "rb").read()
    return b"__asan_init" in data or b"__tsan_init" in data


class Server:
    """A server process on loopback; `port` is where it listens."""

    def __init__(self, command, ready):
        folder = new_folder()
        self.out_path = os.path.join(folder, "out")
        self.err_path = os.path.join(folder, "err")
        environment = dict(os.environ)
        # Freed memory is to be freed, or growth says nothing.
        environment["ASAN_OPTIONS"] = environment.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"
        with open(self.out_path, "wb") as out, open(self.err_path, "wb") as err:
            self.process = subprocess.Popen(command, stdout=out, stderr=err, cwd=folder,
                                            env=environment)
        _started.append(self)
        until(lambda: ready(self) or self.process.poll() is not None, "the start of " + command[0])
        check(self.process.poll() is None, "%s: %s%s" % (command, self.out(), self.err()))

    def out(self):
        return open(self.out_path, encoding="utf-8", errors="replace").read()

    def err(self):
        return open(self.err_path, encoding="utf-8", errors="replace").read()

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def end(self, signal):
        """Sends the signal; gives the exit code."""
        self.process.send_signal(signal)
        return self.process.wait(timeout=PATIENCE)

    def memory_bytes(self):
        status = open("/proc/%d/status" % self.process.pid).read()
        return int(re.search(r"VmRSS:\s*(\d+) kB", status).group(1)) * 1024

    def connect(self, receive_bytes=None):
        return Client(self.port, receive_bytes)


class KvServer(Server):
    def __init__(self, program, *options):
        super().__init__([os.path.abspath(program), "--port", "0", "--no-pin", *options], self._is_ready)

    def _is_ready(self, _):
        match = re.search(r"^ready on \S*:(\d+), ", self.out(), re.M)
        if match:
            self.port = int(match.group(1))
        return bool(match)


class RedisServer(Server):
    def __init__(self):
        program = need("redis-server", "redis-server")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        super().__init__(
            [program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "",
             "--appendonly", "no", "--daemonize", "no", "--databases", "1"],
            lambda server: "Ready to accept connections" in server.out())


class Client:
    """A connection in raw bytes."""

    def __init__(self, port, receive_bytes=None):
        self.socket = socket.socket()
        if receive_bytes is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(("127.0.0.1", port))
        self.received = b""

    def close(self):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def _more(self):
        """False at the end."""
        try:
            data = self.socket.recv(1 << 16)
        except ConnectionResetError:
            data = b""
        self.received += data
        return bool(data)

    def line(self):
        while b"\r\n" not in self.received:
            check(self._more(), "the server closed instead of replying")
        line, _, self.received = self.received.partition(b"\r\n")
        return line

    def exactly(self, count):
        while len(self.received) < count:
            check(self._more(), "the server closed within a reply")
        data, self.received = self.received[:count], self.received[count:]
        return data

    def reply(self):
        """The bytes of one whole reply."""
        line = self.line()
        whole = line + b"\r\n"
        if line[:1] == b"$" and line != b"$-1":
            whole += self.exactly(int(line[1:]) + 2)
        elif line[:1] == b"*":
            for _ in range(int(line[1:])):
                whole += self.reply()
        return whole

    def ask(self, *words):
        self.send(request(*words))
        return self.reply()

    def rest(self):
        """Everything up to the end of the connection."""
        while self._more():
            pass
        data, self.received = self.received, b""
        return data


def request(*words):
    parts = [b"*%d\r\n" % len(words)]
    for word in words:
        data = word if isinstance(word, bytes) else str(word).encode()
        parts.append(b"$%d\r\n%s\r\n" % (len(data), data))
    return b"".join(parts)
