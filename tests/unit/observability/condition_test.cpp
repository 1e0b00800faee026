#include "relay/observability/condition.hpp"

#include "relay/observability/logging.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace relay::observability {
namespace {

using std::chrono::seconds;

std::vector<std::string>& written() {
    static std::vector<std::string> lines;
    return lines;
}

void note(std::string_view event, std::string_view message, Fields fields) {
    written().push_back(format_text(event, message, fields));
}

TEST(Condition, IsToldWhenItBeginsAndOnceAMinute) {
    written().clear();
    Condition refused({note, "sends_refused", "no node takes sends"}, {"sends_taken", "taken"});
    const Condition::time_point begin{std::chrono::hours(1)};
    EXPECT_FALSE(refused.lasts());
    for (int second = 0; second < 130; ++second) {
        refused.met(begin + seconds(second), "code 7");
    }
    EXPECT_TRUE(refused.lasts());
    EXPECT_EQ(written(),
              (std::vector<std::string>{
                  "no node takes sends event=sends_refused reason=\"code 7\" times=1 lasts=0.000",
                  "no node takes sends event=sends_refused reason=\"code 7\" times=61 lasts=60.000",
                  "no node takes sends event=sends_refused reason=\"code 7\" times=121 "
                  "lasts=120.000"}));
    refused.over(begin + seconds(130));
    EXPECT_FALSE(refused.lasts());
    refused.met(begin + seconds(131), "code 8"); // a new one
    EXPECT_EQ(written().size(), 4U);
}

TEST(Condition, NamesWhichOfSeveralHasIt) {
    written().clear();
    Condition alone({note, "node_left_alone", "left alone"}, {"node_used_again", "used"},
                    Condition::Subject{"node", "http://one"});
    alone.met(Condition::time_point{}, "lags");
    EXPECT_EQ(written(), (std::vector<std::string>{
                             "left alone event=node_left_alone node=http://one reason=lags "
                             "times=1 lasts=0.000"}));
}

} // namespace
} // namespace relay::observability
