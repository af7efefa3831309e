"""Commands for gdb that show what cores, actors and tasks do and wait for: in a live process and in a
core dump. The program needs debug information (-g; best -fstandalone-debug); nothing of it is called.

    (gdb) source tools/gdb/troupe.py
    (gdb) troupe cores
    (gdb) troupe actors
    (gdb) troupe stack ADDRESS
"""

import gdb

# As AsyncStack has them (base/async_stack.h).
FRAMES_MAX = 16
DEPTH_MAX = 8
# Coroutines of one strand, or children of one scope, that are followed: a dump may be damaged.
CHAIN_MAX = 100000
ACTORS_MAX = 1000

# What an operation calls itself (Operation::name()), by its type or a base of it.
NAMES = {
    "troupe::detail::Combination": "combination",
    "troupe::detail::JoinAwaiter": "scope",
    "troupe::detail::StartWait": "start",
    "troupe::io::detail::SleepAwaiter": "sleep",
    "troupe::io::detail::YieldAwaiter": "yield",
    "troupe::AskOperation": "ask",
    "troupe::TellOperation": "tell_or_wait",
    "troupe::CoreVisit": "on_core",
    "troupe::StopWait": "until_stopped",
}


def pointer(value):
    """The pointer in a std::atomic<T*>."""
    return value["_M_b"]["_M_p"]


def vector(value):
    """The elements of a std::vector."""
    at = value["_M_impl"]["_M_start"]
    end = value["_M_impl"]["_M_finish"]
    while at != end:
        yield at.dereference()
        at += 1


def is_a(kind, name):
    """Whether a type is, or derives from, the one of that name."""
    kind = kind.strip_typedefs()
    if kind.name == name:
        return True
    return any(field.is_base_class and is_a(field.type, name) for field in kind.fields())


def text_of(characters):
    return characters.string(errors="replace")


def place(location):
    """"file:line in function" of a std::source_location; None for nowhere."""
    where = location["_M_impl"]
    if int(where) == 0:
        return None
    return "%s:%d in %s" % (
        text_of(where["_M_file_name"]),
        int(where["_M_line"]),
        text_of(where["_M_function_name"]),
    )


def dynamic(reference):
    """An object as what it really is."""
    return reference.cast(reference.dynamic_type)


def find_base(value, name):
    """The part of an object that is of the type of that name; None if none is."""
    kind = value.type.strip_typedefs()
    if kind.name == name:
        return value
    for field in kind.fields():
        if field.is_base_class:
            found = find_base(value[field], name)
            if found is not None:
                return found
    return None


def operation_name(operation):
    for name, shown in NAMES.items():
        if is_a(operation.type, name):
            return shown
    request = find_base(operation, "troupe::io::RequestAwaiter")
    if request is not None:
        return text_of(request["name_"])
    return str(operation.type)


def is_wrapper(promise):
    """Whether a coroutine is the runtime's own around what the user wrote."""
    strand = promise["context_"]["strand"].dereference()
    return pointer(strand["first_"]) == promise.address and int(strand["kind_"]) == 1


def innermost(promise):
    for _ in range(CHAIN_MAX):
        below = pointer(promise["awaited_"])
        if int(below) == 0:
            break
        promise = below.dereference()
    return promise


def frames(promise, end, indent):
    """Prints a line for each coroutine from `promise` outwards, up to `end`, which is left out."""
    shown = 0
    left_out = 0
    for _ in range(CHAIN_MAX):
        if not is_wrapper(promise):
            if shown < FRAMES_MAX:
                where = place(promise["await_location_"])
                print(indent + ("at " + where if where else "before its first await"))
                shown += 1
            else:
                left_out += 1
        parent = promise["parent_"]
        if int(parent) == end or int(parent) == 0:
            break
        promise = parent.dereference()
    if left_out:
        print("%s… and %d more" % (indent, left_out))


def state(strand, promise):
    waiting = strand["waiting_"]
    if int(waiting) != 0:
        return "waits for " + operation_name(dynamic(waiting.dereference()))
    if any(core["running_"]["_M_b"]["_M_p"] == strand.address for core in cores()):
        return "runs"
    if promise is None:
        return "has no coroutine"
    owner = strand["owner_"]
    if int(owner) != 0:
        cell = dynamic(owner.dereference())
        receiver = int(cell["receiver_"]["_M_fr_ptr"])
        # The promise follows the two words at the beginning of each coroutine's frame.
        if receiver != 0 and receiver + 16 == int(promise.address):
            return "waits for receive"
    return "waits for its turn"


def branches(strand):
    """The strands that a strand waits for, each with where it was started or None."""
    waiting = strand["waiting_"]
    if int(waiting) == 0:
        return
    operation = dynamic(waiting.dereference())
    combination = find_base(operation, "troupe::detail::Combination")
    if combination is not None:
        for branch in vector(combination["strands_"]):
            yield branch, None
    if is_a(operation.type, "troupe::detail::JoinAwaiter"):
        child = operation["scope_"].referenced_value()["first_"]
        for _ in range(CHAIN_MAX):
            if int(child) == 0:
                break
            yield child["strand_"], place(child["started_"])
            child = child["next_"]


