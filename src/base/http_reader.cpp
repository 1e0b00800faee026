// The message's bytes go through these states:
//
//   Head -> Done                                   no body
//        -> Body -> Done                           Content-Length
//        -> BodyToEnd -> Done                      a reply that ends with its connection
//        -> ChunkSize -> ChunkData -> ChunkEnd -> ChunkSize ... -> Trailer ... -> Done

#include "relay/base/http_reader.hpp"

#include "http_syntax.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace relay::base {
namespace {

using FaultKind = HttpFault::Kind;

constexpr std::size_t kMostBlankLines = 4;
constexpr int kMostInterimReplies = 10;
/// Reserved for a body at once; one that lies about its length costs no more.
constexpr std::size_t kReserved = 64UL * 1024;

} // namespace

std::size_t HttpReader::feed(std::string_view bytes) {
    const auto size = bytes.size();
    while (!bytes.empty() && !done() && !fault_) {
        bytes.remove_prefix(step(bytes));
    }
    return size - bytes.size();
}

void HttpReader::end() {
    if (state_ == State::BodyToEnd) {
        state_ = State::Done;
    } else if (state_ != State::Done) {
        fail(FaultKind::CutShort, "the connection ended within the message");
    }
}

std::size_t HttpReader::step(std::string_view bytes) {
    switch (state_) {
        case State::Head:
            return take_head(bytes);
        case State::Body:
        case State::BodyToEnd:
        case State::ChunkData:
            return take_body(bytes);
        case State::ChunkSize:
        case State::ChunkEnd:
        case State::Trailer:
            return take_line(bytes);
        case State::Done:
            return 0;
    }
    std::unreachable();
}

/// Whether the byte may come next in a line: LF after CR and only there, no control character.
bool HttpReader::accepts(char next, Lines lines) {
    const bool ends_line = next == '\n';
    const auto byte = static_cast<unsigned char>(next);
    const bool is_control =
        (byte < 0x20 && next != '\t' && next != '\r' && !ends_line) || byte == 0x7f;
    if (is_control || ends_line != (previous_ == '\r')) {
        return malformed(lines == Lines::Head
                             ? "a control character, or a line that does not end in CR LF"
                             : "a line of the chunked body does not end in CR LF");
    }
    previous_ = next;
    return true;
}

std::size_t HttpReader::take_head(std::string_view bytes) {
    std::size_t begin = 0;
    for (std::size_t index = 0; index < bytes.size(); ++index) {
        const char next = bytes[index];
        if (++taken_ > limits_.head_bytes) {
            fail(FaultKind::HeadTooLarge, "the head is longer than it may be");
        }
        if (fault_ || !accepts(next, Lines::Head)) {
            text_.append(bytes.substr(begin, index - begin));
            return index;
        }
        if (next != '\n') {
            line_length_ += next == '\r' ? 0 : 1;
            continue;
        }
        previous_ = 0;
        if (line_length_ > 0) {
            ++lines_;
            line_length_ = 0;
        } else if (lines_ > 0) {
            text_.append(bytes.substr(begin, index + 1 - begin));
            read_head();
            return index + 1;
        } else { // a blank line before a request is passed over (RFC 9112 2.2)
            if (kind_ == Kind::Reply || taken_ > 2 * kMostBlankLines) {
                malformed("blank lines stand where a message should begin");
                return index;
            }
            text_.clear();
            begin = index + 1;
        }
    }
    text_.append(bytes.substr(begin));
    return bytes.size();
}

void HttpReader::read_head() {
    if (kind_ == Kind::Reply) {
        unfold();
    }
    const auto line_end = text_.find("\r\n");
    const auto line = std::string_view(text_).substr(0, line_end);
    const bool begins_well =
        kind_ == Kind::Request ? read_request_line(line) : read_status_line(line);
    if (!begins_well || !read_fields(line_end + 2)) {
        return;
    }
    if (kind_ == Kind::Reply && status_ < 200) {
        begin_next_reply();
    } else {
        choose_framing();
    }
}

/// An interim reply says nothing that counts; the reply comes after it.
void HttpReader::begin_next_reply() {
    if (status_ == 101) {
        malformed("the reply changes to a protocol that nobody asked for");
    } else if (++interim_replies_ > kMostInterimReplies) {
        malformed("more interim replies than anybody needs");
    }
    fields_.clear();
    text_.clear();
    lines_ = 0;
}

