// [profile.NAME]: how a plain JSON body becomes an event.
#include "profile/profile.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "config/draft.hpp"

namespace fanfare::config {
namespace {

constexpr std::size_t kMaxSchema = 1u << 20;
constexpr std::string_view kHowToFind =
    "write a JSON pointer into the body, { header = \"NAME\" } or { value = \"text\" }";

class ProfileReader {
public:
    ProfileReader(const Scope& scope, const toml::table& table, const std::string& name)
        : scope_(scope), title_("[profile." + name + "]"), keys_(scope, table, title_) {}

    // Null if it is at fault.
    std::shared_ptr<const profile::Profile> Read() {
        std::string for_people;
        keys_.String("description", for_people);
        static const std::vector<std::string_view> kKinds{"plain", "change"};
        if (const auto kind = keys_.Choice("kind", kKinds)) spec_.kind = static_cast<profile::Kind>(*kind);
        ReadSources("id", spec_.id);
        ReadSources("type", spec_.type);
        ReadSources("source", spec_.source);
        ReadSources("subject", spec_.subject);
        ReadSources("time", spec_.time);
        spec_.schema = ReadSchema(keys_, "schema");
        ReadChangeOptions();
        keys_.RefuseUnknown();
        return Compile();
    }

private:
    void ReadSources(std::string_view key, profile::Sources& out) {
        const toml::node* const node = keys_.Find(key);
        if (!node) return;
        const toml::array* const list = node->as_array();
        if (!list) return ReadSource(*node, key, out);
        if (list->empty()) scope_.Error(*node, Quoted(key) + " is an empty list", std::string(kHowToFind));
        for (const toml::node& element : *list) ReadSource(element, key, out);
    }

    void ReadSource(const toml::node& node, std::string_view key, profile::Sources& out) {
        places_[std::string(key)].push_back(scope_.document.PositionOf(node));
        profile::Source source;
        if (const auto pointer = node.value_exact<std::string>()) {
            source.text = *pointer;
        } else if (const toml::table* const table = node.as_table()) {
            ReadSourceTable(*table, key, source);
        } else {
            scope_.Error(node, Quoted(key) + " must say where it is found, not be " + std::string(KindOf(node)),
                         std::string(kHowToFind));
            source = {profile::Place::kValue, "at fault"};
        }
        out.push_back(std::move(source));
    }

    void ReadSourceTable(const toml::table& table, std::string_view key, profile::Source& source) {
        Keys keys(scope_, table, Quoted(key) + " of " + title_);
        const bool has_header = keys.String("header", source.text);
        const bool has_value = !has_header && keys.String("value", source.text);
        keys.Find("value");
        keys.RefuseUnknown();
        source.place = has_header ? profile::Place::kHeader : profile::Place::kValue;
        if (table.size() != 1) {
            scope_.Error(table, Quoted(key) + " is found in one place, not in " + std::to_string(table.size()),
                         std::string(kHowToFind));
        }
        if (!has_header && !has_value) source.text = "at fault";
    }

    void ReadChangeOptions() {
        static const std::vector<std::string_view> kUnchanged{"keep", "drop"};
        keys_.Boolean("verify_changes", spec_.verify_changes);
        keys_.Boolean("compute_changes", spec_.compute_changes);
        if (const auto unchanged = keys_.Choice("unchanged", kUnchanged)) {
            spec_.unchanged = static_cast<profile::Unchanged>(*unchanged);
        }
        if (spec_.kind == profile::Kind::kChange) return;
        WarnUnlessChange("verify_changes", spec_.verify_changes);
        WarnUnlessChange("compute_changes", spec_.compute_changes);
        WarnUnlessChange("unchanged", spec_.unchanged == profile::Unchanged::kDrop);
    }

    void WarnUnlessChange(std::string_view key, bool is_asked) {
        if (!is_asked) return;
        scope_.report.Warning(keys_.PositionOf(key), Quoted(key) + " of " + title_ + " does nothing",
                              "it is for changes of objects: write kind = \"change\"");
    }

    std::shared_ptr<const profile::Profile> Compile() {
        profile::Profile::Compiled compiled = profile::Profile::Compile(std::move(spec_));
        for (profile::SpecFault& fault : compiled.faults) {
            const Position& where = places_.at(fault.key).at(fault.index);
            if (!scope_.report.HasErrorAt(where)) {
                scope_.report.Error(where, Quoted(fault.key) + " of " + title_ + ": " + fault.message,
                                    std::move(fault.hint));
            }
        }
        return std::move(compiled.profile);
    }

    Scope scope_;
    std::string title_;
    Keys keys_;
    profile::Spec spec_;
    std::map<std::string, std::vector<Position>> places_;  // of the sources of each attribute
};

}  // namespace

std::shared_ptr<const profile::DataSchema> ReadSchema(Keys& keys, std::string_view key) {
    const toml::node* const node = keys.Find(key);
    if (!node) return nullptr;
    std::string text;
    const auto written = node->value_exact<std::string_view>();
    if (written && base::Trim(*written).starts_with('{')) {
        text = *written;
    } else if (!keys.File(key, kMaxSchema, text)) {
        return nullptr;
    }
    auto schema = profile::DataSchema::Compile(text);
    if (schema) return *std::move(schema);
    keys.scope().Error(*node, Quoted(key) + ": " + schema.error().message,
                       "name a file with a JSON Schema, or write one here that starts with '{'");
    return nullptr;
}

void ReadProfiles(Draft& draft, const Document& document) {
    ReadNamedTables(draft, document, "profile",
                    [&](std::string_view name, const Position& where, const toml::table& table) {
                        Profile profile{std::string(name), nullptr, where};
                        profile.profile = ProfileReader({document, draft.report}, table, profile.name).Read();
                        draft.config.profiles.push_back(std::move(profile));
                    });
}

}  // namespace fanfare::config