def stack(strand, depth=0):
    """Prints what a strand waits for, and by which awaits."""
    indent = "  " * depth
    first = pointer(strand["first_"])
    if int(first) == 0:
        if depth == 0:
            print(state(strand, None))
        return
    promise = innermost(first.dereference())
    print(indent + ("- " if depth else "") + state(strand, promise))
    frames(promise, int(first["parent_"]), indent + "  ")
    visit = find_visit(strand)
    if visit is not None:
        print("%s  goes on on core %d" % (indent, int(visit["core_"])))
    if depth < DEPTH_MAX:
        for branch, started in branches(strand):
            if started is not None:
                print("%s  started at %s" % (indent, started))
            stack(branch, depth + 1)


def find_visit(strand):
    waiting = strand["waiting_"]
    return find_base(dynamic(waiting.dereference()), "troupe::CoreVisit") if int(waiting) else None


def cores():
    """The core of each thread that has one, as what it really is."""
    present = gdb.selected_thread()
    found = []
    try:
        for thread in sorted(gdb.selected_inferior().threads(), key=lambda each: each.num):
            thread.switch()
            try:
                core = gdb.parse_and_eval("*&'troupe::CoreContext::current_'")
            except gdb.error:
                continue
            if int(core) != 0:
                found.append(dynamic(core.dereference()))
    finally:
        if present is not None:
            present.switch()
    return sorted(found, key=lambda core: int(core["index_"]))


def actors(core):
    if not is_a(core.type, "troupe::Core"):
        return
    for entry in vector(core["cells"]["entries_"]):
        if int(entry["cell"]) != 0:
            yield entry["cell"].dereference()


def actor_name(cell):
    name = text_of(cell["type_"].referenced_value()["name"])
    keyed = cell["keyed_"]
    if int(keyed) != 0:
        key = (keyed + 1).cast(gdb.lookup_type("char").pointer())
        name += " '%s'" % key.string(errors="replace", length=int(keyed["bytes"]))
    return name


class Troupe(gdb.Command):
    """Cores, actors and await chains of a program made with Troupe."""

    def __init__(self):
        super().__init__("troupe", gdb.COMMAND_STATUS, prefix=True)


class TroupeCores(gdb.Command):
    """troupe cores: each core, with its counters and whether it sleeps."""

    def __init__(self):
        super().__init__("troupe cores", gdb.COMMAND_STATUS)

    def invoke(self, argument, from_tty):
        found = cores()
        for core in found:
            line = "core %d at %s: %d turns, %d runnables" % (
                int(core["index_"]),
                hex(int(core.address)),
                int(core["turns_"]["_M_i"]),
                int(core["counters_"]["runnables"]),
            )
            line += ", sleeps" if bool(core["resting_"]["_M_base"]["_M_i"]) else ", awake"
            if is_a(core.type, "troupe::Core"):
                line += ", %d actors" % int(core["cells"]["live_"])
            print(line)
            running = pointer(core["running_"])
            if int(running) != 0:
                print("  runs the strand at %s" % hex(int(running)))
        if not found:
            print("no thread has a core now")


class TroupeActors(gdb.Command):
    """troupe actors [CORE]: the actors of all cores or one, and what each waits for."""

    def __init__(self):
        super().__init__("troupe actors", gdb.COMMAND_STATUS)

    def invoke(self, argument, from_tty):
        shown = 0
        for core in cores():
            if argument and int(core["index_"]) != int(argument):
                continue
            for cell in actors(core):
                if shown == ACTORS_MAX:
                    print("… %d are shown" % ACTORS_MAX)
                    return
                shown += 1
                strand = cell["strand_"]
                first = pointer(strand["first_"])
                promise = innermost(first.dereference()) if int(first) else None
                print(
                    "%s at %s (core %d, slot %d): %d messages queued%s; %s"
                    % (
                        actor_name(cell),
                        hex(int(cell.address)),
                        int(core["index_"]),
                        int(cell["address_"]["slot"]),
                        int(cell["queued_"]),
                        ", stopping" if bool(cell["stopping_"]) else "",
                        state(strand, promise),
                    )
                )


class TroupeStack(gdb.Command):
    """troupe stack ADDRESS: the chain of awaits of the actor or the strand there."""

    def __init__(self):
        super().__init__("troupe stack", gdb.COMMAND_STACK, gdb.COMPLETE_EXPRESSION)

    def invoke(self, argument, from_tty):
        if not argument:
            raise gdb.GdbError("troupe stack ADDRESS: of an actor (troupe actors) or of a strand")
        address = int(gdb.parse_and_eval(argument))
        for core in cores():
            for cell in actors(core):
                if int(cell.address) == address:
                    print(actor_name(cell))
                    stack(cell["strand_"])
                    return
        kind = gdb.lookup_type("troupe::Strand").pointer()
        stack(gdb.Value(address).cast(kind).dereference())


Troupe()
TroupeCores()
TroupeActors()
TroupeStack()
