#include "relay/observability/log_writer.hpp"

#include <gtest/gtest.h>

#include <unistd.h>
#include <array>
#include <csignal>
#include <cstddef>
#include <string>

namespace relay::observability {
namespace {

class LogWriterTest : public testing::Test {
  protected:
    LogWriterTest() {
        std::signal(SIGPIPE, SIG_IGN);
        EXPECT_EQ(::pipe(ends_.data()), 0);
    }
    ~LogWriterTest() override {
        stop_reading();
        ::close(ends_[1]);
    }

    void stop_reading() {
        if (ends_[0] >= 0) {
            ::close(ends_[0]);
            ends_[0] = -1;
        }
    }

    std::string read_some() {
        std::string text(1 << 20, ' ');
        const auto count = ::read(ends_[0], text.data(), text.size());
        text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
        return text;
    }

    std::array<int, 2> ends_{-1, -1};
};

TEST_F(LogWriterTest, ALineGoesOutAtOnce) {
    LogWriter writer(ends_[1]);
    writer.write("one\n");
    EXPECT_EQ(read_some(), "one\n");
    EXPECT_EQ(writer.dropped(), 0U);
    EXPECT_EQ(writer.take_gap(), 0U);
}

// A blocking descriptor, as standard output is: the test would hang.
TEST_F(LogWriterTest, AReaderThatDoesNotReadCostsLinesAndNoTime) {
    LogWriter writer(ends_[1]);
    const std::string line = std::string(999, 'x') + "\n";
    for (int number = 0; number < 1'000; ++number) {
        writer.write(line);
    }
    const auto dropped = writer.dropped();
    EXPECT_GT(dropped, 900U);
    EXPECT_EQ(writer.take_gap(), 0U); // nobody can be told yet
    const auto read = read_some();
    EXPECT_EQ(read.size() % line.size(), 0U) << "whole lines only";
    writer.write("next\n");
    EXPECT_EQ(writer.take_gap(), dropped);
    EXPECT_EQ(writer.take_gap(), 0U);
    EXPECT_EQ(read_some(), "next\n");
}

TEST_F(LogWriterTest, AReaderThatIsGoneEndsNothing) {
    LogWriter writer(ends_[1]);
    stop_reading();
    writer.write("one\n");
    writer.write("two\n");
    EXPECT_EQ(writer.dropped(), 2U);
}

} // namespace
} // namespace relay::observability
