#!/usr/bin/env -S python3 -B
"""Redis's own tools are content with the server: every command through redis-cli, and redis-benchmark."""

import os
import signal
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import servers

# Commands as one types them, and what redis-cli prints.
COMMANDS = [
    ("FLUSHALL", "OK"),
    ("PING", "PONG"),
    ("PING hello", "hello"),
    ("ECHO 'two words'", "two words"),
    ("GET nothing", ""),
    ("SET a 1", "OK"),
    ("GET a", "1"),
    ("SET a 2 NX", ""),
    ("SET a 2 XX GET", "1"),
    ("SET b 3 XX", ""),
    ("SET b 3 NX EX 100", "OK"),
    ("TTL b", "100"),
    ("SET c 4 PX 100000", "OK"),
    ("TTL c", "100"),
    ("PERSIST c", "1"),
    ("TTL c", "-1"),
    ("TTL nothing", "-2"),
    ("EXPIRE c 50", "1"),
    ("EXPIRE nothing 50", "0"),
    ("SETNX c 1", "0"),
    ("SETEX d 10 x", "OK"),
    ("PSETEX d 10000 x", "OK"),
    ("STRLEN d", "1"),
    ("TYPE d", "string"),
    ("TYPE nothing", "none"),
    ("INCR n", "1"),
    ("INCRBY n 10", "11"),
    ("DECR n", "10"),
    ("DECRBY n 20", "-10"),
    ("INCR d", "ERR value is not an integer or out of range\n"),
    ("MSET k1 v1 k2 v2 k3 v3", "OK"),
    ("MGET k1 nothing k3", "v1\n\nv3"),
    ("EXISTS k1 k2 k1 nothing", "3"),
    ("DBSIZE", "8"),
    ("DEL k1 k2 nothing", "2"),
    ("UNLINK k3", "1"),
    ("PUBLISH news x", "0"),
    ("SELECT 0", "OK"),
    ("CLIENT SETNAME me", "OK"),
    ("CONFIG GET maxclients", "maxclients\n10000"),
    ("CONFIG GET save", "save\n"),
    ("INFO keyspace", "# Keyspace\ndb0:keys=5,expires=3,avg_ttl=0"),
    ("NOSUCH x", "ERR unknown command 'NOSUCH', with args beginning with: 'x' \n"),
    ("FLUSHALL", "OK"),
    ("DBSIZE", "0"),
]


def run(command, given=""):
    ended = subprocess.run(
        command, input=given, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        universal_newlines=True, timeout=servers.PATIENCE * 2)
    servers.check(ended.returncode == 0, "%s: %s" % (command, ended.stdout))
    return ended.stdout


def every_command(cli):
    typed = "".join(line + "\n" for line, _ in COMMANDS)
    expected = "".join(text + "\n" for _, text in COMMANDS)
    printed = run(cli, typed).replace("\r\n", "\n")
    servers.check(printed == expected, "redis-cli printed:\n%s\ninstead of:\n%s" % (printed, expected))
    servers.check(int(run([*cli, "COMMAND", "COUNT"])) > 30, "COMMAND COUNT")
    servers.check("redis_version:7" in run([*cli, "INFO"]), "INFO")
    servers.check("connected_clients:1" in run([*cli, "INFO", "clients"]), "INFO clients")


def publishes(server, cli):
    listener = server.connect()
    listener.send(b"SUBSCRIBE news other\r\n")
    servers.check(listener.reply() == b"*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n", "SUBSCRIBE")
    servers.check(listener.reply() == b"*3\r\n$9\r\nsubscribe\r\n$5\r\nother\r\n:2\r\n", "SUBSCRIBE")
    servers.check(run([*cli, "PUBLISH", "news", "hello"]) == "1\n", "PUBLISH")
    servers.check(listener.reply() == b"*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$5\r\nhello\r\n",
                  "the message")
    listener.close()


def pipes(cli):
    # redis-cli --pipe sends everything and counts the replies.
    commands = b"".join(servers.request("SET", "key:%d" % i, i) for i in range(20_000)).decode()
    printed = run([*cli, "--pipe"], commands)
    servers.check("errors: 0, replies: 20000" in printed, printed)
    servers.check(run([*cli, "DBSIZE"]) == "20000\n", "DBSIZE")


def benchmark(server):
    program = servers.need("redis-benchmark", "redis-tools")
    for pipeline, count in ((1, 2000), (64, 20_000)):
        printed = run([program, "-p", str(server.port), "-t", "ping,set,get,incr,mset", "-c", "20",
                       "-n", str(count), "-P", str(pipeline), "-r", "1000", "--csv"])
        rows = [line for line in printed.splitlines() if line.startswith('"')]
        servers.check(len(rows) == 7, "redis-benchmark printed:\n" + printed)


def main():
    program = sys.argv[1]
    tool = servers.need("redis-cli", "redis-tools")
    for kernel in ("uring", "epoll"):
        for cores in ("1", "2"):
            server = servers.KvServer(program, "--kernel", kernel, "--cores", cores)
            cli = [tool, "-p", str(server.port)]
            every_command(cli)
            publishes(server, cli)
            pipes(cli)
            benchmark(server)
            servers.check(server.end(signal.SIGTERM) == 0, "exit code: " + server.err())
            servers.check("ended by SIGTERM after" in server.out(), "no summary: " + server.out())
            print("%s, %s cores: fine" % (kernel, cores))
    print("redis_tools_test: passed")


main()
