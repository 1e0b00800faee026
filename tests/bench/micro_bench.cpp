// What single steps of a withdraw cost, each by itself.

#include "bench/bodies.hpp"
#include "relay/base/blake3.hpp"
#include "relay/base/encoding.hpp"
#include "relay/solana/keypair.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/signature.hpp"
#include "relay/solana/transaction.hpp"
#include "relay/withdraw/request.hpp"
#include "support/solana/relay_keypair.hpp"
#include "support/solana/samples.hpp"

#include <benchmark/benchmark.h>
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace {

using namespace relay; // NOLINT(google-build-using-namespace): a program of its own

constexpr std::size_t kBodies = 64;

withdraw::Rules make_rules(const solana::Pubkey& payer) {
    withdraw::Rules rules;
    rules.plan.program =
        solana::Pubkey::parse("c1oak6tetxYnNfvXKFkpn1d98FxtK7B68vBQLYQpWKp").value();
    rules.plan.accounts = solana::PoolAccounts::derive(rules.plan.program);
    rules.payer = payer;
    return rules;
}

const solana::Keypair& payer() {
    static const auto keypair = test::load_relay_keypair();
    return keypair;
}

std::vector<bench::Body> bodies_of(const benchmark::State& state) {
    return bench::make_bodies(kBodies, static_cast<std::size_t>(state.range(0)), 1);
}

solana::Withdraw first_withdraw(const benchmark::State& state, const withdraw::Rules& rules) {
    return withdraw::parse_request(bodies_of(state).front().json, rules).value();
}

/// The argument is the number of outputs.
void parse_and_validate(benchmark::State& state) {
    const auto rules = make_rules(payer().address());
    const auto bodies = bodies_of(state);
    std::size_t next = 0;
    for (auto _ : state) {
        auto withdraw = withdraw::parse_request(bodies[next++ % kBodies].json, rules);
        if (!withdraw) {
            state.SkipWithError("a body was refused");
        }
        benchmark::DoNotOptimize(withdraw);
    }
}
BENCHMARK(parse_and_validate)->Arg(1)->Arg(2)->Arg(5);

void build_and_sign(benchmark::State& state) {
    const auto rules = make_rules(payer().address());
    const auto withdraw = first_withdraw(state, rules);
    for (auto _ : state) {
        const auto instructions =
            solana::withdraw_instructions(rules.plan, test::kBudget, withdraw);
        benchmark::DoNotOptimize(solana::sign_transaction(payer(), instructions, withdraw.root));
    }
}
BENCHMARK(build_and_sign)->Arg(1)->Arg(2)->Arg(5);

void encode_message(benchmark::State& state) {
    const auto rules = make_rules(payer().address());
    const auto withdraw = first_withdraw(state, rules);
    for (auto _ : state) {
        const auto instructions =
            solana::withdraw_instructions(rules.plan, test::kBudget, withdraw);
        benchmark::DoNotOptimize(solana::encode_message(rules.payer, instructions, withdraw.root));
    }
}
BENCHMARK(encode_message)->Arg(1)->Arg(2)->Arg(5);

void hash_outputs(benchmark::State& state) {
    const auto rules = make_rules(payer().address());
    const auto withdraw = first_withdraw(state, rules);
    for (auto _ : state) {
        benchmark::DoNotOptimize(solana::hash_outputs(withdraw.outputs));
    }
}
BENCHMARK(hash_outputs)->Arg(1)->Arg(2)->Arg(5);

/// The argument is the number of bytes.
base::Bytes sample_bytes(const benchmark::State& state) {
    base::Bytes bytes(static_cast<std::size_t>(state.range(0)));
    std::uint8_t value = 17;
    std::ranges::generate(bytes, [&] { return value = static_cast<std::uint8_t>(value * 29 + 7); });
    return bytes;
}

void blake3(benchmark::State& state) {
    const auto bytes = sample_bytes(state);
    for (auto _ : state) {
        benchmark::DoNotOptimize(base::blake3(bytes));
    }
}
BENCHMARK(blake3)->Arg(80)->Arg(1024);

void encode_base58(benchmark::State& state) {
    const auto bytes = sample_bytes(state);
    for (auto _ : state) {
        benchmark::DoNotOptimize(base::encode_base58(bytes));
    }
}
BENCHMARK(encode_base58)->Arg(32)->Arg(64);

void decode_base58(benchmark::State& state) {
    const auto text = base::encode_base58(sample_bytes(state));
    for (auto _ : state) {
        benchmark::DoNotOptimize(base::decode_base58(text));
    }
}
BENCHMARK(decode_base58)->Arg(32)->Arg(64);

void encode_base64(benchmark::State& state) {
    const auto bytes = sample_bytes(state);
    for (auto _ : state) {
        benchmark::DoNotOptimize(base::encode_base64(bytes));
    }
}
BENCHMARK(encode_base64)->Arg(260)->Arg(1232);

void decode_base64(benchmark::State& state) {
    const auto text = base::encode_base64(sample_bytes(state));
    for (auto _ : state) {
        benchmark::DoNotOptimize(base::decode_base64(text));
    }
}
BENCHMARK(decode_base64)->Arg(260);

} // namespace
