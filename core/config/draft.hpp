// A configuration while its files are being read, and the readers of its parts.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/to_json.hpp"

namespace fanfare::config {

struct Draft {
    Config config;
    Report report;
    std::vector<Document> documents;
    std::map<std::string, Position> taken;         // what may stand only once, over all files, in the operator's words
    std::vector<ElementPositions> route_elements;  // by pointer into the rule; beside config.routes
    std::map<std::string, Position> profile_of_realm;                 // where a realm names its profile
    std::vector<std::pair<Position, std::string>> test_destinations;  // named by tests
    Position listen_at;                                               // of the value of 'listen', if it is set
    std::optional<Position> admin_at;                                 // of the value of 'admin', if one is written
    bool blind = false;  // a file could not be read: what is missing may stand there

    // False if `what` ("realm 'a'", "'listen' of [server]") stands somewhere else already; that is reported.
    bool Take(const std::string& what, const Position& where);
    bool MayHaveLost(std::string_view word) const;
};

using TableReader = std::function<void(std::string_view name, const Position& where, const toml::table& table)>;
// Calls `read` for every [section.NAME] whose name is good and stands nowhere else.
void ReadNamedTables(Draft& draft, const Document& document, std::string_view section, const TableReader& read);

// Calls `read` for every [[section]].
void ReadListedTables(Draft& draft, const Document& document, std::string_view section,
                      const std::function<void(const toml::table& table)>& read);

// [server] [store] [log] [plugins], and names of sections that there are not.
void ReadSections(Draft& draft, const Document& document);
// Says of a file in profiles.d what does not belong there.
void RefuseAllButProfiles(Draft& draft, const Document& document);
void ReadProfiles(Draft& draft, const Document& document);
// The schema that stands at `key`, or in the file that it names; null if there is none or it is at fault.
std::shared_ptr<const profile::DataSchema> ReadSchema(Keys& keys, std::string_view key);
void ReadRealms(Draft& draft, const Document& document);
void ReadDestinations(Draft& draft, const Document& document);
// Of the key of a table that `title` names; their hashes, not they themselves.
void ReadTokens(const Scope& scope, Keys& keys, std::string_view key, const std::string& title,
                std::vector<model::AccessToken>& out);
void ReadDelivery(const Scope& scope, const toml::table& table, const std::string& owner, Destination& destination);
// [owner.http]
Http ReadHttp(const Scope& scope, const toml::table& table, const std::string& owner);
// The keys of a shape, at a destination or at an entry of a route.
Shaping ReadShape(Keys& keys);
void ReadRoutes(Draft& draft, const Document& document);
void ReadTests(Draft& draft, const Document& document);

// What only shows once every file has been read: routes to destinations and realms that nobody declares.
void CheckReferences(Draft& draft);
// Warns if other machines reach a realm, or the door without one, that asks nobody who they are.
void CheckOpenDoors(Draft& draft);

}  // namespace fanfare::config
