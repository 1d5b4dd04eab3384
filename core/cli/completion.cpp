#include "cli/completion.hpp"

#include <set>

#include "base/text.hpp"
#include "cli/parse.hpp"

namespace fanfare::cli {
namespace {

using Kind = Completion::Kind;

// Names are of letters, digits, '.', '_' and '-': no quoting is needed.
constexpr const char* kListDestinations =
    "fanfare destinations list --json 2>/dev/null | sed -n 's/^{\"name\":\"\\([^\"]*\\)\".*/\\1/p'";

std::vector<std::string> Split(const std::string& text, char at) {
    std::vector<std::string> parts;
    std::size_t from = 0;
    for (std::size_t to = text.find(at); to != std::string::npos; to = text.find(at, from)) {
        parts.push_back(text.substr(from, to - from));
        from = to + 1;
    }
    parts.push_back(text.substr(from));
    return parts;
}

std::string Join(const std::vector<std::string>& words) {
    std::string out;
    for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
    return out;
}

std::vector<Option> OptionsOf(const Command& command) {
    std::vector<Option> all = command.options;
    all.insert(all.end(), CommonOptions().begin(), CommonOptions().end());
    return all;
}

// First words, and the second words behind each.
std::vector<std::string> FirstWords() {
    std::vector<std::string> out;
    std::set<std::string> seen;
    for (const Command& command : Commands()) {
        const std::string head = command.name.substr(0, command.name.find(' '));
        if (seen.insert(head).second) out.push_back(head);
    }
    return out;
}

std::vector<std::string> SecondWords(const std::string& head) {
    std::vector<std::string> out;
    for (const Command& command : Commands()) {
        if (command.name.starts_with(head + " ")) out.push_back(command.name.substr(head.size() + 1));
    }
    return out;
}

std::string BashReply(const Completion& completion) {
    switch (completion.kind) {
        case Kind::kNothing:
            return "COMPREPLY=()";
        case Kind::kFiles:
            return "compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- \"$cur\"))";
        case Kind::kDestinations:
            return "COMPREPLY=($(compgen -W \"$(_fanfare_destinations)\" -- \"$cur\"))";
        case Kind::kWords:
            return "COMPREPLY=($(compgen -W '" + Join(completion.words) + "' -- \"$cur\"))";
    }
    return "";
}

std::string BashCommand(const Command& command) {
    std::string options;
    std::string out = "    '" + command.name + "')\n        case \"$prev\" in\n";
    for (const Option& option : OptionsOf(command)) {
        options += (options.empty() ? "--" : " --") + option.name;
        if (!option.value.empty())
            out += "        --" + option.name + ") " + BashReply(CompletionOf(option)) + "; return ;;\n";
    }
    out += "        esac\n        case \"$cur\" in\n        -*) COMPREPLY=($(compgen -W '" + options +
           "' -- \"$cur\")) ;;\n        *) " + BashReply(CompletionOfPositional(command)) + " ;;\n        esac ;;\n";
    return out;
}

// For a specification of _arguments between single quotes.
std::string ZshText(const std::string& text) {
    std::string out;
    for (const char c : text) {
        if (c == '\'') {
            out += "'\\''";
        } else if (c == '[' || c == ']' || c == ':' || c == '\\') {
            out += std::string("\\") + c;
        } else {
            out += c;
        }
    }
    return out;
}

std::string ZshAction(const Completion& completion) {
    switch (completion.kind) {
        case Kind::kNothing:
            return " ";
        case Kind::kFiles:
            return "_files";
        case Kind::kDestinations:
            return "_fanfare_destinations";
        case Kind::kWords:
            return "(" + Join(completion.words) + ")";
    }
    return "";
}

std::string ZshCommand(const Command& command) {
    std::string out = "    '" + command.name + "')\n        _arguments -s";
    for (const Option& option : OptionsOf(command)) {
        out += " \\\n            '" + std::string(option.repeats ? "*" : "") + "--" + option.name + "[" +
               ZshText(option.help) + "]";
        if (!option.value.empty()) out += ":" + ZshText(option.value) + ":" + ZshAction(CompletionOf(option));
        out += "'";
    }
    if (!command.positional.empty()) {
        out += " \\\n            '*:" + ZshText(command.positional) + ":" + ZshAction(CompletionOfPositional(command)) +
               "'";
    }
    return out + " ;;\n";
}

}  // namespace

Completion CompletionOf(const Option& option) {
    if (option.value == "FILE" || option.value == "DIRECTORY") return {Kind::kFiles, {}};
    if (option.value == "STATE") return {Kind::kWords, {"waiting", "sending", "sent", "dead", "cancelled"}};
    if (option.name == "destination") return {Kind::kDestinations, {}};
    // A value that is one of some words is named by them: "dot|mermaid".
    if (option.value.find('|') != std::string::npos) return {Kind::kWords, Split(option.value, '|')};
    return {};
}

Completion CompletionOfPositional(const Command& command) {
    if (command.positional.find("FILE") != std::string::npos) return {Kind::kFiles, {}};
    if (command.name.starts_with("destinations ") && !command.positional.empty()) return {Kind::kDestinations, {}};
    return {};
}

std::string FormatBashCompletion() {
    std::string out =
        "# bash completion of fanfare. Made from the table of commands; do not edit.\n"
        "_fanfare_destinations() {\n    " +
        std::string(kListDestinations) +
        "\n}\n\n"
        "_fanfare() {\n"
        "    local cur=\"${COMP_WORDS[COMP_CWORD]}\" prev=\"${COMP_WORDS[COMP_CWORD-1]}\" "
        "command=\"${COMP_WORDS[1]}\"\n"
        "    COMPREPLY=()\n"
        "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
        "        COMPREPLY=($(compgen -W '" +
        Join(FirstWords()) +
        " --help --version' -- \"$cur\"))\n"
        "        return\n"
        "    fi\n"
        "    case \"$command\" in\n";
    for (const std::string& head : FirstWords()) {
        const std::vector<std::string> seconds = SecondWords(head);
        if (seconds.empty()) continue;
        out += "    " + head + ")\n        if [ \"$COMP_CWORD\" -eq 2 ]; then COMPREPLY=($(compgen -W '" +
               Join(seconds) + "' -- \"$cur\")); return; fi\n        command=\"$command ${COMP_WORDS[2]}\" ;;\n";
    }
    out += "    esac\n    case \"$command\" in\n";
    for (const Command& command : Commands()) out += BashCommand(command);
    return out + "    esac\n}\ncomplete -F _fanfare fanfare\n";
}

std::string FormatZshCompletion() {
    std::string out =
        "#compdef fanfare\n# zsh completion of fanfare. Made from the table of commands; do not edit.\n"
        "_fanfare_destinations() {\n    local -a names=(${(f)\"$(" +
        std::string(kListDestinations) +
        ")\"})\n"
        "    compadd -a names\n}\n\n"
        "_fanfare() {\n    local command=\"${words[2]}\"\n"
        "    if (( CURRENT == 2 )); then\n        compadd -- " +
        Join(FirstWords()) +
        "\n        return\n    fi\n"
        "    case \"$command\" in\n";
    for (const std::string& head : FirstWords()) {
        const std::vector<std::string> seconds = SecondWords(head);
        if (seconds.empty()) continue;
        out += "    " + head + ")\n        if (( CURRENT == 3 )); then compadd -- " + Join(seconds) +
               "; return; fi\n        command=\"$command ${words[3]}\"; shift words; (( CURRENT-- )) ;;\n";
    }
    out += "    esac\n    shift words; (( CURRENT-- ))\n    case \"$command\" in\n";
    for (const Command& command : Commands()) out += ZshCommand(command);
    return out + "    esac\n}\n\n_fanfare \"$@\"\n";
}

}  // namespace fanfare::cli
