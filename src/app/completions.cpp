#include "completions.hpp"

#include "command_table.hpp"
#include "relay/app/settings.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace relay::app {

namespace {

using Words = std::vector<std::string>;

/// Flags that stand in neither table.
const Words kGlobalFlags = {"--help", "--version", "--config"};

std::string joined(const Words& words) {
    std::string text;
    for (const auto& word : words) {
        text += (text.empty() ? "" : " ") + word;
    }
    return text;
}

/// In single quotes, for a shell.
std::string in_quotes(const std::string& text) {
    std::string safe = "'";
    for (const char letter : text) {
        safe += letter == '\'' ? "'\\''" : std::string(1, letter);
    }
    return safe + "'";
}

/// The command's first word, and its second or "".
std::pair<std::string, std::string> split(const std::string& name) {
    const auto space = name.find(' ');
    return space == std::string::npos ? std::pair(name, std::string())
                                      : std::pair(name.substr(0, space), name.substr(space + 1));
}

Words first_words() {
    Words words;
    for (const auto& command : command_infos()) {
        const auto word = split(command.name).first;
        if (std::ranges::find(words, word) == words.end()) {
            words.push_back(word);
        }
    }
    return words;
}

/// By the first word of each command that has two.
std::map<std::string, Words> second_words() {
    std::map<std::string, Words> words;
    for (const auto& command : command_infos()) {
        const auto [first, second] = split(command.name);
        if (!second.empty()) {
            words[first].push_back(second);
        }
    }
    return words;
}

Words flags_of(const CommandInfo& command) {
    Words flags;
    for (const auto& flag : command.flags) {
        flags.push_back("--" + flag.name);
    }
    return flags;
}

Words setting_flags(const std::vector<SettingInfo>& settings) {
    auto flags = kGlobalFlags;
    for (const auto& setting : settings) {
        flags.push_back("--" + setting.name);
    }
    return flags;
}

bool takes_a_file(const CommandInfo& command) {
    return command.argument == "FILE";
}

/// The body of a case over "$command" that sets `words` to its flags and arguments.
std::string shell_cases() {
    std::string text;
    for (const auto& command : command_infos()) {
        auto words = flags_of(command);
        words.insert(words.end(), command.choices.begin(), command.choices.end());
        text += "        " + in_quotes(command.name) + ") words=" + in_quotes(joined(words)) +
                (takes_a_file(command) ? " files=yes" : "") + " ;;\n";
    }
    for (const auto& [first, seconds] : second_words()) {
        text += "        " + in_quotes(first) + ") words=" + in_quotes(joined(seconds)) + " ;;\n";
    }
    return text + "        '') words=" + in_quotes(joined(first_words())) + " ;;\n";
}

/// The body of a case over the word before, that sets `words` to the values of a flag.
std::string flag_value_cases() {
    std::map<std::string, Words> choices;
    for (const auto& command : command_infos()) {
        for (const auto& flag : command.flags) {
            if (!flag.choices.empty()) {
                choices["--" + flag.name] = flag.choices;
            }
        }
    }
    std::string text;
    for (const auto& [flag, values] : choices) {
        text += "        " + flag + ") words=" + in_quotes(joined(values)) + " settings= ;;\n";
    }
    return text;
}

/// Finds the command among the words before the cursor: one word, or two.
std::string find_command(const std::string& each_word) {
    std::string firsts;
    for (const auto& [first, seconds] : second_words()) {
        firsts += (firsts.empty() ? "" : "|") + first;
    }
    return "    local command= word\n    for word in " + each_word +
           "; do\n        case \"$command\" in\n        '') case \" " + joined(first_words()) +
           " \" in *\" $word \"*) command=$word ;; esac ;;\n        " + firsts +
           ") case \"$word\" in -*) ;; *) command=\"$command $word\" ;; esac ;;\n"
           "        esac\n    done\n";
}

std::string bash(const std::vector<SettingInfo>& settings) {
    return "# bash: source <(relayd completions bash)\n_relayd() {\n"
           "    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n" +
           find_command("\"${COMP_WORDS[@]:1:COMP_CWORD-1}\"") +
           "    local words= files= settings=" + in_quotes(joined(setting_flags(settings))) +
           "\n    case \"$command\" in\n" + shell_cases() + "    esac\n    case \"$before\" in\n" +
           flag_value_cases() +
           "        --config) words= settings= files=yes ;;\n    esac\n"
           "    COMPREPLY=($(compgen -W \"$words $settings\" -- \"$current\"))\n"
           "    [ -z \"$files\" ] || COMPREPLY+=($(compgen -f -- \"$current\"))\n"
           "}\ncomplete -F _relayd relayd\n";
}

std::string zsh(const std::vector<SettingInfo>& settings) {
    return "#compdef relayd\n# zsh: relayd completions zsh > a folder of $fpath/_relayd\n_relayd() "
           "{\n    local before=${words[CURRENT-1]}\n    local -a given\n"
           "    given=(\"${(@)words[2,CURRENT-1]}\")\n" +
           find_command("\"${given[@]}\"") +
           "    local words= files= settings=" + in_quotes(joined(setting_flags(settings))) +
           "\n    case \"$command\" in\n" + shell_cases() + "    esac\n    case \"$before\" in\n" +
           flag_value_cases() +
           "        --config) words= settings= files=yes ;;\n    esac\n"
           "    compadd -- ${=words} ${=settings}\n"
           "    [ -z \"$files\" ] || _files\n"
           "}\nif [ \"$funcstack[1]\" = _relayd ]; then _relayd \"$@\"; else compdef _relayd "
           "relayd; "
           "fi\n";
}

std::string fish(const std::vector<SettingInfo>& settings) {
    std::string text = "# fish: relayd completions fish | source\ncomplete -c relayd -f\n";
    const auto none_yet = "not __fish_seen_subcommand_from " + joined(first_words());
    const auto seconds = second_words();
    for (const auto& command : command_infos()) {
        const auto [first, second] = split(command.name);
        auto when = "__fish_seen_subcommand_from " + first;
        if (!second.empty()) {
            text += "complete -c relayd -n " + in_quotes(none_yet) + " -a " + first + "\n";
            text += "complete -c relayd -n " +
                    in_quotes(when + "; and not __fish_seen_subcommand_from " +
                              joined(seconds.at(first))) +
                    " -a " + second + " -d " + in_quotes(command.help) + "\n";
            when += "; and __fish_seen_subcommand_from " + second;
        } else {
            text += "complete -c relayd -n " + in_quotes(none_yet) + " -a " + first + " -d " +
                    in_quotes(command.help) + "\n";
        }
        if (takes_a_file(command)) {
            text += "complete -c relayd -n " + in_quotes(when) + " -F\n";
        }
        if (!command.choices.empty()) {
            text += "complete -c relayd -n " + in_quotes(when) + " -a " +
                    in_quotes(joined(command.choices)) + "\n";
        }
        for (const auto& flag : command.flags) {
            text += "complete -c relayd -n " + in_quotes(when) + " -l " + flag.name +
                    (flag.value.empty() ? "" : " -x") +
                    (flag.choices.empty() ? "" : " -a " + in_quotes(joined(flag.choices))) +
                    " -d " + in_quotes(flag.help) + "\n";
        }
    }
    text +=
        "complete -c relayd -l help\ncomplete -c relayd -l version\n"
        "complete -c relayd -l config -r -F\n";
    for (const auto& setting : settings) {
        text +=
            "complete -c relayd -l " + setting.name + " -x -d " + in_quotes(setting.help) + "\n";
    }
    return text;
}

} // namespace

std::optional<std::string> completions(const std::string& shell,
                                       const std::vector<SettingInfo>& settings) {
    if (shell == "bash") {
        return bash(settings);
    }
    if (shell == "zsh") {
        return zsh(settings);
    }
    return shell == "fish" ? std::optional(fish(settings)) : std::nullopt;
}

} // namespace relay::app
