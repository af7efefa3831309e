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

}  // namespace

Task<bool> serve_round(Session* session, const std::vector<Ref<Shard>>* shards, Ref<Connection> who,
                       std::string* replies) {
  Pipeline& pipeline = session->pipeline();
  std::vector<unsigned> asked;
  for (unsigned shard = 0; shard < pipeline.shards(); ++shard) {
    if (!pipeline.slice(shard).empty()) asked.push_back(shard);
  }
  if (asked.size() == 1) {
    auto answer = co_await ask_for(*session, (*shards)[asked[0]], asked[0], who);
    note(pipeline, asked[0], answer);
    const bool done = pipeline.write_ready(session->info(), *replies);
    if (!done) pipeline.keep_rest();
    co_return done;
  }
  std::vector<Task<Settled>> asks;
  for (const unsigned shard : asked) {
    asks.push_back(settle(ask_for(*session, (*shards)[shard], shard, who)));
  }
  auto answers = co_await troupe::all_of(std::move(asks));
  for (std::size_t i = 0; i < asked.size(); ++i) note(pipeline, asked[i], answers[i].answer);
  const bool done = pipeline.write_ready(session->info(), *replies);
  TROUPE_CHECK(done || !asked.empty(), "a pipeline that waits for replies and asks nobody");
  if (!done) pipeline.keep_rest();
  co_return done;
}

}  // namespace kv
