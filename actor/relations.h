// Cell::Relations: what most actors never have, so that idle ones stay small.
#pragma once

#include <coroutine>
#include <memory>
#include <string>
#include <vector>

#include "actor/address.h"
#include "actor/address_set.h"
#include "actor/cell.h"
#include "actor/children.h"
#include "actor/reentry.h"
#include "actor/supervision/failure.h"
#include "actor/supervision/health_check.h"
#include "actor/supervision/supervised.h"
#include "actor/time/timers.h"
#include "protocols/frame.h"
#include "transport/frame_queue.h"
#include "transport/room_waiters.h"

namespace troupe {

struct Cell::Relations {
  std::string name;  // empty: none
  Children children;
  std::unique_ptr<Supervised> supervised;
  std::unique_ptr<HealthMonitor> health;
  std::unique_ptr<Reentry> reentry;  // while the behaviour is one that can be entered again

  AddressSet watchers;
  AddressSet watching;
  std::unique_ptr<AddressSet> linked;  // those of `watching` whose end is this actor's failure
  std::vector<protocols::AskPart> awaiting_end;  // asks that its end answers
  transport::FrameQueue downs;                   // kDown frames not yet received
  std::unique_ptr<Failure> failed;        // for a reason outside the behaviour: once that is gone
  std::unique_ptr<std::string> end_text;  // with what it failed, for those who watch it
  std::unique_ptr<Timers> timers;
  ReceiveOperation* receiving = nullptr;    // that waits: see Cell::kOperation
  std::coroutine_handle<> parked_receiver;  // of a suspended actor, instead of receiver_
  transport::RoomWaiters room_waiters;
  std::unique_ptr<std::vector<TopicEntry*>> topics;  // that it has subscribed to
  std::uint32_t pipes = 0;                           // that run
  bool listed = false;        // in registry or receptionist: core.names is told of its end
  bool hears_events = false;  // it has subscribed to some
};

}  // namespace troupe
