#pragma once
// Array parameters in Postgres' binary form (array_recv of its arrayfuncs.c), which costs the
// server a fraction of what reading the text form does: there every byte of a bytea is written as
// two digits, quoted, and looked at three times.
//
// Each class fills a parameter that its statement casts to that type: $1::uuid[] takes a UuidArray.

#include "relay/base/encoding.hpp"

#include <array>
#include <cstdint>
#include <pqxx/pqxx>
#include <string_view>

namespace relay::postgres {

class BinaryArray {
  public:
    pqxx::binarystring parameter() const;

  protected:
    /// The number of the element's type, which pg_type.dat fixes for ever.
    enum class ElementOid : std::uint32_t {
        Boolean = 16,
        Bytea = 17,
        Bigint = 20,
        Text = 25,
        Uuid = 2950,
    };

    explicit BinaryArray(ElementOid element);
    void append(base::ByteView element);
    void append_null();

  private:
    /// The words before the elements, in their order.
    enum class Header : std::uint8_t { Dimensions, HasNull, Element, Count, FirstNumber };

    void begin_element(std::uint32_t length);
    void set_header_word(Header place, std::uint32_t value);

    base::Bytes bytes_;
    std::uint32_t count_ = 0;
};

class UuidArray : public BinaryArray {
  public:
    UuidArray() : BinaryArray(ElementOid::Uuid) {}
    void add(const std::array<std::uint8_t, 16>& uuid) { append(uuid); }
    void add_null() { append_null(); }
};

class ByteaArray : public BinaryArray {
  public:
    ByteaArray() : BinaryArray(ElementOid::Bytea) {}
    void add(base::ByteView bytes) { append(bytes); }
};

class TextArray : public BinaryArray {
  public:
    TextArray() : BinaryArray(ElementOid::Text) {}
    /// Any bytes. What no text column can hold is left out (NUL) or becomes '?' (what is not
    /// UTF-8): one bad message must not fail a whole batch.
    void add(std::string_view text);
    void add_null() { append_null(); }
};

class BigintArray : public BinaryArray {
  public:
    BigintArray() : BinaryArray(ElementOid::Bigint) {}
    void add(std::int64_t number);
    void add_null() { append_null(); }
};

class BooleanArray : public BinaryArray {
  public:
    BooleanArray() : BinaryArray(ElementOid::Boolean) {}
    void add(bool value);
};

} // namespace relay::postgres
