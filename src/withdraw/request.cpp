#include "relay/withdraw/request.hpp"

#include "relay/base/encoding.hpp"
#include "relay/base/error.hpp"
#include "relay/base/strict_json.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/units.hpp"
#include "relay/withdraw/fault.hpp"
#include "relay/withdraw/rules.hpp"
#include "relay/withdraw/sp1_bundle.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace relay::withdraw {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t kMaxAmount = std::numeric_limits<std::int64_t>::max();
constexpr std::uint64_t kMaxBasisPoints = 10'000;

/// A JSON object of the body and the path that leads to it; the body's own path is empty.
struct Object {
    const Json::object_t& members;
    std::string path;

    std::string path_of(std::string_view key) const {
        return path.empty() ? std::string(key) : path + "." + std::string(key);
    }
};

/// Reads the body field by field, in the order of the API's description. Each read_ function says
/// whether all was well; the first that was not leaves its fault behind.
class BodyReader {
  public:
    bool read(const Json& body);

    const PostedWithdraw& posted() const { return posted_; }
    /// REQUIRES: read has said no.
    Fault& fault() { return fault_; }

  private:
    bool check_members(const Object& body);
    bool read_outputs(const Object& body);
    bool read_output(const Json& value, std::size_t index);
    bool read_policy(const Object& body);
    bool read_public_inputs(const Object& body);
    bool read_proof(const Object& body);

    bool read_address(const Object& object, std::string_view key, solana::Pubkey& address);
    bool read_hash(const Object& object, std::string_view key, solana::Hash& hash);
    bool read_amount(const Object& object, std::string_view key, solana::Lamports& amount);
    bool read_basis_points(const Object& object, std::string_view key, std::uint64_t& points);

    /// The field's value, or null and a fault where the object lacks it.
    const Json* find(const Object& object, std::string_view key);
    std::optional<Object> find_object(const Object& object, std::string_view key);

    bool refuse(FaultCode code, std::string field, std::string message) {
        fault_ = Fault{code, std::move(field), std::move(message)};
        return false;
    }
    bool refuse_value(std::string field, std::string message) {
        message.insert(0, field + " "); // a whole sentence
        return refuse(FaultCode::InvalidField, std::move(field), std::move(message));
    }

    PostedWithdraw posted_;
    Fault fault_{};
};

bool BodyReader::read(const Json& body) {
    if (!body.is_object()) {
        return refuse(FaultCode::InvalidJson, "", "the body must be a JSON object");
    }
    const Object object{body.get_ref<const Json::object_t&>(), ""};
    return check_members(object) && read_outputs(object) && read_policy(object) &&
           read_public_inputs(object) && read_proof(object);
}

/// A word at the top that is not known here may change what the sender means to be done.
bool BodyReader::check_members(const Object& body) {
    constexpr std::array<std::string_view, 4> kKnown = {"outputs", "policy", "public_inputs",
                                                        "proof_bytes"};
    constexpr std::size_t kLongestName = 64; // of what is repeated to the sender
    for (const auto& [name, value] : body.members) {
        if (!value.is_null() && std::ranges::find(kKnown, name) == kKnown.end()) {
            return refuse(FaultCode::Unsupported, name.substr(0, kLongestName),
                          "this relay withdraws SOL and does nothing else: a body has outputs, "
                          "policy, public_inputs and proof_bytes; leave " +
                              name.substr(0, kLongestName) + " out");
        }
    }
    return true;
}

bool BodyReader::read_outputs(const Object& body) {
    const Json* outputs = find(body, "outputs");
    if (outputs == nullptr) {
        return false;
    }
    if (!outputs->is_array() || outputs->empty() || outputs->size() > solana::kMaxOutputs) {
        return refuse_value("outputs", "must be an array of 1 to " +
                                           std::to_string(solana::kMaxOutputs) +
                                           " objects with recipient and amount");
    }
    posted_.withdraw.outputs.reserve(outputs->size());
    for (std::size_t i = 0; i < outputs->size(); ++i) {
        if (!read_output((*outputs)[i], i)) {
            return false;
        }
    }
    return true;
}

bool BodyReader::read_output(const Json& value, std::size_t index) {
    std::string path = output_path(index);
    if (!value.is_object()) {
        return refuse_value(std::move(path), "must be an object with recipient and amount");
    }
    const Object object{value.get_ref<const Json::object_t&>(), std::move(path)};
    solana::Output& output = posted_.withdraw.outputs.emplace_back();
    return read_address(object, "recipient", output.recipient) &&
           read_amount(object, "amount", output.amount);
}

bool BodyReader::read_policy(const Object& body) {
    const std::optional<Object> policy = find_object(body, "policy");
    return policy && read_basis_points(*policy, "fee_bps", posted_.policy_fee_bps);
}

