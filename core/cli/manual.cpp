#include "cli/manual.hpp"

#include <algorithm>

#include "cli/parse.hpp"

namespace fanfare::cli {
namespace {

std::string Upper(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return 'a' <= c && c <= 'z' ? static_cast<char>(c - 32) : c; });
    return text;
}

// As an argument of a macro: one word, and never taken for the name of a macro ("No", "Ar", "Li").
std::string MacroWord(std::string_view text) {
    std::string out = "\"\\&";
    for (const char c : EscapeRoff(text)) out += c == '"' ? std::string("\\(dq") : std::string(1, c);
    return out + "\"";
}

std::string Header(const std::string& page, const std::string& date, const std::string& summary) {
    return ".\\\" Made from the table of commands; do not edit.\n.Dd " + date + "\n.Dt " + Upper(page) +
           " 1\n.Os\n.Sh NAME\n.Nm " + page + "\n.Nd " + EscapeRoff(summary) + "\n";
}

// mdoc(7): a sentence begins a line, so that the space before it can be set right.
std::string BreakSentences(std::string text) {
    for (std::size_t at = text.find(". "); at != std::string::npos; at = text.find(". ", at)) text[at + 1] = '\n';
    return text;
}

std::string Paragraphs(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const std::size_t gap = text.find("\n\n");
        if (!out.empty()) out += ".Pp\n";
        out += EscapeRoff(BreakSentences(std::string(text.substr(0, gap)))) + "\n";
        text.remove_prefix(gap == std::string_view::npos ? text.size() : gap + 2);
    }
    return out;
}

std::string OptionList(const std::vector<Option>& options) {
    std::string out = ".Bl -tag -width Ds\n";
    for (const Option& option : options) {
        out += ".It Fl " + MacroWord("-" + option.name) +
               (option.value.empty() ? "" : " Ar " + MacroWord(option.value)) + "\n";
        out += EscapeRoff(option.help) + ".\n";
        if (option.repeats) out += "May be given more than once.\n";
    }
    return out + ".El\n";
}

std::string Synopsis(const Command& command) {
    std::string out = ".Sh SYNOPSIS\n.Nm fanfare " + command.name + "\n";
    for (const Option& option : command.options) {
        out += ".Op Fl " + MacroWord("-" + option.name) +
               (option.value.empty() ? "" : " Ar " + MacroWord(option.value)) + "\n";
    }
    if (!command.positional.empty()) out += ".Ar " + MacroWord(command.positional) + "\n";
    return out;
}

std::string Examples(const std::vector<Example>& examples) {
    if (examples.empty()) return "";
    std::string out = ".Sh EXAMPLES\n";
    for (const Example& example : examples) {
        if (&example != &examples.front()) out += ".Pp\n";
        out += EscapeRoff(example.what) + ":\n.Pp\n.Dl " + EscapeRoff(example.line) + "\n";
    }
    return out;
}

struct Exit {
    const char* status;
    const char* meaning;
};

constexpr Exit kExits[] = {
    {"0", "Done."},
    {"64", "Wrong usage: an unknown command or option, or an answer that was not yes."},
    {"65", "What was given is refused; the message says why."},
    {"66", "There is no such event, delivery, destination or file."},
    {"69", "The daemon does not answer at the address that the message names."},
    {"70", "The daemon failed at it."},
    {"75", "Not now; the same may work later."},
    {"77", "The token is missing or wrong."},
    {"78", "The configuration cannot work; the message says where."},
};

std::string ExitStatus(const std::string& more) {
    std::string out = ".Sh EXIT STATUS\n";
    if (!more.empty()) out += Paragraphs(more) + ".Pp\n";
    out += "The numbers of\n.In sysexits.h :\n.Bl -tag -width Ds\n";
    for (const Exit& exit : kExits) out += std::string(".It ") + exit.status + "\n" + EscapeRoff(exit.meaning) + "\n";
    return out + ".El\n";
}

constexpr const char* kEnvironment =
    ".Sh ENVIRONMENT\n.Bl -tag -width Ds\n"
    ".It Ev FANFARE_ADMIN_TOKEN\nThe token for an admin API on TCP.\n"
    ".It Ev FANFARE_TOKEN\nThe token of a realm, for\n.Xr fanfare-send 1 .\n"
    ".It Ev NO_COLOR\nIf set, tables come without colour.\n.El\n";

constexpr const char* kFiles =
    ".Sh FILES\n.Bl -tag -width Ds\n"
    ".It Pa /etc/fanfare/fanfare.toml\nThe configuration;\n.Pa conf.d/*.toml\nbeside it is read after it, in the order "
    "of names.\n"
    ".It Pa /run/fanfare/admin.sock\nThe admin API.\n"
    ".It Pa /var/lib/fanfare\nThe store.\n.El\n";

}  // namespace

std::string EscapeRoff(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool line_start = out.empty() || out.back() == '\n';
        // At the start of a line these begin a request.
        if (line_start && (c == '.' || c == '\'')) out += "\\&";
        if (c == '\\') {
            out += "\\e";
        } else if (c == '-') {
            out += "\\-";
        } else {
            out += c;
        }
    }
    return out;
}

std::string PageName(const Command& command) {
    std::string name = "fanfare-" + command.name;
    std::replace(name.begin(), name.end(), ' ', '-');
    return name;
}

std::string FormatManual(const Command& command, const std::string& date) {
    const Manual& manual = ManualOf(command.name);
    std::string out = Header(PageName(command), date, command.summary) + Synopsis(command);
    out += ".Sh DESCRIPTION\n" + Paragraphs(manual.description) + ".Pp\nThe options are as follows:\n";
    std::vector<Option> options = command.options;
    options.insert(options.end(), CommonOptions().begin(), CommonOptions().end());
    out += OptionList(options) + ExitStatus(manual.exit_status) + Examples(manual.examples);
    return out + ".Sh SEE ALSO\n.Xr fanfare 1\n";
}

std::string FormatOverview(const std::string& date) {
    std::string out = Header("fanfare", date, "take events in, keep them, and deliver them through plugins");
    out += ".Sh SYNOPSIS\n.Nm\n.Ar command\n.Op Ar options\n.Sh DESCRIPTION\n" +
           Paragraphs(
               "A daemon and the commands that steer it. Events come in over HTTP, are made durable, are routed by "
               "rules in "
               "TOML, and are delivered through plugins. 'fanfare serve' is the daemon; most other commands ask a "
               "running one "
               "over its admin API.") +
           ".Pp\nThe commands are as follows; each has a page of its own:\n.Bl -tag -width Ds\n";
    for (const Command& command : Commands()) {
        out += ".It Xr " + PageName(command) + " 1\n" + EscapeRoff(command.summary) + ".\n";
    }
    out += ".El\n.Pp\nThese options are for every command:\n" + OptionList(CommonOptions());
    return out + kEnvironment + kFiles + ExitStatus("") +
           Examples({{"See what goes wrong, those in trouble first", "fanfare status"},
                     {"Learn why an event went where it went, or nowhere", "fanfare explain --event event.json"}});
}

}  // namespace fanfare::cli
