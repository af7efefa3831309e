#include "examples/bank/transfer_row.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <limits>
#include <system_error>
#include <vector>

namespace bank {

namespace {

constexpr std::string_view kHeader = "number,from,to,cents";
constexpr std::string_view kAccountPrefix = "account-";
constexpr std::array<std::string_view, 4> kColumns = {"number", "from", "to", "cents"};
constexpr std::size_t kQuotedBytesMax = 40;

/// The text in quotes as it may stand on a terminal: short, and without control characters.
std::string quoted(std::string_view text) {
  std::string result = "'";
  for (char each : text.substr(0, kQuotedBytesMax)) {
    if (each >= ' ' && each <= '~') {
      result += each;
    } else {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\x%02x", static_cast<unsigned char>(each));
      result += escape;
    }
  }
  return result + (text.size() > kQuotedBytesMax ? "…'" : "'");
}

std::vector<std::string_view> split(std::string_view line) {
  std::vector<std::string_view> columns;
  for (;;) {
    const std::size_t comma = line.find(',');
    columns.push_back(line.substr(0, comma));
    if (comma == std::string_view::npos) return columns;
    line.remove_prefix(comma + 1);
  }
}

enum class Parsed : std::uint8_t { kNumber, kTooLarge, kNoNumber };

template <class Integer>
Parsed parse_integer(std::string_view text, Integer& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size() || text.empty()) return Parsed::kNoNumber;
  if (error == std::errc::result_out_of_range) return Parsed::kTooLarge;
  return error == std::errc() ? Parsed::kNumber : Parsed::kNoNumber;
}

bool is_negative_number(std::string_view text) {
  return text.size() > 1 && text[0] == '-' &&
         std::ranges::all_of(text.substr(1), [](char each) { return each >= '0' && each <= '9'; });
}

std::string parse_number(std::string_view text, std::uint64_t& number) {
  const Parsed parsed = parse_integer(text, number);
  if (parsed == Parsed::kNumber) return {};
  const std::string range =
      "from 0 to " + std::to_string(std::numeric_limits<std::uint64_t>::max());
  const bool outside = parsed == Parsed::kTooLarge || is_negative_number(text);
  return "transfer number " + quoted(text) +
         (outside ? " is out of range: give one " : " is not a number: give one ") + range;
}

std::string parse_account(std::string_view text, std::uint32_t accounts, std::uint32_t& account) {
  const auto unknown = [&](const std::string& why) {
    return "unknown account " + quoted(text) + ": " + why;
  };
  const std::string_view digits =
      text.starts_with(kAccountPrefix) ? text.substr(kAccountPrefix.size()) : "";
  const Parsed parsed = parse_integer(digits, account);
  if (parsed == Parsed::kNoNumber || (digits.size() > 1 && digits[0] == '0')) {
    return unknown("accounts are named account-N, with N from 0 and without leading zeros");
  }
  if (accounts != 0 && (parsed == Parsed::kTooLarge || account >= accounts)) {
    return unknown("the last is " + account_name(accounts - 1) +
                   "; raise --accounts if there are more");
  }
  if (parsed == Parsed::kTooLarge || account >= kAccountsMax) {
    return unknown("the last that can be is " + account_name(kAccountsMax - 1));
  }
  return {};
}

std::string parse_cents(std::string_view text, std::int64_t& cents) {
  const auto wrong = [&](const char* why, const char* remedy = "") {
    return "amount " + quoted(text) + " is " + why + ": give one from 1 to " +
           std::to_string(kCentsMax) + " cents" + remedy;
  };
  if (is_negative_number(text)) {
    return wrong("negative", ", and swap the accounts to move money the other way");
  }
  const Parsed parsed = parse_integer(text, cents);
  if (parsed == Parsed::kNoNumber) return wrong("not a whole number");
  if (parsed == Parsed::kTooLarge || cents < 1 || cents > kCentsMax) return wrong("out of range");
  return {};
}

}  // namespace

std::string parse_row(std::string_view line, std::uint32_t accounts, Transfer& transfer) {
  if (line.empty()) {
    return "an empty row: remove it, or write the columns " + std::string(kHeader);
  }
  const auto commas = std::ranges::count(line, ',');
  if (commas != 3) {
    return std::to_string(commas + 1) + " columns instead of 4: write " + std::string(kHeader);
  }
  std::array<std::string_view, 4> columns;
  for (std::string_view& column : columns) {
    column = line.substr(0, line.find(','));
    line.remove_prefix(std::min(line.size(), column.size() + 1));
  }
  std::string problem = parse_number(columns[0], transfer.number);
  if (problem.empty()) problem = parse_account(columns[1], accounts, transfer.from);
  if (problem.empty()) problem = parse_account(columns[2], accounts, transfer.to);
  if (problem.empty()) problem = parse_cents(columns[3], transfer.cents);
  if (problem.empty() && transfer.from == transfer.to) {
    problem = "a transfer from " + quoted(columns[1]) + " to itself: name two accounts";
  }
  return problem;
}

std::string check_header(std::string_view line) {
  if (line == kHeader) return {};
  const std::string wanted = "the first line must be '" + std::string(kHeader) + "'";
  const std::vector<std::string_view> columns = split(line);
  // Without any column of ours it is another file, or a row.
  const auto known = [](std::string_view name) { return std::ranges::count(kColumns, name) != 0; };
  if (std::ranges::none_of(columns, known)) {
    return "no header: " + wanted + ", found " + quoted(line);
  }
  for (std::string_view column : columns) {
    if (!known(column)) return "unknown column " + quoted(column) + ": " + wanted;
  }
  for (std::string_view column : kColumns) {
    const auto times = std::ranges::count(columns, column);
    if (times == 0) return "column '" + std::string(column) + "' is missing: " + wanted;
    if (times > 1) return "column '" + std::string(column) + "' is there twice: " + wanted;
  }
  return "columns in another order: " + wanted;
}

}  // namespace bank
