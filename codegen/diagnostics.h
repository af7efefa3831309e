// What is wrong with a file: collected by every stage, printed once with source lines and carets.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "codegen/source.h"

namespace troupe::codegen {

/// Another place that explains a finding, such as the first of two declarations.
struct Note {
  Span span;
  std::string message;
  /// Another file than that of the finding, or null.
  std::shared_ptr<const Source> source;
};

/// One error. Built by Diagnostics::error() and refined in the same statement.
class Diagnostic {
 public:
  Diagnostic(Span span, std::string message);

  /// Points at another place of the same file.
  Diagnostic& note(Span span, std::string message);
  /// Points at a place of `source`; null is the file of the finding.
  Diagnostic& note(std::shared_ptr<const Source> source, Span span, std::string message);

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

/// All findings of one file, in the order in which the stages report them; then those of the files
/// that it imports.
class Diagnostics {
 public:
  /// The reference stays valid for as long as this object: see Diagnostic::note() and suggest().
  Diagnostic& error(Span span, std::string message);

  /// Takes over the findings of an imported file.
  void add(std::shared_ptr<const Source> source, Diagnostics diagnostics);

  bool empty() const { return findings_.empty() && imported_.empty(); }
  /// Of the file itself.
  const std::deque<Diagnostic>& findings() const { return findings_; }

  /// Findings by position in the file, `file:line:col: error: message`, each with its source line
  /// and a caret. At most kFindingsPrintedMax of them; a last line says how many are left out.
  /// Imported files come first, as what is wrong there may be the reason.
  std::string print(const Source& source) const;

 private:
  struct OfImport {
    std::shared_ptr<const Source> source;
    std::deque<Diagnostic> findings;
  };

  std::deque<Diagnostic> findings_;
  std::vector<OfImport> imported_;
};

}  // namespace troupe::codegen
