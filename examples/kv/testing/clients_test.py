#!/usr/bin/env -S python3 -B
"""Clients that are too many, idle, slow, broken or greedy harm themselves only; the server ends in order."""

import fcntl
import os
import resource
import signal
import socket
import struct
import subprocess
import sys
import termios
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import servers
from servers import check, request

MEGABYTE = 1 << 20


def check_growth(server, before, limit, what):
    if servers.is_sanitized(sys.argv[1]):
        limit *= 8
    grown = server.memory_bytes() - before
    check(grown < limit, "%d bytes for %s" % (grown, what))


def still_serves(server):
    client = server.connect()
    check(client.ask("PING") == b"+PONG\r\n", "PING")
    client.close()


def is_served(server):
    """Whether a new client is served, and not refused."""
    client = server.connect()
    try:
        client.send(request("PING"))
        client.socket.shutdown(socket.SHUT_WR)
        got = client.rest()
    except OSError:  # refused, and the connection is gone already
        got = b""
    client.close()
    return got == b"+PONG\r\n"


def number_in_summary(server, what):
    words = server.out().split("ended by")[1].split()
    return int(words[words.index(what) - 1])


def too_many(start):
    server = start("--max-clients", "3")
    clients = [server.connect() for _ in range(3)]
    for client in clients:
        check(client.ask("PING") == b"+PONG\r\n", "PING")
    refused = server.connect()
    check(refused.rest() == b"-ERR max number of clients reached\r\n", "the fourth client")
    check(b"connected_clients:3\r\n" in clients[0].ask("INFO", "clients"), "INFO clients")
    clients[1].close()

    servers.until(lambda: is_served(server), "room after one has left")
    check(server.end(signal.SIGTERM) == 0, "exit code")
    check(number_in_summary(server, "refused,") >= 1, server.out())


def idle(start):
    server = start("--idle-seconds", "1")
    listener, sleeper = server.connect(), server.connect()
    listener.send(b"SUBSCRIBE news\r\n")
    listener.reply()
    begin = time.monotonic()
    check(sleeper.ask("PING") == b"+PONG\r\n", "PING")
    check(sleeper.rest() == b"", "an idle client is closed without a word")
    check(time.monotonic() - begin > 0.9, "closed before its time")
    # Who listens may be silent.
    other = server.connect()
    check(other.ask("PUBLISH", "news", "x") == b":1\r\n", "the listener was closed")
    check(listener.reply().endswith(b"$1\r\nx\r\n"), "the message")
    listener.send(b"UNSUBSCRIBE\r\n")
    listener.reply()
    check(listener.rest() == b"", "one who no longer listens is idle")
    check(server.end(signal.SIGTERM) == 0, "exit code")


def quiet_clients_come_back(start):
    """After a while without buffers a client is served as before, also in the midst of a request."""
    server = start()
    whole, half = server.connect(), server.connect()
    check(whole.ask("SET", "k", "v" * 100_000) == b"+OK\r\n", "SET")
    command = request("SET", "half", "w" * 100_000)
    half.send(command[:60_000])
    time.sleep(2.5)
    half.send(command[60_000:])
    check(half.reply() == b"+OK\r\n", "the second half")
    check(whole.ask("STRLEN", "k") == b":100000\r\n", "STRLEN")
    check(whole.ask("GET", "half") == b"$100000\r\n" + b"w" * 100_000 + b"\r\n", "GET")
    check(server.end(signal.SIGTERM) == 0, "exit code")


def slow_reader(start):
    server = start()
    client = server.connect(receive_bytes=64 * 1024)
    check(client.ask("SET", "big", "x" * 400_000) == b"+OK\r\n", "SET")
    before = server.memory_bytes()
    count = 2000  # 800 MB of replies
    client.send(request("GET", "big") * count)
    # Not served while it does not read, and the others are.
    for _ in range(50):
        still_serves(server)
        time.sleep(0.01)
    check_growth(server, before, 32 * MEGABYTE, "one who does not read")
    for _ in range(100):
        check(client.reply() == b"$400000\r\n" + b"x" * 400_000 + b"\r\n", "a late reply")
    client.close()
    still_serves(server)
    # One who does not read does not keep the server from ending.
    stuck = server.connect(receive_bytes=64 * 1024)
    stuck.send(request("GET", "big") * count)
    time.sleep(0.1)
    check(server.end(signal.SIGTERM) == 0, "exit code")


