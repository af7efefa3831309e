// The copy of protocols/troupe.capnp inside actorc.
#pragma once

#include <string_view>

namespace troupe::codegen {

/// The text of the file as it was when actorc was built.
std::string_view wire_schema_text();

}  // namespace troupe::codegen
