// How libFuzzer changes inputs made of words: half the time what a pointer or a tag says by a
// little, so that the edges of objects are tried; otherwise as it always does.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>

#include "base/random.h"
#include "protocols/frame.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned seed) {
  using troupe::protocols::Word;
  troupe::Random random(seed);
  const std::size_t words = size / sizeof(Word);
  if (words == 0 || random.one_in(2)) return LLVMFuzzerMutate(data, size, max_size);
  std::uint8_t* at = data + random.below(words) * sizeof(Word);
  Word word;
  std::memcpy(&word, at, sizeof(word));
  // The lowest bits of the kind, of an offset or a tag's number, of both sizes of a struct, and of
  // the number of a list's elements.
  constexpr unsigned kFields[] = {0, 2, 32, 48, 35};
  const Word one = Word{1} << kFields[random.below(std::size(kFields))];
  switch (random.below(4)) {
    case 0:
      word += one;
      break;
    case 1:
      word -= one;
      break;
    case 2:
      word ^= Word{1} << random.below(64);
      break;
    default:
      std::memcpy(&word, data + random.below(words) * sizeof(Word), sizeof(word));
  }
  std::memcpy(at, &word, sizeof(word));
  return size;
}
