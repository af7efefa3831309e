#include "examples/bank/transfers_file.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <string_view>
#include <unordered_set>

namespace bank {

namespace {

constexpr std::string_view kHeader = "number,from,to,cents";
constexpr std::string_view kAccountPrefix = "account-";
constexpr std::size_t kColumns = 4;

template <class Integer>
bool parse_integer(std::string_view text, Integer& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

bool parse_account(std::string_view text, std::uint32_t& account) {
  if (!text.starts_with(kAccountPrefix)) return false;
  return parse_integer(text.substr(kAccountPrefix.size()), account);
}

bool split(std::string_view line, std::string_view (&columns)[kColumns], std::size_t& count) {
  count = 0;
  for (;;) {
    const std::size_t comma = line.find(',');
    if (count < kColumns) columns[count] = line.substr(0, comma);
    ++count;
    if (comma == std::string_view::npos) return count == kColumns;
    line.remove_prefix(comma + 1);
  }
}

/// The row's content, or what is wrong with it.
std::string parse_row(std::string_view line, Transfer& transfer) {
  std::string_view columns[kColumns];
  std::size_t count = 0;
  const auto quoted = [](std::string_view text) { return "'" + std::string(text) + "'"; };
  if (!split(line, columns, count)) {
    return "expected 4 columns (" + std::string(kHeader) + "), found " + std::to_string(count);
  }
  if (!parse_integer(columns[0], transfer.number)) {
    return "transfer number " + quoted(columns[0]) + " is not a number from 0 to 2^64-1";
  }
  for (std::size_t column : {1, 2}) {
    std::uint32_t& account = column == 1 ? transfer.from : transfer.to;
    if (!parse_account(columns[column], account)) {
      return "unknown account " + quoted(columns[column]) + "; accounts are named account-N";
    }
    if (account >= kAccountsMax) {
      return "unknown account " + quoted(columns[column]) + "; the highest is account-" +
             std::to_string(kAccountsMax - 1);
    }
  }
  if (!parse_integer(columns[3], transfer.cents)) {
    return "amount " + quoted(columns[3]) + " is not a whole number of cents";
  }
  if (transfer.cents <= 0) {
    return "amount " + quoted(columns[3]) + " must be more than 0 cents";
  }
  if (transfer.cents > kCentsMax) {
    return "amount " + quoted(columns[3]) + " exceeds the limit of " + std::to_string(kCentsMax) +
           " cents";
  }
  if (transfer.from == transfer.to) {
    return "a transfer from " + quoted(columns[1]) + " to itself";
  }
  return {};
}

}  // namespace

std::string account_name(std::uint32_t account) {
  return std::string(kAccountPrefix) + std::to_string(account);
}

std::variant<TransfersFile, InputError> read_transfers(const std::string& path) {
  errno = 0;
  std::ifstream file(path);
  if (!file) return InputError{path + ": cannot be read: " + std::strerror(errno)};

  TransfersFile result;
  std::unordered_set<std::uint64_t> numbers;
  std::string line;
  std::size_t row = 0;
  const auto wrong = [&](const std::string& what) {
    return InputError{path + ":" + std::to_string(row) + ": " + what};
  };
  while (std::getline(file, line)) {
    ++row;
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (row == 1) {
      if (line != kHeader) {
        return wrong("the first line must be '" + std::string(kHeader) + "', found '" + line + "'");
      }
      continue;
    }
    if (line.empty()) continue;
    if (result.transfers.size() == kTransfersMax) {
      return wrong("more than " + std::to_string(kTransfersMax) + " transfers");
    }
    Transfer transfer{};
    if (const std::string problem = parse_row(line, transfer); !problem.empty()) {
      return wrong(problem);
    }
    if (!numbers.insert(transfer.number).second) {
      return wrong("transfer number " + std::to_string(transfer.number) + " appears twice");
    }
    result.transfers.push_back(transfer);
    result.accounts = std::max({result.accounts, transfer.from + 1, transfer.to + 1});
  }
  if (file.bad()) return wrong(std::string("cannot be read further: ") + std::strerror(errno));
  if (row == 0) return InputError{path + ": is empty; expected the header " + std::string(kHeader)};
  return result;
}

}  // namespace bank