bool HttpReader::read_version(std::string_view text) {
    const auto is_digit = [](char character) { return character >= '0' && character <= '9'; };
    if (text.size() != 8 || !text.starts_with("HTTP/") || !is_digit(text[5]) || text[6] != '.' ||
        !is_digit(text[7])) {
        return malformed("the first line names no version of HTTP");
    }
    if (text[5] != '1') {
        return fail(FaultKind::UnknownVersion, "only HTTP/1.1 and HTTP/1.0 are spoken here");
    }
    minor_version_ = text[7] == '0' ? 0 : 1;
    return true;
}

bool HttpReader::read_request_line(std::string_view line) {
    const auto first = line.find(' ');
    const auto last = line.rfind(' ');
    if (first == std::string_view::npos || first == last) {
        return malformed("the first line must be a method, a target and HTTP/1.1");
    }
    if (!read_version(line.substr(last + 1))) {
        return false;
    }
    method_ = line.substr(0, first);
    target_ = line.substr(first + 1, last - first - 1);
    const auto is_visible = [](char character) { return character > ' ' && character < 0x7f; };
    if (!is_http_token(method_) || target_.empty() || !std::ranges::all_of(target_, is_visible)) {
        return malformed("the first line must be a method, a target and HTTP/1.1");
    }
    return true;
}

bool HttpReader::read_status_line(std::string_view line) {
    if (!read_version(line.substr(0, 8))) {
        return false;
    }
    const auto status =
        line.size() >= 12 && line[8] == ' ' ? read_digits(line.substr(9, 3), 10) : std::nullopt;
    if (!status || *status < 100 || (line.size() > 12 && line[12] != ' ')) {
        return malformed("the first line has no status");
    }
    status_ = static_cast<unsigned>(*status);
    return true;
}

/// Makes one line of a field that was folded over several (RFC 9112 5.2).
void HttpReader::unfold() {
    for (auto at = text_.find("\r\n"); at != std::string::npos; at = text_.find("\r\n", at + 2)) {
        if (at + 2 < text_.size() && is_blank(text_[at + 2])) {
            text_[at] = text_[at + 1] = ' ';
        }
    }
}

bool HttpReader::read_fields(std::size_t begin) {
    for (auto end = text_.find("\r\n", begin); end != begin; end = text_.find("\r\n", begin)) {
        const auto colon = text_.find(':', begin);
        if (colon >= end || !is_http_token(std::string_view(text_).substr(begin, colon - begin))) {
            return malformed("a header field must be a name, a colon and a value on one line");
        }
        std::transform(text_.begin() + static_cast<std::ptrdiff_t>(begin),
                       text_.begin() + static_cast<std::ptrdiff_t>(colon),
                       text_.begin() + static_cast<std::ptrdiff_t>(begin), to_lower);
        const std::string_view text(text_);
        fields_.emplace_back(text.substr(begin, colon - begin),
                             trim_blanks(text.substr(colon + 1, end - colon - 1)));
        begin = end + 2;
    }
    return true;
}

/// Keeps the lines of a head that did not come whole: an answer may depend on their Origin.
void HttpReader::salvage_fields() {
    salvaged_ = true;
    std::string_view rest(text_);
    for (auto end = rest.find("\r\n"); end != std::string_view::npos; end = rest.find("\r\n")) {
        const auto line = rest.substr(0, end);
        const auto name = line.substr(0, line.find(':'));
        if (name.size() < line.size() && is_http_token(name)) {
            fields_.emplace_back(name, trim_blanks(line.substr(name.size() + 1)));
        }
        rest.remove_prefix(end + 2);
    }
}

std::string_view HttpReader::field(std::string_view name, std::size_t nth) {
    if (!head_read() && fields_.empty() && !salvaged_) {
        salvage_fields();
    }
    for (const auto& [known, value] : fields_) {
        if (equals_ignoring_case(known, name) && nth-- == 0) {
            return value;
        }
    }
    return {};
}

std::size_t HttpReader::count(std::string_view name) {
    return static_cast<std::size_t>(std::ranges::count_if(
        fields_, [name](const auto& field) { return equals_ignoring_case(field.first, name); }));
}

bool HttpReader::has_token(std::string_view field_name, std::string_view token) {
    return std::ranges::any_of(fields_, [&](const auto& field) {
        return field.first == field_name && http_list_holds(field.second, token);
    });
}

bool HttpReader::keeps_alive() {
    if (has_token("connection", "close")) {
        return false;
    }
    return !is_http_1_0() || has_token("connection", "keep-alive");
}

