// Session: what a connection knows of its client, and what its commands mean.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "examples/kv/command.h"
#include "examples/kv/pipeline.h"
#include "examples/kv/resp_parser.h"
#include "examples/kv/server_info.h"

namespace kv {

/// Channels that one client listens to at once, and the bytes of a channel's name: session and
/// shard keep it three times.
inline constexpr std::size_t kChannelsPerClientMax = 1024;
inline constexpr std::size_t kChannelBytesMax = 256;
inline constexpr std::size_t kClientNameBytesMax = 256;

enum class ReadOutcome : std::uint8_t {
  kNeedMore,  ///< All whole commands of the buffer are in the pipeline.
  kFull,      ///< So many that they are to be served first; then read on.
  kClose,     ///< Serve the pipeline, send its replies, and close: QUIT, or a protocol error.
};

/// Takes a client's bytes, checks its commands and puts them into its pipeline. Knows no socket and
/// no actor: a connection gives it what it received, has the shards serve the pipeline (serve.h),
/// and sends what comes out. Thread: the connection's core. `info` outlives it.
class Session {
 public:
  Session(const ServerInfo* info, KeyHasher hasher, unsigned shards, std::int64_t id,
          RequestLimits limits = {})
      : info_(info), id_(id), parser_(limits), pipeline_(hasher, shards) {}

  /// Reads commands from the front of `received`; consumed() of it is done with afterwards. Only
  /// with an empty pipeline.
  ReadOutcome read(std::string_view received);
  std::size_t consumed() const { return consumed_; }
  /// As RequestParser::needed(), after kNeedMore.
  std::size_t needed() const { return parser_.needed(); }

  Pipeline& pipeline() { return pipeline_; }
  const ServerInfo& info() const { return *info_; }
  /// Whether the pipeline subscribes or unsubscribes: its asks then say who.
  bool names_subscriber() const { return names_subscriber_; }
  /// Such a client waits for what others publish: no idle time ends it.
  bool subscribed() const { return !channels_.empty(); }
  bool listens_to(std::string_view channel) const { return channels_.contains(channel); }
  const std::string& name() const { return name_; }

  /// Gives back the memory that the next command may do without. Only with an empty pipeline.
  void release_memory() {
    parser_.release_memory();
    pipeline_.release_memory();
  }

 private:
  using Arguments = std::span<const std::string_view>;

  void plan(Arguments arguments);
  void dispatch(CommandId id, Arguments arguments);
  void refuse_unknown(Arguments arguments);
  void refuse_arity(std::string_view name);
  void error(std::string_view text);
  void ok();

  // Commands of one key, and of several (session_keys.cc).
  void plan_one(OperationCode code, std::string_view key, std::uint8_t flags = 0);
  void plan_each(OperationCode code, Arguments keys, Merge merge);
  void plan_all(OperationCode code, Merge merge);
  void plan_set(Arguments arguments);
  void plan_set_after(Arguments arguments, bool seconds);
  void plan_mget(Arguments keys);
  void plan_mset(Arguments arguments);
  void plan_add(std::string_view key, std::string_view amount, bool subtract);
  void plan_expire(Arguments arguments, bool seconds);
  void plan_flush(Arguments arguments);
  bool read_number(std::string_view text, std::int64_t& number);
  bool read_expiry(std::string_view text, bool seconds, std::string_view command,
                   std::int64_t& milliseconds);

  // Commands about the connection and the server (session_server.cc).
  void auth(Arguments arguments);
  void client(Arguments arguments);
  void command(Arguments arguments);
  void describe_command(const Command& command);
  void describe_help(const Command& command);
  void config(Arguments arguments);
  void hello(Arguments arguments);
  void ping(Arguments arguments);
  void reset();
  void select(std::string_view index);
  bool set_name(std::string_view name);

  // Channels (session_channels.cc).
  void subscribe(Arguments channels);
  void unsubscribe(Arguments channels);
  void unsubscribe_from(std::string channel);
  void publish(std::string_view channel, std::string_view message);

  const ServerInfo* info_;
  std::int64_t id_;
  RequestParser parser_;
  Pipeline pipeline_;
  std::size_t consumed_ = 0;
  bool closing_ = false;
  bool names_subscriber_ = false;
  std::string name_;
  std::set<std::string, std::less<>> channels_;
};

}  // namespace kv
