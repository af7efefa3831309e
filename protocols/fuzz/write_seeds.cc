// Writes what fuzzing starts from: frames of every type with orders in them, and orders in several
// segments. usage: write_seeds FOLDER, where frame_fuzz and flatten_fuzz are.
#include "base/capnp_compat.h"  // before any header of the library

#include <capnp/serialize.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/check.h"
#include "protocols/frame.h"
#include "protocols/key_hash.h"
#include "protocols/test_orders.h"
#include "protocols/test_schema.h"

namespace troupe::protocols {
namespace {

constexpr unsigned kSeeds = 6;  // of each kind
constexpr std::string_view kKey = "alice";
constexpr std::uint64_t kType = 1;

void write(const std::filesystem::path& path, const void* bytes, std::size_t size) {
  std::ofstream file(path, std::ios::binary);
  file.write(static_cast<const char*>(bytes), static_cast<std::streamsize>(size));
  TROUPE_CHECK(file.good(), "%s cannot be written", path.c_str());
}

std::vector<Word> parts_of(FrameType type, std::uint8_t flags) {
  std::vector<Word> parts;
  if (type == FrameType::kAsk || type == FrameType::kAwaitEnd)
    parts.resize(sizeof(AskPart) / sizeof(Word), 1);
  if (type >= FrameType::kReply && type <= FrameType::kFailure) parts.resize(1, 1);
  if ((flags & frame_flag::kKeyed) != 0) {
    const KeyPart key{kType, 1, shard_of(kType, kKey.data(), kKey.size()),
                      static_cast<std::uint16_t>(kKey.size())};
    const std::size_t at = parts.size();
    parts.resize(at + sizeof(key) / sizeof(Word) + words_for(kKey.size()), 0);
    std::memcpy(&parts[at], &key, sizeof(key));
    std::memcpy(&parts[at + sizeof(key) / sizeof(Word)], kKey.data(), kKey.size());
  }
  if ((flags & frame_flag::kTraced) != 0) parts.resize(parts.size() + kTracePartWords, 1);
  return parts;
}

void write_frame(const std::filesystem::path& path, FrameType type, std::uint8_t flags,
                 unsigned kind, std::span<const Word> payload) {
  const std::vector<Word> parts = parts_of(type, flags);
  FrameHeader header{};
  header.bytes =
      static_cast<std::uint32_t>(sizeof(header) + sizeof(Word) * (parts.size() + payload.size()));
  header.kind = static_cast<std::uint16_t>(kind);
  header.type = type;
  header.flags = flags;
  header.version = kWireVersion;
  header.part_words = static_cast<std::uint8_t>(parts.size());
  std::vector<Word> words(sizeof(header) / sizeof(Word));
  std::memcpy(words.data(), &header, sizeof(header));
  words.insert(words.end(), parts.begin(), parts.end());
  words.insert(words.end(), payload.begin(), payload.end());
  write(path, words.data(), words.size() * sizeof(Word));
}

void write_orders(const std::filesystem::path& folder, unsigned kind) {
  const auto schema = test_orders::schema_of(test_orders::kStructures[kind]);
  for (unsigned seed = 0; seed < kSeeds; ++seed) {
    const std::string name = std::to_string(kind) + "-" + std::to_string(seed);
    // Three of the four levels are used already, so that seeds stay small.
    LibraryMessage message;
    test_orders::Filler(seed).fill(message.root(schema), 2);
    const auto type = static_cast<FrameType>(seed % 3);
    constexpr std::uint8_t kFlags[] = {0, frame_flag::kKeyed,
                                       frame_flag::kKeyed | frame_flag::kTraced};
    const std::uint8_t flags = type == FrameType::kReply ? 0 : kFlags[(kind + seed) % 3];
    write_frame(folder / "frame_fuzz" / ("order-" + name), type, flags, kind, message.words());

    constexpr unsigned kSegmentWords = 8;
    capnp::MallocMessageBuilder several(kSegmentWords, capnp::AllocationStrategy::FIXED_SIZE);
    test_orders::Filler(seed).fill(several.initRoot<capnp::DynamicStruct>(schema), 2);
    const auto bytes = capnp::messageToFlatArray(several);
    write(folder / "flatten_fuzz" / ("order-" + name), bytes.begin(), bytes.size() * sizeof(Word));
  }
}

}  // namespace
}  // namespace troupe::protocols

int main(int argc, char** argv) {
  using namespace troupe::protocols;  // NOLINT(google-build-using-namespace): within one function
  if (argc != 2) {
    std::fprintf(stderr, "usage: write_seeds FOLDER\n");
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  for (unsigned kind = 0; kind < std::size(test_orders::kStructures); ++kind) {
    write_orders(folder, kind);
  }
  const std::vector<Word> none;
  const std::vector<Word> empty = {0};
  for (unsigned type = 0; type <= static_cast<unsigned>(FrameType::kAwaitEnd); ++type) {
    const auto frame_type = static_cast<FrameType>(type);
    const bool stops = frame_type == FrameType::kStop || frame_type == FrameType::kStopAfterQueued;
    const bool bare = stops || frame_type == FrameType::kKill || frame_type == FrameType::kAwaitEnd;
    const std::uint8_t flags = stops ? frame_flag::kKeyed : 0;
    write_frame(folder / "frame_fuzz" / ("type-" + std::to_string(type)), frame_type, flags, 0,
                bare ? none : empty);
  }
  return 0;
}
