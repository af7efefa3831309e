#include "actor/ask_incident.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <utility>

#include "actor/cell.h"
#include "actor/core.h"
#include "actor/on_core.h"

namespace troupe {

namespace {

// The core is part of a number, so that an error that went to another core finds nothing there.
constexpr unsigned kCountBits = 22;
constexpr std::uint32_t kCountMask = (1U << kCountBits) - 1;
static_assert(kIncidentCoresMax == 1U << (32 - kCountBits));

std::string milliseconds(Duration duration) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g ms",
                std::chrono::duration<double, std::milli>(duration).count());
  return text;
}

// As W3C writes it: version, trace, parent, flags.
std::string trace_text(const TraceContext& trace) {
  std::string text;
  char digits[3];
  for (std::size_t at = 0; at < sizeof trace.bytes; ++at) {
    if (at == 1 || at == 17 || at == 24) text += '-';
    std::snprintf(digits, sizeof digits, "%02x", trace.bytes[at]);
    text += digits;
  }
  return text;
}

std::string describe_incident(std::uint32_t number) {
  if (CoreContext::current_or_null() == nullptr) return {};
  const AskIncident* incident = Core::current().ask_incidents.find(number);
  return incident != nullptr ? incident->text() : std::string();
}

// Errors live in a lower layer, which learns here who knows more.
[[maybe_unused]] const bool kRegistered = [] {
  IncidentText::describe = describe_incident;
  return true;
}();

// Runs on the core of the actor.
Task<std::string> report_now(AskedActor asked) {
  const Cell* cell = asked.find(Core::current());
  co_return cell != nullptr ? cell->report().text()
                            : asked.actor() + " is not there, or its name was cut";
}

}  // namespace

// ---- whom ----

void AskedActor::note_key(const protocols::Frame& frame) {
  key_bytes_ = frame.key().key_bytes;
  std::memcpy(key_, frame.key_text(), std::min<std::size_t>(key_bytes_, kIncidentKeyBytes));
}

const Cell* AskedActor::find(const Core& here) const {
  if (core_ != here.index()) return nullptr;
  if ((header_.flags & protocols::frame_flag::kKeyed) == 0) {
    return here.cells.find(header_.slot, header_.incarnation);
  }
  const ActorType* own = type();
  if (own == nullptr || key_bytes_ > kIncidentKeyBytes) return nullptr;
  return here.keyed.find(own->id, std::string_view(key_, key_bytes_));
}

std::string AskedActor::actor() const {
  const ActorType* own = type();
  std::string text = own != nullptr ? own->name : "an actor of an unknown protocol";
  if ((header_.flags & protocols::frame_flag::kKeyed) != 0) {
    text += " '";
    text.append(key_, std::min<std::size_t>(key_bytes_, kIncidentKeyBytes));
    text += key_bytes_ > kIncidentKeyBytes ? "…'" : "'";
  } else {
    text += " in slot " + std::to_string(header_.slot);
  }
  return text + " on core " + std::to_string(core_);
}

std::string AskedActor::message() const {
  const ActorType* own = type();
  const char* name = own != nullptr ? own->kind_name(header_.kind) : nullptr;
  return name != nullptr ? name : "message " + std::to_string(header_.kind);
}

// ---- what happened ----

std::string AskIncident::text() const {
  std::string text = asked.actor() + ", asked for " + asked.message() + " " +
                     milliseconds(failed_at - asked.asked_at()) + " before";
  if (state) {
    text += "; it has " + std::to_string(state->queued) + " messages queued and waits for " +
            (state->waits_for != nullptr ? state->waits_for : "its turn");
    if (state->awaits.line() != 0) {
      text += " at " + std::string(state->awaits.file_name()) + ":" +
              std::to_string(state->awaits.line());
    }
  }
  if (!circle.empty()) text += "; asks wait for each other in a circle: " + circle;
  if (trace) text += "; trace " + trace_text(*trace);
  return text;
}

std::uint32_t AskIncidents::add(AskIncident incident, unsigned core) {
  if (kept_.empty()) {
    kept_.resize(kIncidentsKept);
    added_ = static_cast<std::uint32_t>(random_.next()) & kCountMask;
  }
  added_ = added_ == kCountMask ? 1 : added_ + 1;
  incident.number = core << kCountBits | added_;
  const std::uint32_t number = incident.number;
  kept_[number % kIncidentsKept] = std::move(incident);
  return number;
}

const AskIncident* AskIncidents::find(std::uint32_t number) const {
  if (kept_.empty()) return nullptr;
  const AskIncident& incident = kept_[number % kIncidentsKept];
  return incident.number == number ? &incident : nullptr;
}

Task<std::string> explain(Error error) {
  std::string text = error.describe();
  const AskIncident* incident = Core::current().ask_incidents.find(error.incident());
  if (error.incident() == 0 || incident == nullptr) co_return text;
  const AskedActor asked = incident->asked;
  if (asked.core() >= Core::current().node().cores()) co_return text;
  std::string now;
  if (asked.core() == Core::current().index()) {
    now = co_await report_now(asked);
  } else {
    now = co_await on_core(asked.core(), report_now, asked);
  }
  co_return text + "\nnow: " + now;
}

}  // namespace troupe
