#!/usr/bin/env -S python3 -B
"""The same bytes to the server and to Debian's redis-server: the same bytes come back.

What is known to differ is named in DIFFERENCES, with the reason; everything else is compared byte for
byte, and so is whether the connection is closed afterwards.
"""

import os
import random
import re
import signal
import socket
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import servers
from servers import request


def line(text):
    """An inline command."""
    return text.encode() + b"\r\n"


BIG = b"x" * 20_000
# A conversation each: on a connection of its own, in order, with empty databases at the beginning.
CONVERSATIONS = {
    "strings": [
        line("GET a"), line("SET a 1"), line("GET a"), line("SET a 2 NX"), line("SET a 2 XX"),
        line("SET a 3 GET"), line("SET none 3 GET"), line("SET none2 3 XX GET"),
        line("SET a 4 NX GET"), line("set A b"), line("GeT A"), line("STRLEN a"), line("STRLEN no"),
        line("SETNX a 1"), line("SETNX fresh 1"), line("TYPE a"), line("TYPE no"), line("DEL a no"),
        line("EXISTS a"), line("EXISTS fresh fresh no"), line("UNLINK fresh no"), line("DBSIZE"),
        request("SET", "", ""), request("GET", ""), request("SET", b"\0\r\n\xff", b"\r\n\0"),
        request("GET", b"\0\r\n\xff"), request("SET", "big", BIG), request("GET", "big"),
    ],
    "numbers": [
        line("INCR n"), line("INCRBY n 5"), line("DECR n"), line("DECRBY n 100"), line("GET n"),
        line("INCRBY n 1x"), line("INCRBY n ''"), line("INCRBY n 1.5"), line("INCRBY n +1"),
        line("INCRBY n ' 1'"), line("INCRBY n 01"), line("INCRBY n -0"), line("INCRBY n 0"),
        line("INCRBY n 9223372036854775807"), line("INCRBY n 9223372036854775808"),
        line("SET m 9223372036854775807"), line("INCR m"), line("DECRBY m -1"),
        line("DECRBY m -9223372036854775808"), line("SET k -9223372036854775808"), line("DECR k"),
        line("SET t text"), line("INCR t"), line("DECRBY t 1"), line("SET s ' 1'"), line("INCR s"),
        line("SET z 007"), line("INCR z"), line("SET e ''"), line("INCR e"),
    ],
    "several keys": [
        line("MSET a 1 b 2 c 3"), line("MGET a b c no a"), line("MSET a 9 a 8"), line("GET a"),
        line("MSET a"), line("MSET a 1 b"), line("MGET"), line("MSET"), line("DEL"), line("EXISTS"),
        line("DBSIZE"), line("DEL a b c a"),
    ],
    "expiry": [
        line("SET a 1 EX 100"), line("TTL a"), line("EXPIRE a 200"), line("TTL a"),
        line("EXPIRE no 1"), line("PERSIST a"), line("PERSIST a"), line("TTL a"), line("TTL no"),
        line("PTTL no"), line("PTTL a"), line("SETEX b 50 x"), line("TTL b"), line("PSETEX b 50000 x"),
        line("TTL b"), line("SET b y KEEPTTL"), line("TTL b"), line("SET b y"), line("TTL b"),
        line("EXPIRE b 0"), line("GET b"), line("SET b 1"), line("EXPIRE b -5"), line("EXISTS b"),
        line("SET c 1"), line("EXPIRE c 100 NX"), line("EXPIRE c 100 NX"), line("EXPIRE c 200 XX"),
        line("EXPIRE c 100 GT"), line("EXPIRE c 300 GT"), line("EXPIRE c 400 LT"),
        line("EXPIRE c 100 LT"), line("EXPIRE c 5 NX XX"), line("EXPIRE c 5 GT LT"),
        line("EXPIRE c 5 NX GT"), line("EXPIRE c 5 FOO"), line("EXPIRE c"), line("EXPIRE c x"),
        line("EXPIRE c 9223372036854775807"), line("EXPIRE c -9223372036854775808"),
        line("PEXPIRE c 9223372036854775807"), line("PEXPIRE c 100000"), line("TTL c"),
        line("SET d 1 EX 0"), line("SET d 1 EX -1"), line("SET d 1 PX 0"), line("SET d 1 EX x"),
        line("SET d 1 EX"), line("SET d 1 EX 9223372036854775807"), line("SETEX d 0 1"),
        line("SETEX d -1 1"), line("SETEX d x 1"), line("PSETEX d 0 1"), line("PSETEX d x 1"),
        line("SETEX d 9223372036854775807 1"), line("SET d 1 EX 1 PX 1"), line("SET d 1 EX 1 KEEPTTL"),
        line("SET d 1 KEEPTTL EX 1"), line("SET d 1 NX XX"), line("SET d 1 XX NX"),
        line("SET d 1 FOO"), line("SET d 1 NX NX"), line("SET d 1 EX 10 EX 10"),
        line("SET d 1 GET GET"), line("EXISTS d"),
    ],
    "arity": [line(text) for text in (
        "GET", "GET a b", "SET", "SET a", "SETNX a", "SETEX a 1", "PSETEX a 1", "STRLEN", "TYPE",
        "INCR", "INCR a b", "DECR", "INCRBY a", "DECRBY a", "MGET", "MSET a", "EXPIRE a", "PEXPIRE a",
        "TTL", "PTTL", "PERSIST", "DBSIZE x", "ECHO", "ECHO a b", "PING a b", "SELECT", "SUBSCRIBE",
        "PUBLISH a", "UNLINK", "INFO a b c d", "CLIENT", "CLIENT GETNAME x", "CLIENT ID x",
        "CLIENT SETNAME", "CONFIG", "CONFIG GET", "CLIENT NOSUCH", "CONFIG NOSUCH", "COMMAND NOSUCH",
        "COMMAND COUNT x", "FLUSHALL x", "FLUSHALL SYNC ASYNC", "FLUSHDB x", "AUTH", "AUTH x",
        "RESET x", "QUITE")],
    "server": [
        line("PING"), line("PING hello"), line("ping"), line("ECHO x"), line("SELECT 0"),
        line("SELECT 1"), line("SELECT -1"), line("SELECT x"), line("SELECT ''"),
        line("CLIENT GETNAME"), line("CLIENT SETNAME me"), line("CLIENT GETNAME"),
        line("CLIENT SETNAME 'a b'"), line("CLIENT SETNAME ''"), line("CLIENT GETNAME"),
        line("CONFIG GET save"), line("CONFIG GET appendonly"), line("CONFIG GET nosuch"),
        line("SET a 1"), line("FLUSHALL"), line("DBSIZE"), line("SET a 1"), line("FLUSHALL ASYNC"),
        line("FLUSHDB SYNC"), line("DBSIZE"), line("RESET"), line("AUTH x"), line("AUTH x y"), line("AUTH default y"),
        line("AUTH x y z"), line("SELECT 2147483648"), line("SELECT -2147483649"),
        line("SELECT 2147483647"), line("SELECT 9223372036854775808"), line("COMMAND INFO nosuch"),
        line("COMMAND DOCS nosuch"),
        line("HELLO x"), line("HELLO 1"),
    ],
    "unknown": [
        line("NOSUCH"), line("NOSUCH a b c"), request("NOSUCH", "a\r\nb", "c"), request("", "a"),
        request("N" * 200, "a"), request("NOSUCH", "a" * 100, "b" * 100, "c"),
        request("no\r\nsuch"), request("NOSUCH", "a" * 128, "b"), request("NOSUCH", *["x"] * 60),
    ],
    "channels": [
        line("PUBLISH news x"), line("UNSUBSCRIBE"), line("UNSUBSCRIBE a b"), line("SUBSCRIBE news"),
        line("SUBSCRIBE news other"), line("PING"), line("PING x"), line("GET a"), line("SET"),
        line("NOSUCH"), line("PUBLISH news x"), line("UNSUBSCRIBE news"), line("UNSUBSCRIBE no"),
        line("GET a"), line("UNSUBSCRIBE"), line("GET a"), line("PUBLISH other x"),
        line("SUBSCRIBE again"), line("RESET"), line("GET a"),
    ],
    "inline": [
        b"\r\n", b"\n", b"PING\n", b"   PING   \r\n", b"\tPING\r\n", b"PING\tx\r\n",
        b'ECHO "a b"\r\n', b'ECHO "a\\nb\\x41\\"c"\r\n', b"ECHO 'a b'\r\n", b"ECHO 'it\\'s'\r\n",
        b"ECHO ''\r\n", b'ECHO ""\r\n', b"ECHO a'b'\r\n", b"*0\r\n", b"*-1\r\n", b"*-7\r\n",
        b"PING\r\nPING\r\n\r\nPING\r\n",
    ],
    "quit": [line("PING") + line("QUIT") + line("PING")],
    "quit with more": [line("QUIT now")],
}
# What ends a connection: each on its own.
BROKEN = [
    b"*x\r\n", b"*1x\r\n", b"* 1\r\n", b"*1048577\r\n", b"*99999999999999999999\r\n", b"*+1\r\n",
    b"*1\r\nPING\r\n", b"*1\r\n+PING\r\n", b"*1\r\n$x\r\n", b"*1\r\n$-1\r\n", b"*1\r\n$\r\n",
    b"*1\r\n$ 4\r\nPING\r\n", b"*1\r\n$99999999999999999999\r\n", b"*1\r\n$536870913\r\n",
    b"*65537\r\n", b"*1\r\n:4\r\n", b"*1\r\n\r\n", b"*2\r\n$3\r\nGET\r\n*1\r\n", b"*\r\nPING\r\n", b"*01\r\n",
    b"*1\r\n$04\r\nPING\r\n", b'ECHO "a\r\n', b"ECHO 'a\r\n", b'ECHO "a"b\r\n', b"GET 'a'b\r\n",
    b"PING\r\n*1\r\nX\r\nPING\r\n", b"*-\r\n", b"*--1\r\n", b"*1\r\n$-0\r\n", b"\0\r\n\r\n",
    b"*1\r\n$\xff\r\n",
]

