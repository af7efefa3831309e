# What actorc knows about one .actor file after all checks, complete with wire layout. Emitters read
# this and nothing else, so each of them can also be a program of its own: `actorc gen --emit ir`.
#
# Names are those of the contract; codegen/namer.h turns them into names of C++ and Cap'n Proto.
# Lists refer to each other by index: `enum 2` is `enums[2]` of the same file. Lines count from 1.
@0xb2c4e1f07a5d9368;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("troupe::codegen::ir");

struct File {
  # Increases when the meaning of a field of this schema changes; new fields do not count.
  formatVersion @0 :UInt16 = 1;
  # "0.1.0"
  actorcVersion @1 :Text;
  # As it was given to actorc: relative to the workspace in a build.
  sourcePath @2 :Text;
  # "a.b"
  package @3 :Text;
  # The comment above the package. All docs: lines joined by newlines, without the slashes; valid
  # UTF-8 without control characters but the newline. A line may end with a backslash.
  docs @4 :Text;
  id @5 :UInt64;
  # As in the source.
  enums @6 :List(Enum);
  # Every struct after those it contains; otherwise as in the source.
  structs @7 :List(Struct);
  # As in the source.
  actors @8 :List(Actor);
  # The structs of protocols/troupe.capnp under their names there: how references and reply handles
  # (ActorRef, ReplyTo) lie on the wire.
  wireTypes @9 :List(Struct);
}

struct Enum {
  name @0 :Text;
  docs @1 :Text;
  line @2 :UInt32;
  id @3 :UInt64;
  # By ordinal, ascending. Ordinals may have gaps; on the wire a value is its ordinal, in 16 bits.
  enumerators @4 :List(Enumerator);
}

struct Enumerator {
  name @0 :Text;
  docs @1 :Text;
  line @2 :UInt32;
  ordinal @3 :UInt16;
}

struct Struct {
  name @0 :Text;
  docs @1 :Text;
  line @2 :UInt32;
  record @3 :Record;
}

# One Cap'n Proto struct on the wire: a declared struct, or the parameters, results or key of an
# actor. Its parameters and results are positional, so the contract may only append to them.
struct Record {
  id @0 :UInt64;
  # By ordinal: fields[n] has ordinal n.
  fields @1 :List(Field);
  # In 64-bit words.
  dataWords @2 :UInt16;
  pointerCount @3 :UInt16;
  # Zero without a union, as in everything that actorc emits today; offset in units of 16 bits.
  discriminantCount @4 :UInt16;
  discriminantOffset @5 :UInt32;
  # Whether a reply handle is in it, as only in parameters: then a frame that is dropped has handles
  # to release.
  holdsReplies @6 :Bool;
}

struct Field {
  name @0 :Text;
  docs @1 :Text;
  line @2 :UInt32;
  type @3 :Type;
  placement :union {
    # A start parameter: it never travels.
    none @4 :Void;
    slot :group {
      # In units of the type's size within the data words; for what is behind a pointer, the index
      # of the pointer. Enums are 16 bits, a bool is 1 bit.
      offset @5 :UInt32;
      # 65535 outside a union.
      discriminantValue @6 :UInt16 = 65535;
    }
  }
}

struct Type {
  union {
    bool @0 :Void;
    i8 @1 :Void;
    i16 @2 :Void;
    i32 @3 :Void;
    i64 @4 :Void;
    u8 @5 :Void;
    u16 @6 :Void;
    u32 @7 :Void;
    u64 @8 :Void;
    f32 @9 :Void;
    f64 @10 :Void;
    text @11 :Void;
    bytes @12 :Void;
    # Index into enums.
    enum @13 :UInt32;
    # Index into structs.
    struct @14 :UInt32;
    # A reference to an actor; index into actors. A pointer to an ActorRef.
    ref @15 :UInt32;
    # The right to answer an ask; a pointer to a ReplyTo.
    reply :group {
      # Index into actors.
      actor @16 :UInt32;
      # Index into that actor's messages.
      message @17 :UInt32;
    }
  }
}

struct Actor {
  name @0 :Text;
  docs @1 :Text;
  line @2 :UInt32;
  # The actor's type on the wire.
  id @3 :UInt64;
  key :union {
    none @4 :Void;
    # One field, of type text, bytes, u64 or i64.
    record @5 :Record;
  }
  startParameters @6 :List(Field);
  # Whether the actor is told when one that it watches ends.
  watches @7 :Bool;
  mailbox @8 :Mailbox;
  # By ordinal, ascending.
  messages @9 :List(Message);
}

# Zero, or the first enumerator, where the contract says nothing and the runtime decides.
struct Mailbox {
  messagesMax @0 :UInt32;
  bytesMax @1 :UInt64;
  overflow @2 :Overflow;

  enum Overflow {
    unspecified @0;
    reject @1;
    dropOldest @2;
  }
}

struct Message {
  name @0 :Text;
  docs @1 :Text;
  line @2 :UInt32;
  # The message's kind on the wire. Gaps are allowed.
  ordinal @3 :UInt16;
  parameters @4 :Record;
  union {
    tell @5 :Void;
    ask @6 :Ask;
  }
}

struct Ask {
  results @0 :Record;
  denies :union {
    none @1 :Void;
    # Index into enums.
    enum @2 :UInt32;
  }
}
