#include "cli/parse.hpp"

#include <algorithm>
#include <boost/program_options.hpp>

#include "base/text.hpp"

namespace fanfare::cli {
namespace {

namespace po = boost::program_options;

constexpr const char* kDefaultConfig = "/etc/fanfare/fanfare.toml";

// The command whose words the line starts with, and how many they are.
std::pair<const Command*, std::size_t> FindCommand(const std::vector<std::string>& words) {
    for (const Command& command : Commands()) {
        const std::size_t space = command.name.find(' ');
        const std::size_t count = space == std::string::npos ? 1 : 2;
        if (words.size() < count || words[0] != command.name.substr(0, space)) continue;
        if (count == 1 || words[1] == command.name.substr(space + 1)) return {&command, count};
    }
    return {nullptr, 0};
}

base::Error UnknownCommand(const std::vector<std::string>& words) {
    const std::string first = words[0];
    std::string members;
    std::vector<std::string_view> names;
    for (const Command& command : Commands()) {
        const std::string head = command.name.substr(0, command.name.find(' '));
        if (head == first) members += "\n  fanfare " + command.name + " " + command.positional;
        names.push_back(command.name);
    }
    if (!members.empty()) return base::MakeError(base::Code::kInvalid, "'" + first + "' wants one of:" + members);
    const std::string_view near = base::DidYouMean(first, names);
    return base::MakeError(base::Code::kInvalid, "there is no command '" + first + "'" +
                                                     (near.empty() ? std::string("; fanfare --help lists them")
                                                                   : "; did you mean '" + std::string(near) + "'?"));
}

void Describe(po::options_description& description, const std::vector<Option>& options) {
    for (const Option& option : options) {
        const std::string name = option.name == "help" ? "help,h" : option.name == "config" ? "config,c" : option.name;
        if (option.value.empty()) {
            description.add_options()(name.c_str(), option.help.c_str());
        } else if (option.repeats) {
            description.add_options()(name.c_str(), po::value<std::vector<std::string>>()->value_name(option.value), option.help.c_str());
        } else {
            description.add_options()(name.c_str(), po::value<std::string>()->value_name(option.value), option.help.c_str());
        }
    }
}

base::Error UnknownOption(const Command& command, const std::string& given) {
    std::vector<std::string_view> names;
    for (const Option& option : command.options) names.push_back(option.name);
    for (const Option& option : CommonOptions()) names.push_back(option.name);
    const std::string_view near = base::DidYouMean(given, names);
    return base::MakeError(base::Code::kInvalid, "'" + command.name + "' has no option --" + given +
                                                     (near.empty() ? std::string() : "; did you mean --" + std::string(near) + "?"));
}

base::Status CheckPositional(const Command& command, std::size_t count) {
    if (count < command.least_positional) {
        return base::MakeError(base::Code::kInvalid, "'" + command.name + "' wants " + command.positional);
    }
    if (count > command.most_positional) {
        return base::MakeError(base::Code::kInvalid, "'" + command.name + "' takes " +
                                                         (command.positional.empty() ? "no further words" : "only " + command.positional));
    }
    return {};
}

base::Result<Parsed> ParseCommand(const Command& command, const std::vector<std::string>& words) {
    po::options_description description;
    Describe(description, command.options);
    Describe(description, CommonOptions());
    description.add_options()("positional", po::value<std::vector<std::string>>());
    po::positional_options_description positional;
    positional.add("positional", -1);
    // Abbreviated options would stop working when a longer one is added.
    constexpr int kStyle = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;

    po::variables_map values;
    try {
        po::store(po::command_line_parser(words).options(description).positional(positional).style(kStyle).run(), values);
    } catch (const po::unknown_option& error) {
        std::string name = error.get_option_name();
        return UnknownOption(command, name.substr(std::min(name.size(), name.find_first_not_of('-'))));
    } catch (const po::error& error) {
        return base::MakeError(base::Code::kInvalid, "'" + command.name + "': " + error.what());
    }

    Parsed parsed;
    parsed.command = &command;
    parsed.help = values.contains("help");
    Arguments& arguments = parsed.arguments;
    arguments.json = values.contains("json");
    arguments.config = values.contains("config") ? values["config"].as<std::string>() : kDefaultConfig;
    const auto take = [&values](const char* name, std::string& out) {
        if (values.contains(name)) out = values[name].as<std::string>();
    };
    take("admin", arguments.admin);
    take("ca", arguments.ca);
    take("cert", arguments.cert);
    take("key", arguments.key);
    for (const Option& option : command.options) {
        if (!values.contains(option.name)) continue;
        std::vector<std::string>& given = arguments.options[option.name];
        if (option.repeats) {
            given = values[option.name].as<std::vector<std::string>>();
        } else {
            given = {option.value.empty() ? "" : values[option.name].as<std::string>()};
        }
    }
    if (values.contains("positional")) arguments.positional = values["positional"].as<std::vector<std::string>>();
    if (!parsed.help) {
        if (base::Status checked = CheckPositional(command, arguments.positional.size()); !checked) return std::move(checked).error();
    }
    return parsed;
}

void AppendOption(std::string& out, const Option& option) {
    std::string left = "  --" + option.name + (option.value.empty() ? "" : " " + option.value);
    left.resize(std::max<std::size_t>(left.size() + 2, 26), ' ');
    out += left + option.help + "\n";
}

}  // namespace

const std::vector<Option>& CommonOptions() {
    static const std::vector<Option> options{
        {"config", "FILE", std::string("configuration (default ") + kDefaultConfig + ")"},
        {"admin", "ADDRESS", "admin API: unix:/path, host:port or https://host:port (default: as configured)"},
        {"ca", "FILE", "with https: certificate authorities to trust beside the system's, PEM"},
        {"cert", "FILE", "with https: client certificate to show, PEM"},
        {"key", "FILE", "its key, PEM (default: in the same file)"},
        {"json", "", "one JSON object per line"},
        {"help", "", "this text"},
    };
    return options;
}

base::Result<Parsed> Parse(const std::vector<std::string>& words) {
    if (words.empty()) return base::MakeError(base::Code::kInvalid, "which command? fanfare --help lists them");
    if (words[0] == "--help" || words[0] == "-h" || words[0] == "help") {
        Parsed parsed;
        parsed.help = true;
        return parsed;
    }
    const std::vector<std::string> line = words[0] == "--version" ? std::vector<std::string>{"version"} : words;
    const auto [command, count] = FindCommand(line);
    if (command == nullptr) return UnknownCommand(line);
    return ParseCommand(*command, {line.begin() + static_cast<std::ptrdiff_t>(count), line.end()});
}

std::string Help() {
    std::string out = "fanfare takes events over HTTP, makes them durable and delivers them through plugins.\n\ncommands:\n";
    const auto left = [](const Command& command) {
        return "  " + command.name + (command.positional.empty() ? "" : " " + command.positional) + "  ";
    };
    std::size_t width = 0;
    for (const Command& command : Commands()) width = std::max(width, left(command).size());
    for (const Command& command : Commands()) {
        std::string line = left(command);
        line.resize(width, ' ');
        out += line + command.summary + "\n";
    }
    out += "\nfor every command:\n";
    for (const Option& option : CommonOptions()) AppendOption(out, option);
    return out;
}

std::string Help(const Command& command) {
    std::string out = "usage: fanfare " + command.name + " [options]" +
                      (command.positional.empty() ? "" : " " + command.positional) + "\n\n" + command.summary + "\n\noptions:\n";
    for (const Option& option : command.options) AppendOption(out, option);
    for (const Option& option : CommonOptions()) AppendOption(out, option);
    return out;
}

}  // namespace fanfare::cli
