// hello --serve: the greeter as a server that runs until Ctrl-C or SIGTERM.
#pragma once

#include "actor/actor.h"
#include "examples/hello/hello.actor.h"

/// The behaviour of hello.cc.
troupe::Behavior greeter(hello::Greeter::Self self);

/// Does what the command line says, and gives the exit code of the process: 0, also when a signal
/// ended the server; 1 with a line on standard error if something failed; 2 for wrong usage.
int serve(int argc, char** argv);
