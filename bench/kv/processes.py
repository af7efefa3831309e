"""What the scripts of this folder share: servers on one CPU, redis-benchmark on another."""

import csv
import os
import re
import shutil
import socket
import subprocess
import sys
import time

PATIENCE_SECONDS = 120


class Failed(Exception):
    pass


def say(text):
    print(text, file=sys.stderr, flush=True)


def need(program, package):
    path = shutil.which(program)
    if path is None:
        raise Failed("%s is missing: apt-get install %s, or run tools/setup" % (program, package))
    return path


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A server process; ended by its id."""

    def __init__(self, name, command, folder, cpus, port=None):
        self.name = name
        self.log = os.path.join(folder, name + ".log")
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                ["taskset", "-c", cpus, *command], stdout=log, stderr=log, cwd=folder,
                start_new_session=True)  # Ctrl-C is for the script, which ends the servers
        self.port = port

    def wait_until_ready(self):
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            text = open(self.log, errors="replace").read()
            match = re.search(r"^ready on \S*:(\d+)", text, re.M)
            if match:
                self.port = int(match.group(1))
                return
            if "Ready to accept connections" in text:
                return
            if self.process.poll() is not None:
                raise Failed("%s did not start:\n%s" % (self.name, text))
            time.sleep(0.02)
        raise Failed("%s is not ready" % self.name)

    def cpu_seconds(self):
        """User and system time of all threads, in the nanoseconds that the scheduler counts."""
        total = 0
        tasks = "/proc/%d/task" % self.process.pid
        for task in os.listdir(tasks):
            with open("%s/%s/schedstat" % (tasks, task)) as file:
                total += int(file.read().split()[0])
        return total / 1e9

    def end(self):
        if self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def measure(server, command, pipeline, requests, connections):
    """One run of redis-benchmark: requests per second, latencies, CPU time of the server."""
    program = need("redis-benchmark", "redis-tools")
    before = server.cpu_seconds()
    ended = subprocess.run(
        ["taskset", "-c", "1", program, "-p", str(server.port), "-t", command, "-c",
         str(connections), "-P", str(pipeline), "-n", str(requests), "--csv"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True,
        timeout=PATIENCE_SECONDS)
    cpu = server.cpu_seconds() - before
    rows = [row for row in csv.DictReader(ended.stdout.splitlines())]
    if ended.returncode != 0 or len(rows) != 1:
        raise Failed("redis-benchmark -t %s at %s: %s%s" %
                     (command, server.name, ended.stdout, ended.stderr))
    row = rows[0]
    return {
        "rps": float(row["rps"]),
        "p50": float(row["p50_latency_ms"]),
        "p99": float(row["p99_latency_ms"]),
        "cpu": cpu / requests * 1e6,  # microseconds
    }


def build(targets):
    """Builds them, optimized; gives the folder of built targets."""
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    for arguments in (["build", "--config=opt", *targets], ["info", "--config=opt", "bazel-bin"]):
        ended = subprocess.run(["bazel", *arguments], cwd=root, stdout=subprocess.PIPE,
                               universal_newlines=True)
        if ended.returncode != 0:
            raise Failed("bazel %s failed" % " ".join(arguments))
    return ended.stdout.strip()
