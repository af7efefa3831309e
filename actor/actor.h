// Everything a program with actors needs: #include "actor/actor.h" and its own *.actor.h.
#pragma once

#include "actor/ask.h"
#include "actor/behavior.h"
#include "actor/message.h"
#include "actor/ref.h"
#include "actor/reply.h"
#include "actor/root.h"
#include "actor/self.h"
#include "actor/system.h"
#include "actor/tell.h"
#include "base/combine.h"
#include "base/result.h"
#include "base/task.h"
#include "base/time.h"
#include "io/sleep.h"
#include "protocols/list.h"
#include "protocols/wire_shapes.h"
