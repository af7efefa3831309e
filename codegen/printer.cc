#include "codegen/printer.h"

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <vector>

namespace troupe::codegen {
namespace {

bool is_blank(std::string_view line) {
  return line.find_first_not_of(' ') == std::string_view::npos;
}

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (true) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return lines;
    text.remove_prefix(end + 1);
  }
}

const std::string& value_of(std::string_view name,
                            std::initializer_list<Printer::Variable> variables) {
  for (const Printer::Variable& variable : variables) {
    if (variable.name == name) return variable.value;
  }
  throw std::logic_error("template names an unknown variable: " + std::string(name));
}

std::string substitute(std::string_view line, std::initializer_list<Printer::Variable> variables) {
  std::string result;
  while (true) {
    const std::size_t open = line.find('$');
    result += line.substr(0, open);
    if (open == std::string_view::npos) return result;
    const std::size_t close = line.find('$', open + 1);
    if (close == std::string_view::npos) throw std::logic_error("template has a single '$'");
    const std::string_view name = line.substr(open + 1, close - open - 1);
    result += name.empty() ? "$" : value_of(name, variables);
    line.remove_prefix(close + 1);
  }
}

}  // namespace

void Printer::emit(std::string_view text, std::initializer_list<Variable> variables) {
  std::vector<std::string_view> lines = split_lines(text);
  if (lines.size() > 1 && is_blank(lines.front())) lines.erase(lines.begin());
  if (lines.size() > 1 && is_blank(lines.back())) lines.pop_back();
  std::size_t shared = std::string_view::npos;
  for (const std::string_view line : lines) {
    if (!is_blank(line)) shared = std::min(shared, line.find_first_not_of(' '));
  }
  for (std::string_view line : lines) {
    line.remove_prefix(std::min(shared, line.size()));
    emit_line(line, variables);
  }
}

void Printer::emit_line(std::string_view line, std::initializer_list<Variable> variables) {
  const std::size_t begin = std::min(line.find_first_not_of(' '), line.size());
  const std::string_view content = line.substr(begin);
  const bool is_lone_variable =
      content.size() > 2 && content.front() == '$' && content.find('$', 1) == content.size() - 1;
  if (!is_lone_variable) {
    append_line(substitute(line, variables));
    return;
  }
  std::string_view value = value_of(content.substr(1, content.size() - 2), variables);
  if (value.empty()) return;
  if (value.ends_with('\n')) value.remove_suffix(1);
  for (const std::string_view part : split_lines(value)) {
    append_line(part.empty() ? "" : std::string(begin, ' ') + std::string(part));
  }
}

void Printer::append_line(std::string_view line) {
  if (!is_blank(line)) out_.append(indentation_, ' ').append(line);
  out_.push_back('\n');
}

void Printer::separate() {
  if (out_.empty() || out_.ends_with("{\n") || out_.ends_with("\n\n")) return;
  out_.push_back('\n');
}

std::string Printer::take() { return std::exchange(out_, {}); }

}  // namespace troupe::codegen
