#include "io/backend.h"

#include <unistd.h>

namespace troupe::io {

// Sockets do not linger, so this does not block; a failure leaves nothing to do either.
void Backend::close(int descriptor) { ::close(descriptor); }

}  // namespace troupe::io
