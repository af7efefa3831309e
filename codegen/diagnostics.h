// What is wrong with a file: collected by every stage, printed once with source lines and carets.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "codegen/source.h"

namespace troupe::codegen {

/// Another place that explains a finding, such as the first of two declarations.
struct Note {
  Span span;
  std::string message;
};

/// One error. Built by Diagnostics::error() and refined in the same statement.
class Diagnostic {
 public:
  Diagnostic(Span span, std::string message);

  /// Points at another place of the same file.
  Diagnostic& note(Span span, std::string message);

  /// Names what was probably meant; nothing happens if `replacement` is empty.
  Diagnostic& suggest(std::string replacement);

  Span span() const { return span_; }
  const std::string& message() const { return message_; }
  const std::string& suggestion() const { return suggestion_; }
  const std::vector<Note>& notes() const { return notes_; }

 private:
  Span span_;
  std::string message_;
  std::string suggestion_;
  std::vector<Note> notes_;
};

/// All findings of one file, in the order in which the stages report them.
class Diagnostics {
 public:
  /// The reference stays valid for as long as this object: see Diagnostic::note() and suggest().
  Diagnostic& error(Span span, std::string message);

  bool empty() const { return findings_.empty(); }
  const std::deque<Diagnostic>& findings() const { return findings_; }

  /// Findings by position in the file, `file:line:col: error: message`, each with its source line
  /// and a caret. At most kFindingsPrintedMax of them; a last line says how many are left out.
  std::string print(const Source& source) const;

 private:
  std::deque<Diagnostic> findings_;
};

}  // namespace troupe::codegen