bool HttpReader::read_content_length() {
    for (const auto& [name, value] : fields_) {
        if (name != "content-length") {
            continue;
        }
        const auto length = read_digits(value, 10);
        if (!length || (content_length_ && *content_length_ != *length)) {
            return malformed("Content-Length must be one number");
        }
        content_length_ = *length;
    }
    return true;
}

void HttpReader::choose_framing() {
    const auto codings = count("transfer-encoding");
    if (!read_content_length()) {
        return;
    }
    if (codings > 0 && (content_length_ || is_http_1_0())) {
        malformed(content_length_ ? "Transfer-Encoding and Content-Length exclude one another"
                                  : "HTTP/1.0 knows no Transfer-Encoding");
        return;
    }
    const bool has_no_body = kind_ == Kind::Reply && (status_ == 204 || status_ == 304);
    if (codings > 1 ||
        (codings == 1 && !equals_ignoring_case(field("transfer-encoding"), "chunked"))) {
        fail(FaultKind::UnknownCoding, "the only transfer coding known here is chunked, once");
    } else if (has_no_body) {
        state_ = State::Done;
    } else if (codings == 1) {
        state_ = State::ChunkSize;
    } else {
        begin_body();
    }
    previous_ = 0;
}

void HttpReader::begin_body() {
    if (!content_length_) {
        state_ = kind_ == Kind::Request ? State::Done : State::BodyToEnd;
        ends_with_connection_ = state_ == State::BodyToEnd;
        left_ = kMostDigits;
        return;
    }
    left_ = *content_length_;
    state_ = left_ == 0 ? State::Done : State::Body;
    if (left_ > limits_.body_bytes) {
        fail(FaultKind::BodyTooLarge, "the body is longer than it may be");
    } else {
        body_.reserve(std::min<std::size_t>(left_, kReserved));
    }
}

std::size_t HttpReader::take_body(std::string_view bytes) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
    if (count > limits_.body_bytes - body_.size()) {
        fail(FaultKind::BodyTooLarge, "the body is longer than it may be");
        return 0;
    }
    body_.append(bytes.substr(0, count));
    if (state_ == State::BodyToEnd) {
        return count;
    }
    left_ -= count;
    if (left_ == 0) {
        state_ = state_ == State::Body ? State::Done : State::ChunkEnd;
    }
    return count;
}

/// Framing lines: what they take is counted together, however many there are.
std::size_t HttpReader::take_line(std::string_view bytes) {
    for (std::size_t index = 0; index < bytes.size(); ++index) {
        if (++framing_ > limits_.framing_bytes) {
            fail(FaultKind::FramingTooLarge, "the chunked body's framing takes more than it may");
            return index;
        }
        if (!accepts(bytes[index], Lines::Framing)) {
            return index;
        }
        if (bytes[index] == '\n') {
            previous_ = 0;
            end_line();
            line_.clear();
            return index + 1;
        }
        if (bytes[index] == '\r') {
            continue;
        }
        if (state_ == State::ChunkEnd) {
            malformed("a chunk is longer than it said");
            return index;
        }
        line_.push_back(bytes[index]);
    }
    return bytes.size();
}

void HttpReader::end_line() {
    if (state_ == State::ChunkSize) {
        read_chunk_size();
    } else if (state_ == State::ChunkEnd) {
        state_ = State::ChunkSize;
    } else if (line_.empty()) {
        state_ = State::Done;
    } else if (!is_http_token(std::string_view(line_).substr(0, line_.find(':'))) ||
               !line_.contains(':')) {
        malformed("a trailer field must be a name, a colon and a value on one line");
    }
}

/// "1a2b" or "1a2b ; extension"; what an extension says is nobody's business here.
void HttpReader::read_chunk_size() {
    auto digits = std::string_view(line_).substr(0, line_.find(';'));
    if (digits.size() < line_.size()) {
        digits = trim_blanks(digits);
    }
    const auto size = read_digits(digits, 16);
    if (!size) {
        malformed("a chunk's size is no hexadecimal number");
    } else if (*size > limits_.body_bytes - body_.size()) {
        fail(FaultKind::BodyTooLarge, "the body is longer than it may be");
    } else {
        left_ = *size;
        state_ = left_ == 0 ? State::Trailer : State::ChunkData;
    }
}

bool HttpReader::fail(FaultKind kind, const char* reason) {
    if (!fault_) {
        fault_ = HttpFault{kind, reason};
    }
    return false;
}

} // namespace relay::base
