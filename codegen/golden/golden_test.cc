// Generated files and error messages are reviewed like code: what actorc makes of golden/ must be
// what is checked in there. codegen/golden/update.sh rewrites it.
#include <gtest/gtest.h>

#include "codegen/diagnostics.h"
#include "codegen/emitters.h"
#include "codegen/golden/golden_support.h"
#include "codegen/pipeline.h"
#include "codegen/source.h"

namespace troupe::codegen {
namespace {

TEST(Golden, GoodContractsGenerateWhatIsCheckedIn) {
  const std::vector<std::string> paths = golden_contracts("good");
  EXPECT_GE(paths.size(), 3u);
  for (const std::string& path : paths) {
    const Source source(path, golden_text(path));
    Diagnostics diagnostics;
    const auto contract = compile(source, {}, diagnostics);
    ASSERT_NE(contract, nullptr) << diagnostics.print(source);
    for (const Emitter& emitter : emitters()) {
      if (emitter.name == "ir") continue;  // ir_text is the same for people
      for (const Output& output : emitter.emit(contract->ir())) {
        const std::string expected = path + std::string(output.suffix);
        EXPECT_EQ(golden_text(expected), output.content) << expected;
      }
    }
  }
}

TEST(Golden, BadContractsSayWhatIsCheckedIn) {
  const std::vector<std::string> paths = golden_contracts("bad");
  EXPECT_GE(paths.size(), 12u);
  for (const std::string& path : paths) {
    const Source source(path, golden_text(path));
    Diagnostics diagnostics;
    EXPECT_EQ(compile(source, {}, diagnostics), nullptr) << path;
    const std::string expected = path.substr(0, path.rfind('.')) + ".err";
    EXPECT_EQ(golden_text(expected), diagnostics.print(source)) << expected;
  }
}

}  // namespace
}  // namespace troupe::codegen
