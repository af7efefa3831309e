#include "actor/ref.h"

namespace troupe {

using protocols::StructReader;
using protocols::StructWriter;

namespace {
// Offsets of ActorRef in troupe.capnp, held against the schema compiler's by wire_layout_test.cc.
constexpr unsigned kNode = 0;
constexpr unsigned kCore = 1;
constexpr unsigned kSlot = 1;
constexpr unsigned kIncarnation = 2;
constexpr unsigned kType = 2;
constexpr unsigned kKeyPointer = 0;
}  // namespace

void RefCodec::write(StructWriter field, const Address& address) {
  field.set(kNode, address.node);
  field.set(kCore, address.core);
  field.set(kSlot, address.slot);
  field.set(kIncarnation, address.incarnation);
}

void RefCodec::write(StructWriter field, const KeyedTarget& target) {
  field.set(kType, target.type());
  field.set_bytes(kKeyPointer, std::as_bytes(std::span(target.key().data(), target.key().size())));
}

void RefCodec::write(StructWriter parent, unsigned index, const Address& address) {
  write(parent.structure(index, kSize.data_words, kSize.pointer_count), address);
}

void RefCodec::write(StructWriter parent, unsigned index, const KeyedTarget& target) {
  write(parent.structure(index, kSize.data_words, kSize.pointer_count), target);
}

void RefCodec::read(StructReader field, Address& address) {
  if (field.get<std::uint32_t>(kIncarnation) == 0) return;  // nobody's
  address = Address{field.get<std::uint16_t>(kNode), field.get<std::uint16_t>(kCore),
                    field.get<std::uint32_t>(kSlot), field.get<std::uint32_t>(kIncarnation)};
}

void RefCodec::read(StructReader field, KeyedTarget& target) {
  const auto type = field.get<std::uint64_t>(kType);
  if (type == 0) return;
  const auto key = field.bytes(kKeyPointer);
  // A valid payload may name a key that no actor can have; that is nobody's, too.
  if (key.size() > protocols::kKeyBytesMax) return;
  target = KeyedTarget(type, {reinterpret_cast<const char*>(key.data()), key.size()});
}

}  // namespace troupe
