# What actorc knows about one .actor file after all checks, complete with wire layout. Emitters read
# this and nothing else, so each of them can also be a program of its own: `actorc gen --emit ir`.
#
# Names are those of the contract; codegen/namer.h turns them into names of C++ and Cap'n Proto.
# Lists refer to each other by index: `enum 2` is `enums[2]` of the same file. Lines count from 1.
#
# What other files declare is listed behind the file's own, as far as the file needs it: `origin`
# tells them apart. Emitters write what is the file's own.
@0xb2c4e1f07a5d9368;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("troupe::codegen::ir");

struct File {
  # Increases when the meaning of a field of this schema changes; new fields do not count.
  # 2: enums, structs and actors may be other files' (origin).
  formatVersion @0 :UInt16 = 2;
  # "0.1.0"
  actorcVersion @1 :Text;
  # As an import of the file would say it: relative to the workspace in a build.
  sourcePath @2 :Text;
  # "a.b"
  package @3 :Text;
  # The comment above the package. All docs: lines joined by newlines, without the slashes; valid
  # UTF-8 without control characters but the newline. A line may end with a backslash.
  docs @4 :Text;
  id @5 :UInt64;
  # As in the source; then those of other files.
  enums @6 :List(Enum);
  # Every struct after those of the same file that it contains; otherwise as in the source. Then those
  # of other files.
  structs @7 :List(Struct);
  # As in the source; then those of other files.
  actors @8 :List(Actor);
  # The structs of protocols/troupe.capnp under their names there: how references and reply handles
  # (ActorRef, ReplyTo) lie on the wire.
  wireTypes @9 :List(Struct);
  # The file's own imports, as in the source; then other files that one of the structs above needs.
  imports @10 :List(Import);
}

struct Import {
  # Relative to the workspace: "examples/shop/money.actor".
  path @0 :Text;
  package @1 :Text;
  # Whether the file itself says so.
  isDirect @2 :Bool;
}

struct Enum {
  name @0 :Text;
  docs @1 :Text;
  line @2 :UInt32;
  id @3 :UInt64;
  # By ordinal, ascending. Ordinals may have gaps; on the wire a value is its ordinal, in 16 bits.
  enumerators @4 :List(Enumerator);
  # Zero for the file's own, or the place in imports, counted from 1.
  origin @5 :UInt16;
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
  # As in Enum.
  origin @4 :UInt16;
}

# One Cap'n Proto struct on the wire: a declared struct, or the parameters, results or key of an
# actor. Its parameters and results are positional, so the contract may only append to them.
struct Record {
  id @0 :UInt64;
  # By ordinal of the contract.
  fields @1 :List(Field);
  # In 64-bit words.
  dataWords @2 :UInt16;
  pointerCount @3 :UInt16;
  # Zero without a union, as in everything that actorc emits (the union of an option is a group of its
  # own); offset in units of 16 bits.
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
    # A field of type option: a union of `none`, whose discriminant is 0, and `some`, which has 1.
    option :group {
      # As in slot, of `some`.
      offset @7 :UInt32;
      # In units of 16 bits.
      discriminantOffset @8 :UInt32;
    }
  }
  # What the contract says, or what is nothing but zeros. A default never changes.
  default :union {
    none @9 :Void;
    bool @10 :Bool;
    # Of i8 to i64.
    signed @11 :Int64;
    # Of u8 to u64.
    unsigned @12 :UInt64;
    # Of f32 and f64.
    floating @13 :Float64;
    text @14 :Text;
    # Index into the enumerators of the field's type.
    enumerator @15 :UInt32;
  }
  # The first ordinal in Cap'n Proto: an option has two, everything else one.
  ordinal @16 :UInt16;
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
    # Of anything but options and reply handles.
    list @18 :Type;
    # Anything but an option and a reply handle.
    option @19 :Type;
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
  # By ordinal, ascending. Of another file's actor only names, ordinals, and which are asks.
  messages @9 :List(Message);
  # As in Enum.
  origin @10 :UInt16;
  # What may be handled while the actor awaits in the midst of a message. Of the file's own actors, as
  # is what follows.
  reentrancy @11 :Reentrancy;
  # Whom it asks, as in the source; none where the contract says nothing.
  asks @12 :List(Asked);

  enum Reentrancy {
    # Nothing.
    none @0;
    # Asks that the awaited one led to.
    callChain @1;
    # Every message.
    interleave @2;
  }
}

struct Asked {
  # Index into actors.
  actor @0 :UInt32;
  # The author's word that no two instances ever ask each other, whatever their contracts would allow.
  acyclic @1 :Bool;
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
  # What the message may be handled beside, whatever the reentrancy of its actor. Of the file's own
  # actors only.
  interleaving @7 :Interleaving;

  enum Interleaving {
    # As the actor's reentrancy has it.
    none @0;
    # Other readonly ones.
    readonly @1;
    # Whatever is being handled.
    always @2;
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
