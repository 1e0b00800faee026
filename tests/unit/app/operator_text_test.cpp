// What goes to a relay, and what of its answers is shown.

#include "job_text.hpp"
#include "operator_commands.hpp"
#include "relay_client.hpp"
#include "request_target.hpp"
#include "terminal.hpp"
#include "text_table.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace relay::app {
namespace {

using nlohmann::json;

TEST(OperatorText, TargetsArePercentEncoded) {
    auto target = RequestTarget("/admin/jobs").segment("a/../b?c#d%");
    EXPECT_EQ(target.text(), "/admin/jobs/a%2F..%2Fb%3Fc%23d%25");
    target.parameter("code", "x&limit=1").parameter("cursor", "a b+\xc3\xa9~-._");
    EXPECT_EQ(target.text(),
              "/admin/jobs/a%2F..%2Fb%3Fc%23d%25?code=x%26limit%3D1&cursor=a%20b%2B%C3%A9~-._");
}

TEST(OperatorText, WhatIsFoundIsToldByItsForm) {
    const std::string id = "0190a2b4-1c3d-7e5f-8a9b-0c1d2e3f4a5b";
    const std::string digits(64, 'a');
    const std::string signature(64, '1'); // 64 zero bytes
    const std::vector<std::pair<std::string, std::string>> rows = {
        {id, "/admin/jobs/" + id},
        {digits, "/admin/jobs?nullifier=" + digits},
        {"0x" + digits, "/admin/jobs?nullifier=" + digits},
        {"", ""},
        {"0x", ""},
        {id + "0", ""},
        {digits + "a", ""},
    };
    for (const auto& [text, target] : rows) {
        EXPECT_EQ(target_to_find(text).value_or(""), target) << text;
    }
    // Digits alone are a nullifier, whatever else they might be.
    EXPECT_EQ(target_to_find(signature), "/admin/jobs?nullifier=" + signature);
    EXPECT_EQ(target_to_find(std::string(63, '1') + "z"),
              "/admin/jobs?signature=" + std::string(63, '1') + "z");
}

TEST(OperatorText, ColumnsStandBelowOneAnother) {
    TextTable table({"NAME", "VALUE"});
    EXPECT_TRUE(table.empty());
    table.add({"a long name", "1"});
    table.add({"\xc3\xa9", "\x1b[31mred\x1b[0m"});
    EXPECT_EQ(table.text(),
              "NAME         VALUE\n"
              "a long name  1\n"
              "\xc3\xa9            \x1b[31mred\x1b[0m\n");
}

TEST(OperatorText, NothingSteersTheTerminal) {
    EXPECT_EQ(printable("a\x1b[2Jb\n\x7f\xc2\x9b"
                        "c\xc3\xa9"),
              "a?[2Jb???c\xc3\xa9");
    const json job = {{"request_id", "x"}, {"error", "withdraw failed: \x1b[2J"}};
    EXPECT_EQ(job_text(job).find('\x1b'), std::string::npos);
}

TEST(OperatorText, AnyAnswerHasAText) {
    for (const auto& odd : {json(), json::array({1}), json("text"), json::object(),
                            json{{"jobs", {1, nullptr, {{"request_id", 7}}}}, {"payload", 1}}}) {
        for (const auto text :
             {jobs_text, job_text, bulk_text, fleet_text, changes_text, health_text}) {
            EXPECT_NO_THROW(text(odd)) << odd.dump();
        }
    }
}

TEST(OperatorText, JobsAreATable) {
    const json page = {{"jobs",
                        {{{"request_id", "id-1"},
                          {"status", "failed"},
                          {"created_at", "2026-11-27T08:00:00Z"},
                          {"retry_count", 3},
                          {"error_code", "root_not_found"},
                          {"waiting_for", nullptr},
                          {"slot", nullptr}}}},
                       {"next_cursor", "abc"}};
    EXPECT_EQ(jobs_text(page),
              "REQUEST ID  STATUS  CREATED               RETRIES  ERROR           WAITS FOR  SLOT\n"
              "id-1        failed  2026-11-27T08:00:00Z  3        root_not_found  -          -\n"
              "\nmore: --cursor abc\n");
    EXPECT_EQ(jobs_text({{"jobs", json::array()}, {"next_cursor", nullptr}}), "no jobs\n");
}

TEST(OperatorText, AComplaintIsOneLine) {
    const auto complaint = complaint_of(400, {{"code", "invalid_field"},
                                              {"message", "limit must be a number."},
                                              {"field", "limit"},
                                              {"hint", "Such as\n5."}});
    EXPECT_EQ(complaint.line, "limit must be a number. (invalid_field, field limit) Such as?5.");
    EXPECT_NE(complaint_of(401, {{"code", "unauthorized"}}).line.find("RELAY_ADMIN_TOKEN_FILE"),
              std::string::npos);
}

} // namespace
} // namespace relay::app
