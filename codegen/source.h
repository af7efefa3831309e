// The text of one .actor file, and how byte offsets in it become lines and columns.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::codegen {

/// Bytes [begin, end) of a source. An empty span points between two bytes.
struct Span {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;

  bool operator==(const Span&) const = default;
};

/// Where each line of a text begins. Lines count from 1 and end at '\n'.
class LineTable {
 public:
  explicit LineTable(std::string_view text);

  /// The line that holds byte `offset`; an offset at the end of the text is on its last line.
  std::uint32_t line_of(std::uint32_t offset) const;

  /// The bytes of `line`, without its line ending.
  Span span_of_line(std::uint32_t line) const;

 private:
  std::string_view text_;
  std::vector<std::uint32_t> begins_;
};

/// One file. Tokens and trees hold views into it, so it neither moves nor dies before them.
class Source {
 public:
  /// `path` is printed as it is given: in findings, banners and the IR.
  Source(std::string path, std::string text);
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  const std::string& path() const { return path_; }
  std::string_view text() const { return text_; }
  std::string_view text(Span span) const;
  const LineTable& lines() const { return lines_; }

  /// Column of byte `offset`, counted in characters from 1.
  std::uint32_t column_of(std::uint32_t offset) const;

 private:
  std::string path_;
  std::string text_;
  LineTable lines_;
};

}  // namespace troupe::codegen
