// Contracts in several files: what they see of each other, and what is said where.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "codegen/limits.h"
#include "codegen/pipeline.h"
#include "codegen/test_support.h"

namespace troupe::codegen {
namespace {

using Files = std::map<std::string, std::string>;

std::string findings_of(const Files& files) {
  return printed_findings("main.actor", MemoryFiles(files));
}

/// A chain of files, each importing the next: 0.actor to `count`.actor.
Files chain(std::size_t count) {
  Files files;
  for (std::size_t index = 0; index <= count; ++index) {
    std::string text = "package p" + std::to_string(index) + ";\n";
    if (index < count) text += "import \"" + std::to_string(index + 1) + ".actor\";\n";
    files[std::to_string(index) + ".actor"] = text + "struct S {}\n";
  }
  return files;
}

TEST(Imports, AreSeenByTheirPackage) {
  EXPECT_EQ(findings_of({{"main.actor",
                          "package a;\nimport \"b.actor\";\nimport \"c.actor\";\n"
                          "struct S { x @0: b.c.T; y @1: U; z @2: a.U; own @3: a.V; }\n"
                          "struct V { e @0: b.c.E = two; }\n"},
                         {"b.actor", "package b.c;\nstruct T {}\nenum E { one @0; two @1; }\n"},
                         {"c.actor", "package a;\nstruct U {}\n"}}),
            "");
}

TEST(Imports, AFileIsReadOnce) {
  const Files files = {
      {"main.actor",
       "package a;\nimport \"b.actor\";\nimport \"c.actor\";\nstruct S { x @0: b.T; y @1: c.U; "
       "}\n"},
      {"b.actor", "package b;\nimport \"d.actor\";\nstruct T { x @0: d.W; }\n"},
      {"c.actor", "package c;\nimport \"d.actor\";\nstruct U { x @0: d.W; y @1: list<d.W>; }\n"},
      {"d.actor", "package d;\nstruct W { z @0: text; }\n"}};
  EXPECT_EQ(findings_of(files), "");
}

TEST(Imports, ListWhatOtherFilesDeclare) {
  const Files files = {
      {"main.actor",
       "package a;\nimport \"b.actor\";\nstruct S { x @0: list<b.T>; who @1: ref<b.A>; }\n"},
      {"b.actor",
       "package b;\nimport \"d.actor\";\nstruct T { x @0: d.W; }\nstruct Unused {}\n"
       "actor A { ask go @3 (t: T) -> (); }\n"},
      {"d.actor", "package d;\nstruct W { z @0: text; n @1: u16; }\n"}};
  const Source source("main.actor", files.at("main.actor"));
  Diagnostics diagnostics;
  const auto contract = compile(source, {}, MemoryFiles(files), diagnostics);
  ASSERT_NE(contract, nullptr) << diagnostics.print(source);
  const auto file = contract->ir();
  ASSERT_EQ(file.getImports().size(), 2u);
  EXPECT_STREQ(file.getImports()[0].getPackage().cStr(), "b");
  EXPECT_TRUE(file.getImports()[0].getIsDirect());
  EXPECT_FALSE(file.getImports()[1].getIsDirect());

  // Own first, then every struct after those in it, each with its layout.
  ASSERT_EQ(file.getStructs().size(), 3u);
  EXPECT_EQ(file.getStructs()[0].getOrigin(), 0);
  EXPECT_STREQ(file.getStructs()[1].getName().cStr(), "W");
  EXPECT_EQ(file.getStructs()[1].getOrigin(), 2);
  EXPECT_EQ(file.getStructs()[1].getRecord().getDataWords(), 1);
  EXPECT_STREQ(file.getStructs()[2].getName().cStr(), "T");
  EXPECT_EQ(file.getStructs()[2].getRecord().getPointerCount(), 1);
  EXPECT_EQ(file.getStructs()[0].getRecord().getFields()[0].getType().getList().getStruct(), 2u);
  ASSERT_EQ(file.getActors().size(), 1u);
  EXPECT_EQ(file.getActors()[0].getOrigin(), 1);
  EXPECT_EQ(file.getActors()[0].getMessages()[0].getOrdinal(), 3);
}

TEST(Imports, FindingsNameTheirFile) {
  EXPECT_EQ(findings_of({{"main.actor", "package a;\nimport \"b.actor\";\n"},
                         {"b.actor", "package b;\nstruct T { x @0: i46; }\n"}}),
            "b.actor:2:18: error: unknown type 'i46'\n"
            "struct T { x @0: i46; }\n"
            "                 ^~~ did you mean 'i64'?\n");
  EXPECT_EQ(findings_of({{"main.actor", "package a;\nimport \"none.actor\";\n"}}),
            "main.actor:2:8: error: cannot import \"none.actor\": there is no such file; in a "
            "build, the library that has it is one of the deps\n"
            "import \"none.actor\";\n"
            "       ^~~~~~~~~~~~\n");
}

TEST(Imports, OfOnePackageDeclareATypeOnce) {
  const std::string found =
      findings_of({{"main.actor", "package a;\nimport \"b.actor\";\nimport \"c.actor\";\n"},
                   {"b.actor", "package d;\nstruct Text {}\n"},
                   {"c.actor", "package d;\nstruct TextType {}\n"}});
  EXPECT_NE(found.find("main.actor:3:8: error: 'TextType' of package d is declared in two imported "
                       "files"),
            std::string::npos)
      << found;
  const std::string named =
      findings_of({{"main.actor", "package a;\nimport \"b/x.actor\";\nimport \"c/x.actor\";\n"},
                   {"b/x.actor", "package d;\n"},
                   {"c/x.actor", "package d;\n"}});
  EXPECT_NE(named.find("two files of package d are called x.actor: c/x.actor and b/x.actor"),
            std::string::npos)
      << named;
}

TEST(Imports, HaveLimits) {
  EXPECT_EQ(printed_findings("0.actor", MemoryFiles(chain(kImportDepthMax))), "");
  const std::string deep = printed_findings("0.actor", MemoryFiles(chain(kImportDepthMax + 1)));
  EXPECT_NE(deep.find("32.actor:2:8: error: more than 32 imports within each other"),
            std::string::npos)
      << deep;

  Files files;
  std::string imports;
  for (std::size_t index = 0; index <= kImportsMax; ++index) {
    const std::string name = "f" + std::to_string(index);
    files[name + ".actor"] = "package " + name + ";\n";
    imports += "import \"" + name + ".actor\";\n";
  }
  files["main.actor"] = "package a;\n" + imports;
  const std::string many = findings_of(files);
  EXPECT_NE(many.find("main.actor:258:8: error: more than 256 files are imported"),
            std::string::npos)
      << many;
  const std::string longest(kImportPathBytesMax - 6, 'a');
  EXPECT_EQ(findings_of({{"main.actor", "package a;\nimport \"" + longest + ".actor\";\n"},
                         {longest + ".actor", "package b;\n"}}),
            "");
  EXPECT_NE(findings_of({{"main.actor", "package a;\nimport \"a" + longest + ".actor\";\n"}})
                .find("path of 513 bytes; the limit is 512"),
            std::string::npos);
}

TEST(Imports, CountForTheNestingOfStructs) {
  std::string text = "package b;\nstruct S1 {}\n";
  for (std::size_t depth = 2; depth <= kStructNestingMax; ++depth) {
    text += "struct S" + std::to_string(depth) + " { s @0: S" + std::to_string(depth - 1) + "; }\n";
  }
  const std::string deepest = "b.S" + std::to_string(kStructNestingMax);
  const std::string head = "package a;\nimport \"b.actor\";\n";
  EXPECT_EQ(findings_of({{"main.actor", head}, {"b.actor", text}}), "");
  const std::string found = findings_of(
      {{"main.actor", head + "struct T { s @0: " + deepest + "; }\n"}, {"b.actor", text}});
  EXPECT_NE(found.find("main.actor:3:8: error: structs and lists are nested more than 32 deep"),
            std::string::npos)
      << found;
}

}  // namespace
}  // namespace troupe::codegen
