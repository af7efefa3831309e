// The version of actorc, as printed and as written into generated files.
#pragma once

#include <string_view>

namespace troupe::codegen {

inline constexpr std::string_view kActorcVersion = "0.1.0";

}  // namespace troupe::codegen