bool BodyReader::read_public_inputs(const Object& body) {
    const std::optional<Object> inputs = find_object(body, "public_inputs");
    solana::Withdraw& withdraw = posted_.withdraw;
    return inputs && read_hash(*inputs, "root", withdraw.root) &&
           read_hash(*inputs, "nf", withdraw.nullifier) &&
           read_amount(*inputs, "amount", withdraw.amount) &&
           read_basis_points(*inputs, "fee_bps", posted_.public_inputs_fee_bps) &&
           read_hash(*inputs, "outputs_hash", withdraw.outputs_hash);
}

bool BodyReader::read_proof(const Object& body) {
    const Json* value = find(body, "proof_bytes");
    if (value == nullptr) {
        return false;
    }
    const auto* text = value->get_ptr<const std::string*>();
    const auto bytes = text != nullptr ? base::decode_base64(*text) : std::nullopt;
    const std::string rule = "must be standard, padded base64 of exactly " +
                             std::to_string(solana::kProofBytes) + " bytes, or of an SP1 bundle";
    if (!bytes) {
        return refuse_value("proof_bytes", rule);
    }
    if (bytes->size() == solana::kProofBytes) {
        std::ranges::copy(*bytes, posted_.withdraw.proof.begin());
        return true;
    }
    const auto proof = withdraw::read_sp1_bundle(*bytes);
    if (!proof) {
        return refuse_value("proof_bytes", rule + "; it has " + std::to_string(bytes->size()) +
                                               " bytes, and as a bundle: " + proof.error().message);
    }
    posted_.withdraw.proof = *proof;
    return true;
}

bool BodyReader::read_address(const Object& object, std::string_view key, solana::Pubkey& address) {
    const Json* value = find(object, key);
    if (value == nullptr) {
        return false;
    }
    const auto* text = value->get_ptr<const std::string*>();
    const auto parsed = text != nullptr ? solana::Pubkey::parse(*text) : std::nullopt;
    if (!parsed) {
        return refuse_value(object.path_of(key),
                            "must be a Solana address: base58 of exactly 32 bytes");
    }
    address = *parsed;
    return true;
}

bool BodyReader::read_hash(const Object& object, std::string_view key, solana::Hash& hash) {
    const Json* value = find(object, key);
    if (value == nullptr) {
        return false;
    }
    const auto* text = value->get_ptr<const std::string*>();
    std::string_view digits = text != nullptr ? std::string_view(*text) : std::string_view();
    if (digits.starts_with("0x")) {
        digits.remove_prefix(2);
    }
    if (!base::decode_hex(digits, hash)) {
        return refuse_value(object.path_of(key),
                            "must be a string of 64 hex digits, with or without 0x");
    }
    return true;
}

bool BodyReader::read_amount(const Object& object, std::string_view key, solana::Lamports& amount) {
    const Json* value = find(object, key);
    if (value == nullptr) {
        return false;
    }
    const auto* number = value->get_ptr<const std::uint64_t*>();
    if (number == nullptr || *number < 1 || *number > kMaxAmount) {
        return refuse_value(object.path_of(key), "must be a JSON integer from 1 to " +
                                                     std::to_string(kMaxAmount) +
                                                     ", without quotes, fraction or exponent");
    }
    amount = solana::Lamports{*number};
    return true;
}

bool BodyReader::read_basis_points(const Object& object, std::string_view key,
                                   std::uint64_t& points) {
    const Json* value = find(object, key);
    if (value == nullptr) {
        return false;
    }
    const auto* number = value->get_ptr<const std::uint64_t*>();
    if (number == nullptr || *number > kMaxBasisPoints) {
        return refuse_value(object.path_of(key), "must be a JSON integer from 0 to " +
                                                     std::to_string(kMaxBasisPoints) +
                                                     ", without quotes, fraction or exponent");
    }
    points = *number;
    return true;
}

const Json* BodyReader::find(const Object& object, std::string_view key) {
    const auto member = object.members.find(key);
    if (member == object.members.end()) {
        refuse(FaultCode::MissingField, object.path_of(key), object.path_of(key) + " is required");
        return nullptr;
    }
    return &member->second;
}

std::optional<Object> BodyReader::find_object(const Object& object, std::string_view key) {
    const Json* value = find(object, key);
    if (value == nullptr) {
        return std::nullopt;
    }
    if (!value->is_object()) {
        refuse_value(object.path_of(key), "must be an object");
        return std::nullopt;
    }
    return Object{value->get_ref<const Json::object_t&>(), object.path_of(key)};
}

} // namespace

base::Result<solana::Withdraw, Fault> parse_request(std::string_view body, const Rules& rules) {
    const base::Result<Json> document = base::parse_strict_json(body);
    if (!document) {
        return std::unexpected(
            Fault{FaultCode::InvalidJson, "", "the body is refused: " + document.error().message});
    }
    BodyReader reader;
    if (!reader.read(*document)) {
        return std::unexpected(std::move(reader.fault()));
    }
    if (auto fault = check_rules(reader.posted(), rules)) {
        return std::unexpected(std::move(*fault));
    }
    return reader.posted().withdraw;
}

} // namespace relay::withdraw
