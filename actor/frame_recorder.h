// FrameRecorder: writes the frames of a run to files that the stock capnp command decodes.
#pragma once

#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "actor/node.h"
#include "base/result.h"

namespace troupe {

/// Give it to NodeOptions::observer. Each core writes to files of its own in `folder`:
///   core-N.txt          one line a frame: time, type, message, target, bytes
///   core-N.TYPE         the payloads of all frames of one struct, e.g.
///   core-1.bank.Account.Deposit, as
///                       a stream of Cap'n Proto messages:
///                       capnp decode --quiet -I. bank.actor.capnp Account.Deposit
///                       <core-1.bank.Account.Deposit
/// Writes as it goes, blocking: a tool for looking, not for production.
class FrameRecorder final : public FrameObserver {
 public:
  FrameRecorder(std::string folder, unsigned cores);
  ~FrameRecorder() override;

  /// Makes the folder, and the first file of each core in it. Call before the run. Errors: kIo
  /// with the errno; then nothing is recorded.
  Status open();
  /// Ok, or the first error in writing. Call after the run.
  Status close();

  void frame(std::uint16_t core, Time at, const protocols::Frame& frame) override;

 private:
  // Of one core; touched by nobody else during the run.
  struct CoreFiles {
    std::FILE* index = nullptr;
    std::map<std::string, std::FILE*> payloads;
    int error = 0;
  };
  std::FILE* open_file(const std::string& name, CoreFiles& files);

  std::string folder_;
  std::vector<CoreFiles> cores_;
};

/// One line about a frame, without addresses in memory: what a simulation's trace is made of.
std::string describe_frame(std::uint16_t core, Time at, const protocols::Frame& frame);

/// The struct that a frame's payload is, e.g. "bank.Account.DepositReply"; empty if it has none.
std::string payload_type(const protocols::Frame& frame);

}  // namespace troupe
