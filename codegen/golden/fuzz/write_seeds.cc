// Writes what fuzzing starts from: random values of every message, valid, one a file.
#include <rapidcheck.h>

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "actor/actor.h"
#include "codegen/golden/drawn_values.h"
#include "codegen/golden/fuzz/messages.h"
#include "codegen/golden/golden_descriptions.h"

namespace troupe {
namespace {

/// A message whose first pointer is a struct or a list of them, as most of those that are fuzzed.
template <class S>
std::string payload_of(const S& value, bool as_list) {
  const std::vector<S> all = {value, value};
  const List<S> list(all);
  std::vector<protocols::Word> words(3 + value.words() + (as_list ? list.words() : 0));
  protocols::MessageWriter message(words.data());
  auto root = message.root(0, 2);
  value.write_to(root.structure(0, S::kSize.data_words, S::kSize.pointer_count));
  if (as_list) list.write_to(root, 1);
  return {reinterpret_cast<const char*>(words.data()), words.size() * sizeof(protocols::Word)};
}

class Seeds {
 public:
  explicit Seeds(std::string folder) : folder_(std::move(folder)) {}

  template <class S>
  void write(unsigned message, bool as_list) {
    rc::check([&] {
      Drawing drawing;
      content_ = payload_of(drawing.draw<S>(), as_list);
    });
    const std::string name = folder_ + "/seed_" + std::to_string(message);
    std::ofstream file(name, std::ios::binary);
    file << static_cast<char>(message) << content_;
    std::printf("%s, %zu bytes\n", name.c_str(), content_.size() + 1);
  }

 private:
  std::string folder_;
  /// The last value that was drawn: the largest.
  std::string content_;
};

}  // namespace
}  // namespace troupe

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
    return 2;
  }
  troupe::Seeds seeds(argv[1]);
  // By place in kFuzzedMessages.
  seeds.write<test::all_types::Sample>(0, false);
  seeds.write<test::lists::Album>(1, true);
  seeds.write<test::options::Profile>(4, false);
  seeds.write<test::defaults::Wrapper>(7, false);
  seeds.write<test::replies::Guest>(8, false);
  seeds.write<shop::Order>(9, false);
  seeds.write<test::v3::Document>(10, false);
  return 0;
}
