#include "check_program.hpp"

#include "check_list.hpp"
#include "node_accounts.hpp"
#include "relay/base/encoding.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/shield_pool.hpp"

#include <gtest/gtest.h>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace relay::app {
namespace {

using Accounts = std::vector<std::optional<NodeAccount>>;

class CheckProgramTest : public testing::Test {
  protected:
    CheckProgramTest() {
        plan_.program.bytes.fill(7);
        plan_.accounts = solana::PoolAccounts::derive(plan_.program);
    }

    NodeAccount own(std::size_t bytes) const { return {plan_.program, false, base::Bytes(bytes)}; }

    /// As the pool's authors set it up.
    Accounts healthy() const {
        return {NodeAccount{{}, true, base::Bytes(36)}, own(32), own(0), own(2056), shard(1)};
    }

    NodeAccount shard(std::uint32_t count, std::size_t room = 319) const {
        auto account = own(4 + 32 * room);
        const auto bytes = base::ByteWriter().u32(count).take();
        std::copy(bytes.begin(), bytes.end(), account.data.begin());
        return account;
    }

    /// What is printed for them, and whether nothing failed.
    std::string judge(const Accounts& accounts) {
        testing::internal::CaptureStdout();
        CheckList list(CheckList::Form::Lines);
        judge_program(list, "node", plan_, accounts);
        const auto code = list.finish();
        return std::to_string(code) + "\n" + testing::internal::GetCapturedStdout();
    }

    solana::WithdrawPlan plan_;
};

TEST_F(CheckProgramTest, WhatIsWrongIsOneLine) {
    struct Row {
        std::function<void(Accounts&)> spoil;
        /// Empty: nothing fails.
        std::string line;
    };
    const std::vector<Row> rows = {
        {[](Accounts&) {}, ""},
        {[](Accounts& all) { all[0].reset(); }, "FAIL  program at node: "},
        {[](Accounts& all) { all[0]->executable = false; }, "FAIL  program at node: "},
        {[](Accounts& all) { all.assign({all[0], {}, {}, {}, {}}); },
         "FAIL  accounts at node: the program has none"},
        {[](Accounts& all) { all[1].reset(); }, "FAIL  pool at node: there is no account "},
        {[](Accounts& all) { all[2]->owner.bytes.fill(9); }, "FAIL  treasury at node: "},
        {[](Accounts& all) { all[3]->data.resize(2055); },
         "FAIL  roots ring at node: " + plan_.accounts.roots_ring.to_string() +
             " holds 2055 bytes"},
        {[](Accounts& all) { all[4]->data.resize(3); }, "FAIL  nullifier shard at node: "},
        {[this](Accounts& all) { all[4] = shard(319); },
         "FAIL  nullifier shard at node: holds 319 of 319"},
        {[this](Accounts& all) { all[4] = shard(288); },
         "warn  nullifier shard at node: holds 288"},
        {[this](Accounts& all) { all[4] = shard(287); }, ""},
        {[this](Accounts& all) { all[4] = shard(319, 20'000); }, ""},
    };
    for (const auto& row : rows) {
        auto accounts = healthy();
        row.spoil(accounts);
        const auto text = judge(accounts);
        EXPECT_NE(text.find(row.line), std::string::npos) << row.line << " in " << text;
        EXPECT_EQ(text.starts_with("1"), row.line.starts_with("FAIL")) << text;
        EXPECT_EQ(text.find("warn") != std::string::npos, row.line.starts_with("warn")) << text;
    }
}

TEST(NodeAccounts, AreReadFromWhatTheMethodPromises) {
    const std::string owner(32, '1');
    const auto answer = [](const std::string& value) {
        return R"({"jsonrpc":"2.0","id":1,"result":{"context":{"slot":1},"value":[)" + value +
               "]}}";
    };
    const auto account =
        R"({"lamports":1,"owner":")" + owner + R"(","executable":true,"data":["AQI=","base64"]})";
    const auto read = read_accounts(answer("null," + account), 2);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_FALSE(read->at(0));
    EXPECT_TRUE(read->at(1)->executable);
    EXPECT_EQ(read->at(1)->data, (base::Bytes{1, 2}));
    EXPECT_EQ(read->at(1)->owner, solana::kSystemProgram);
    for (const auto& text :
         {std::string(""), std::string("[]"), std::string("{}"), answer(account), answer("1,2"),
          answer(R"({"owner":1,"data":[]},null)"),
          answer(R"({"owner":"x","data":["","base64"]},null)"),
          std::string(R"({"result":{"value":7}})"), std::string(R"({"result":null})"),
          std::string(R"({"error":{"code":"x","message":7}})")}) {
        EXPECT_FALSE(read_accounts(text, 2)) << text;
    }
    const auto refused = read_accounts(R"({"error":{"code":-32602,"message":"no"}})", 2);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, rpc::RpcError::Kind::Refused);
}

} // namespace
} // namespace relay::app
