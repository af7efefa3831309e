#include "io/net/owned_socket.h"

#include "io/descriptor.h"

namespace troupe::io {

OwnedSocket& OwnedSocket::operator=(OwnedSocket&& other) noexcept {
  if (this != &other) {
    close();
    number_ = other.take();
  }
  return *this;
}

void OwnedSocket::close() {
  if (is_open()) close_descriptor(take());
}

}  // namespace troupe::io
