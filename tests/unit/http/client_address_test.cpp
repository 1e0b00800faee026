#include "relay/http/client_address.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace relay::http {
namespace {

TEST(Networks, AreAddressesWithAsManyBitsAsCount) {
    struct Row {
        const char* network;
        const char* address;
        bool contains;
    };
    for (const auto& [network, address, contains] :
         std::vector<Row>{{"10.0.0.0/8", "10.255.0.1", true},
                          {"10.0.0.0/8", "::ffff:10.255.0.1", true},
                          {"10.0.0.0/8", "11.0.0.1", false},
                          {"10.1.2.3/8", "10.9.9.9", true}, // the bits beyond do not count
                          {"192.0.2.128/25", "192.0.2.127", false},
                          {"192.0.2.128/25", "192.0.2.129", true},
                          {"192.0.2.1", "192.0.2.1", true},
                          {"192.0.2.1", "192.0.2.2", false},
                          {"0.0.0.0/0", "203.0.113.9", true},
                          {"0.0.0.0/0", "2001:db8::1", false},
                          {"::ffff:10.0.0.0/104", "10.1.1.1", true},
                          {"2001:db8::/32", "2001:db8:ffff::1", true},
                          {"2001:db8::/32", "2001:db9::1", false},
                          {"::1", "::1", true},
                          {"::1", "127.0.0.1", false},
                          {"::/0", "2001:db8::1", true}}) {
        const auto parsed = Network::parse(network);
        ASSERT_TRUE(parsed) << network;
        EXPECT_EQ(parsed->contains(*Address::parse(address)), contains)
            << network << " " << address;
    }
    for (const char* none : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0/8",
                             "10.0.0.0/8x", "::/129", "proxy.example", "fe80::1%eth0", "*"}) {
        EXPECT_FALSE(Network::parse(none)) << none;
    }
}

TEST(ClientAddresses, AreTheNearestThatTrustedOnesTellOf) {
    const ClientAddresses clients({*Network::parse("10.0.0.0/8"), *Network::parse("::1"),
                                   *Network::parse("2001:db8:aaaa::/48")});
    struct Row {
        const char* peer;
        const char* forwarded_for;
        const char* client;
    };
    for (const auto& [peer, forwarded_for, client] : std::vector<Row>{
             // Nobody is believed who is not trusted.
             {"203.0.113.1", "", "203.0.113.1"},
             {"203.0.113.1", "198.51.100.1", "203.0.113.1"},
             {"10.0.0.1", "", "10.0.0.1"},
             {"10.0.0.1", "198.51.100.1", "198.51.100.1"},
             {"::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"},
             {"::1", "::ffff:198.51.100.1", "198.51.100.1"},
             // From right to left, through trusted addresses alone.
             {"10.0.0.1", "1.1.1.1, 198.51.100.1, 10.0.0.2", "198.51.100.1"},
             {"10.0.0.1", "1.1.1.1,198.51.100.1", "198.51.100.1"},
             {"10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"},
             {"10.0.0.1", " 198.51.100.1 \t", "198.51.100.1"},
             // What is no address ends the walk where it stands.
             {"10.0.0.1", "198.51.100.1, unknown", "10.0.0.1"},
             {"10.0.0.1", "garbage, 10.0.0.2", "10.0.0.2"},
             {"10.0.0.1", "198.51.100.1,", "10.0.0.1"},
             {"10.0.0.1", ",", "10.0.0.1"},
             {"10.0.0.1", "fe80::1%eth0", "10.0.0.1"},
             {"10.0.0.1", "198.51.100.1.5", "10.0.0.1"},
             // Ports, as some proxies write them.
             {"10.0.0.1", "198.51.100.1:4711", "198.51.100.1"},
             {"10.0.0.1", "[2001:db8:1:2:3::4]:4711", "2001:db8:1:2::"},
             {"10.0.0.1", "[2001:db8:1:2:3::4]", "2001:db8:1:2::"},
             {"10.0.0.1", "[2001:db8::4", "10.0.0.1"},
             {"10.0.0.1", "[2001:db8::4]x", "10.0.0.1"},
             // An IPv6 client is its /64; which of its addresses are trusted is told by all bits.
             {"2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::"},
             {"2001:db8:1:2:ffff::1", "", "2001:db8:1:2::"},
             {"2001:db8:1:3::1", "", "2001:db8:1:3::"},
             {"::1", "2001:db8:1::9, 2001:db8:aaaa::5", "2001:db8:1::"},
             {"not an address", "198.51.100.1", "not an address"}}) {
        EXPECT_EQ(clients.key(peer, forwarded_for), client) << peer << " | " << forwarded_for;
    }
    EXPECT_EQ(ClientAddresses({}).key("10.0.0.1", "198.51.100.1"), "10.0.0.1");
}

} // namespace
} // namespace relay::http
