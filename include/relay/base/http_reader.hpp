#pragma once
// Reads one HTTP/1.x message from bytes as a socket brings them: pure, for both sides of a
// connection. Everything a message may take from the socket is bounded, its framing included: the
// head, the body, and what chunk sizes, chunk extensions and trailers take together.
//
//   HttpReader reader(HttpReader::Kind::Request, limits);
//   while (!reader.done() && !reader.fault()) { used = reader.feed(more_bytes); }
//
// Source: RFC 9112. Lines end in CRLF; no control characters, no white space before a colon, no
// folded lines in a request (in a reply they are read as one); lengths that contradict one another,
// or stand beside a transfer coding, are faults; the only transfer coding is chunked. Interim
// replies (1xx) are read past, a few of them.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay::base {

struct HttpLimits {
    std::size_t head_bytes = 8UL * 1024;
    std::size_t body_bytes = 16UL * 1024;
    /// Chunk sizes, chunk extensions and trailers together.
    std::size_t framing_bytes = 32UL * 1024;
};

struct HttpFault {
    enum class Kind {
        Malformed,
        HeadTooLarge,
        BodyTooLarge,
        FramingTooLarge,
        UnknownCoding,
        UnknownVersion,
        /// The peer ended the connection within the message.
        CutShort,
    };
    Kind kind = Kind::Malformed;
    /// A whole sentence without a word of the message.
    const char* reason = "";
};

class HttpReader {
  public:
    enum class Kind { Request, Reply };

    HttpReader(Kind kind, HttpLimits limits) : kind_(kind), limits_(limits) {}
    HttpReader(const HttpReader&) = delete;
    HttpReader& operator=(const HttpReader&) = delete;

    /// Takes bytes up to the message's end; how many. What follows is the next message's.
    std::size_t feed(std::string_view bytes);
    /// The peer has sent its last byte: the end of a reply without a length, else a fault.
    void end();

    /// No byte of a message has come yet.
    bool untouched() const { return state_ == State::Head && taken_ == 0; }
    bool head_read() const { return state_ != State::Head; }
    bool done() const { return state_ == State::Done; }
    /// A reply without a length, whose end is the connection's.
    bool ends_with_connection() const { return ends_with_connection_; }
    const std::optional<HttpFault>& fault() const { return fault_; }

    // What the head says, once it was read; views live as long as the reader.
    std::string_view method() const { return method_; }
    std::string_view target() const { return target_; }
    unsigned status() const { return status_; }
    /// HTTP/1.0, which knows neither chunks nor interim replies.
    bool is_http_1_0() const { return minor_version_ == 0; }
    /// By its name in lower case: the nth of that name, "" where there is none. Where the head did
    /// not come whole, of what has come.
    std::string_view field(std::string_view name, std::size_t nth = 0);
    std::size_t count(std::string_view name);
    /// Whether the connection may carry another message after this one.
    bool keeps_alive();
    std::string& body() { return body_; }

  private:
    enum class State { Head, Body, BodyToEnd, ChunkSize, ChunkData, ChunkEnd, Trailer, Done };
    enum class Lines { Head, Framing };

    std::size_t step(std::string_view bytes);
    std::size_t take_head(std::string_view bytes);
    std::size_t take_body(std::string_view bytes);
    std::size_t take_line(std::string_view bytes);
    void end_line();
    void read_chunk_size();
    bool accepts(char next, Lines lines);

    void read_head();
    bool read_request_line(std::string_view line);
    bool read_status_line(std::string_view line);
    bool read_version(std::string_view text);
    bool read_fields(std::size_t begin);
    void unfold();
    void salvage_fields();
    void choose_framing();
    bool read_content_length();
    void begin_body();
    void begin_next_reply();
    bool has_token(std::string_view field_name, std::string_view token);

    bool fail(HttpFault::Kind kind, const char* reason);
    bool malformed(const char* reason) { return fail(HttpFault::Kind::Malformed, reason); }

    Kind kind_;
    HttpLimits limits_;
    State state_ = State::Head;
    std::optional<HttpFault> fault_;

    /// The head's bytes so far; in the body, the framing line's.
    std::string text_;
    std::string line_;
    std::size_t taken_ = 0; // of the heads, blank lines and interim replies included
    std::size_t line_length_ = 0;
    std::size_t lines_ = 0;
    char previous_ = 0;
    int interim_replies_ = 0;

    std::string_view method_;
    std::string_view target_;
    unsigned status_ = 0;
    int minor_version_ = 1;
    std::vector<std::pair<std::string_view, std::string_view>> fields_;
    bool salvaged_ = false;
    bool ends_with_connection_ = false;

    std::optional<std::uint64_t> content_length_;
    std::uint64_t left_ = 0; // of the body, or of the chunk
    std::size_t framing_ = 0;
    std::string body_;
};

/// Whether the text is a token (RFC 9110 5.6.2): a method, a field's name.
bool is_http_token(std::string_view text);

/// Whether a comma-separated list holds the token, in whatever case; `token` is lower case.
bool http_list_holds(std::string_view list, std::string_view token);

} // namespace relay::base