# Lines that do not end: too long for both.
ENDLESS = [b"*1\r\n$" + b"1" * 70_000, b"*" + b"1" * 70_000, b"PING " + b"x" * 70_000]

# The beginning of what was sent, and why the replies differ.
DIFFERENCES = [
    (b"*1048577\r\n", "a request has at most 65,536 arguments here"),
    (b"*65537\r\n", "the same"),
    (b"*1\r\n$536870913\r\n", "an argument has at most 512 KiB here, and 512 MiB there"),
    (b"\0\r\n", "Redis takes a NUL for the end of an inline command, and waits for another"),
    (b"HELLO 3", "RESP3 is refused: NOPROTO"),
    (b"INFO", "another text, with the lines that monitoring looks for"),
    (b"COMMAND\r\n", "the commands there are; no access categories, tips, key specifications"),
]


def differs_knowingly(sent):
    return any(sent.startswith(start) for start, _ in DIFFERENCES)


def converse(server, parts):
    """The replies to each of them. What was sent whole is answered before PING is."""
    client = server.connect()
    replies = []
    marker = b"<end of %d>" % random.getrandbits(60)
    for part in parts:
        client.send(part + request("PING", marker))
        got = b""
        # Plain, and as it comes to one who subscribed.
        ends = (b"$%d\r\n%s\r\n" % (len(marker), marker),
                b"*2\r\n$4\r\npong\r\n$%d\r\n%s\r\n" % (len(marker), marker))
        while True:
            one = client_reply_or_end(client)
            if one is None:
                got += b"<closed>"
                replies.append(got)
                return replies
            if one in ends:
                break
            got += one
        replies.append(got)
    client.close()
    return replies


