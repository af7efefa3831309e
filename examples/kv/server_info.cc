#include "examples/kv/server_info.h"

#include <chrono>
#include <iterator>

#include "examples/kv/command.h"

namespace kv {

namespace {

/// Builds the text of INFO, section by section.
class Sections {
 public:
  explicit Sections(std::string_view wanted) : wanted_(wanted) {}

  /// Whether the section is wanted; `title` begins it then.
  bool begin(std::string_view name, std::string_view title) {
    const bool all = wanted_.empty() || equals_ignoring_case(wanted_, "all") ||
                     equals_ignoring_case(wanted_, "default") ||
                     equals_ignoring_case(wanted_, "everything");
    if (!all && !equals_ignoring_case(wanted_, name)) return false;
    if (!text_.empty()) text_ += "\r\n";
    text_.append("# ").append(title).append("\r\n");
    return true;
  }
  void line(std::string_view name, std::string_view value) {
    text_.append(name).append(":").append(value).append("\r\n");
  }
  void line(std::string_view name, std::uint64_t value) { line(name, std::to_string(value)); }
  std::string take() { return std::move(text_); }

 private:
  std::string_view wanted_;
  std::string text_;
};

}  // namespace

std::string ServerInfo::describe(std::string_view section, const Statistics& sum) const {
  Sections sections(section);
  if (sections.begin("server", "Server")) {
    sections.line("redis_version", kRedisVersion);
    sections.line("redis_mode", "standalone");
    sections.line("os", "Linux");
    sections.line("arch_bits", 64);
    sections.line("tcp_port", port);
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(uptime).count();
    sections.line("uptime_in_seconds", static_cast<std::uint64_t>(seconds));
  }
  if (sections.begin("clients", "Clients")) {
    sections.line("connected_clients", clients);
    sections.line("maxclients", clients_max);
  }
  if (sections.begin("memory", "Memory")) {
    sections.line("used_memory", sum.bytes);
    sections.line("maxmemory", sum.bytes_max);
    sections.line("maxmemory_policy", "noeviction");
  }
  if (sections.begin("stats", "Stats")) {
    sections.line("total_operations_processed", sum.operations);
    sections.line("expired_keys", sum.expired);
    sections.line("keyspace_hits", sum.hits);
    sections.line("keyspace_misses", sum.misses);
    sections.line("pubsub_channels", sum.channels);
  }
  if (sections.begin("replication", "Replication")) {
    sections.line("role", "master");
    sections.line("connected_slaves", 0);
  }
  if (sections.begin("keyspace", "Keyspace") && sum.keys != 0) {
    sections.line("db0", "keys=" + std::to_string(sum.keys) +
                             ",expires=" + std::to_string(sum.expiring) + ",avg_ttl=0");
  }
  return sections.take();
}

void ServerInfo::write_config(const std::string_view* patterns, std::size_t count,
                              ReplyWriter& reply) const {
  struct Option {
    std::string_view name;
    std::string value;
  };
  const Option options[] = {
      {"appendonly", "no"},
      {"databases", "1"},
      {"maxclients", std::to_string(clients_max)},
      {"maxmemory", std::to_string(memory_bytes_max)},
      {"maxmemory-policy", "noeviction"},
      {"port", std::to_string(port)},
      {"save", ""},
      {"timeout", std::to_string(idle_seconds_max)},
  };
  const auto wanted = [&](const Option& option) {
    for (std::size_t i = 0; i < count; ++i) {
      if (patterns[i] == "*" || equals_ignoring_case(patterns[i], option.name)) return true;
    }
    return false;
  };
  std::size_t found = 0;
  for (const Option& option : options) found += wanted(option) ? 1 : 0;
  reply.array(2 * found);
  for (const Option& option : options) {
    if (!wanted(option)) continue;
    reply.bulk(option.name);
    reply.bulk(option.value);
  }
}

}  // namespace kv
