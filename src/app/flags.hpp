#pragma once
// argv, taken apart by CLI11: the command, its words, and the settings that are given by flags.
// Private to app.

#include "relay/app/command_line.hpp"
#include "relay/app/settings.hpp"
#include "relay/base/error.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace relay::app {

class Flags {
  public:
    /// `infos` outlives this.
    explicit Flags(const std::vector<SettingInfo>& infos);
    ~Flags();
    Flags(const Flags&) = delete;
    Flags& operator=(const Flags&) = delete;

    /// Text to print where that is all that was asked for. Secrets are blanked in argv.
    base::Result<std::optional<Finished>> parse(int argc, char** argv);

    /// The settings that are given, by name.
    std::map<std::string, std::string> values() const;
    /// RELAY_CONFIG's where the flag is not given; empty where there is none.
    const std::string& config_path() const;
    Command command() const;
    CommandWords words() const;

  private:
    struct Parser;
    std::unique_ptr<Parser> parser_;
};

} // namespace relay::app