def broken_clients(start):
    server = start()
    for at in range(60):
        client = server.connect()
        client.send(request("SET", "key", "value" * 10)[:at])
        if at % 2 == 0:  # with a reset
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
    # Gone before the replies come.
    for _ in range(20):
        client = server.connect()
        client.send(request("GET", "key") * 5000)
        client.close()
    still_serves(server)
    client = server.connect()
    servers.until(lambda: b"connected_clients:1\r\n" in client.ask("INFO", "clients"),
                  "the end of those who left")
    check(server.end(signal.SIGTERM) == 0, "exit code")


def greedy_requests(start):
    server = start()

    def refused(sent):
        client = server.connect()
        try:
            client.send(sent)
        except OSError:
            pass  # the server did not wait for the rest
        got = client.rest()
        check(got.startswith(b"-ERR Protocol error: "), "%r... gave %r" % (sent[:40], got[:100]))

    refused(request("SET", "k", "x" * 600_000))
    refused(b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$999999999\r\n")
    refused(request("MSET", *[word for i in range(4) for word in ("k%d" % i, "x" * 400_000)]))
    refused(b"*70000\r\n")
    refused(b"PING " + b"x" * 70_000)
    client = server.connect()
    check(client.ask("SET", "k", "x" * 512 * 1024) == b"+OK\r\n", "an argument of 512 KiB")
    check(client.ask("STRLEN", "k") == b":524288\r\n", "STRLEN")
    # A pipeline of more than a megabyte in one piece, and byte for byte what comes back.
    count = 40_000
    pipeline = b"".join(request("SET", "key:%d" % i, i) + request("GET", "key:%d" % i)
                        for i in range(count))
    check(len(pipeline) > 2 * MEGABYTE, "the pipeline is small")
    expected = b"".join(b"+OK\r\n$%d\r\n%d\r\n" % (len(str(i)), i) for i in range(count))
    client.send(pipeline)
    check(client.exactly(len(expected)) == expected, "the replies of a large pipeline")
    check(server.end(signal.SIGTERM) == 0, "exit code")


def listeners(start):
    server = start()
    publisher, reader, slow = server.connect(), server.connect(), server.connect(64 * 1024)
    for client in (reader, slow):
        # The messages of its own pipeline's channel come behind the confirmation.
        client.send(b"SUBSCRIBE news\r\n")
        check(client.reply().endswith(b":1\r\n"), "SUBSCRIBE")
    small = [b"%d" % i for i in range(2000)]
    publisher.send(b"".join(request("PUBLISH", "news", text) for text in small))
    for text in small:
        check(publisher.reply() == b":2\r\n", "PUBLISH")
        check(reader.reply() == b"*3\r\n$7\r\nmessage\r\n" + b"".join(
            b"$%d\r\n%s\r\n" % (len(part), part) for part in (b"news", text)), "message " + repr(text))
    reader.send(b"PING\r\n")
    check(reader.reply() == b"*2\r\n$4\r\npong\r\n$0\r\n\r\n", "PING of a listener")
    # One takes it all, the other nothing: that one is closed, after a bounded amount.
    large, before, heard = b"y" * 200_000, server.memory_bytes(), 0
    rounds = 300
    for _ in range(rounds):
        publisher.send(request("PUBLISH", "news", large))
        heard += publisher.reply() == b":2\r\n"
        check(reader.reply().endswith(large + b"\r\n"), "a large message")
    check_growth(server, before, 64 * MEGABYTE, "a listener that does not read")
    check(heard < rounds, "the slow listener was never closed")
    check(len(slow.rest()) < rounds * len(large), "the slow listener got everything")
    # Back to commands, with what was sent at once.
    reader.send(b"UNSUBSCRIBE\r\nSET a 1\r\nGET a\r\n")
    check(reader.reply().endswith(b":0\r\n"), "UNSUBSCRIBE")
    check(reader.reply() == b"+OK\r\n" and reader.reply() == b"$1\r\n1\r\n", "after UNSUBSCRIBE")
    check(reader.ask("GET", "a") == b"$1\r\n1\r\n", "GET after UNSUBSCRIBE")
    check(publisher.ask("PUBLISH", "news", "x") == b":0\r\n", "nobody listens")
    for _ in range(50):
        reader.send(b"SUBSCRIBE a b\r\nPING\r\nUNSUBSCRIBE\r\nPING\r\n")
        for _ in range(5):
            reader.reply()
        check(reader.reply() == b"+PONG\r\n", "to and fro")
    check(server.end(signal.SIGTERM) == 0, "exit code")
    check("1 as too slow" in server.out(), server.out())


def orderly_end(start):
    server = start()
    client, listener = server.connect(receive_bytes=64 * 1024), server.connect()
    listener.send(b"SUBSCRIBE news\r\n")
    listener.reply()
    value, count = b"z" * 1000, 10_000
    check(client.ask("SET", "k", value) == b"+OK\r\n", "SET")
    # More replies than the kernel takes: so the end comes while the server is in the midst of it.
    client.send(b"GET k\r\n" * count)
    unsent = lambda: struct.unpack("i", fcntl.ioctl(client.socket, termios.TIOCOUTQ, b"\0" * 4))[0]
    servers.until(lambda: unsent() == 0, "the arrival of the requests")
    server.process.send_signal(signal.SIGTERM)
    servers.until(lambda: "SIGTERM" in server.err(), "the signal")
    expected = b"$1000\r\n" + value + b"\r\n"
    for number in range(count):
        check(client.reply() == expected, "reply %d after the signal" % number)
    check(client.rest() == b"", "something behind the last reply")
    check(listener.rest() == b"", "a listener at the end")
    check(server.process.wait(timeout=servers.PATIENCE) == 0, "exit code: " + server.err())
    check("ended by SIGTERM after" in server.out(), server.out())


def clear_errors(program):
    server = servers.KvServer(program)

    def run(*options):
        ended = subprocess.run([program, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               universal_newlines=True, timeout=servers.PATIENCE)
        return ended.returncode, ended.stderr

    for cores in ("1", "2"):
        code, text = run("--port", str(server.port), "--cores", cores)
        check(code == 1, "a taken port: exit code %d" % code)
        for part in ("cannot listen on 127.0.0.1:%d" % server.port, "EADDRINUSE", "--port"):
            check(part in text, "a taken port: " + text)
    code, text = run("--port", "0", "--bind", "192.0.2.1")
    check(code == 1 and "EADDRNOTAVAIL" in text and "--bind" in text, text)
    for wrong in (("--bind", "localhost"), ("--port", "70000"), ("--max-clients", "0"),
                  ("--kernel", "none"), ("--nosuch",)):
        code, text = run(*wrong)
        check(code == 2 and text.startswith("error: ") and text.count("\n") == 1, repr(wrong) + text)
    check(run("--help")[0] == 0, "--help")
    check(server.end(signal.SIGINT) == 0 and "ended by SIGINT" in server.out(), "SIGINT")


def few_files(program):
    """With fewer files than clients, as many are served as there is room for; then some are refused."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, limits[1]))
    wrapped = ["sh", "-c", 'ulimit -Hn 64; exec "$0" "$@"', os.path.abspath(program)]

    class Limited(servers.KvServer):
        def __init__(self):
            servers.Server.__init__(self, [*wrapped, "--port", "0", "--cores", "1"], self._is_ready)

    server = Limited()
    resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    check("warning: the limit of open files is 64: 32 clients" in server.err(), server.err())
    clients = [server.connect() for _ in range(32)]
    for client in clients:
        check(client.ask("PING") == b"+PONG\r\n", "PING")
    check(server.connect().rest() == b"-ERR max number of clients reached\r\n", "one too many")
    # More than there are files for: they wait, and the others are served.
    more = [server.connect() for _ in range(60)]
    check(clients[0].ask("PING") == b"+PONG\r\n", "PING")
    for client in more + clients[1:]:
        client.close()
    servers.until(lambda: b"connected_clients:1\r\n" in clients[0].ask("INFO", "clients"),
                  "the end of those who left")
    # Some of those who waited may be admitted, and leave, only now.
    servers.until(lambda: is_served(server), "room after they have left")
    check(server.end(signal.SIGTERM) == 0, "exit code")


def main():
    program = sys.argv[1]
    for kernel in ("uring", "epoll"):
        for cores in ("1", "2"):
            def start(*options):
                return servers.KvServer(program, "--kernel", kernel, "--cores", cores, *options)

            for case in (too_many, idle, quiet_clients_come_back, slow_reader, broken_clients,
                         greedy_requests, listeners, orderly_end):
                case(start)
                print("%s, %s cores: %s: fine" % (kernel, cores, case.__name__), flush=True)
    clear_errors(program)
    # The undefined-behaviour sanitizer opens a pipe to look whether memory is readable: without
    # descriptors it takes every object for a broken one.
    if not servers.is_sanitized(program):
        few_files(program)
    print("clients_test: passed")


main()