def client_reply_or_end(client):
    while not client.received:
        if not client._more():
            return None
    return client.reply()


def flush(server):
    client = server.connect()
    servers.check(client.ask("FLUSHALL") == b"+OK\r\n", "FLUSHALL")
    client.close()


def rest_of(server, sent):
    """What comes back until the server closes, which it does at the end at the latest."""
    client = server.connect()
    try:
        client.send(sent)
        client.socket.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # it did not wait for all of it
    got = client.rest()
    client.close()
    return got


class Comparison:
    def __init__(self, ours, redis):
        self.ours, self.redis = ours, redis
        self.compared = 0
        self.wrong = []

    def same(self, name, sent, ours, redis):
        self.compared += 1
        if ours != redis and not differs_knowingly(sent):
            self.wrong.append("%s: %.120r\n  redis: %.300r\n  ours:  %.300r" %
                              (name, sent, redis, ours))

    def conversation(self, name, parts):
        flush(self.ours)
        flush(self.redis)
        ours, redis = converse(self.ours, parts), converse(self.redis, parts)
        for number, part in enumerate(parts):
            self.same(name, part, ours[number] if number < len(ours) else b"<was closed>",
                      redis[number] if number < len(redis) else b"<was closed>")

    def broken(self, sent):
        probe = sent + b"\r\nPING still-served\r\n"
        self.same("broken", sent, rest_of(self.ours, probe), rest_of(self.redis, probe))

    def endless(self, sent):
        self.same("endless", sent, rest_of(self.ours, sent), rest_of(self.redis, sent))

    def in_pieces(self, parts):
        """The same commands, cut anywhere."""
        whole = b"".join(parts) + line("PING the-end")
        for server in (self.ours, self.redis):
            flush(server)
        got = []
        for server in (self.ours, self.redis):
            client, chance, at = server.connect(), random.Random(len(whole)), 0
            while at < len(whole):
                step = chance.randint(1, 40)
                client.send(whole[at:at + step])
                at += step
            replies = b""
            while not replies.endswith(b"the-end\r\n"):
                replies += client.reply()
            got.append(replies)
            client.close()
        self.same("in pieces", whole, *got)


