// Generated code at work: every kind of field through a tell and an ask, handles through other
// actors.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actor/actor.h"
#include "actor/testing/runs.h"
#include "codegen/golden/good/all_types.actor.h"
#include "codegen/golden/good/lists.actor.h"
#include "codegen/golden/good/options.actor.h"
#include "codegen/golden/good/replies.actor.h"

namespace troupe {
namespace {

using namespace std::chrono_literals;
using test::all_types::Mood;
using test::all_types::Pending;
using test::all_types::Place;
using test::all_types::Recorder;
using test::all_types::Sample;
using test::all_types::Store;
using test::lists::Album;
using test::lists::Point;
using test::lists::Shelf;
using test::options::Clerk;
using test::options::Profile;
using test::options::Spot;
using test::replies::Guest;
using test::replies::Home;
using test::replies::Kitchen;
using test::replies::Refusal;
using test::replies::Waiter;
using testing::kEverywhere;
using testing::options_for;
using testing::run_in;

constexpr std::byte kBytes[] = {std::byte{1}, std::byte{0}, std::byte{255}};

/// What a sample views, owned.
class OwnedSample {
 public:
  OwnedSample() = default;
  explicit OwnedSample(const Sample& sample)
      : sample_(sample),
        name_(sample.name),
        payload_(sample.payload.begin(), sample.payload.end()) {}

  Sample get() const {
    Sample sample = sample_;
    sample.name = name_;
    sample.payload = payload_;
    return sample;
  }

