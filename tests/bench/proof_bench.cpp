// What the check of a proof costs, and each of its parts. ./dev bench --proofs sets it beside what
// @noble/curves takes for the same proof.

#include "final_exponentiation.hpp"
#include "fp.hpp"
#include "fp12.hpp"
#include "fp2.hpp"
#include "g1.hpp"
#include "g2.hpp"
#include "miller_loop.hpp"
#include "points.hpp"
#include "relay/base/encoding.hpp"
#include "relay/groth16/verifier.hpp"
#include "relay/groth16/verifying_key.hpp"
#include "support/base/vectors.hpp"

#include <benchmark/benchmark.h>
#include <nlohmann/json.hpp>

#include <array>
#include <string>

namespace {

using namespace relay::groth16; // NOLINT(google-build-using-namespace): a program of its own
namespace test = relay::test;

/// SP1's published key and proof.
struct Published {
    VerifyingKey key;
    relay::base::Bytes proof;
    relay::base::Bytes program;
    relay::base::Bytes digest;

    G1 a() const { return decode_g1(ProofView(proof).subspan<kSelectorBytes, kG1Bytes>()).value(); }
    G2 b() const {
        return decode_g2(ProofView(proof).subspan<kSelectorBytes + kG1Bytes, kG2Bytes>()).value();
    }
};

const Published& published() {
    static const Published kPublished = [] {
        const auto& file = test::load_vectors("sp1_groth16.json");
        const auto& first = file.at("cases").front();
        const auto bytes = [&](const char* name) {
            return test::bytes_of_hex(first.at(name).get<std::string>());
        };
        return Published{
            VerifyingKey::parse(file.at("verifying_key_gnark_hex").get<std::string>()).value(),
            bytes("proof_hex"), bytes("program_vkey_hex"), bytes("digest_hex")};
    }();
    return kPublished;
}

void verify(benchmark::State& state) {
    const Verifier verifier(published().key);
    for (auto _ : state) {
        if (verifier.verify(ProofView(published().proof), InputView(published().program),
                            InputView(published().digest)) != Verdict::Valid) {
            state.SkipWithError("the published proof was refused");
        }
    }
}
BENCHMARK(verify)->Unit(benchmark::kMicrosecond);

void prepare(benchmark::State& state) {
    for (auto _ : state) {
        benchmark::DoNotOptimize(Verifier(published().key));
    }
}
BENCHMARK(prepare)->Unit(benchmark::kMicrosecond);

/// Of one pair, whose lines are not prepared.
void loop_of_one_pair(benchmark::State& state) {
    const G1 a = published().a();
    const G2 b = published().b();
    for (auto _ : state) {
        benchmark::DoNotOptimize(miller_loop(a, b));
    }
}
BENCHMARK(loop_of_one_pair)->Unit(benchmark::kMicrosecond);

/// As a check has it: two of the pairs have their lines prepared.
void loop_of_three_pairs(benchmark::State& state) {
    const G1 a = published().a();
    const G2 b = published().b();
    const PreparedLines lines = prepare_lines(b);
    const std::array<PreparedPair, 2> pairs = {PreparedPair{&lines, a.x, a.y},
                                               PreparedPair{&lines, a.y, a.x}};
    for (auto _ : state) {
        benchmark::DoNotOptimize(miller_loop(a, b, pairs));
    }
}
BENCHMARK(loop_of_three_pairs)->Unit(benchmark::kMicrosecond);

void final_exponentiation(benchmark::State& state) {
    const Fp12 value = miller_loop(published().a(), published().b());
    for (auto _ : state) {
        benchmark::DoNotOptimize(relay::groth16::final_exponentiation(value));
    }
}
BENCHMARK(final_exponentiation)->Unit(benchmark::kMicrosecond);

void subgroup_check(benchmark::State& state) {
    const G2 b = published().b();
    for (auto _ : state) {
        benchmark::DoNotOptimize(is_in_subgroup(b));
    }
}
BENCHMARK(subgroup_check)->Unit(benchmark::kMicrosecond);

/// Each needs the one before, as most in a pairing do.
template <class Field>
void multiply(benchmark::State& state, Field value) {
    const Field factor = value;
    for (auto _ : state) {
        value = value * factor;
        benchmark::DoNotOptimize(value);
    }
}
BENCHMARK_CAPTURE(multiply, fp, published().a().x);
BENCHMARK_CAPTURE(multiply, fp2, published().b().x);
BENCHMARK_CAPTURE(multiply, fp12, miller_loop(published().a(), published().b()));

template <class Field>
void add(benchmark::State& state, Field value) {
    const Field addend = value;
    for (auto _ : state) {
        value = value + addend;
        benchmark::DoNotOptimize(value);
    }
}
BENCHMARK_CAPTURE(add, fp, published().a().x);

} // namespace
