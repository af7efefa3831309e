#include "codegen/cli.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "codegen/limits.h"

namespace troupe::codegen {
namespace {

class CommandLine : public ::testing::Test {
 protected:
  CommandLine() : folder_(std::filesystem::path(::testing::TempDir()) / "actorc_cli_test") {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }

  ExitCode run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "actorc");
    std::vector<const char*> pointers;
    for (const std::string& argument : arguments) pointers.push_back(argument.c_str());
    std::ostringstream out, err;
    const ExitCode code =
        run_command_line(static_cast<int>(pointers.size()), pointers.data(), out, err);
    out_ = out.str();
    err_ = err.str();
    return code;
  }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  std::string write(const std::string& name, const std::string& content) const {
    std::ofstream(path(name), std::ios::binary) << content;
    return path(name);
  }

  bool exists(const std::string& name) const { return std::filesystem::exists(path(name)); }

  std::filesystem::path folder_;
  std::string out_;
  std::string err_;
};

constexpr char kGood[] = "package good;\nenum E { a @0; }\n";
constexpr char kBad[] = "package bad;\nenum E { a @0; b @0; }\n";

TEST_F(CommandLine, HelpAndVersionAreFine) {
  for (std::vector<std::string> arguments :
       {std::vector<std::string>{"--help"}, {"gen", "--help"}, {"check", "--help"}}) {
    EXPECT_EQ(run(arguments), kExitFine);
    EXPECT_NE(out_.find("Usage"), std::string::npos) << out_;
  }
  EXPECT_EQ(run({"--version"}), kExitFine);
  EXPECT_EQ(out_, "actorc 0.1.0\n");
}

TEST_F(CommandLine, WrongUsageIsUnusable) {
  const std::string good = write("good.actor", kGood);
  EXPECT_EQ(run({}), kExitUnusable);
  EXPECT_EQ(run({"gen"}), kExitUnusable);
  EXPECT_EQ(run({"fly", good}), kExitUnusable);
  EXPECT_EQ(run({"gen", "--emit", "cobol", good}), kExitUnusable);
  EXPECT_NE(err_.find("there is no such emitter"), std::string::npos) << err_;
  EXPECT_EQ(run({"gen", "--emit", "ir", "--schema", path("x"), good}), kExitUnusable);
  EXPECT_EQ(run({"gen", "--schema", path("x"), good, good}), kExitUnusable);
}

TEST_F(CommandLine, UnreadableInputIsNamed) {
  EXPECT_EQ(run({"check", path("none.actor")}), kExitUnusable);
  EXPECT_EQ(err_, "actorc: " + path("none.actor") + ": No such file or directory\n");
  EXPECT_EQ(run({"check", folder_.string()}), kExitUnusable);
  EXPECT_EQ(err_, "actorc: " + folder_.string() + ": Is a directory\n");
}

TEST_F(CommandLine, CheckFindsAndWritesNothing) {
  EXPECT_EQ(run({"check", write("good.actor", kGood)}), kExitFine);
  EXPECT_EQ(err_, "");
  EXPECT_EQ(run({"check", write("bad.actor", kBad), path("good.actor")}), kExitFindings);
  EXPECT_NE(err_.find("bad.actor:2:18: error: ordinal @0 is used twice"), std::string::npos)
      << err_;
  EXPECT_FALSE(exists("good.actor.capnp"));
}

TEST_F(CommandLine, GenWritesBesideTheSourceOrBelowAFolder) {
  const std::string good = write("good.actor", kGood);
  EXPECT_EQ(run({"gen", good}), kExitFine) << err_;
  EXPECT_TRUE(exists("good.actor.capnp"));
  // An option with several values does not swallow the files behind it.
  EXPECT_EQ(run({"gen", "--out", path("out"), "--emit", "ir,ir_text", good}), kExitFine) << err_;
  EXPECT_TRUE(std::filesystem::exists(path("out") + "/" + good + ".ir"));
  EXPECT_TRUE(std::filesystem::exists(path("out") + "/" + good + ".ir.txt"));
}

TEST_F(CommandLine, GenWritesOnlyTheOutputsThatAreNamed) {
  const std::string good = write("good.actor", kGood);
  EXPECT_EQ(run({"gen", "--ir", path("here/x.ir"), good}), kExitFine) << err_;
  EXPECT_TRUE(exists("here/x.ir"));
  EXPECT_FALSE(exists("good.actor.capnp"));
}

