#include "codegen/parser.h"

#include <gtest/gtest.h>

#include "codegen/test_support.h"

namespace troupe::codegen {
namespace {

FileNode parse_fine(const Source& source) {
  Diagnostics diagnostics;
  FileNode file = parse(source, diagnostics);
  EXPECT_TRUE(diagnostics.empty()) << diagnostics.print(source);
  return file;
}

TEST(Parser, ReadsAnActor) {
  const Source source("x.actor",
                      "package a.b;\n"
                      "/// Doc.\n"
                      "actor A key (id: text) (start: i64) {\n"
                      "  watches;\n"
                      "  mailbox capacity 7, overflow reject;\n"
                      "  reentrancy call_chain;\n"
                      "  asks Ledger, shop.Order acyclic;\n"
                      "  ask go @3 (to: ref<A>, back: reply<A.go>) -> (n: u8) denies No readonly;\n"
                      "}\n");
  const FileNode file = parse_fine(source);
  ASSERT_EQ(file.actors.size(), 1u);
  const ActorNode& actor = file.actors[0];
  EXPECT_EQ(file.package->parts.size(), 2u);
  EXPECT_EQ(actor.docs.lines, std::vector<std::string_view>{"Doc."});
  EXPECT_EQ(actor.key->fields[0].name.text, "id");
  EXPECT_EQ(actor.start->fields[0].type.word(), "i64");
  EXPECT_EQ(actor.watches.size(), 1u);
  EXPECT_EQ(actor.mailboxes[0].settings[1].word->text, "reject");
  EXPECT_EQ(actor.reentrancies[0].word.text, "call_chain");
  ASSERT_EQ(actor.asks[0].actors.size(), 2u);
  EXPECT_FALSE(actor.asks[0].actors[0].is_acyclic);
  EXPECT_EQ(actor.asks[0].actors[1].actor.parts[1].text, "Order");
  EXPECT_TRUE(actor.asks[0].actors[1].is_acyclic);
  ASSERT_EQ(actor.messages.size(), 1u);
  EXPECT_EQ(actor.messages[0].ordinal->value, 3u);
  EXPECT_EQ(actor.messages[0].parameters.fields[1].type.argument[0].path.parts[1].text, "go");
  EXPECT_EQ(actor.messages[0].results->fields[0].name.text, "n");
  EXPECT_EQ(actor.messages[0].denies->parts[0].text, "No");
  EXPECT_EQ(actor.messages[0].suffixes[0].text, "readonly");
}

TEST(Parser, WordsOfTheLanguageAreNamesElsewhere) {
  const Source source(
      "x.actor",
      "struct S { actor @0: i8; struct @1: i8; tell @2: i8; key @3: i8; }\n"
      "enum E { enum @0; }\n"
      "actor A { tell readonly @0 (acyclic: i8) interleaves; tell asks @1 ();\n"
      "          tell interleaves @2 (reentrancy: bool); tell reentrancy @3 (); }\n");
  const FileNode file = parse_fine(source);
  EXPECT_EQ(file.structs[0].fields.size(), 4u);
  EXPECT_EQ(file.actors[0].messages.size(), 4u);
}

TEST(Parser, GoesOnAfterAnItemThatIsWrong) {
  const Source source("x.actor",
                      "struct S { a @0 i8; b @1: i8; c @@; d @2: i8; } enum E { a @0; }");
  Diagnostics diagnostics;
  const FileNode file = parse(source, diagnostics);
  EXPECT_EQ(diagnostics.findings().size(), 2u);
  EXPECT_EQ(file.structs[0].fields.size(), 2u);
  EXPECT_FALSE(file.structs[0].complete);
  EXPECT_EQ(file.enums.size(), 1u);
}

TEST(Parser, AForgottenSemicolonCostsNothingElse) {
  EXPECT_EQ(syntax_findings("struct S {\n  a @0: i8\n  b @1: i8;\n}\n"),
            "2:11 expected ';' at the end of this line\n");
  EXPECT_EQ(syntax_findings("enum E { a @0 }"), "1:14 expected ';' at the end of this line\n");
  EXPECT_EQ(syntax_findings("enum E { a @0, b @1; }"), "1:14 expected ';' but found ','\n");
}

TEST(Parser, AForgottenBraceEndsAtTheNextDeclaration) {
  EXPECT_EQ(syntax_findings("struct S {\n  a @0: i8;\n\nenum E { a @0; }\n"),
            "2:12 expected '}' before what follows [note 1:10 for this '{']\n");
}

TEST(Parser, AMessageThatIsCutOffEndsAtTheNextOne) {
  EXPECT_EQ(syntax_findings("actor A {\n  tell a @0 (x: i8\n  tell b @1 ();\n}\n"),
            "3:3 expected ',' or ')' but found 'tell'\n");
}

TEST(Parser, SuggestsTheWordThatWasMeant) {
  EXPECT_EQ(syntax_findings("actr A {}"),
            "1:1 expected 'package', 'import', 'enum', 'struct' or 'actor' but found 'actr' (did "
            "you mean "
            "'actor'?)\n");
  EXPECT_EQ(syntax_findings("actor A { tel a @0 (); }"),
            "1:11 expected 'tell', 'ask', 'watches', 'mailbox', 'reentrancy' or 'asks' but found "
            "'tel' (did you mean 'tell'?)\n");
  EXPECT_EQ(syntax_findings("actor A { ask a @0 () -> () denys E; }"),
            "1:29 expected 'denies', 'readonly', 'interleaves' or ';' but found 'denys' (did you "
            "mean 'denies'?)\n");
  EXPECT_EQ(syntax_findings("actor A { ask a @0 () -> () denies E readony; }"),
            "1:38 expected 'readonly', 'interleaves' or ';' but found 'readony' (did you mean "
            "'readonly'?)\n");
  EXPECT_EQ(syntax_findings("actor A { asks B acylic; }"),
            "1:18 expected 'acyclic', ',' or ';' but found 'acylic' (did you mean 'acyclic'?)\n");
}

TEST(Parser, ReportsDocumentationOfNothing) {
  constexpr char kMessage[] =
      "this documentation belongs to nothing; write a plain comment with '//'\n";
  EXPECT_EQ(syntax_findings("/// end"), std::string("1:1 ") + kMessage);
  EXPECT_EQ(syntax_findings("enum E { a @0; /// a\n}"), std::string("1:16 ") + kMessage);
  EXPECT_EQ(syntax_findings("actor A {\n/// why\nwatches; }"), std::string("2:1 ") + kMessage);
}

TEST(Parser, SurvivesDeepAndUnbalancedBrackets) {
  for (const char* part : {"{", "}", "(", "ref<", "actor A {", "struct S { a @0: "}) {
    std::string text;
    for (int count = 0; count < 4000; ++count) text += part;
    EXPECT_NE(syntax_findings(text), "");
  }
}

}  // namespace
}  // namespace troupe::codegen
