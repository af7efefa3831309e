// One row of the bank's input: from text to numbers, or to what is wrong with it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "examples/bank/transfers_file.h"

namespace bank {

/// Reads a row into `transfer`. Gives what is wrong with it and what to do about that, or nothing.
/// `accounts`: how many exist; 0: up to kAccountsMax.
std::string parse_row(std::string_view line, std::uint32_t accounts, Transfer& transfer);

/// What is wrong with the header line, or nothing.
std::string check_header(std::string_view line);

}  // namespace bank