TEST_F(CommandLine, GenWritesHeaderSourceAndSchemaWhereABuildWantsThem) {
  const std::string good = write("good.actor", kGood);
  EXPECT_EQ(run({"gen", "--header", path("h/good.h"), "--source", path("c/good.cc"), "--schema",
                 path("s/good.capnp"), good}),
            kExitFine)
      << err_;
  for (const char* name : {"h/good.h", "c/good.cc", "s/good.capnp"}) EXPECT_TRUE(exists(name));
  EXPECT_FALSE(exists("good.actor.h"));
  EXPECT_EQ(run({"gen", "--emit", "cpp", good}), kExitFine) << err_;
  EXPECT_TRUE(exists("good.actor.h"));
  EXPECT_TRUE(exists("good.actor.cc"));
}

TEST_F(CommandLine, GenWritesNothingIfOneFileHasFindings) {
  const std::string good = write("good.actor", kGood);
  EXPECT_EQ(run({"gen", good, write("bad.actor", kBad)}), kExitFindings);
  EXPECT_FALSE(exists("good.actor.capnp"));
}

TEST_F(CommandLine, OutputsThatCannotBeWrittenAreNamed) {
  const std::string good = write("good.actor", kGood);
  EXPECT_EQ(run({"gen", "--schema", good + "/x.capnp", good}), kExitUnusable);
  EXPECT_NE(err_.find("good.actor"), std::string::npos) << err_;
}

TEST_F(CommandLine, ImportRootsAreSearchedFirst) {
  const std::string good = write("good.actor", kGood);
  std::filesystem::create_directories(folder_ / "protocols");
  write("protocols/troupe.capnp", "broken");
  EXPECT_EQ(run({"check", "--import-root", folder_.string(), good}), kExitFindings);
  EXPECT_EQ(run({"check", "--import-root", path("nowhere"), good}), kExitFine) << err_;
}

TEST_F(CommandLine, ImportsAreFoundBelowTheRoots) {
  std::filesystem::create_directories(folder_ / "one/shared");
  std::filesystem::create_directories(folder_ / "two/shared");
  write("one/shared/a.actor", "package a;\nstruct A {}\n");
  write("two/shared/a.actor", "package a;\nstruct A { x @0: i8; }\n");
  write("two/shared/b.actor", "package b;\nimport \"shared/a.actor\";\nstruct B { a @0: a.A; }\n");
  const std::string main =
      write("main.actor", "package m;\nimport \"shared/b.actor\";\nstruct M { b @0: b.B; }\n");
  EXPECT_EQ(run({"gen", "--import-root", path("one"), "--import-root", path("two"), main}),
            kExitFine)
      << err_;
  EXPECT_EQ(run({"check", main}), kExitFindings);
  EXPECT_EQ(err_, main +
                      ":2:8: error: cannot import \"shared/b.actor\": there is no such file below "
                      "'.'; in a build, the library that has it is one of the deps\n"
                      "import \"shared/b.actor\";\n"
                      "       ^~~~~~~~~~~~~~~~\n");

  // The first root that has a file wins, also for what other files import.
  write("one/shared/a.actor", "package a;\nstruct Gone {}\n");
  EXPECT_EQ(run({"check", "--import-root", path("one"), "--import-root", path("two"), main}),
            kExitFindings);
  EXPECT_NE(err_.find(path("two") + "/shared/b.actor:3:18: error: unknown type 'a.A'"),
            std::string::npos)
      << err_;
  EXPECT_EQ(run({"check", "--import-root", path("two"), "--import-root", path("one"), main}),
            kExitFine)
      << err_;
}

TEST_F(CommandLine, PathsInOutputsAreThoseOfImports) {
  std::filesystem::create_directories(folder_ / "root/shop");
  const std::string file = write("root/shop/x.actor", "package x;\nenum E { a @0; }\n");
  EXPECT_EQ(run({"gen", "--import-root", path("root"), file}), kExitFine) << err_;
  std::ifstream source(file + ".cc");
  std::string first, second;
  std::getline(source, first);
  std::getline(source, second);
  EXPECT_EQ(second, "#include \"shop/x.actor.h\"");
  // Whichever way it is named, it is the same file.
  write("root/shop/x.actor", "package x;\nimport \"shop/x.actor\";\nenum E { a @0; }\n");
  EXPECT_EQ(run({"check", "--import-root", path("root"), path("root/../root/shop/./x.actor")}),
            kExitFindings);
  EXPECT_NE(err_.find("a file cannot import itself"), std::string::npos) << err_;
}

TEST_F(CommandLine, AFileThatIsTooLargeIsAFinding) {
  EXPECT_EQ(run({"check", write("large.actor", std::string(kFileBytesMax + 1, '\n'))}),
            kExitFindings);
}

}  // namespace
}  // namespace troupe::codegen
