// Bad bodies, one fault each: the code and the field they are answered with.

#include "relay/base/encoding.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/withdraw/request.hpp"
#include "support/base/vectors.hpp"
#include "support/solana/keys.hpp"
#include "support/withdraw/withdraw_bodies.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay::withdraw {
namespace {

using Json = nlohmann::json;
using Pointer = nlohmann::json::json_pointer;

void expect_fault(const std::string& what, std::string_view body, std::string_view code,
                  std::string_view field) {
    const auto result = parse_request(body, test::vector_rules());
    ASSERT_FALSE(result.has_value()) << what;
    EXPECT_EQ(to_string(result.error().code), code) << what;
    EXPECT_EQ(result.error().field, field) << what;
    EXPECT_FALSE(result.error().message.empty()) << what;
}

/// The second vector, which has two outputs, with one value put in another's place.
std::string body_with(const std::string& pointer, const Json& value) {
    Json body = test::withdraw_body(1);
    body[Pointer(pointer)] = value;
    return body.dump();
}

/// The second vector with the raw JSON text `value` in place of another value.
std::string body_with_text(const std::string& pointer, const std::string& value) {
    constexpr std::string_view kMark = "\"put the text here\"";
    std::string body = body_with(pointer, "put the text here");
    return body.replace(body.find(kMark), kMark.size(), value);
}

struct Field {
    std::string pointer;
    std::string path;
};

const std::vector<Field>& every_field() {
    static const std::vector<Field> kFields = {
        {"/outputs", "outputs"},
        {"/outputs/0/recipient", "outputs[0].recipient"},
        {"/outputs/1/recipient", "outputs[1].recipient"},
        {"/outputs/0/amount", "outputs[0].amount"},
        {"/outputs/1/amount", "outputs[1].amount"},
        {"/policy", "policy"},
        {"/policy/fee_bps", "policy.fee_bps"},
        {"/public_inputs", "public_inputs"},
        {"/public_inputs/root", "public_inputs.root"},
        {"/public_inputs/nf", "public_inputs.nf"},
        {"/public_inputs/amount", "public_inputs.amount"},
        {"/public_inputs/fee_bps", "public_inputs.fee_bps"},
        {"/public_inputs/outputs_hash", "public_inputs.outputs_hash"},
        {"/proof_bytes", "proof_bytes"},
    };
    return kFields;
}

TEST(WithdrawFault, MissingFields) {
    for (const Field& field : every_field()) {
        Json body = test::withdraw_body(1);
        const Pointer pointer(field.pointer);
        body[pointer.parent_pointer()].erase(pointer.back());
        expect_fault("without " + field.path, body.dump(), "missing_field", field.path);
    }
    expect_fault("nothing at all", "{}", "missing_field", "outputs");
}

TEST(WithdrawFault, WrongTypes) {
    const Json values[] = {nullptr,       true,         false,     -1,    1.5,    "",       "1",
                           Json::array(), Json{{1, 2}}, Json{"x"}, 1e300, "null", INT64_MIN};
    for (const Field& field : every_field()) {
        for (const Json& value : values) {
            if (field.path == "outputs" && value.is_array() && !value.empty()) {
                continue; // the fault is in the element
            }
            expect_fault(field.path + " = " + value.dump(), body_with(field.pointer, value),
                         "invalid_field", field.path);
        }
    }
    for (const char* pointer : {"/outputs/0", "/outputs/1"}) {
        for (const Json& value : values) {
            expect_fault(std::string(pointer) + " = " + value.dump(), body_with(pointer, value),
                         "invalid_field", pointer[9] == '0' ? "outputs[0]" : "outputs[1]");
        }
    }
    expect_fault("outputs is an object", body_with("/outputs", Json::object()), "invalid_field",
                 "outputs");
}

TEST(WithdrawFault, NotJson) {
    const std::string good = test::withdraw_body().dump();
    std::string twice = good;
    twice.insert(1, R"("proof_bytes":"AAAA",)");
    std::string twice_inside = good;
    twice_inside.replace(twice_inside.find(R"({"fee_bps")"), 1, R"({"fee_bps":1,)");
    std::string deep = good;
    deep.insert(1, R"("note":)" + std::string(10'000, '[') + std::string(10'000, ']') + ",");
    std::string bad_utf8 = good;
    bad_utf8.insert(1, "\"note\":\"\xff\",");
    for (const auto& [what, body] : std::vector<std::pair<std::string, std::string>>{
             {"empty", ""},
             {"white space", "  \n"},
             {"truncated", good.substr(0, good.size() / 2)},
             {"no last brace", good.substr(0, good.size() - 1)},
             {"trailing text", good + "x"},
             {"trailing NUL", good + std::string(1, '\0')},
             {"trailing NUL and more", good + std::string("\0{}", 3)},
             {"two bodies", good + good},
             {"trailing comma", good.substr(0, good.size() - 1) + ",}"},
             {"byte order mark", "\xef\xbb\xbf" + good},
             {"a key twice", twice},
             {"a key twice, inside", twice_inside},
             {"nested too deep", deep},
             {"unclosed and deep", std::string(10'000, '[')},
             {"not UTF-8", bad_utf8},
             {"an array", "[]"},
             {"an array around it", "[" + good + "]"},
             {"a string", "\"x\""},
             {"a number", "1"},
             {"null", "null"},
             {"form data", "outputs=1&policy=2"},
         }) {
        expect_fault(what, body, "invalid_json", "");
    }
    for (const char* number : {"NaN", "Infinity", "-Infinity", "01", "+1", ".5", "1.", "0x10",
                               "1_000", "1e", "--1", "undefined"}) {
        expect_fault(number, body_with_text("/public_inputs/amount", number), "invalid_json", "");
    }
}

TEST(WithdrawFault, Unsupported) {
    for (const Json& swap : {Json::object(), Json{{"output_mint", "x"}}, Json(true), Json(false),
                             Json(0), Json(""), Json::array()}) {
        expect_fault("swap " + swap.dump(), body_with("/swap", swap), "unsupported", "swap");
    }
    for (const std::string word : {"mint", "stake", "partially_signed_tx", "note", "Outputs", ""}) {
        expect_fault(word, body_with("/" + word, "x"), "unsupported", word);
        expect_fault(word, body_with("/" + word, Json::object()), "unsupported", word);
    }
    const std::string long_word(5'000, 'x');
    expect_fault("a long word", body_with("/" + long_word, 1), "unsupported",
                 long_word.substr(0, 64));
    expect_fault("swap and nothing else", R"({"swap":{}})", "unsupported", "swap");
}

TEST(WithdrawFault, Amounts) {
    for (const Field& field : {Field{"/outputs/1/amount", "outputs[1].amount"},
                               Field{"/public_inputs/amount", "public_inputs.amount"}}) {
        for (const char* amount :
             {"0", "-0", "-1", "9223372036854775808", "18446744073709551615",
              "18446744073709551616", "18446744073709551617", "1e30", "1.0", "1e3", "1E3", "0.5",
              "-9223372036854775808", "-9223372036854775809",
              "100000000000000000000000000000000000000", "\"1000\""}) {
            expect_fault(field.path + " = " + amount, body_with_text(field.pointer, amount),
                         "invalid_field", field.path);
        }
    }
}

TEST(WithdrawFault, FeeRates) {
    for (const Field& field : {Field{"/policy/fee_bps", "policy.fee_bps"},
                               Field{"/public_inputs/fee_bps", "public_inputs.fee_bps"}}) {
        for (const char* rate :
             {"-1", "10001", "18446744073709551616", "53.0", "5.3e1", "\"53\""}) {
            expect_fault(field.path + " = " + rate, body_with_text(field.pointer, rate),
                         "invalid_field", field.path);
        }
        for (const char* rate : {"0", "52", "54", "10000"}) {
            expect_fault(field.path + " = " + rate, body_with_text(field.pointer, rate),
                         "fee_mismatch", field.path);
        }
    }
    for (const int rate : {0, 52, 54, 10'000}) {
        Json body = test::withdraw_body(1);
        body["policy"]["fee_bps"] = body["public_inputs"]["fee_bps"] = rate;
        expect_fault("both rates off", body.dump(), "fee_mismatch", "policy.fee_bps");
    }
}

TEST(WithdrawFault, NumberOfOutputs) {
    Json six = test::withdraw_body(4);
    six["outputs"].push_back(six["outputs"][0]);
    expect_fault("six outputs", six.dump(), "invalid_field", "outputs");
    expect_fault("no outputs", body_with("/outputs", Json::array()), "invalid_field", "outputs");
}

TEST(WithdrawFault, Recipients) {
    const auto good = test::withdraw_body()["outputs"][0]["recipient"].get<std::string>();
    std::vector<std::string> bad = {
        good + " ",
        " " + good,
        good + "\n",
        "0" + good.substr(1),
        "O" + good.substr(1),
        "I" + good.substr(1),
        "l" + good.substr(1),
        good.substr(1),
        good + "1",
        "1" + good,
        base::encode_base58(base::Bytes(31, 7)),
        base::encode_base58(base::Bytes(33, 7)),
        std::string(31, '1'),
        std::string(33, '1'),
        std::string(2000, 'z'),
        "0x" + std::string(64, 'a'),
        base::encode_hex(base::Bytes(32, 7)),
        std::string(1, '\0') + good,
        "\xc3\xa9" + good.substr(1),
    };
    const Rules rules = test::vector_rules();
    for (const solana::Pubkey& own :
         {rules.plan.program, rules.plan.accounts.pool, rules.plan.accounts.treasury,
          rules.plan.accounts.roots_ring, rules.plan.accounts.nullifier_shard,
          solana::kSystemProgram, test::address_of("SysvarC1ock11111111111111111111111111111111"),
          test::address_of("Sysvar1111111111111111111111111111111111111"),
          test::address_of("Vote111111111111111111111111111111111111111"),
          test::address_of("ComputeBudget111111111111111111111111111111"),
          test::address_of("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA")}) {
        bad.push_back(own.to_string());
    }
    for (const std::string& recipient : bad) {
        expect_fault("recipient " + recipient, body_with("/outputs/1/recipient", recipient),
                     "invalid_field", "outputs[1].recipient");
    }
}

TEST(WithdrawFault, Hashes) {
    const std::string good(64, 'a');
    for (const char* name : {"root", "nf", "outputs_hash"}) {
        for (const std::string& text :
             {good.substr(1), good.substr(2), good + "a", good + "aa", "0x" + good.substr(1),
              "0x" + good.substr(2), "0x" + good + "aa", "0x0x" + good.substr(2), "0X" + good,
              "x" + good.substr(1), "g" + good.substr(1), " " + good, good + " ", good + "\n",
              std::string("0x"), std::string("0x") + std::string(64, 'g'), "-" + good.substr(1)}) {
            expect_fault(name + (" = " + text),
                         body_with(std::string("/public_inputs/") + name, text), "invalid_field",
                         std::string("public_inputs.") + name);
        }
    }
}

TEST(WithdrawFault, Proofs) {
    const std::string good = base::encode_base64(base::Bytes(260, 0xfb));
    std::string url_safe = good;
    for (char& digit : url_safe) {
        digit = digit == '+' ? '-' : digit == '/' ? '_' : digit;
    }
    std::string trailing_bits = good;
    trailing_bits[good.size() - 2] = static_cast<char>(trailing_bits[good.size() - 2] + 1);
    for (const std::string& text :
         {base::encode_base64(base::Bytes(259, 1)), base::encode_base64(base::Bytes(261, 1)),
          base::encode_base64(base::Bytes(256, 1)), base::encode_base64(base::Bytes(520, 1)),
          url_safe, trailing_bits, good.substr(0, good.size() - 1), good + "=", good + "\n",
          " " + good, good.substr(0, 100) + "\n" + good.substr(100), "*" + good.substr(1),
          "0x" + std::string(520, 'a'), std::string(520, 'a')}) {
        expect_fault("proof " + text.substr(0, 20), body_with("/proof_bytes", text),
                     "invalid_field", "proof_bytes");
    }
}

TEST(WithdrawFault, Bundles) {
    const auto& known = test::load_vectors("sp1_groth16.json").at("bundles").at(0);
    const auto good = base::decode_base64(known.at("base64").get<std::string>()).value();
    auto plonk = good;
    plonk[0] = 2;
    auto huge = good;
    std::fill_n(huge.begin() + 4, 8, 0xff);
    const base::Bytes cut(good.begin(), good.begin() + 900);
    for (const auto& bytes : {plonk, huge, cut, base::Bytes(4, 3), base::Bytes()}) {
        const auto body = body_with("/proof_bytes", base::encode_base64(bytes));
        expect_fault("bundle", body, "invalid_field", "proof_bytes");
        const auto fault = parse_request(body, test::vector_rules()).error();
        EXPECT_NE(fault.message.find("bundle"), std::string::npos);
    }
}

TEST(WithdrawFault, OutputsHash) {
    Json body = test::withdraw_body(1);
    const auto hash = body["public_inputs"]["outputs_hash"].get<std::string>();
    const std::string other = (hash[0] == '0' ? "1" : "0") + hash.substr(1);
    expect_fault("another hash", body_with("/public_inputs/outputs_hash", other),
                 "outputs_hash_mismatch", "public_inputs.outputs_hash");

    std::swap(body["outputs"][0], body["outputs"][1]);
    expect_fault("outputs in another order", body.dump(), "outputs_hash_mismatch",
                 "public_inputs.outputs_hash");

    expect_fault("another recipient",
                 body_with("/outputs/0/recipient", test::vector_rules().payer.to_string()),
                 "outputs_hash_mismatch", "public_inputs.outputs_hash");
}

TEST(WithdrawFault, Conservation) {
    const Json good = test::withdraw_body(1);
    const auto first = good["outputs"][0]["amount"].get<std::uint64_t>();
    constexpr std::uint64_t kGreatest = 9'223'372'036'854'775'807;
    const auto with_first = [&](std::uint64_t amount) {
        Json body = good;
        body["outputs"][0]["amount"] = amount;
        test::rehash(body);
        return body.dump();
    };
    for (const std::uint64_t amount : {first - 1, first + 1, std::uint64_t{1}, kGreatest}) {
        expect_fault("sum off", with_first(amount), "conservation_violated", "outputs");
    }
    const auto total = good["public_inputs"]["amount"].get<std::uint64_t>();
    for (const std::uint64_t amount : {total - 1, total + 1, 2 * total, kGreatest}) {
        expect_fault("amount off", body_with("/public_inputs/amount", amount),
                     "conservation_violated", "outputs");
    }
    for (const std::uint64_t amount : {1, 2'500'000, 2'512'562}) {
        expect_fault("amount below its fee", body_with("/public_inputs/amount", amount),
                     "conservation_violated", "public_inputs.amount");
    }
}

TEST(WithdrawFault, ConservationDoesNotWrap) {
    // 2 * (2^63 - 1) + 2 + sum = 2^64 + sum: the right sum, were it kept in 64 bits.
    Json body = test::withdraw_body(3);
    ASSERT_EQ(body["outputs"].size(), 4U);
    std::uint64_t sum = 0;
    for (const Json& output : body["outputs"]) {
        sum += output["amount"].get<std::uint64_t>();
    }
    body["outputs"][0]["amount"] = INT64_MAX;
    body["outputs"][1]["amount"] = INT64_MAX;
    body["outputs"][2]["amount"] = 2;
    body["outputs"][3]["amount"] = sum;
    test::rehash(body);
    expect_fault("a sum beyond 2^64", body.dump(), "conservation_violated", "outputs");
}

TEST(WithdrawFault, AnotherFeeScheduleIsAFeeMismatch) {
    Json body = test::withdraw_body();
    const auto amount = body["public_inputs"]["amount"].get<std::uint64_t>();
    body["outputs"][0]["amount"] = amount;
    body["policy"]["fee_bps"] = body["public_inputs"]["fee_bps"] = 0;
    test::rehash(body);
    expect_fault("no fee taken, none declared", body.dump(), "fee_mismatch", "policy.fee_bps");

    body["outputs"][0]["amount"] = amount / 100 * 99;
    body["policy"]["fee_bps"] = body["public_inputs"]["fee_bps"] = 100;
    test::rehash(body);
    expect_fault("one per cent", body.dump(), "fee_mismatch", "policy.fee_bps");
}

TEST(WithdrawFault, FirstFaultByStage) {
    Json body = test::withdraw_body(1);
    body["policy"]["fee_bps"] = 1;
    body["public_inputs"]["amount"] = 5'000'000'000;
    expect_fault("sums before rates", body.dump(), "conservation_violated", "outputs");
    body["public_inputs"]["outputs_hash"] = std::string(64, '0');
    expect_fault("hash before sums", body.dump(), "outputs_hash_mismatch",
                 "public_inputs.outputs_hash");
    body["outputs"][0]["recipient"] = solana::kSystemProgram.to_string();
    expect_fault("recipients before the hash", body.dump(), "invalid_field",
                 "outputs[0].recipient");
    body["proof_bytes"] = "";
    expect_fault("structure before meaning", body.dump(), "invalid_field", "proof_bytes");
    body["swap"] = Json::object();
    expect_fault("unsupported before structure", body.dump(), "unsupported", "swap");
}

} // namespace
} // namespace relay::withdraw
