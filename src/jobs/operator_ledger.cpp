#include "relay/jobs/operator_ledger.hpp"

#include <string_view>
#include <utility>

namespace relay::jobs {

std::string_view to_string(OperatorAction action) {
    switch (action) {
        case OperatorAction::Retry:
            return "retry";
        case OperatorAction::Discard:
            return "discard";
        case OperatorAction::Pause:
            return "pause";
        case OperatorAction::Resume:
            return "resume";
        case OperatorAction::Drain:
            return "drain";
    }
    std::unreachable();
}

} // namespace relay::jobs
