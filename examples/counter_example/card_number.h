// Card numbers: the computation that is compared, as a plain function.
#pragma once

#include <string_view>

namespace counter_example {

/// Whether these are 12 to 19 digits whose last one is the check digit of the others (Luhn's: every
/// second digit from the right counts double, and the sum of all ends with 0).
bool well_formed(std::string_view digits);

}  // namespace counter_example
