#include "relay/observability/logging.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace relay::observability {
namespace {

TEST(Logging, TextIsTheMessageThenPairs) {
    EXPECT_EQ(format_text("job_sent", "job sent", {}), "job sent event=job_sent");
    EXPECT_EQ(format_text("job_sent", "job sent", {{"job", "abc"}, {"retry", 2}, {"left", -1}}),
              "job sent event=job_sent job=abc retry=2 left=-1");
    EXPECT_EQ(format_text("e", "m", {{"n", std::uint64_t{18446744073709551615U}}}),
              "m event=e n=18446744073709551615");
    EXPECT_EQ(format_text("e", "m",
                          {{"t", std::chrono::milliseconds(1'234)},
                           {"u", std::chrono::nanoseconds(1)},
                           {"v", std::chrono::hours(2)}}),
              "m event=e t=1.234 u=0.000 v=7200.000");
}

TEST(Logging, TextQuotesWhatWouldBreakALine) {
    for (const auto& [value, written] : std::initializer_list<std::pair<std::string, std::string>>{
             {"", R"("")"},
             {"plain", "plain"},
             {"a b", R"("a b")"},
             {"a=b", R"("a=b")"},
             {"say \"x\"", R"("say \"x\"")"},
             {"back\\slash", R"("back\\slash")"},
             {"two\nlines", R"("two\nlines")"},
             {"\r", R"("\r")"},
             {"\t", R"("\t")"},
             {"\x1b[31m", R"("\u001b[31m")"},
             {std::string("\0", 1), R"("\u0000")"},
             {"\x7f", "\"\x7f\""},
             {"naïve", "naïve"},
         }) {
        EXPECT_EQ(format_text("e", "m", {{"k", value}}), "m event=e k=" + written);
    }
}

TEST(Logging, JsonMembersMakeAnObject) {
    const auto line = "{" +
                      format_json_members("job_sent", "job \"sent\"",
                                          {{"job", "a\nb"},
                                           {"retry", 2},
                                           {"t", std::chrono::milliseconds(1'500)},
                                           {"k\"", "v"}}) +
                      "}";
    EXPECT_EQ(
        nlohmann::json::parse(line),
        nlohmann::json::parse(
            R"({"event":"job_sent","message":"job \"sent\"","job":"a\nb","retry":2,"t":1.5,"k\"":"v"})"));
    EXPECT_EQ(line.find('\n'), std::string::npos);
}

TEST(Logging, JsonIsGoodWhateverTheBytes) {
    for (const std::string_view bytes : {"\xff", "a\xc3", "\xed\xa0\x80", "\xc0\xaf", "\x01"}) {
        const auto line = "{" + format_json_members("e", bytes, {{"k", std::string(bytes)}}) + "}";
        EXPECT_TRUE(nlohmann::json::accept(line)) << line;
    }
}

} // namespace
} // namespace relay::observability
