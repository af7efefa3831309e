// The input of the bank: transfers as comma-separated values with a header line.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace bank {

/// One row: `number,from,to,cents`. Numbers are unique; money moves at most once per number.
struct Transfer {
  std::uint64_t number;
  std::uint32_t from;
  std::uint32_t to;
  std::int64_t cents;
};

/// What the file says.
struct TransfersFile {
  std::vector<Transfer> transfers;
  std::uint32_t accounts = 0;  ///< account-0 to account-(accounts - 1) exist.

  /// The line of transfers[index] in the file, from 1: the header is the first, none is left out.
  static std::uint64_t row_of(std::size_t index) { return index + 2; }
};

/// Why a file cannot be used: one line `file:row: what, and what to do`.
struct InputError {
  std::string message;
};

/// Limits: 50 million rows, 10 million accounts, 10^12 cents a transfer, 256 bytes a line. Reading
/// needs 24 bytes a row (twice that while the vector grows), and 4 more if numbers do not ascend.
inline constexpr std::size_t kTransfersMax = 50'000'000;
inline constexpr std::uint32_t kAccountsMax = 10'000'000;
inline constexpr std::int64_t kCentsMax = 1'000'000'000'000;
inline constexpr std::size_t kLineBytesMax = 256;

/// Reads and checks the whole file, once and from its beginning (a pipe will do), before anything
/// is done with it. `accounts`: how many exist; 0: as many as the file names. Lines end with LF or
/// CR LF, the last may do without; a byte order mark is skipped; rows without content may stand at
/// the end only.
std::variant<TransfersFile, InputError> read_transfers(const std::string& path,
                                                       std::uint32_t accounts = 0);

/// "account-17"
std::string account_name(std::uint32_t account);

}  // namespace bank
