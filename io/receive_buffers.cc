#include "io/receive_buffers.h"

namespace troupe::io {

ReceiveBuffers::~ReceiveBuffers() {
  TROUPE_DCHECK(in_use_ == 0, "%u received pieces outlive their core", in_use_);
  for (std::byte* const buffer : kept_) ::operator delete(buffer);
}

std::byte* ReceiveBuffers::take() {
  if (in_use_ == kBuffersMax) return nullptr;
  ++in_use_;
  if (kept_.empty()) return static_cast<std::byte*>(::operator new(kBufferBytes));
  std::byte* const buffer = kept_.back();
  kept_.pop_back();
  return buffer;
}

void ReceiveBuffers::give_back(std::byte* buffer) {
  TROUPE_DCHECK(in_use_ > 0, "a receive buffer is given back twice");
  --in_use_;
  if (kept_.size() < kBuffersKept) {
    kept_.push_back(buffer);
  } else {
    ::operator delete(buffer);
  }
}

}  // namespace troupe::io
