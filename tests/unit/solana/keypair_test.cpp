#include "relay/solana/keypair.hpp"

#include "relay/base/encoding.hpp"
#include "relay/solana/signature.hpp"
#include "support/base/temporary_file.hpp"
#include "support/base/vectors.hpp"
#include "support/solana/relay_keypair.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <filesystem>
#include <ios>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay::solana {
namespace {

using std::filesystem::perms;
using test::TemporaryFile;

// Nothing here prints a keypair's text, not even a refused one's.

/// Whether `text` is refused, with a message that names the file and quotes none of it.
void expect_refused(const std::string& text, std::string_view what) {
    const TemporaryFile file(text);
    const auto loaded = Keypair::load(file.path());
    ASSERT_FALSE(loaded.has_value()) << what;
    EXPECT_NE(loaded.error().message.find(file.path().string()), std::string::npos) << what;
    if (text.size() >= 8) {
        EXPECT_EQ(loaded.error().message.find(text.substr(0, 8)), std::string::npos) << what;
    }
}

TEST(Keypair, LoadsAndKnowsItsAddress) {
    const auto address = test::load_vectors("relay_keypair.json").at("address").get<std::string>();
    EXPECT_EQ(test::load_relay_keypair().address().to_string(), address);
}

TEST(Keypair, TakesWhiteSpaceAsJsonDoes) {
    const std::string pretty =
        "\n\t " + test::load_vectors("relay_keypair.json").at("keypair").dump(4) + " \r\n";
    const TemporaryFile file(pretty);
    EXPECT_TRUE(Keypair::load(file.path()).has_value());
}

TEST(Keypair, MakesAFileThatItReads) {
    const TemporaryFile occupied("a file of somebody's");
    const auto path = occupied.directory() / "new.json";
    const auto made = Keypair::create(path);
    ASSERT_TRUE(made.has_value()) << made.error().message;
    EXPECT_EQ(std::filesystem::status(path).permissions(), perms::owner_read | perms::owner_write);
    const auto loaded = Keypair::load(path);
    ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
    EXPECT_EQ(loaded->address(), *made);
    const auto other = Keypair::create(occupied.directory() / "other.json");
    ASSERT_TRUE(other.has_value());
    EXPECT_NE(*other, *made);
}

TEST(Keypair, WritesOverNoFile) {
    const TemporaryFile occupied("a file of somebody's");
    const auto link = occupied.directory() / "link.json";
    std::filesystem::create_symlink(occupied.directory() / "nowhere.json", link);
    for (const auto& path : {occupied.path(), link, occupied.directory(),
                             occupied.directory() / "no folder" / "new.json"}) {
        const auto made = Keypair::create(path);
        ASSERT_FALSE(made.has_value()) << path;
        EXPECT_NE(made.error().message.find(path.string()), std::string::npos);
    }
    EXPECT_EQ(std::filesystem::file_size(occupied.path()), 20U);
    EXPECT_FALSE(std::filesystem::exists(occupied.directory() / "nowhere.json"));
}

TEST(Keypair, FileModes) {
    struct Case {
        unsigned mode;
        bool accepted;
    };
    for (const Case& known :
         {Case{0400, true}, Case{0600, true}, Case{0700, true}, Case{0640, false},
          Case{0604, false}, Case{0644, false}, Case{0440, false}, Case{0620, false},
          Case{0602, false}, Case{0610, false}, Case{0777, false}}) {
        const TemporaryFile file(test::relay_keypair_text(), static_cast<perms>(known.mode));
        const auto loaded = Keypair::load(file.path());
        EXPECT_EQ(loaded.has_value(), known.accepted) << std::oct << known.mode;
        if (!loaded) {
            EXPECT_NE(loaded.error().message.find("chmod 600"), std::string::npos);
        }
    }
}

TEST(Keypair, FollowsLinksAndJudgesTheirTarget) {
    const TemporaryFile good(test::relay_keypair_text());
    const TemporaryFile open(test::relay_keypair_text(), static_cast<perms>(0644));
    const auto good_link = good.directory() / "link";
    const auto open_link = open.directory() / "link";
    std::filesystem::create_symlink(good.path(), good_link);
    std::filesystem::create_symlink(open.path(), open_link);
    EXPECT_TRUE(Keypair::load(good_link).has_value());
    EXPECT_FALSE(Keypair::load(open_link).has_value());
}

TEST(Keypair, RefusesWhatIsNoFile) {
    const TemporaryFile file("");
    const auto pipe = file.directory() / "pipe";
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    for (const auto& path : {file.directory(), file.directory() / "absent", pipe,
                             std::filesystem::path(""), std::filesystem::path("/dev/null")}) {
        EXPECT_FALSE(Keypair::load(path).has_value()) << path;
    }
}

TEST(Keypair, RefusesDamagedText) {
    const std::string text = test::relay_keypair_text();
    const std::string inside = text.substr(1, text.size() - 2);
    const std::string first = inside.substr(0, inside.find(','));
    const std::string others = inside.substr(first.size());
    for (const auto& [what, damaged] : std::vector<std::pair<std::string_view, std::string>>{
             {"empty", ""},
             {"white space", " \n"},
             {"truncated", text.substr(0, text.size() / 2)},
             {"no closing bracket", text.substr(0, text.size() - 1)},
             {"no brackets", inside},
             {"a number short", "[" + others.substr(1) + "]"},
             {"a number over", "[" + inside + ",1]"},
             {"a trailing comma", "[" + inside + ",]"},
             {"trailing text", text + "x"},
             {"two arrays", text + text},
             {"256", "[256" + others + "]"},
             {"1000", "[1000" + others + "]"},
             {"a great number", "[99999999999999999999" + others + "]"},
             {"a negative number", "[-" + first + others + "]"},
             {"a sign", "[+" + first + others + "]"},
             {"a fraction", "[" + first + ".0" + others + "]"},
             {"an exponent", "[" + first + "e0" + others + "]"},
             {"a leading zero", "[0" + first + others + "]"},
             {"a string", "[\"" + first + "\"" + others + "]"},
             {"nested", "[" + text + "]"},
             {"null", "null"},
             {"an empty array", "[]"},
             {"base58", "DZ88NAxjbkZhYneEAASdbrx6PtLCoDcUyVcmdztfNo4j"},
             {"a mark before it", "\xef\xbb\xbf" + text},
             {"a NUL after it", text + std::string(1, '\0')},
             {"too long", text + std::string(5000, ' ')},
         }) {
        expect_refused(damaged, what);
    }
}

TEST(Keypair, RefusesAPublicHalfOfAnotherSeed) {
    const nlohmann::json good = test::load_vectors("relay_keypair.json").at("keypair");
    for (const std::size_t index : {0U, 31U, 32U, 63U}) {
        nlohmann::json damaged = good;
        damaged[index] = (good[index].get<int>() + 1) % 256;
        expect_refused(damaged.dump(), "one byte changed");
    }
}

TEST(Keypair, SignsAsTheReferenceDoes) {
    const Keypair keypair = test::load_relay_keypair();
    for (const nlohmann::json& known : test::load_vectors("transactions.json").at("transactions")) {
        const auto message = test::bytes_of_hex(known.at("message_hex").get<std::string>());
        EXPECT_EQ(keypair.sign(message).to_string(), known.at("signature").get<std::string>());
    }
}

TEST(Keypair, MovesWithItsSecret) {
    Keypair first = test::load_relay_keypair();
    const base::Bytes message = {1, 2, 3};
    const Signature expected = first.sign(message);
    const Keypair second = std::move(first);
    EXPECT_EQ(second.sign(message), expected);
}

} // namespace
} // namespace relay::solana
