// The worked example of README.md, and a check that it is word for word what is compiled here.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <variant>

#include "base/combine.h"
#include "io/sleep.h"
#include "io/testing_reactor.h"

namespace troupe {
namespace {

using namespace std::chrono_literals;

Task<Result<std::string>> answer_after(Duration delay, std::string text) {
  const Status slept = co_await sleep_for(delay);
  if (!slept) co_return slept.error();  // Cancelled: the other one was faster.
  co_return text;
}

Task<void> hedge() {
  auto winner = co_await first_of(answer_after(3h, "slow"), answer_after(20ms, "fast"));
  EXPECT_EQ(std::get<1>(winner).value(), "fast");
}

TEST(Readme, HedgesInVirtualTime) {
  const Status ended = io::run_simulated([](Strand&) { return hedge(); });
  EXPECT_TRUE(ended.ok());
}

std::string text_of(const char* path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(Readme, ShowsWhatIsCompiled) {
  const std::string readme = text_of("io/README.md");
  const std::size_t begin = readme.find("```cpp\n") + 7;
  const std::string example = readme.substr(begin, readme.find("```", begin) - begin);
  ASSERT_GT(example.size(), 100u);
  EXPECT_NE(text_of("io/readme_test.cc").find(example), std::string::npos);
}

}  // namespace
}  // namespace troupe
