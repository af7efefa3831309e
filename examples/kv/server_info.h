// ServerInfo: what the server tells of itself: INFO, HELLO, CONFIG GET.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"
#include "examples/kv/operation.h"
#include "examples/kv/resp_writer.h"

namespace kv {

/// The version of Redis whose replies and errors these are: clients choose what they send by it.
inline constexpr std::string_view kRedisVersion = "7.0.0";

/// Facts that connections show to clients. Each core has one; the server keeps it up to date.
struct ServerInfo {
  std::uint16_t port = 6379;
  std::uint64_t clients = 0;  ///< Connected now.
  std::uint64_t clients_max = 10'000;
  std::uint64_t idle_seconds_max = 0;  ///< Then a client is closed; 0: never.
  std::uint64_t memory_bytes_max = 0;  ///< Of all shards.
  troupe::Duration uptime{};

  /// The text of INFO. `section` empty: all of them.
  std::string describe(std::string_view section, const Statistics& sum) const;
  /// The reply to CONFIG GET: names and values of the options that one of `patterns` names ("*" all
  /// of them), the more exact forms of globs are not known.
  void write_config(const std::string_view* patterns, std::size_t count, ReplyWriter& reply) const;
};

}  // namespace kv