 private:
  Sample sample_;
  std::string name_;
  std::vector<std::byte> payload_;
};

Behavior recorder(Recorder::Self self, Place first, Ref<Recorder> parent) {
  EXPECT_EQ(first.x, 0);
  EXPECT_EQ(parent, Ref<Recorder>());
  OwnedSample sample;
  Mood mood = Mood::kGood;
  for (;;) {
    auto msg = co_await self.receive();
    switch (msg.kind()) {
      case Recorder::Kind::kStop:
        co_return;
      case Recorder::Kind::kUnknown:
      case Recorder::Kind::kDown:
        break;
      case Recorder::Kind::kRecord:
        sample = OwnedSample(msg.record().sample());
        mood = msg.record().mood();
        break;
      case Recorder::Kind::kFetch:
        if (mood == Mood::kBad) {
          msg.fetch().deny(mood);
        } else {
          msg.fetch().reply(sample.get(), mood == Mood::kIndifferent);
        }
        break;
      case Recorder::Kind::kClear:
        sample = OwnedSample();
        msg.clear().reply();
        break;
      case Recorder::Kind::kDefer: {
        auto answer = msg.defer().take_answer();
        msg.defer().to().tell().sample(sample.get());
        answer.reply(sample.get(), true);
        break;
      }
    }
  }
}

/// Reports what it got to the recorder that it names: a keyed actor with a number as its key.
Behavior store(Store::Self self, Ref<Recorder> reporter) {
  for (;;) {
    auto msg = co_await self.receive();
    switch (msg.kind()) {
      case Store::Kind::kStop:
        co_return;
      case Store::Kind::kUnknown:
      case Store::Kind::kText:
      case Store::Kind::kDelete:
      case Store::Kind::kHold:
        break;
      case Store::Kind::kSample: {
        Sample got = msg.sample().sample();
        got.large_unsigned = self.key();
        reporter.tell().record(got, Mood::kIndifferent);
        break;
      }
      case Store::Kind::kActorRef:
        EXPECT_EQ(msg.actor_ref().it(), self.ref());
        break;
    }
  }
}

Sample everything() {
  Sample sample;
  sample.flag = true;
  sample.tiny = -1;
  sample.small = -2;
  sample.medium = -3;
  sample.large = -4;
  sample.tiny_unsigned = 255;
  sample.small_unsigned = 65535;
  sample.medium_unsigned = 0xffffffff;
  sample.large_unsigned = ~std::uint64_t{0};
  sample.double_ = -0.5;
  sample.single = 1.5f;
  sample.name = "a name longer than a word";
  sample.payload = kBytes;
  sample.mood = Mood::kIndifferent;
  sample.place = Place{-3.25, 1e9};
  sample.other_flag = true;
  return sample;
}

void expect_same(const Sample& sample, const Sample& other) {
  EXPECT_EQ(sample.flag, other.flag);
  EXPECT_EQ(sample.tiny, other.tiny);
  EXPECT_EQ(sample.small, other.small);
  EXPECT_EQ(sample.medium, other.medium);
  EXPECT_EQ(sample.large, other.large);
  EXPECT_EQ(sample.tiny_unsigned, other.tiny_unsigned);
  EXPECT_EQ(sample.small_unsigned, other.small_unsigned);
  EXPECT_EQ(sample.medium_unsigned, other.medium_unsigned);
  EXPECT_EQ(sample.large_unsigned, other.large_unsigned);
  EXPECT_EQ(sample.double_, other.double_);
  EXPECT_EQ(sample.single, other.single);
  EXPECT_EQ(sample.name, other.name);
  EXPECT_TRUE(std::ranges::equal(sample.payload, other.payload));
  EXPECT_EQ(sample.mood, other.mood);
  EXPECT_EQ(sample.place.x, other.place.x);
  EXPECT_EQ(sample.place.y, other.place.y);
  EXPECT_EQ(sample.other_flag, other.other_flag);
}

class RoundTripTest : public ::testing::TestWithParam<testing::RunOn> {};

TEST_P(RoundTripTest, EveryFieldArrives) {
  System system(options_for(GetParam()));
  run_in(system, [](Root root) -> Task<Status> {
    auto spawned = co_await root.on_core(root.cores() - 1, []() -> Task<Ref<Recorder>> {
      co_return Root().spawn<Recorder>(recorder, Place(), Ref<Recorder>());
    });
    spawned.tell().record(everything(), Mood::kIndifferent);
    auto full = co_await spawned.ask(within(10s)).fetch();
    if (!full) co_return full.error();
    expect_same(full->sample(), everything());
    EXPECT_TRUE(full->more());

    auto cleared = co_await spawned.ask(within(10s)).clear();
    if (!cleared) co_return cleared.error();
    auto empty = co_await spawned.ask(within(10s)).fetch();
    if (!empty) co_return empty.error();
    expect_same(empty->sample(), Sample());

    spawned.tell().record(everything(), Mood::kBad);
    auto denied = co_await spawned.ask(within(10s)).fetch();
    EXPECT_TRUE(!denied && denied.error().is(Mood::kBad));
    co_return ok();
  });
}

/// Takes orders and hands them to the kitchen.
Behavior waiter(Waiter::Self self, Ref<Kitchen> kitchen) {
  std::string remembered;
  for (;;) {
    auto msg = co_await self.receive();
    switch (msg.kind()) {
      case Waiter::Kind::kStop:
        co_return;
      case Waiter::Kind::kUnknown:
        break;
      case Waiter::Kind::kOrder: {
        auto order = msg.order();
        if (order.dish().empty()) {
          order.deny(Refusal::kBusy);
        } else {
          // The kitchen answers in this actor's place, or nobody does.
          kitchen.tell().both(Kitchen::CookReplyTo(), order.take_reply());
        }
        break;
      }
      case Waiter::Kind::kRemember:
        msg.remember().take_question().reply("remembered", 10);
        EXPECT_FALSE(msg.remember().take_question()) << "taken twice";
        EXPECT_FALSE(msg.remember().take_answer()) << "sent empty";
        break;
      case Waiter::Kind::kGuest:
        remembered = msg.guest().guest().home.street;
        break;
    }
  }
}

Behavior kitchen(Kitchen::Self self, Ref<Waiter> helper) {
  Kitchen::CookReplyTo question;
  for (;;) {
    auto msg = co_await self.receive();
    // A visitor takes every alternative; `auto` takes what is not of interest here.
    const bool goes_on =
        visit(msg, overloaded{[](Stop) { return false; },
                              [&](Kitchen::Cook cook) {
                                if (helper == Ref<Waiter>()) {
                                  question = cook.take_reply();
                                  cook.take_order().reply(helper, 7);
                                } else {
                                  auto order = cook.take_order();
                                  helper.tell().remember(cook.take_reply(), std::move(order));
                                }
                                return true;
                              },
                              [](Kitchen::Both both) {
                                EXPECT_FALSE(both.take_spec());
                                both.take_write().reply(Ref<Waiter>(), 42);
                                return true;
                              },
                              [](Kitchen::HandOver hand) {
                                EXPECT_FALSE(hand.take_handle());
                                EXPECT_EQ(hand.reply_with(), -1);
                                hand.reply(hand.fields());
                                return true;
                              },
                              [](Kitchen::Ping ping) {
                                ping.reply();
                                return true;
                              },
                              [](auto) { return true; }});
    if (!goes_on) co_return;
  }
}

Task<Status> ask_through(Ref<Waiter> waiter_ref) {
  auto served = co_await waiter_ref.ask(within(10s)).order("soup", {});
  if (!served) co_return served.error();
  EXPECT_EQ(served->cents(), 42u);
  EXPECT_EQ(served->served_by(), Ref<Waiter>());
  auto refused = co_await waiter_ref.ask(within(10s)).order("", {});
  EXPECT_TRUE(!refused && refused.error().is(Refusal::kBusy));
  co_return ok();
}

TEST_P(RoundTripTest, HandlesAnswerFromOtherActors) {
  System system(options_for(GetParam()));
  run_in(system, [](Root root) -> Task<Status> {
    auto cook = root.spawn<Kitchen>(kitchen, Ref<Waiter>());
    auto near = root.spawn<Waiter>(waiter, cook);
    auto far = co_await root.on_core(
        root.cores() - 1,
        [](Ref<Kitchen> to) -> Task<Ref<Waiter>> { co_return Root().spawn<Waiter>(waiter, to); },
        cook);
    Status status = co_await ask_through(near);
    if (!status) co_return status;
    status = co_await ask_through(far);
    if (!status) co_return status;

    // A message with two handles, one of them empty: what is not sent cannot answer.
    auto helped = root.spawn<Kitchen>(kitchen, far);
    auto cooked = co_await helped.ask(within(10s)).cook(Waiter::OrderReplyTo(), "soup");
    if (!cooked) co_return cooked.error();
    EXPECT_EQ(cooked->message(), "remembered");
    EXPECT_EQ(cooked->size(), 10u);
    auto handed = co_await helped.ask(within(10s)).hand_over(Kitchen::CookReplyTo(), kBytes, -1);
    if (!handed) co_return handed.error();
    EXPECT_TRUE(std::ranges::equal(handed->fields(), kBytes));
    co_return ok();
  });
}

TEST_P(RoundTripTest, HandlesOfDroppedMessagesAnswer) {
  System system(options_for(GetParam()));
  run_in(system, [](Root root) -> Task<Status> {
    auto gone = root.spawn<Kitchen>(kitchen, Ref<Waiter>());
    gone.stop();
    auto paused = co_await sleep_for(5ms);
    if (!paused) co_return paused.error();
    auto asked = root.spawn<Waiter>(waiter, gone);
    auto unanswered = co_await asked.ask(within(1h)).order("soup", {});
    EXPECT_TRUE(!unanswered && unanswered.error().is(Code::kNoReply))
        << unanswered.error().describe();
    co_return ok();
  });
}

TEST_P(RoundTripTest, KeyedReferencesAndDeferredAnswers) {
  System system(options_for(GetParam()));
  // Set before anything reaches a store; on the first core's recorder.
  static Ref<Recorder> reporter;
  system.serve<Store>(store, [](std::uint64_t) { return reporter; });
  run_in(system, [](Root root) -> Task<Status> {
    reporter = root.spawn<Recorder>(recorder, Place(), Ref<Recorder>());
    const Ref<Store> number_nine(std::uint64_t{9});
    number_nine.tell().actor_ref(number_nine);
    number_nine.tell().hold(Pending{number_nine, 3});
    number_nine.tell().sample(everything());
    auto paused = co_await sleep_for(50ms);
    if (!paused) co_return paused.error();
    auto fetched = co_await reporter.ask(within(10s)).fetch();
    if (!fetched) co_return fetched.error();
    Sample expected = everything();
    expected.large_unsigned = 9;
    expect_same(fetched->sample(), expected);
    co_return ok();
  });
}

/// What an album views, owned: the parts of it that this test sends.
Behavior shelf(Shelf::Self self, std::vector<std::string> names,
               std::vector<std::vector<std::uint32_t>> sizes, std::vector<Point> points,
               std::vector<bool> flags) {
  EXPECT_EQ(sizes.size() + points.size() + flags.size(), 4u);
  for (;;) {
    auto msg = co_await self.receive();
    switch (msg.kind()) {
      case Shelf::Kind::kStop:
        co_return;
      case Shelf::Kind::kUnknown:
      case Shelf::Kind::kPaint:
      case Shelf::Kind::kConnect:
        break;
      case Shelf::Kind::kFetch: {
        const std::vector<std::string_view> views(names.begin(), names.end());
        Album album;
        album.names = views;
        album.points = points;
        msg.fetch().reply(album);
        break;
      }
      case Shelf::Kind::kStore: {
        // Views of the request, while it lives, are arguments of the answer.
        auto store = msg.store();
        std::uint64_t total = 0;
        for (const std::int64_t number : store.album().large) {
          total += static_cast<std::uint64_t>(number);
        }
        for (const Album& copy : store.copies()) total += copy.tiny.size();
        for (const auto row : store.album().table) names.emplace_back(row[0]);
        store.reply(total, store.album().names);
        break;
      }
    }
  }
}

TEST_P(RoundTripTest, ListsArrive) {
  System system(options_for(GetParam()));
  run_in(system, [](Root root) -> Task<Status> {
    auto far = co_await root.on_core(root.cores() - 1, []() -> Task<Ref<Shelf>> {
      const std::vector<std::string> names = {"first"};
      co_return Root().spawn<Shelf>(shelf, names, std::vector<std::vector<std::uint32_t>>(1),
                                    std::vector<Point>{{1, 2}}, std::vector<bool>{true, false});
    });
    const std::vector<std::int64_t> numbers = {1, 2, 39};
    const std::vector<std::string_view> words = {"x", "", "a word longer than eight bytes"};
    const List<std::string_view> rows[] = {words, words};
    Album album;
    album.large = numbers;
    album.names = words;
    album.table = rows;
    const std::int8_t tiny[] = {-1, -2};
    Album copy;
    copy.tiny = tiny;
    auto stored = co_await far.ask(within(10s)).store(album, {copy, album, copy});
    if (!stored) co_return stored.error();
    EXPECT_EQ(stored->total(), 46u);
    EXPECT_EQ(stored->names(), List<std::string_view>(words));
    auto fetched = co_await far.ask(within(10s)).fetch();
    if (!fetched) co_return fetched.error();
    const Album got = fetched->album();
    EXPECT_EQ(got.names.size(), 3u);
    EXPECT_EQ(got.names[0], "first");
    EXPECT_EQ(got.names[2], "x");
    EXPECT_EQ(got.points[0].y, 2);
    EXPECT_TRUE(got.cube.empty());
    co_return ok();
  });
}

Behavior clerk(Clerk::Self self, std::optional<std::string> name,
               std::optional<std::uint32_t> limit,
               std::optional<std::vector<std::vector<std::byte>>>) {
  for (;;) {
    auto msg = co_await self.receive();
    switch (msg.kind()) {
      case Clerk::Kind::kStop:
        co_return;
      case Clerk::Kind::kUnknown:
      case Clerk::Kind::kNote:
      case Clerk::Kind::kForward:
        break;
      case Clerk::Kind::kFile: {
        auto file = msg.file();
        EXPECT_EQ(file.hint(), name ? std::optional<std::string_view>(*name) : std::nullopt);
        file.reply(file.spare(), limit);
        break;
      }
    }
  }
}

TEST_P(RoundTripTest, OptionsArrive) {
  System system(options_for(GetParam()));
  run_in(system, [](Root root) -> Task<Status> {
    auto near = root.spawn<Clerk>(clerk, std::nullopt, 7u, std::nullopt);
    auto none = co_await near.ask(within(10s)).file(Profile(), std::nullopt, std::nullopt);
    if (!none) co_return none.error();
    EXPECT_FALSE(none->profile().has_value());
    EXPECT_EQ(none->count(), 7u);

    auto named = root.spawn<Clerk>(clerk, std::string("hint"), std::nullopt, std::nullopt);
    Profile profile;
    profile.name = "";
    profile.spot = Spot{1, -2};
    profile.owner = named;
    profile.last = true;
    auto some = co_await named.ask(within(10s)).file(Profile(), profile, "hint");
    if (!some) co_return some.error();
    EXPECT_FALSE(some->count().has_value());
    const std::optional<Profile> got = some->profile();
    EXPECT_TRUE(got.has_value());
    if (!got) co_return ok();
    EXPECT_EQ(got->name, "") << "empty, and there";
    EXPECT_FALSE(got->payload.has_value());
    EXPECT_EQ(got->spot->y, -2);
    EXPECT_EQ(got->owner, named);
    EXPECT_TRUE(got->last);
    co_return ok();
  });
}

INSTANTIATE_TEST_SUITE_P(Everywhere, RoundTripTest, ::testing::ValuesIn(kEverywhere),
                         testing::name_of);

}  // namespace
}  // namespace troupe
