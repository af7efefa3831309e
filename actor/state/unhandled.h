// unhandled: what becomes of a message that the present behaviour has no use for.
#pragma once

#include "actor/message.h"

namespace troupe {

class Cell;

/// Self::unhandled(). Throws DeathPact for a Down.
void note_unhandled(Cell& cell, ReceivedMessage& message);

}  // namespace troupe
