#include "codegen/source.h"

#include <algorithm>
#include <utility>

#include "codegen/utf8.h"

namespace troupe::codegen {

LineTable::LineTable(std::string_view text) : text_(text), begins_{0} {
  for (std::size_t offset = 0; offset < text.size(); ++offset) {
    if (text[offset] == '\n') begins_.push_back(static_cast<std::uint32_t>(offset + 1));
  }
}

std::uint32_t LineTable::line_of(std::uint32_t offset) const {
  const auto after = std::upper_bound(begins_.begin(), begins_.end(), offset);
  return static_cast<std::uint32_t>(after - begins_.begin());
}

Span LineTable::span_of_line(std::uint32_t line) const {
  const std::uint32_t begin = begins_[line - 1];
  std::uint32_t end = static_cast<std::uint32_t>(text_.size());
  if (line < begins_.size()) end = begins_[line] - 1;
  if (end > begin && text_[end - 1] == '\r') --end;
  return {begin, end};
}

Source::Source(std::string path, std::string text)
    : path_(std::move(path)), text_(std::move(text)), lines_(text_) {}

std::string_view Source::text(Span span) const {
  return text().substr(span.begin, span.end - span.begin);
}

std::uint32_t Source::column_of(std::uint32_t offset) const {
  const std::uint32_t begin = lines_.span_of_line(lines_.line_of(offset)).begin;
  return static_cast<std::uint32_t>(utf8_columns(text({begin, offset}))) + 1;
}

}  // namespace troupe::codegen
