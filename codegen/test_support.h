// What the tests of actorc share: running stages over a text and reading what they say.
#pragma once

#include <string>

#include "codegen/diagnostics.h"
#include "codegen/source.h"

namespace troupe::codegen {

/// One line per finding, by position: "3:7 message", with " (did you mean 'x'?)" and " [note 1:2
/// text]" behind it where there are any.
std::string summarize(const Source& source, const Diagnostics& diagnostics);

/// The findings of lexer and parser alone.
std::string syntax_findings(std::string text);

/// The findings of the whole compiler.
std::string findings(std::string text);

/// The findings of the whole compiler for `body` below a package line: lines count from 2.
std::string findings_in_package(const std::string& body);

}  // namespace troupe::codegen
