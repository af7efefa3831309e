// Shapes of what the runtime itself sends: troupe.capnp and control.capnp. wire_layout_test.cc
// holds them against the schemas.
#pragma once

#include "protocols/shape.h"

namespace troupe::protocols {

namespace wire_shapes {
inline constexpr PointerShape kActorRefPointers[] = {{.index = 0, .kind = PointerKind::kBytes}};
inline constexpr PointerShape kDownPointers[] = {{.index = 0, .kind = PointerKind::kText}};
}  // namespace wire_shapes

// Of troupe.capnp.
inline constexpr StructShape kActorRefShape{wire_shapes::kActorRefPointers};
inline constexpr StructShape kReplyToShape{};
inline constexpr StructShape kDenialShape{};
inline constexpr StructShape kFailureShape{};
// Of control.capnp.
inline constexpr StructShape kWatchShape{};
inline constexpr StructShape kDownShape{wire_shapes::kDownPointers};

}  // namespace troupe::protocols
