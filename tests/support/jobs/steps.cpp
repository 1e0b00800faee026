#include "support/jobs/steps.hpp"

#include "relay/jobs/job.hpp"
#include "relay/jobs/state_machine.hpp"

#include <string>
#include <variant>

namespace relay::test {

namespace {

namespace step = jobs::step;

std::string keep_text(jobs::KeepTransaction keep) {
    switch (keep) {
        case jobs::KeepTransaction::Keep:
            return "keep";
        case jobs::KeepTransaction::KeepRefused:
            return "keep_refused";
        case jobs::KeepTransaction::Drop:
            return "drop";
    }
    return "unknown";
}

struct Describe {
    std::string operator()(const step::Sign& step) const {
        return step.outbids ? "outbid" : "sign";
    }
    std::string operator()(const step::Save&) const { return "save"; }
    std::string operator()(const step::Ask&) const { return "ask"; }
    std::string operator()(const step::Send&) const { return "send"; }
    std::string operator()(const step::Track&) const { return "track"; }
    std::string operator()(const step::SeekPayment&) const { return "seek"; }
    std::string operator()(const step::Complete& complete) const {
        return "complete " + std::to_string(complete.slot.value);
    }
    std::string operator()(const step::GiveBack& back) const {
        return std::string(back.counts ? "retry " : "give_back ") + back.error.code + " " +
               std::to_string(back.delay.count()) + " " + keep_text(back.keep);
    }
    std::string operator()(const step::Fail& fail) const { return "fail " + fail.error.code; }
    std::string operator()(const step::Abandon&) const { return "abandon"; }
};

} // namespace

std::string describe(const jobs::Step& step) {
    return std::visit(Describe{}, step);
}

const char* describe(jobs::Phase phase) {
    switch (phase) {
        case jobs::Phase::Start:
            return "Start";
        case jobs::Phase::Signing:
            return "Signing";
        case jobs::Phase::Saving:
            return "Saving";
        case jobs::Phase::Asking:
            return "Asking";
        case jobs::Phase::Sending:
            return "Sending";
        case jobs::Phase::Tracking:
            return "Tracking";
        case jobs::Phase::SeekingPayment:
            return "SeekingPayment";
        case jobs::Phase::Ended:
            return "Ended";
    }
    return "unknown";
}

} // namespace relay::test
