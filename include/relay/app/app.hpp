#pragma once
// The composition root: makes every part of a serving relay, in the order in which they need each
// other, and ends them in the reverse order.

#include "relay/app/settings.hpp"
#include "relay/solana/keypair.hpp"

#include <memory>

namespace relay::app {

class App {
  public:
    /// Binds the listeners: throws where that fails.
    App(Settings settings, solana::Keypair payer);
    ~App();
    App(const App&) = delete;
    App& operator=(const App&) = delete;

    /// Serves at once, and works as soon as Postgres is there and its schema up to date. Until
    /// SIGTERM, SIGINT or SIGHUP; then shuts down cleanly; a second signal ends the process at
    /// once. Returns the process's exit code.
    int run();

  private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

} // namespace relay::app
