// Timer, as the wheel knows it. It stands in base/, where waits with a deadline need it.
#pragma once

#include "base/timer.h"

namespace troupe::io {

using troupe::Timer;

}  // namespace troupe::io
