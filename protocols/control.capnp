# What actors tell each other about their lives.
@0xd7b1c2e93f40a586;

struct Watch {
  # Who wants to know.
  node @0 :UInt16;
  core @1 :UInt16;
  slot @2 :UInt32;
  incarnation @3 :UInt32;
}

struct Down {
  # Who ended, and why.
  node @0 :UInt16;
  core @1 :UInt16;
  slot @2 :UInt32;
  incarnation @3 :UInt32;
  reason @4 :UInt16;
  # With what it failed; empty unless it did.
  what @5 :Text;
}
