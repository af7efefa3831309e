#include "io/sim/sim_files.h"

#include <algorithm>
#include <cerrno>

#include "base/check.h"

namespace troupe::io {

void SimFiles::submit(Request& request) {
  request.place_ = Request::Place::kWithWorker;
  under_way_.push_back({saturating_add(clock_, disk_.random_latency()), &request});
}

std::size_t SimFiles::index_of(const Request& request) const {
  const auto found = std::ranges::find(under_way_, &request, &UnderWay::request);
  TROUPE_CHECK(found != under_way_.end(), "a request that the simulated disk does not know");
  return static_cast<std::size_t>(found - under_way_.begin());
}

void SimFiles::finish(std::size_t index, bool performs) {
  Request& request = *under_way_[index].request;
  under_way_.erase(under_way_.begin() + static_cast<std::ptrdiff_t>(index));
  backend_.finish(request, performs ? disk_.perform(request.arguments) : -ECANCELED);
}

void SimFiles::cancel(Request& request) {
  if (request.cancel_wanted_) return;
  request.cancel_wanted_ = true;
  if (disk_.cancels_in_time()) finish(index_of(request), false);
}

Time SimFiles::next_due() const {
  Time next = Time::max();
  for (const UnderWay& each : under_way_) next = std::min(next, each.due);
  return next;
}

void SimFiles::reap() {
  // The earliest first, so that effects come in the order of their times.
  while (next_due() <= clock_) {
    const auto first = std::ranges::min_element(under_way_, {}, &UnderWay::due);
    finish(static_cast<std::size_t>(first - under_way_.begin()), true);
  }
}

void SimFiles::reclaim(Request& request) {
  while (request.submitted()) {
    cancel(request);
    if (request.submitted()) finish(index_of(request), true);
  }
}

void SimFiles::reclaim_all() {
  while (!under_way_.empty()) reclaim(*under_way_.front().request);
}

unsigned SimFiles::detach(int descriptor) {
  unsigned found = 0;
  for (std::size_t i = 0; i < under_way_.size();) {
    Request& request = *under_way_[i].request;
    const bool names =
        names_descriptor(request.arguments.kind) && request.arguments.descriptor == descriptor;
    if (!names) {
      ++i;
      continue;
    }
    ++found;
    request.detached_ = true;
    finish(i, !disk_.cancels_in_time());
  }
  return found;
}

}  // namespace troupe::io
