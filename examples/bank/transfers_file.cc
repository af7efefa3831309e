#include "examples/bank/transfers_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>
#include <system_error>

#include "examples/bank/transfer_row.h"

namespace bank {

namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

/// Gives the lines of a stream one by one, in a memory that does not grow with them.
class Lines {
 public:
  explicit Lines(std::istream& stream) : stream_(stream) {}

  enum class Next : std::uint8_t { kLine, kEnd, kTooLong };
  /// The view is good until the next call.
  Next next(std::string_view& line) {
    char* const begin = line_;
    // One more than fits, so that a full line is told from a longer one.
    stream_.getline(begin, sizeof line_);
    const auto read = static_cast<std::size_t>(stream_.gcount());
    if (stream_.bad() || (stream_.eof() && read == 0)) return Next::kEnd;
    // getline fails without an end of the file: there was no end of the line.
    if (stream_.fail() && !stream_.eof()) return Next::kTooLong;
    // What it took includes the newline, if there was one.
    line = std::string_view(begin, stream_.eof() ? read : read - 1);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    return line.size() > kLineBytesMax ? Next::kTooLong : Next::kLine;
  }

 private:
  std::istream& stream_;
  char line_[kLineBytesMax + 3];  // with CR, and the zero that getline appends
};

/// The index of the first transfer whose number an earlier one has.
std::optional<std::size_t> find_repeated(const std::vector<Transfer>& transfers) {
  const auto descends = [](const Transfer& a, const Transfer& b) { return a.number >= b.number; };
  // As generate_transfers and most others write it: nothing to look for.
  if (std::ranges::adjacent_find(transfers, descends) == transfers.end()) return std::nullopt;
  std::vector<std::uint32_t> order(transfers.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::uint32_t>(i);
  std::ranges::sort(order, [&](std::uint32_t a, std::uint32_t b) {
    return transfers[a].number != transfers[b].number ? transfers[a].number < transfers[b].number
                                                      : a < b;
  });
  std::optional<std::size_t> first;
  for (std::size_t i = 1; i < order.size(); ++i) {
    if (transfers[order[i]].number != transfers[order[i - 1]].number) continue;
    if (!first || order[i] < *first) first = order[i];
  }
  return first;
}

/// Reads the rows below the header; gives what is wrong and in which row, or nothing.
std::string read_rows(Lines& lines, std::uint32_t accounts, TransfersFile& file,
                      std::uint64_t& row) {
  std::uint64_t first_empty = 0;
  std::string_view line;
  for (;;) {
    ++row;
    switch (lines.next(line)) {
      case Lines::Next::kEnd:
        return {};
      case Lines::Next::kTooLong:
        return "a line of more than " + std::to_string(kLineBytesMax) +
               " bytes: is this a file of transfers?";
      case Lines::Next::kLine:
        break;
    }
    if (row > kTransfersMax + 1) {
      return "more than " + std::to_string(kTransfersMax) + " rows: split the file";
    }
    if (line.empty()) {
      if (first_empty == 0) first_empty = row;
      continue;  // fine at the end of the file
    }
    if (first_empty != 0) {
      row = first_empty;
      line = {};
    }
    Transfer transfer{};
    if (std::string problem = parse_row(line, accounts, transfer); !problem.empty()) return problem;
    file.transfers.push_back(transfer);
    file.accounts = std::max({file.accounts, transfer.from + 1, transfer.to + 1});
  }
}

std::string cannot_be_read(const char* how, int error) {
  return std::string("cannot be read") + how + ": " + std::strerror(error);
}

}  // namespace

std::string account_name(std::uint32_t account) { return "account-" + std::to_string(account); }

std::variant<TransfersFile, InputError> read_transfers(const std::string& path,
                                                       std::uint32_t accounts) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    return InputError{path + ": is a folder: name a file of transfers"};
  }
  errno = 0;
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return InputError{path + ": " + cannot_be_read("", errno)};

  TransfersFile file;
  file.accounts = accounts;
  std::uint64_t row = 1;
  const auto wrong = [&](const std::string& what) {
    return InputError{path + ":" + std::to_string(row) + ": " + what};
  };
  Lines lines(stream);
  std::string_view line;
  const Lines::Next header = lines.next(line);
  if (header == Lines::Next::kEnd && !stream.bad()) {
    return InputError{path + ": is empty: the first line must be 'number,from,to,cents'"};
  }
  if (line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
  if (header == Lines::Next::kTooLong) {
    return wrong("a line of more than " + std::to_string(kLineBytesMax) +
                 " bytes: is this a file of transfers?");
  }
  std::string problem;
  if (!stream.bad()) problem = check_header(line);
  if (problem.empty() && !stream.bad()) problem = read_rows(lines, accounts, file, row);
  if (stream.bad()) return wrong(cannot_be_read(" further", errno));
  // A number given twice may stand above what was found so far: rows are named from the top.
  if (const auto repeated = find_repeated(file.transfers)) {
    row = TransfersFile::row_of(*repeated);
    return wrong("transfer number " + std::to_string(file.transfers[*repeated].number) +
                 " appears twice: give each transfer a number of its own");
  }
  if (!problem.empty()) return wrong(problem);
  if (file.transfers.empty()) return InputError{path + ": has a header and no transfer below it"};
  return file;
}

}  // namespace bank
