#include "codegen/printer.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace troupe::codegen {
namespace {

TEST(Printer, SubstitutesAndIndents) {
  Printer printer;
  printer.indent();
  printer.emit(R"(
      struct $name$ {
        $fields$
        $nothing$

        cost: 5$$
      };
  )",
               {{"name", "Money"}, {"fields", "a;\n\nb;\n"}, {"nothing", ""}});
  EXPECT_EQ(printer.take(), "  struct Money {\n    a;\n\n    b;\n\n    cost: 5$\n  };\n");
  EXPECT_EQ(printer.take(), "");
}

TEST(Printer, SeparatesBlocksOnce) {
  Printer printer;
  printer.separate();
  printer.emit("a {");
  printer.separate();
  printer.emit("b");
  printer.separate();
  printer.separate();
  printer.emit("}");
  EXPECT_EQ(printer.take(), "a {\nb\n\n}\n");
}

TEST(Printer, RefusesWrongTemplates) {
  Printer printer;
  EXPECT_THROW(printer.emit("$name$"), std::logic_error);
  EXPECT_THROW(printer.emit("a $b"), std::logic_error);
}

}  // namespace
}  // namespace troupe::codegen
