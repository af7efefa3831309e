// Writes generated text from templates that look like the result.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

namespace troupe::codegen {

/// Collects whole lines. `$name$` in a template stands for a variable, `$$` for a dollar.
///
///     printer.emit(R"(
///         struct $name$ {
///           $fields$
///         };
///     )", {{"name", name}, {"fields", fields}});
///
/// The indentation that all lines of a template share is taken off, as are the line of the opening
/// and of the closing quote, and the current indentation is put on. A variable alone on its line
/// may hold several lines, which are indented alike, or none: then the line is left out.
class Printer {
 public:
  struct Variable {
    std::string_view name;
    std::string value;
  };

  /// Throws std::logic_error if the template names a variable that is not given: a mistake in the
  /// emitter, not in its input.
  void emit(std::string_view text, std::initializer_list<Variable> variables = {});

  /// An empty line, unless nothing or an opening brace came before: sets blocks apart.
  void separate();

  /// Two blanks more, or less, before each line.
  void indent() { indentation_ += 2; }
  void outdent() { indentation_ -= 2; }
  std::size_t indentation() const { return indentation_; }

  /// Everything emitted so far; the printer is then empty.
  std::string take();

 private:
  void emit_line(std::string_view line, std::initializer_list<Variable> variables);
  void append_line(std::string_view line);

  std::string out_;
  std::size_t indentation_ = 0;
};

}  // namespace troupe::codegen
