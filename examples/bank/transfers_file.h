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

/// What the file says, with the number of accounts: one more than the highest named.
struct TransfersFile {
  std::vector<Transfer> transfers;
  std::uint32_t accounts = 0;
};

/// Why a file cannot be used: one line `file:row: message`.
struct InputError {
  std::string message;
};

/// Limits: 50 million rows, 10 million accounts, 10^12 cents a transfer.
inline constexpr std::size_t kTransfersMax = 50'000'000;
inline constexpr std::uint32_t kAccountsMax = 10'000'000;
inline constexpr std::int64_t kCentsMax = 1'000'000'000'000;

/// Reads and checks the whole file before anything is done with it. Accounts are named `account-N`.
std::variant<TransfersFile, InputError> read_transfers(const std::string& path);

/// "account-17"
std::string account_name(std::uint32_t account);

}  // namespace bank