WORDS = ["a", "b", "1", "-1", "0", "x", "", "9223372036854775807", "NX", "XX", "EX", "PX", "GET",
         "KEEPTTL", "100", "100000", "GT", "LT"]
ANY = ["GET", "SET", "SETNX", "DEL", "UNLINK", "EXISTS", "INCR", "DECR", "INCRBY", "DECRBY", "MGET",
       "MSET", "STRLEN", "TYPE", "EXPIRE", "PERSIST", "TTL", "SETEX", "DBSIZE", "ECHO", "PING",
       "PUBLISH", "SELECT"]


def random_commands(seed, count):
    """Commands with arguments that are right now and then."""
    chance = random.Random(seed)
    return [request(chance.choice(ANY), *(chance.choice(WORDS)
                                          for _ in range(chance.choice((0, 1, 1, 2, 2, 2, 3, 4)))))
            for _ in range(count)]


def main():
    program = sys.argv[1]
    redis = servers.RedisServer()
    for options in (["--cores", "1"], ["--cores", "2"]):
        ours = servers.KvServer(program, *options)
        compare = Comparison(ours, redis)
        for name, parts in CONVERSATIONS.items():
            compare.conversation(name, parts)
        for sent in BROKEN:
            compare.broken(sent)
        for sent in ENDLESS:
            compare.endless(sent)
        compare.in_pieces([part for name in ("strings", "numbers", "several keys", "expiry", "arity")
                           for part in CONVERSATIONS[name] if not differs_knowingly(part)])
        for seed in range(20):
            compare.conversation("seed %d" % seed, random_commands(seed, 100))
        servers.check(not compare.wrong, "%d of %d differ:\n%s" %
                      (len(compare.wrong), compare.compared, "\n".join(compare.wrong)))
        print("%d replies are Redis's, byte for byte (%s)" % (compare.compared, " ".join(options)))
        servers.check(ours.end(signal.SIGINT) == 0, "exit code: " + ours.err())
    redis.end(signal.SIGTERM)
    print("differential_test: passed")


main()
