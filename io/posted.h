// Posted: what another thread hands to a core, a finished job of a pool above all.
#pragma once

namespace troupe::io {

/// Derive, and give it to Reactor::post(). From there to arrived() or discarded(), one of which is
/// called once, it belongs to the core. May be posted again then.
class Posted {
 public:
  /// The core has it. On the core's thread, between two turns: what it resumes goes through the run
  /// queue. May destroy this.
  virtual void arrived() = 0;
  /// The core ends without having taken it in. On the core's thread. May destroy this.
  virtual void discarded() = 0;

 protected:
  Posted() = default;
  Posted(const Posted&) = delete;
  Posted& operator=(const Posted&) = delete;
  ~Posted() = default;

 private:
  friend class Reactor;
  Posted* next_ = nullptr;
};

}  // namespace troupe::io
