#pragma once
// What the kernel can tell of a connection's peer without a byte of ours: whether it is still
// there.

#include <chrono>

namespace relay::base {

/// Ends the connection where the peer acknowledges nothing for so long: neither what was sent nor,
/// while the connection is idle, the probes that also keep what lies between (a NAT, a balancer)
/// from forgetting it. A peer that acknowledges and is slow to answer is left alone. Does nothing
/// to sockets other than TCP's.
void watch_peer(int socket, std::chrono::milliseconds unacknowledged);

/// Nothing has come on the socket that nobody has read yet, its end among it: an idle connection of
/// which that is not true is out of step, or about to be closed.
bool is_quiet(int socket);

/// The peer has shut its side of the connection, or all of it, whatever it sent before.
bool has_hung_up(int socket);

} // namespace relay::base
