// Defaults as C++ and Cap'n Proto write them.
#pragma once

#include <string>
#include <string_view>

namespace troupe::codegen {

/// The shortest text that reads back as the same number, with a point or an exponent: "0.1", "5.0".
std::string floating(double value);
/// The same of a number of 32 bits, without C++'s suffix.
std::string floating(float value);

/// In quotes, with the escapes that C++ and Cap'n Proto share.
std::string quoted(std::string_view text);

}  // namespace troupe::codegen
