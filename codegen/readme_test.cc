// The worked example of README.md; tests/readmes_test.sh holds it against what is compiled here.
#include "codegen/pipeline.h"
// Comes first: it has the compat header.
#include <gtest/gtest.h>

#include <string>

#include "codegen/diagnostics.h"
#include "codegen/source.h"

namespace troupe::codegen {
namespace {

/// One line for each message of a contract.
std::string list_messages(ir::File::Reader file) {
  std::string text;
  for (const auto actor : file.getActors()) {
    for (const auto message : actor.getMessages()) {
      const char* kind = message.isAsk() ? " ask " : " tell ";
      text += std::string(actor.getName().cStr()) + kind + message.getName().cStr() + "\n";
    }
  }
  return text;
}

TEST(Readme, ListsMessages) {
  const Source source(
      "till.actor",
      "package shop;\n"
      "actor Till { tell sell @0 (cents: i64); ask total @1 () -> (cents: i64); }\n");
  Diagnostics diagnostics;
  const auto contract = compile(source, {}, diagnostics);
  ASSERT_NE(contract, nullptr) << diagnostics.print(source);
  EXPECT_EQ(list_messages(contract->ir()), "Till tell sell\nTill ask total\n");
}

}  // namespace
}  // namespace troupe::codegen
