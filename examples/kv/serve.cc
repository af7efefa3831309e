#include "examples/kv/serve.h"

#include <optional>
#include <span>
#include <utility>

#include "base/check.h"

namespace kv {

using troupe::Ask;
using troupe::Ref;
using troupe::Result;
using troupe::Task;

namespace {

using Answer = Result<Shard::ServeReply>;

/// A shard's answer as a value, so that one failure does not cancel the asks to the others.
struct Settled {
  explicit Settled(Answer given) : answer(std::move(given)) {}
  Answer answer;
};

Task<Settled> settle(Ask<Shard::ServeReply> ask) {
  auto answer = co_await std::move(ask);
  co_return Settled(std::move(answer));
}

Ask<Shard::ServeReply> ask_for(Session& session, const Ref<Shard>& shard, unsigned index,
                               const Ref<Connection>& who) {
  const std::string_view slice = session.pipeline().slice(index);
  std::optional<Ref<Connection>> subscriber;
  if (session.names_subscriber()) subscriber = who;
  return shard.ask(troupe::within(kShardPatience))
      .serve(std::as_bytes(std::span(slice)), subscriber);
}

void note(Pipeline& pipeline, unsigned shard, const Answer& answer) {
  if (answer) {
    const auto replies = answer->replies();
    pipeline.answered(shard, {reinterpret_cast<const char*>(replies.data()), replies.size()},
                      answer->served_bytes());
  } else {
    pipeline.failed(shard, "ERR shard " + std::to_string(shard) +
                               " did not answer: " + answer.error().describe());
  }
}

/// Appends what may be sent; true when that was all.
bool write(Session& session, std::string& replies) {
  const bool done = session.pipeline().write_ready(session.info(), replies);
  if (!done) session.pipeline().keep_rest();
  return done;
}

/// A round of several shards, at once.
Task<bool> ask_all(Session* session, const std::vector<Ref<Shard>>* shards, Ref<Connection> who,
                   std::string* replies) {
  Pipeline& pipeline = session->pipeline();
  std::vector<unsigned> asked;
  std::vector<Task<Settled>> asks;
  for (unsigned shard = 0; shard < pipeline.shards(); ++shard) {
    if (pipeline.slice(shard).empty()) continue;
    asked.push_back(shard);
    asks.push_back(settle(ask_for(*session, (*shards)[shard], shard, who)));
  }
  auto answers = co_await troupe::all_of(std::move(asks));
  for (std::size_t i = 0; i < asked.size(); ++i) note(pipeline, asked[i], answers[i].answer);
  co_return write(*session, *replies);  // while the answers live, which have the bytes
}

}  // namespace

Task<bool> serve_round(Session* session, const std::vector<Ref<Shard>>* shards, Ref<Connection> who,
                       std::string* replies) {
  Pipeline& pipeline = session->pipeline();
  unsigned asked = 0;
  unsigned last = 0;
  for (unsigned shard = 0; shard < pipeline.shards(); ++shard) {
    if (pipeline.slice(shard).empty()) continue;
    ++asked;
    last = shard;
  }
  if (asked == 1) {
    auto answer = co_await ask_for(*session, (*shards)[last], last, who);
    note(pipeline, last, answer);
    co_return write(*session, *replies);  // as above
  }
  if (asked > 1) {
    const bool all = co_await ask_all(session, shards, who, replies);
    co_return all;
  }
  const bool done = write(*session, *replies);
  TROUPE_CHECK(done, "a pipeline that waits for replies and asks nobody");
  co_return done;
}

}  // namespace kv
