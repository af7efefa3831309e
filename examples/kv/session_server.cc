// The commands about the connection and the server: what a Session answers by itself.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "examples/kv/decimal.h"
#include "examples/kv/session.h"

namespace kv {

namespace {

std::string upper(std::string_view lower) {
  std::string text(lower);
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
  return text;
}

std::string unknown_subcommand(std::string_view command, std::string_view subcommand) {
  constexpr std::size_t kShownBytesMax = 128;
  return "ERR unknown subcommand '" + std::string(subcommand.substr(0, kShownBytesMax)) +
         "'. Try " + upper(command) + " HELP.";
}

// What may be in a name: anything that a terminal shows, but no space.
bool is_name(std::string_view name) {
  return std::all_of(name.begin(), name.end(), [](char c) { return c >= '!' && c <= '~'; });
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

}  // namespace

void Session::ping(Arguments arguments) {
  if (arguments.size() > 1) return refuse_arity("ping");
  ReplyWriter& reply = pipeline_.text();
  if (subscribed()) {
    reply.array(2);
    reply.bulk("pong");
    reply.bulk(arguments.empty() ? "" : arguments[0]);
  } else if (arguments.empty()) {
    reply.simple("PONG");
  } else {
    reply.bulk(arguments[0]);
  }
  pipeline_.end_text();
}

// As Redis without passwords: there is one user, who needs none.
void Session::auth(Arguments arguments) {
  if (arguments.size() > 2) return error("ERR syntax error");
  if (arguments.size() == 1) {
    return error(
        "ERR AUTH <password> called without any password configured for the default user. Are "
        "you sure your configuration is correct?");
  }
  if (arguments[0] == "default") return ok();
  error("WRONGPASS invalid username-password pair or user is disabled.");
}

void Session::select(std::string_view index) {
  std::int64_t number = 0;
  if (!read_number(index, number)) return;
  if (number < INT32_MIN || number > INT32_MAX) {
    return error("ERR value is out of range, value must between -2147483648 and 2147483647");
  }
  if (number != 0) return error("ERR DB index is out of range");
  ok();
}

void Session::reset() {
  if (subscribed()) {
    for (const std::string& channel : channels_) {
      Operation leave;
      leave.code = OperationCode::kUnsubscribe;
      leave.key.text = channel;
      pipeline_.add(leave);
      // Nothing is said of it: an empty text, once it is done.
      pipeline_.end_confirmed_text();
    }
    names_subscriber_ = true;
    channels_.clear();
  }
  name_.clear();
  pipeline_.text().simple("RESET");
  pipeline_.end_text();
}

bool Session::set_name(std::string_view name) {
  if (name.size() > kClientNameBytesMax || !is_name(name)) {
    error("ERR Client names cannot contain spaces, newlines or special characters.");
    return false;
  }
  name_ = name;
  return true;
}

void Session::client(Arguments arguments) {
  const std::string_view what = arguments[0];
  const auto refuse = [&](std::string_view subcommand) {
    refuse_arity("client|" + std::string(subcommand));
  };
  if (equals_ignoring_case(what, "setname")) {
    if (arguments.size() != 2) return refuse("setname");
    if (set_name(arguments[1])) ok();
  } else if (equals_ignoring_case(what, "getname")) {
    if (arguments.size() != 1) return refuse("getname");
    if (name_.empty()) {
      pipeline_.text().null();
    } else {
      pipeline_.text().bulk(name_);
    }
    pipeline_.end_text();
  } else if (equals_ignoring_case(what, "setinfo")) {
    if (arguments.size() != 3) return refuse("setinfo");
    const bool known = equals_ignoring_case(arguments[1], "lib-name") ||
                       equals_ignoring_case(arguments[1], "lib-ver");
    if (!known) return error("ERR Unrecognized option '" + std::string(arguments[1]) + "'");
    if (!is_name(arguments[2])) {
      return error("ERR " + std::string(arguments[1]) +
                   " cannot contain spaces, newlines or special characters.");
    }
    ok();  // nobody asks for it
  } else if (equals_ignoring_case(what, "id")) {
    if (arguments.size() != 1) return refuse("id");
    pipeline_.text().integer(id_);
    pipeline_.end_text();
  } else {
    error(unknown_subcommand("client", what));
  }
}

void Session::config(Arguments arguments) {
  if (!equals_ignoring_case(arguments[0], "get")) {
    return error(unknown_subcommand("config", arguments[0]));
  }
  if (arguments.size() < 2) return refuse_arity("config|get");
  info_->write_config(&arguments[1], arguments.size() - 1, pipeline_.text());
  pipeline_.end_text();
}

void Session::hello(Arguments arguments) {
  if (!arguments.empty()) {
    std::int64_t version = 0;
    if (!read_integer(arguments[0], version)) {
      return error("ERR Protocol version is not an integer or out of range");
    }
    if (version != 2) return error("NOPROTO unsupported protocol version");
    for (std::size_t i = 1; i < arguments.size(); ++i) {
      if (!equals_ignoring_case(arguments[i], "setname") || i + 1 == arguments.size()) {
        return error("ERR Syntax error in HELLO option '" + std::string(arguments[i]) + "'");
      }
      if (!set_name(arguments[++i])) return;
    }
  }
  ReplyWriter& reply = pipeline_.text();
  reply.array(14);
  reply.bulk("server");
  reply.bulk("redis");
  reply.bulk("version");
  reply.bulk(kRedisVersion);
  reply.bulk("proto");
  reply.integer(2);
  reply.bulk("id");
  reply.integer(id_);
  reply.bulk("mode");
  reply.bulk("standalone");
  reply.bulk("role");
  reply.bulk("master");
  reply.bulk("modules");
  reply.array(0);
  pipeline_.end_text();
}

// COMMAND: what tools ask for at their start. Of DOCS and INFO a few commands, or all.
void Session::command(Arguments arguments) {
  ReplyWriter& reply = pipeline_.text();
  const Arguments names = arguments.empty() ? arguments : arguments.subspan(1);
  if (arguments.empty() || (equals_ignoring_case(arguments[0], "info") && names.empty())) {
    reply.array(all_commands().size());
    for (const Command& command : all_commands()) describe_command(command);
  } else if (equals_ignoring_case(arguments[0], "info")) {
    reply.array(names.size());
    for (const std::string_view name : names) {
      const Command* command = find_command(name);
      if (command != nullptr) {
        describe_command(*command);
      } else {
        reply.null();
      }
    }
  } else if (equals_ignoring_case(arguments[0], "count")) {
    if (!names.empty()) return refuse_arity("command|count");
    reply.integer(static_cast<std::int64_t>(all_commands().size()));
  } else if (equals_ignoring_case(arguments[0], "docs") && names.empty()) {
    reply.array(2 * all_commands().size());
    for (const Command& command : all_commands()) describe_help(command);
  } else if (equals_ignoring_case(arguments[0], "docs")) {
    const auto known = [](std::string_view name) { return find_command(name) != nullptr; };
    const auto count = std::count_if(names.begin(), names.end(), known);
    reply.array(2 * static_cast<std::size_t>(count));
    for (const std::string_view name : names) {
      if (known(name)) describe_help(*find_command(name));
    }
  } else {
    return error(unknown_subcommand("command", arguments[0]));
  }
  pipeline_.end_text();
}

void Session::describe_command(const Command& command) {
  ReplyWriter& reply = pipeline_.text();
  reply.array(10);
  reply.bulk(command.name);
  reply.integer(command.arity);
  const std::vector<std::string_view> flags = words_of(command.flags);
  reply.array(flags.size());
  for (const std::string_view flag : flags) reply.simple(flag);
  reply.integer(command.first_key);
  reply.integer(command.last_key);
  reply.integer(command.key_step);
  // Access categories, tips, key specifications, subcommands: none.
  for (int i = 0; i < 4; ++i) reply.array(0);
}

void Session::describe_help(const Command& command) {
  ReplyWriter& reply = pipeline_.text();
  reply.bulk(command.name);
  reply.array(6);
  reply.bulk("summary");
  reply.bulk(command.summary);
  reply.bulk("since");
  reply.bulk("1.0.0");
  reply.bulk("group");
  reply.bulk(command.group);
}

}  // namespace kv
