#include "codegen/emit_cpp_text.h"

#include <gtest/gtest.h>

namespace troupe::codegen {
namespace {

const std::string kLong(60, 'x');

TEST(EmitCppText, DocsBecomeComments) {
  EXPECT_EQ(doc_comment("", 0), "");
  EXPECT_EQ(doc_comment("One.\n\nTwo.  ", 0), "/// One.\n///\n/// Two.");
}

TEST(EmitCppText, DocsAreWrappedAtBlanks) {
  const std::string word(40, 'w');
  EXPECT_EQ(doc_comment(word + " " + word + " " + word, 0),
            "/// " + word + " " + word + "\n/// " + word);
  // Indented by 20, only one fits; what has no blank stays whole.
  EXPECT_EQ(doc_comment(word + " " + word, 20), "/// " + word + "\n/// " + word);
  EXPECT_EQ(doc_comment(kLong + kLong, 0), "/// " + kLong + kLong);
  // Columns, not bytes.
  std::string umlauts;
  for (int count = 0; count < 48; ++count) umlauts += "ä";
  EXPECT_EQ(doc_comment(umlauts + " " + umlauts.substr(0, 94), 0),
            "/// " + umlauts + " " + umlauts.substr(0, 94));
}

TEST(EmitCppText, ABackslashDoesNotContinueAComment) {
  EXPECT_EQ(doc_comment("A path: C:\\", 0), "/// A path: C:\\ .");
  EXPECT_EQ(doc_comment("\\ \nnext", 0), "/// \\ .\n/// next");
}

TEST(EmitCppText, SectionsReachTheLastColumn) {
  EXPECT_EQ(section_comment("Account").size(), kColumnsMax);
  EXPECT_TRUE(section_comment("Account").starts_with("// ---- Account ---"));
}

TEST(EmitCppText, ListsAlignOrContinue) {
  EXPECT_EQ(fill_list("f(", {}, ");", 0), "f();");
  EXPECT_EQ(fill_list("f(", {"a", "b"}, ");", 0), "f(a, b);");
  EXPECT_EQ(fill_list("f(", {kLong, kLong, "b"}, ");", 0),
            "f(" + kLong + ",\n  " + kLong + ", b);");
  EXPECT_EQ(fill_list(kLong + "(", {kLong, "b"}, ");", 0), kLong + "(\n    " + kLong + ", b);");
}

TEST(EmitCppText, SumsAlignAndAssignmentsMove) {
  EXPECT_EQ(fill_terms("return ", {"1", "x"}, "+", ";", 0), "return 1 + x;");
  EXPECT_EQ(fill_terms("return ", {kLong, kLong}, "+", ";", 0),
            "return " + kLong + " +\n       " + kLong + ";");
  const std::string half(45, 'y');
  EXPECT_EQ(fill_terms("size = ", {half, half}, "+", ";", 0),
            "size =\n    " + half + " + " + half + ";");
  EXPECT_EQ(fill_terms("size = ", {kLong, kLong}, "+", ";", 0),
            "size = " + kLong + " +\n       " + kLong + ";");
}

TEST(EmitCppText, LiteralsBreakLast) {
  EXPECT_EQ(fill_literal("check(", "a", "text", ");", 0), "check(a, \"text\");");
  EXPECT_EQ(fill_literal("check(", "a", kLong + " " + kLong, ");", 0),
            "check(a,\n      \"" + kLong + " \"\n      \"" + kLong + "\");");
}

TEST(EmitCppText, FunctionsStayOnOneLineWhileTheyFit) {
  const Signature signature{"int", "f", {"int a"}, " const"};
  EXPECT_EQ(declaration(signature, 0), "int f(int a) const;");
  EXPECT_EQ(definition(signature, "", 0), "int f(int a) const {}");
  EXPECT_EQ(definition(signature, "return a;", 0), "int f(int a) const { return a; }");
  EXPECT_EQ(definition(signature, "g();\nreturn a;", 0),
            "int f(int a) const {\n  g();\n  return a;\n}");
  EXPECT_EQ(definition(signature, "return " + kLong + ";", 20),
            "int f(int a) const {\n  return " + kLong + ";\n}");
}

TEST(EmitCppText, LongHeadsBreakWhereTheyCan) {
  const std::string type(50, 't');
  EXPECT_EQ(declaration({type, kLong, {}, ""}, 0), type + "\n" + kLong + "();");
  EXPECT_EQ(declaration({type, kLong, {"int a"}, ""}, 0), type + "\n" + kLong + "(int a);");
  const std::string name(45, 'n');
  EXPECT_EQ(declaration({type, name, {}, " const"}, 0), type + " " + name + "()\n    const;");
}

TEST(EmitCppText, IdsHaveAllTheirDigits) {
  EXPECT_EQ(hexadecimal(0xabc, 8), "0x00000abc");
  EXPECT_EQ(hexadecimal(~std::uint64_t{0}, 16), "0xffffffffffffffff");
}

}  // namespace
}  // namespace troupe::codegen
