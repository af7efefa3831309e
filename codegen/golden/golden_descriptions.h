// The structs of the golden contracts, described: see described.h.
#pragma once

#include <tuple>

#include "codegen/golden/described.h"
#include "codegen/golden/good/all_types.actor.h"
#include "codegen/golden/good/defaults.actor.h"
#include "codegen/golden/good/lists.actor.h"
#include "codegen/golden/good/options.actor.h"
#include "codegen/golden/good/replies.actor.h"
#include "codegen/golden/good/shop/items.actor.h"
#include "codegen/golden/good/shop/money.actor.h"
#include "codegen/golden/good/shop/orders.actor.h"
#include "codegen/golden/good/versions/v1.actor.h"
#include "codegen/golden/good/versions/v2.actor.h"
#include "codegen/golden/good/versions/v3.actor.h"

namespace troupe {

template <>
struct Description<test::all_types::Pending> {
  static constexpr const char* kPath = "codegen/golden/good/all_types.actor.capnp";
  static constexpr const char* kName = "Pending";
  using S = test::all_types::Pending;
  static constexpr std::tuple kFields{DescribedField{"whom", &S::whom},
                                      DescribedField{"words", &S::words_}};
};

template <>
struct Description<test::all_types::Sample> {
  static constexpr const char* kPath = "codegen/golden/good/all_types.actor.capnp";
  static constexpr const char* kName = "Sample";
  using S = test::all_types::Sample;
  static constexpr std::tuple kFields{DescribedField{"flag", &S::flag},
                                      DescribedField{"tiny", &S::tiny},
                                      DescribedField{"small", &S::small},
                                      DescribedField{"medium", &S::medium},
                                      DescribedField{"large", &S::large},
                                      DescribedField{"tinyUnsigned", &S::tiny_unsigned},
                                      DescribedField{"smallUnsigned", &S::small_unsigned},
                                      DescribedField{"mediumUnsigned", &S::medium_unsigned},
                                      DescribedField{"largeUnsigned", &S::large_unsigned},
                                      DescribedField{"double", &S::double_},
                                      DescribedField{"single", &S::single},
                                      DescribedField{"name", &S::name},
                                      DescribedField{"payload", &S::payload},
                                      DescribedField{"mood", &S::mood},
                                      DescribedField{"place", &S::place},
                                      DescribedField{"otherFlag", &S::other_flag}};
};

template <>
struct Description<test::all_types::Place> {
  static constexpr const char* kPath = "codegen/golden/good/all_types.actor.capnp";
  static constexpr const char* kName = "Place";
  using S = test::all_types::Place;
  static constexpr std::tuple kFields{DescribedField{"x", &S::x}, DescribedField{"y", &S::y}};
};

template <>
struct Description<test::all_types::Nothing> {
  static constexpr const char* kPath = "codegen/golden/good/all_types.actor.capnp";
  static constexpr const char* kName = "Nothing";
  static constexpr std::tuple<> kFields{};
};

template <>
struct Description<test::all_types::Text> {
  static constexpr const char* kPath = "codegen/golden/good/all_types.actor.capnp";
  static constexpr const char* kName = "TextType";
  using S = test::all_types::Text;
  static constexpr std::tuple kFields{DescribedField{"text", &S::text}};
};

template <>
struct Description<test::replies::Guest> {
  static constexpr const char* kPath = "codegen/golden/good/replies.actor.capnp";
  static constexpr const char* kName = "Guest";
  using S = test::replies::Guest;
  static constexpr std::tuple kFields{
      DescribedField{"name", &S::name}, DescribedField{"writer", &S::writer},
      DescribedField{"value", &S::value}, DescribedField{"home", &S::home}};
};

template <>
struct Description<test::replies::Home> {
  static constexpr const char* kPath = "codegen/golden/good/replies.actor.capnp";
  static constexpr const char* kName = "Home";
  using S = test::replies::Home;
  static constexpr std::tuple kFields{
      DescribedField{"street", &S::street}, DescribedField{"number", &S::number},
      DescribedField{"reader", &S::reader}, DescribedField{"words", &S::words_}};
};

template <>
struct Description<test::lists::Mark> {
  static constexpr const char* kPath = "codegen/golden/good/lists.actor.capnp";
  static constexpr const char* kName = "Mark";
  static constexpr std::tuple<> kFields{};
};

template <>
struct Description<test::lists::Point> {
  static constexpr const char* kPath = "codegen/golden/good/lists.actor.capnp";
  static constexpr const char* kName = "Point";
  using S = test::lists::Point;
  static constexpr std::tuple kFields{DescribedField{"x", &S::x}, DescribedField{"y", &S::y}};
};

template <>
struct Description<test::lists::Line> {
  static constexpr const char* kPath = "codegen/golden/good/lists.actor.capnp";
  static constexpr const char* kName = "Line";
  using S = test::lists::Line;
  static constexpr std::tuple kFields{DescribedField{"from", &S::from},
                                      DescribedField{"to", &S::to},
                                      DescribedField{"label", &S::label}};
};

template <>
struct Description<test::lists::Album> {
  static constexpr const char* kPath = "codegen/golden/good/lists.actor.capnp";
  static constexpr const char* kName = "Album";
  using S = test::lists::Album;
  static constexpr std::tuple kFields{DescribedField{"flags", &S::flags},
                                      DescribedField{"tiny", &S::tiny},
                                      DescribedField{"small", &S::small},
                                      DescribedField{"medium", &S::medium},
                                      DescribedField{"large", &S::large},
                                      DescribedField{"tinyUnsigned", &S::tiny_unsigned},
                                      DescribedField{"smallUnsigned", &S::small_unsigned},
                                      DescribedField{"mediumUnsigned", &S::medium_unsigned},
                                      DescribedField{"largeUnsigned", &S::large_unsigned},
                                      DescribedField{"single", &S::single},
                                      DescribedField{"double", &S::double_},
                                      DescribedField{"colors", &S::colors},
                                      DescribedField{"names", &S::names},
                                      DescribedField{"payloads", &S::payloads},
                                      DescribedField{"points", &S::points},
                                      DescribedField{"lines", &S::lines},
                                      DescribedField{"marks", &S::marks},
                                      DescribedField{"shelves", &S::shelves},
                                      DescribedField{"table", &S::table},
                                      DescribedField{"cube", &S::cube},
                                      DescribedField{"grid", &S::grid}};
};

template <>
struct Description<test::options::Spot> {
  static constexpr const char* kPath = "codegen/golden/good/options.actor.capnp";
  static constexpr const char* kName = "Spot";
  using S = test::options::Spot;
  static constexpr std::tuple kFields{DescribedField{"x", &S::x}, DescribedField{"y", &S::y}};
};

template <>
struct Description<test::options::Tag> {
  static constexpr const char* kPath = "codegen/golden/good/options.actor.capnp";
  static constexpr const char* kName = "Tag";
  using S = test::options::Tag;
  static constexpr std::tuple kFields{DescribedField{"name", &S::name},
                                      DescribedField{"spot", &S::spot}};
};

template <>
struct Description<test::options::Profile> {
  static constexpr const char* kPath = "codegen/golden/good/options.actor.capnp";
  static constexpr const char* kName = "Profile";
  using S = test::options::Profile;
  static constexpr std::tuple kFields{DescribedField{"id", &S::id},
                                      DescribedField{"flag", &S::flag},
                                      DescribedField{"tiny", &S::tiny},
                                      DescribedField{"small", &S::small},
                                      DescribedField{"medium", &S::medium},
                                      DescribedField{"large", &S::large},
                                      DescribedField{"tinyUnsigned", &S::tiny_unsigned},
                                      DescribedField{"smallUnsigned", &S::small_unsigned},
                                      DescribedField{"mediumUnsigned", &S::medium_unsigned},
                                      DescribedField{"largeUnsigned", &S::large_unsigned},
                                      DescribedField{"single", &S::single},
                                      DescribedField{"double", &S::double_},
                                      DescribedField{"name", &S::name},
                                      DescribedField{"payload", &S::payload},
                                      DescribedField{"level", &S::level},
                                      DescribedField{"spot", &S::spot},
                                      DescribedField{"tag", &S::tag},
                                      DescribedField{"owner", &S::owner},
                                      DescribedField{"tags", &S::tags},
                                      DescribedField{"words", &S::words_},
                                      DescribedField{"last", &S::last}};
};

template <>
struct Description<test::defaults::Settings> {
  static constexpr const char* kPath = "codegen/golden/good/defaults.actor.capnp";
  static constexpr const char* kName = "Settings";
  using S = test::defaults::Settings;
  static constexpr std::tuple kFields{DescribedField{"flag", &S::flag},
                                      DescribedField{"off", &S::off},
                                      DescribedField{"tiny", &S::tiny},
                                      DescribedField{"small", &S::small},
                                      DescribedField{"medium", &S::medium},
                                      DescribedField{"large", &S::large},
                                      DescribedField{"tinyUnsigned", &S::tiny_unsigned},
                                      DescribedField{"smallUnsigned", &S::small_unsigned},
                                      DescribedField{"mediumUnsigned", &S::medium_unsigned},
                                      DescribedField{"largeUnsigned", &S::large_unsigned},
                                      DescribedField{"single", &S::single},
                                      DescribedField{"double", &S::double_},
                                      DescribedField{"whole", &S::whole},
                                      DescribedField{"negativeZero", &S::negative_zero},
                                      DescribedField{"name", &S::name},
                                      DescribedField{"empty", &S::empty},
                                      DescribedField{"mood", &S::mood},
                                      DescribedField{"first", &S::first},
                                      DescribedField{"plain", &S::plain}};
};

template <>
struct Description<test::defaults::Wrapper> {
  static constexpr const char* kPath = "codegen/golden/good/defaults.actor.capnp";
  static constexpr const char* kName = "Wrapper";
  using S = test::defaults::Wrapper;
  static constexpr std::tuple kFields{DescribedField{"inner", &S::inner},
                                      DescribedField{"note", &S::note},
                                      DescribedField{"rest", &S::rest}};
};

template <>
struct Description<shop::money::Amount> {
  static constexpr const char* kPath = "codegen/golden/good/shop/money.actor.capnp";
  static constexpr const char* kName = "Amount";
  using S = shop::money::Amount;
  static constexpr std::tuple kFields{DescribedField{"cents", &S::cents},
                                      DescribedField{"currency", &S::currency}};
};

template <>
struct Description<shop::money::Price> {
  static constexpr const char* kPath = "codegen/golden/good/shop/money.actor.capnp";
  static constexpr const char* kName = "Price";
  using S = shop::money::Price;
  static constexpr std::tuple kFields{DescribedField{"amount", &S::amount},
                                      DescribedField{"label", &S::label}};
};

template <>
struct Description<shop::Item> {
  static constexpr const char* kPath = "codegen/golden/good/shop/items.actor.capnp";
  static constexpr const char* kName = "Item";
  using S = shop::Item;
  static constexpr std::tuple kFields{DescribedField{"name", &S::name},
                                      DescribedField{"price", &S::price},
                                      DescribedField{"tags", &S::tags}};
};

template <>
struct Description<shop::Order> {
  static constexpr const char* kPath = "codegen/golden/good/shop/orders.actor.capnp";
  static constexpr const char* kName = "Order";
  using S = shop::Order;
  static constexpr std::tuple kFields{
      DescribedField{"items", &S::items}, DescribedField{"total", &S::total},
      DescribedField{"tip", &S::tip},     DescribedField{"currency", &S::currency},
      DescribedField{"bank", &S::bank},   DescribedField{"first", &S::first}};
};

template <>
struct Description<test::v1::Entry> {
  static constexpr const char* kPath = "codegen/golden/good/versions/v1.actor.capnp";
  static constexpr const char* kName = "Entry";
  using S = test::v1::Entry;
  static constexpr std::tuple kFields{DescribedField{"name", &S::name},
                                      DescribedField{"count", &S::count}};
};

template <>
struct Description<test::v1::Document> {
  static constexpr const char* kPath = "codegen/golden/good/versions/v1.actor.capnp";
  static constexpr const char* kName = "Document";
  using S = test::v1::Document;
  static constexpr std::tuple kFields{
      DescribedField{"title", &S::title}, DescribedField{"entries", &S::entries},
      DescribedField{"mood", &S::mood},   DescribedField{"limit", &S::limit},
      DescribedField{"tags", &S::tags},   DescribedField{"first", &S::first},
      DescribedField{"spare", &S::spare}};
};

template <>
struct Description<test::v2::Entry> {
  static constexpr const char* kPath = "codegen/golden/good/versions/v2.actor.capnp";
  static constexpr const char* kName = "Entry";
  using S = test::v2::Entry;
  static constexpr std::tuple kFields{
      DescribedField{"name", &S::name}, DescribedField{"count", &S::count},
      DescribedField{"weight", &S::weight}, DescribedField{"note", &S::note}};
};

template <>
struct Description<test::v2::Document> {
  static constexpr const char* kPath = "codegen/golden/good/versions/v2.actor.capnp";
  static constexpr const char* kName = "Document";
  using S = test::v2::Document;
  static constexpr std::tuple kFields{
      DescribedField{"title", &S::title}, DescribedField{"entries", &S::entries},
      DescribedField{"mood", &S::mood},   DescribedField{"limit", &S::limit},
      DescribedField{"tags", &S::tags},   DescribedField{"first", &S::first},
      DescribedField{"spare", &S::spare}, DescribedField{"author", &S::author},
      DescribedField{"flags", &S::flags}, DescribedField{"serial", &S::serial},
      DescribedField{"grid", &S::grid}};
};

template <>
struct Description<test::v3::Stamp> {
  static constexpr const char* kPath = "codegen/golden/good/versions/v3.actor.capnp";
  static constexpr const char* kName = "Stamp";
  using S = test::v3::Stamp;
  static constexpr std::tuple kFields{DescribedField{"day", &S::day},
                                      DescribedField{"month", &S::month},
                                      DescribedField{"by", &S::by}};
};

template <>
struct Description<test::v3::Entry> {
  static constexpr const char* kPath = "codegen/golden/good/versions/v3.actor.capnp";
  static constexpr const char* kName = "Entry";
  using S = test::v3::Entry;
  static constexpr std::tuple kFields{
      DescribedField{"name", &S::name},     DescribedField{"count", &S::count},
      DescribedField{"weight", &S::weight}, DescribedField{"note", &S::note},
      DescribedField{"stamps", &S::stamps}, DescribedField{"owner", &S::owner},
      DescribedField{"large", &S::large}};
};

template <>
struct Description<test::v3::Document> {
  static constexpr const char* kPath = "codegen/golden/good/versions/v3.actor.capnp";
  static constexpr const char* kName = "Document";
  using S = test::v3::Document;
  static constexpr std::tuple kFields{
      DescribedField{"title", &S::title},   DescribedField{"entries", &S::entries},
      DescribedField{"mood", &S::mood},     DescribedField{"limit", &S::limit},
      DescribedField{"tags", &S::tags},     DescribedField{"first", &S::first},
      DescribedField{"spare", &S::spare},   DescribedField{"author", &S::author},
      DescribedField{"flags", &S::flags},   DescribedField{"serial", &S::serial},
      DescribedField{"grid", &S::grid},     DescribedField{"stamp", &S::stamp},
      DescribedField{"drafts", &S::drafts}, DescribedField{"seal", &S::seal},
      DescribedField{"ratio", &S::ratio},   DescribedField{"closed", &S::closed}};
};

}  // namespace troupe
