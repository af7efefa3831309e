#include "actor/frame_recorder.h"

#include <cerrno>
#include <cinttypes>
#include <filesystem>
#include <system_error>

namespace troupe {

using protocols::Frame;
using protocols::FrameType;
using protocols::Word;

namespace {

const char* type_name(FrameType type) {
  switch (type) {
    case FrameType::kTell:
      return "tell";
    case FrameType::kAsk:
      return "ask";
    case FrameType::kReply:
      return "reply";
    case FrameType::kDenial:
      return "denial";
    case FrameType::kFailure:
      return "failure";
    case FrameType::kStop:
      return "stop";
    case FrameType::kStopAfterQueued:
      return "stop_after_queued";
    case FrameType::kWatch:
      return "watch";
    case FrameType::kUnwatch:
      return "unwatch";
    case FrameType::kDown:
      return "down";
    case FrameType::kKill:
      return "kill";
    case FrameType::kAwaitEnd:
      return "await_end";
  }
  return "unknown";
}

// "deposit_all" -> "DepositAll", as actorc names the struct of a message.
std::string struct_name(const char* message) {
  std::string name;
  bool upper = true;
  for (const char* at = message; *at != 0; ++at) {
    if (*at == '_') {
      upper = true;
    } else {
      name += upper && *at >= 'a' && *at <= 'z' ? static_cast<char>(*at - 'a' + 'A') : *at;
      upper = false;
    }
  }
  return name;
}

std::string prefix_of(std::size_t core) { return "core-" + std::to_string(core) + "."; }

}  // namespace

std::string payload_type(const Frame& frame) {
  switch (frame.header.type) {
    case FrameType::kDenial:
      return "troupe.Denial";
    case FrameType::kFailure:
      return "troupe.Failure";
    case FrameType::kWatch:
    case FrameType::kUnwatch:
      return "control.Watch";
    case FrameType::kDown:
      return "control.Down";
    case FrameType::kStop:
    case FrameType::kStopAfterQueued:
    case FrameType::kKill:
    case FrameType::kAwaitEnd:
      return {};
    case FrameType::kTell:
    case FrameType::kAsk:
    case FrameType::kReply: {
      if (frame.header.protocol == 0) return "control.Down";  // the answer to kAwaitEnd
      const ActorType* type = ActorTypeRegistration::find(frame.header.protocol);
      const char* kind = type != nullptr ? type->kind_name(frame.header.kind) : nullptr;
      if (kind == nullptr) return {};
      return std::string(type->name) + "." + struct_name(kind) +
             (frame.header.type == FrameType::kReply ? "Reply" : "");
    }
  }
  return {};
}

std::string describe_frame(std::uint16_t core, Time at, const Frame& frame) {
  char head[160];
  std::snprintf(head, sizeof(head), "%" PRId64 " core %u <- %u %s slot %u.%u ",
                static_cast<std::int64_t>(at.time_since_epoch().count()), core,
                frame.header.source_core, type_name(frame.header.type), frame.header.slot,
                frame.header.incarnation);
  std::string line(head);
  if (frame.has(protocols::frame_flag::kKeyed)) {
    line += "key '" + std::string(frame.key_text(), frame.key().key_bytes) + "' ";
  }
  line += payload_type(frame);
  const auto* words = frame.payload();
  for (std::size_t i = 0; i < frame.payload_words(); ++i) {
    char word[20];
    std::snprintf(word, sizeof(word), " %" PRIx64, words[i]);
    line += word;
  }
  return line;
}

FrameRecorder::FrameRecorder(std::string folder, unsigned cores)
    : folder_(std::move(folder)), cores_(cores) {}

FrameRecorder::~FrameRecorder() { (void)close(); }

Status FrameRecorder::open() {
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  if (error) {
    return Error(Code::kIo, static_cast<std::uint64_t>(error.value()), "the folder for frames");
  }
  for (std::size_t core = 0; core < cores_.size(); ++core) {
    CoreFiles& files = cores_[core];
    files.index = open_file(prefix_of(core) + "txt", files);
    if (files.index != nullptr) continue;
    const Error refused(Code::kIo, static_cast<std::uint64_t>(files.error),
                        "a file in the folder for frames");
    (void)close();
    return refused;
  }
  return ok();
}

Status FrameRecorder::close() {
  int error = 0;
  for (CoreFiles& files : cores_) {
    if (error == 0) error = files.error;
    if (files.index != nullptr && std::fclose(files.index) != 0 && error == 0) error = errno;
    for (auto& [name, file] : files.payloads) {
      if (file != nullptr && std::fclose(file) != 0 && error == 0) error = errno;
    }
    files = CoreFiles{};
  }
  if (error != 0) return Error(Code::kIo, static_cast<std::uint64_t>(error), "a file of frames");
  return ok();
}

std::FILE* FrameRecorder::open_file(const std::string& name, CoreFiles& files) {
  std::FILE* file = std::fopen((folder_ + "/" + name).c_str(), "wb");
  if (file == nullptr && files.error == 0) files.error = errno;
  return file;
}

void FrameRecorder::frame(std::uint16_t core, Time at, const Frame& frame) {
  CoreFiles& files = cores_[core];
  if (files.index == nullptr) return;
  const std::string line = describe_frame(core, at, frame) + "\n";
  if (std::fwrite(line.data(), 1, line.size(), files.index) != line.size()) files.error = errno;

  const std::string type = payload_type(frame);
  if (type.empty()) return;
  auto [entry, is_new] = files.payloads.try_emplace(type, nullptr);
  if (is_new) entry->second = open_file(prefix_of(core) + type, files);
  if (entry->second == nullptr) return;
  // A stream message of one segment: count less one, words, then the segment as it lies in memory.
  const std::uint32_t table[2] = {0, static_cast<std::uint32_t>(frame.payload_words())};
  if (std::fwrite(table, sizeof(table), 1, entry->second) != 1 ||
      std::fwrite(frame.payload(), sizeof(Word), frame.payload_words(), entry->second) !=
          frame.payload_words()) {
    files.error = errno;
  }
}

}  // namespace troupe
