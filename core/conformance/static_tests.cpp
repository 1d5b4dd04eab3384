// What can be seen of the file, its table and its schema before an instance is made.
#include <gnu/libc-version.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.hpp"
#include "conformance/bench.hpp"
#include "conformance/elf.hpp"
#include "plugin/text.hpp"
#include "schema/document.hpp"

namespace fanfare::conformance {
namespace {

using plugin::View;

// The newest versions of symbols that the libraries of a system offer.
// Source: nm -D --with-symbol-versions of libc.so.6 and libstdc++.so.6 of each.
struct Target {
    std::string_view name;
    std::string_view glibc;
    std::string_view glibcxx;
    std::string_view cxxabi;
};
constexpr std::array kTargets{Target{"bookworm", "2.36", "3.4.30", "1.3.13"},
                              Target{"trixie", "2.41", "3.4.33", "1.3.15"},
                              Target{"el9", "2.34", "3.4.29", "1.3.13"}};

ElfFile Read(const Bench& bench) {
    base::Result<ElfFile> file = ReadElf(bench.subject().path);
    if (!file) throw Failure{bench.subject().path + " " + file.error().message};
    return *std::move(file);
}

std::string Join(const std::vector<std::string>& words) {
    constexpr std::size_t kShown = 8;
    std::string text;
    for (std::size_t i = 0; i < std::min(words.size(), kShown); ++i) text += (i == 0 ? "" : ", ") + words[i];
    return words.size() > kShown ? text + " and " + std::to_string(words.size() - kShown) + " more" : text;
}

void Exports(Bench& bench) {
    const ElfFile file = Read(bench);
    std::vector<std::string> others = file.exports;
    const auto entry = std::find(others.begin(), others.end(), FANFARE_ENTRY_SYMBOL);
    if (entry == others.end()) {
        throw Failure{"it does not export " FANFARE_ENTRY_SYMBOL
                      ": define it with C linkage and FANFARE_EXPORT, or use FANFARE_PLUGIN"};
    }
    others.erase(entry);
    // Those have a test of their own.
    for (const std::string& name : file.unique) others.erase(std::remove(others.begin(), others.end(), name), others.end());
    if (others.empty()) return;
    throw Failure{"it exports " + std::to_string(others.size()) + " symbols besides the entry (" + Join(others) +
                  "), which may meet those of other libraries in the daemon: link it with fanfare_add_plugin or "
                  "-Wl,--version-script=plugin.map"};
}

void Unique(Bench& bench) {
    const ElfFile file = Read(bench);
    if (file.unique.empty()) return;
    throw Failure{"it has symbols that all plugins of a process share (STB_GNU_UNIQUE: " + Join(file.unique) +
                  "): compile with -fno-gnu-unique, or link with fanfare_add_plugin"};
}

void Hardening(Bench& bench) {
    const ElfFile file = Read(bench);
    if (file.has_text_relocations) {
        throw Failure{"its code is written to when it is loaded (TEXTREL), which the daemon's unit forbids: compile with -fPIC"};
    }
    if (file.has_executable_stack) {
        throw Failure{"it asks for a stack that can be executed, which the daemon's unit forbids: link with "
                      "-Wl,-z,noexecstack, and mark assembly with .note.GNU-stack"};
    }
}

// "2.34" < "2.4" is false.
bool IsNewer(std::string_view a, std::string_view b) {
    const auto number = [](std::string_view& text) {
        std::size_t value = 0;
        while (!text.empty() && text.front() != '.') {
            value = value * 10 + static_cast<std::size_t>(text.front() - '0');
            text.remove_prefix(1);
        }
        if (!text.empty()) text.remove_prefix(1);
        return value;
    };
    while (!a.empty() || !b.empty()) {
        const std::size_t left = number(a);
        const std::size_t right = number(b);
        if (left != right) return left > right;
    }
    return false;
}

// The highest "PREFIX_1.2.3"; empty if there is none.
std::string Highest(const ElfFile& file, std::string_view prefix) {
    std::string highest;
    for (const std::string& version : file.versions) {
        if (version.rfind(prefix, 0) != 0) continue;
        const std::string number = version.substr(prefix.size());
        if (number.empty() || number.find_first_not_of("0123456789.") != std::string::npos) continue;
        if (highest.empty() || IsNewer(number, highest)) highest = number;
    }
    return highest;
}

void Versions(Bench& bench) {
    const ElfFile file = Read(bench);
    const std::string wanted = bench.subject().target;
    Target target{"this machine", gnu_get_libc_version(), "", ""};
    for (const Target& each : kTargets) {
        if (each.name == wanted) target = each;
    }
    const std::array<std::pair<std::string_view, std::string_view>, 3> offers{
        {{"GLIBC_", target.glibc}, {"GLIBCXX_", target.glibcxx}, {"CXXABI_", target.cxxabi}}};
    std::string needs;
    for (const auto& [prefix, offered] : offers) {
        const std::string highest = Highest(file, prefix);
        if (highest.empty()) continue;
        needs += (needs.empty() ? "needs " : ", ") + std::string(prefix) + highest;
        if (offered.empty() || !IsNewer(highest, offered)) continue;
        throw Failure{"it needs " + std::string(prefix) + highest + ", and " + std::string(target.name) + " offers " +
                      std::string(prefix) + std::string(offered) + ": build it on the oldest system it is to run on"};
    }
    if (!needs.empty()) bench.Note(needs + " (" + std::string(target.name) + ")");
}

void Loads(Bench& bench) { bench.library(); }

void Metadata(Bench& bench) {
    const fanfare_plugin& table = bench.library().table();
    const std::pair<const char*, fanfare_str> texts[] = {{"version", table.version},
                                                         {"vendor", table.vendor},
                                                         {"license", table.license},
                                                         {"description", table.description}};
    for (const auto& [name, text] : texts) {
        const std::string_view value = View(text);
        if (value.empty()) throw Failure{"its " + std::string(name) + " is empty: operators see it in 'fanfare plugin list' and 'info'"};
        const bool is_line = base::IsUtf8(value) && value.find_first_of("\r\n") == std::string_view::npos;
        if (!is_line) throw Failure{"its " + std::string(name) + " is not one line of UTF-8"};
    }
    if (View(table.license).find_first_of(",;") != std::string_view::npos) {
        throw Failure{"its license is no SPDX expression: write it as 'Apache-2.0' or 'MIT OR GPL-2.0-only'"};
    }
    if ((table.capabilities & ~FANFARE_CAP_BLOCKING) != 0) {
        throw Failure{"its capabilities hold bits that plugin ABI 1.0 does not know: they are reserved, leave them 0"};
    }
}

bool IsDescribed(const json::Value& document, const json::Value& property) {
    const json::Value* target = schema::Follow(document, property);
    return property.contains("description") || (target != nullptr && target->contains("description"));
}

void Schema(Bench& bench) {
    const json::Value& document = bench.library().schema().document();
    if (document.value("type", std::string()) != "object") {
        throw Failure{"the schema of its options is not one of a table: write \"type\": \"object\""};
    }
    const auto extra = document.find("additionalProperties");
    if (extra == document.end() || !extra->is_boolean() || extra->get<bool>()) {
        throw Failure{"the schema takes any option, so an operator's slip of the pen stays unseen: write "
                      "\"additionalProperties\": false"};
    }
    const std::string draft = document.value("$schema", std::string());
    if (!draft.empty() && draft.find("draft-07") == std::string::npos) {
        throw Failure{"the schema calls itself '" + draft + "': options are described in draft-07"};
    }
    for (const json::Value* each : schema::Subschemas(document)) {
        if (!each->is_object() || !each->contains("properties")) continue;
        for (const auto& property : (*each)["properties"].items()) {
            if (property.value().is_object() && IsDescribed(document, property.value())) continue;
            throw Failure{"the option '" + property.key() +
                          "' has no description: operators read it in 'fanfare plugin doc'"};
        }
    }
}

}  // namespace

std::vector<std::string_view> Targets() {
    std::vector<std::string_view> names;
    for (const Target& target : kTargets) names.push_back(target.name);
    return names;
}

std::vector<Test> StaticTests() {
    return {{"static.exports", "exports the entry and nothing else", "", Exports},
            {"static.unique", "shares no symbol with other plugins of the process", "", Unique},
            {"static.hardening", "loads where neither code is written nor data executed", "", Hardening},
            {"static.versions", "needs no newer C and C++ libraries than there are", "", Versions},
            {"static.load", "loads with every symbol resolved, and its table is complete", "static.exports", Loads},
            {"static.metadata", "says what it is, whose, and under which licence", "static.load", Metadata},
            {"static.schema", "describes each option, and takes no other", "static.load", Schema}};
}

}  // namespace fanfare::conformance
