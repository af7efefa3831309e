#include "codegen/diagnostics.h"

#include <algorithm>
#include <utility>

#include "codegen/limits.h"
#include "codegen/utf8.h"

namespace troupe::codegen {
namespace {

/// Appends `text` as a terminal can show it: what is not printable becomes '?'.
void append_printable(std::string& out, std::string_view text) {
  for (std::size_t offset = 0; offset < text.size();) {
    const std::size_t length = utf8_length_at(text, offset);
    const auto byte = static_cast<unsigned char>(text[offset]);
    const bool printable = length > 0 && ((byte >= 0x20 && byte != 0x7F) || byte == '\t');
    if (printable) {
      out.append(text.substr(offset, length));
    } else {
      out.push_back('?');
    }
    offset += length == 0 ? 1 : length;
  }
}

/// The part of a line that is shown: all of it, or a window in which the span begins.
Span excerpt_of(const Source& source, Span line, Span span) {
  Span excerpt = line;
  if (span.begin - line.begin > kExcerptColumnsMax / 2) {
    const std::uint32_t line_bytes = line.end - line.begin;
    if (line_bytes > kExcerptColumnsMax) excerpt.begin = span.begin - kExcerptColumnsMax / 2;
  }
  const auto bytes_max = static_cast<std::uint32_t>(kExcerptColumnsMax);
  excerpt.end = std::min(excerpt.end, excerpt.begin + bytes_max);
  // Never cut a character in two: step over continuation bytes.
  const auto continues = [&](std::uint32_t offset) {
    return (static_cast<unsigned char>(source.text()[offset]) & 0xC0) == 0x80;
  };
  while (excerpt.begin < span.begin && continues(excerpt.begin)) ++excerpt.begin;
  while (excerpt.end < line.end && excerpt.end > span.begin && continues(excerpt.end)) {
    --excerpt.end;
  }
  return excerpt;
}

/// Two lines: the source, and `^~~~` under the span. Tabs are kept, so that the caret stays below
/// what it points at whatever a tab is worth.
void append_excerpt(std::string& out, const Source& source, Span span) {
  const Span line = source.lines().span_of_line(source.lines().line_of(span.begin));
  span.begin = std::min(span.begin, line.end);
  span.end = std::clamp(span.end, span.begin, line.end);
  const Span excerpt = excerpt_of(source, line, span);

  append_printable(out, source.text(excerpt));
  out.push_back('\n');
  const std::string_view before = source.text({excerpt.begin, span.begin});
  for (std::size_t offset = 0; offset < before.size();) {
    const std::size_t length = utf8_length_at(before, offset);
    out.push_back(before[offset] == '\t' ? '\t' : ' ');
    offset += length == 0 ? 1 : length;
  }
  out.push_back('^');
  const std::uint32_t marked_end = std::max(span.begin, std::min(span.end, excerpt.end));
  const std::size_t columns = utf8_columns(source.text({span.begin, marked_end}));
  if (columns > 1) out.append(columns - 1, '~');
}

void append_heading(std::string& out, const Source& source, Span span, std::string_view severity,
                    std::string_view message) {
  out += source.path() + ":" + std::to_string(source.lines().line_of(span.begin)) + ":" +
         std::to_string(source.column_of(span.begin)) + ": ";
  out.append(severity).append(": ").append(message).append("\n");
}

void append_finding(std::string& out, const Source& source, const Diagnostic& finding) {
  append_heading(out, source, finding.span(), "error", finding.message());
  append_excerpt(out, source, finding.span());
  if (!finding.suggestion().empty()) out += " did you mean '" + finding.suggestion() + "'?";
  out.push_back('\n');
  for (const Note& note : finding.notes()) {
    const Source& place = note.source == nullptr ? source : *note.source;
    append_heading(out, place, note.span, "note", note.message);
    append_excerpt(out, place, note.span);
    out.push_back('\n');
  }
}

void append_findings(std::string& out, const Source& source,
                     const std::deque<Diagnostic>& findings) {
  // The index keeps findings at one place in the order of their report.
  std::vector<std::pair<std::uint32_t, std::size_t>> ordered;
  for (std::size_t index = 0; index < findings.size(); ++index) {
    ordered.emplace_back(findings[index].span().begin, index);
  }
  std::sort(ordered.begin(), ordered.end());

  const std::size_t printed = std::min(ordered.size(), kFindingsPrintedMax);
  for (std::size_t index = 0; index < printed; ++index) {
    append_finding(out, source, findings[ordered[index].second]);
  }
  if (printed < ordered.size()) {
    out += source.path() + ": " + std::to_string(ordered.size() - printed) +
           " more errors are not shown\n";
  }
}

}  // namespace

Diagnostic::Diagnostic(Span span, std::string message)
    : span_(span), message_(std::move(message)) {}

Diagnostic& Diagnostic::note(Span span, std::string message) {
  return note(nullptr, span, std::move(message));
}

Diagnostic& Diagnostic::note(std::shared_ptr<const Source> source, Span span, std::string message) {
  notes_.push_back({span, std::move(message), std::move(source)});
  return *this;
}

Diagnostic& Diagnostic::suggest(std::string replacement) {
  suggestion_ = std::move(replacement);
  return *this;
}

Diagnostic& Diagnostics::error(Span span, std::string message) {
  return findings_.emplace_back(span, std::move(message));
}

void Diagnostics::add(std::shared_ptr<const Source> source, Diagnostics diagnostics) {
  for (OfImport& other : diagnostics.imported_) imported_.push_back(std::move(other));
  if (diagnostics.findings_.empty()) return;
  imported_.push_back({std::move(source), std::move(diagnostics.findings_)});
}

std::string Diagnostics::print(const Source& source) const {
  std::string out;
  for (const OfImport& imported : imported_) {
    append_findings(out, *imported.source, imported.findings);
  }
  append_findings(out, source, findings_);
  return out;
}

}  // namespace troupe::codegen
