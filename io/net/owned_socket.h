// OwnedSocket: a connection on its way from one core to another.
#pragma once

#include <utility>

namespace troupe::io {

/// The socket of a Stream that was released and is not adopted yet. Whoever has it may move it to
/// another thread; if nobody adopts it, its end closes the connection. Move-only. Thread: any, one
/// at a time.
class OwnedSocket {
 public:
  OwnedSocket() = default;
  /// Takes an open socket that no core knows.
  explicit OwnedSocket(int number) : number_(number) {}
  OwnedSocket(OwnedSocket&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  OwnedSocket& operator=(OwnedSocket&& other) noexcept;
  ~OwnedSocket() { close(); }

  bool is_open() const { return number_ >= 0; }
  /// Gives the number away, without closing it.
  int take() { return std::exchange(number_, -1); }
  void close();

 private:
  int number_ = -1;
};

}  // namespace troupe::io
