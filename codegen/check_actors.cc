#include "codegen/check_actors.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "codegen/limits.h"
#include "codegen/resolver.h"
#include "codegen/suggest.h"

namespace troupe::codegen {
namespace {

std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

class ActorChecker {
 public:
  ActorChecker(const Symbols& symbols, Diagnostics& diagnostics)
      : resolver_(symbols, diagnostics), diagnostics_(diagnostics) {}

  void check(const ActorNode& actor);

 private:
  void check_key(const FieldList& key);
  void check_mailbox(const MailboxNode& mailbox);
  void check_setting(const MailboxSetting& setting);
  void check_amount(const MailboxSetting& setting, std::uint64_t min, std::uint64_t max,
                    std::string_view unit);
  void check_reentrancy(const ActorNode& actor);
  void check_message(const MessageNode& message);
  void check_suffixes(const MessageNode& message);
  void check_denies(const Path& path);

  Resolver resolver_;
  Diagnostics& diagnostics_;
};

void ActorChecker::check(const ActorNode& actor) {
  if (actor.key) check_key(*actor.key);
  for (std::size_t index = 1; index < actor.watches.size(); ++index) {
    diagnostics_.error(actor.watches[index], "'watches' is said once")
        .note(actor.watches.front(), "first said here");
  }
  for (std::size_t index = 0; index < actor.mailboxes.size(); ++index) {
    if (index == 0) {
      check_mailbox(actor.mailboxes[index]);
      continue;
    }
    diagnostics_.error(actor.mailboxes[index].keyword, "an actor has one mailbox")
        .note(actor.mailboxes.front().keyword, "it is described here");
  }
  check_reentrancy(actor);
  for (const MessageNode& message : actor.messages) check_message(message);
}

void ActorChecker::check_key(const FieldList& key) {
  if (key.fields.size() != 1) {
    diagnostics_.error(key.span, "a key is exactly one parameter, such as 'key (id: text)'");
    return;
  }
  constexpr std::string_view kKeyTypes[] = {"text", "bytes", "u64", "i64"};
  const TypeNode& type = key.fields.front().type;
  const bool is_allowed =
      !type.has_argument() && std::ranges::find(kKeyTypes, type.word()) != std::end(kKeyTypes);
  if (is_allowed) return;
  diagnostics_.error(type.span, "a key is of type text, bytes, u64 or i64")
      .suggest(nearest(type.word(), kKeyTypes));
}

void ActorChecker::check_mailbox(const MailboxNode& mailbox) {
  std::map<std::string_view, Span> seen;
  for (const MailboxSetting& setting : mailbox.settings) {
    const auto [place, is_new] = seen.emplace(setting.name.text, setting.name.span);
    if (!is_new) {
      diagnostics_.error(setting.name.span, quoted(setting.name.text) + " is said twice")
          .note(place->second, "first said here");
    }
    check_setting(setting);
  }
  if (!seen.contains("capacity")) {
    diagnostics_.error(mailbox.keyword,
                       "a mailbox says its capacity, such as 'mailbox capacity 1024;'");
  }
}

void ActorChecker::check_setting(const MailboxSetting& setting) {
  if (setting.name.text == "capacity") {
    return check_amount(setting, kMailboxMessagesMin, kMailboxMessagesMax, "messages");
  }
  if (setting.name.text == "bytes") {
    return check_amount(setting, kMailboxBytesMin, kMailboxBytesMax, "bytes");
  }
  if (setting.name.text != "overflow") {
    constexpr std::string_view kSettings[] = {"capacity", "bytes", "overflow"};
    diagnostics_
        .error(setting.name.span,
               "expected 'capacity', 'bytes' or 'overflow' but found " + quoted(setting.name.text))
        .suggest(nearest(setting.name.text, kSettings));
    return;
  }
  constexpr std::string_view kPolicies[] = {"reject", "drop_oldest"};
  const Span span = setting.word ? setting.word->span : setting.number->span;
  const std::string_view policy = setting.word ? setting.word->text : "";
  if (std::ranges::find(kPolicies, policy) != std::end(kPolicies)) return;
  diagnostics_.error(span, "a mailbox that overflows does 'reject' or 'drop_oldest'")
      .suggest(nearest(policy, kPolicies));
}

void ActorChecker::check_amount(const MailboxSetting& setting, std::uint64_t min, std::uint64_t max,
                                std::string_view unit) {
  if (setting.number && setting.number->malformed) return;
  const bool is_within =
      setting.number && setting.number->value >= min && setting.number->value <= max;
  if (is_within) return;
  diagnostics_.error(setting.number ? setting.number->span : setting.word->span,
                     quoted(setting.name.text) + " is from " + std::to_string(min) + " to " +
                         std::to_string(max) + " " + std::string(unit));
}

void ActorChecker::check_reentrancy(const ActorNode& actor) {
  constexpr std::string_view kWords[] = {"call_chain", "interleave", "none"};
  for (const ReentrancyNode& node : actor.reentrancies) {
    if (&node != &actor.reentrancies.front()) {
      diagnostics_.error(node.keyword, "'reentrancy' is said once")
          .note(actor.reentrancies.front().keyword, "first said here");
    }
    if (std::ranges::find(kWords, node.word.text) != std::end(kWords)) continue;
    diagnostics_.error(node.word.span, "reentrancy is 'call_chain', 'interleave' or 'none'")
        .suggest(nearest(node.word.text, kWords));
  }
  if (actor.reentrancies.empty()) return;
  const Name& word = actor.reentrancies.front().word;
  if (word.text != "interleave") return;
  for (const MessageNode& message : actor.messages) {
    if (message.suffixes.empty()) continue;
    diagnostics_
        .error(message.suffixes.front().span,
               "every message of an actor that says 'reentrancy interleave' interleaves already")
        .note(word.span, "said here");
  }
}

void ActorChecker::check_suffixes(const MessageNode& message) {
  for (const Name& suffix : message.suffixes) {
    const Name& first = message.suffixes.front();
    if (&suffix == &first) continue;
    diagnostics_
        .error(suffix.span, suffix.text == first.text
                                ? quoted(suffix.text) + " is said twice"
                                : "a message says 'readonly' or 'interleaves', not both")
        .note(first.span, suffix.text == first.text ? "first said here" : "the other is here");
  }
  const auto readonly = std::ranges::find(message.suffixes, "readonly", &Name::text);
  if (message.is_ask || readonly == message.suffixes.end()) return;
  diagnostics_.error(readonly->span, "a tell has nothing to read; make '" +
                                         std::string(message.name.text) + "' an ask");
}

void ActorChecker::check_message(const MessageNode& message) {
  check_suffixes(message);
  const std::string name(message.name.text);
  if (message.is_ask) {
    if (!message.results) {
      diagnostics_.error(message.name.span,
                         "an ask says what it answers: '-> (...)', or '-> ()' "
                         "for no more than that it was done");
    }
    if (message.denies) check_denies(*message.denies);
    return;
  }
  if (message.results) {
    diagnostics_.error(message.results->span, "a tell has no results; make '" + name + "' an ask");
  }
  if (message.denies) {
    diagnostics_.error(message.denies->span,
                       "a tell cannot be denied, as nobody waits; make '" + name + "' an ask");
  }
}

void ActorChecker::check_denies(const Path& path) {
  const Symbol* symbol = resolver_.find(path.parts, "enum", SymbolKind::kEnum);
  if (symbol == nullptr || symbol->kind == SymbolKind::kEnum) return;
  diagnostics_
      .error(path.span, "a denial is an enum, and " + quoted(symbol->name.text) + " is " +
                            std::string(describe(symbol->kind)))
      .note(symbol->unit->source, symbol->name.span, "declared here");
}

}  // namespace

void check_actors(const Symbols& symbols, Diagnostics& diagnostics) {
  ActorChecker checker(symbols, diagnostics);
  for (const ActorNode& actor : symbols.unit().tree.actors) checker.check(actor);
}

}  // namespace troupe::codegen
