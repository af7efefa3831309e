# What a `ref<A>` field and a `reply<...>` field look like on the wire. Imported by every schema
# that actorc emits.
@0xc8a3f0d1b2e45a67;

# A reference to an actor. Spawned actors: node, core, slot and incarnation. Keyed actors: type and key.
struct ActorRef {
  node @0 :UInt16;
  core @1 :UInt16;
  slot @2 :UInt32;
  incarnation @3 :UInt32;
  type @4 :UInt64;
  key @5 :Data;
}

# The right to answer one ask, once. The asker's table accepts the first answer that shows the nonce.
struct ReplyTo {
  node @0 :UInt16;
  core @1 :UInt16;
  slot @2 :UInt32;
  nonce @3 :UInt64;
  # Absolute, in nanoseconds of the node's monotonic clock; a link converts it to the time remaining.
  deadline @4 :Int64;
}

# The payload of a refused ask: which enumerator of the ask's `denies` enum.
struct Denial {
  code @0 :UInt16;
}

# The payload of an ask that the runtime answered: which error, and its detail.
struct Failure {
  code @0 :UInt16;
  detail @1 :UInt64;
}
