#include <algorithm>

#include "base/text.hpp"
#include "config/draft.hpp"

namespace fanfare::config {
namespace {

constexpr std::size_t kMaxMatch = 1u << 20;

class RouteReader {
public:
    RouteReader(Draft& draft, const Document& document, const toml::table& table)
        : draft_(draft), document_(document), table_(table), keys_({document, draft.report}, table, "[[route]]") {
        route_.where = document.PositionOf(table);
        elements_[""] = route_.where;
    }

    void Read() {
        ReadName();
        ReadList("realms", route_.rule.realms, "leave 'realms' out to take the events of every realm");
        ReadList("types", route_.rule.types, "leave 'types' out to take events of every type");
        ReadMatch();
        ReadTo();
        keys_.Boolean("fallback", route_.rule.fallback);
        keys_.RefuseUnknown();
        ReportRuleFaults();
        draft_.config.routes.push_back(std::move(route_));
        draft_.route_elements.push_back(std::move(elements_));
    }

private:
    void ReadName() {
        const toml::node* node = keys_.Find("name");
        if (!node) {
            if (document_.MayHaveLost("name")) return;
            draft_.report.Error(route_.where, "a route has no 'name'",
                                "give it one: it stands in every delivery it makes");
            return;
        }
        std::string& name = route_.rule.name;
        elements_["/name"] = document_.PositionOf(*node);
        if (!ReadString(keys_.scope(), *node, "name", name)) return;
        if (!base::IsName(name)) {
            keys_.scope().Error(
                *node, Quoted(name) + " is no name for a route",
                "a name has 1 to 64 letters, digits, '.', '_' or '-', and starts with a letter or digit");
            return;
        }
        draft_.Take("route " + Quoted(name), document_.PositionOf(*node));
    }

    // A list of strings that are not empty; an empty list would be read one way by some and the other by the rest.
    void ReadList(std::string_view key, std::vector<std::string>& out, const std::string& hint) {
        const std::vector<const toml::node*> elements = keys_.StringOrList(key);
        const toml::node* node = table_.get(key);
        if (node && node->is_array() && elements.empty())
            keys_.scope().Error(*node, Quoted(key) + " is an empty list", hint);
        for (const toml::node* element : elements) {
            std::string text;
            if (!ReadString(keys_.scope(), *element, key, text)) continue;
            if (text.empty()) {
                keys_.scope().Error(*element, Quoted(key) + " holds an empty string", hint);
                continue;
            }
            elements_[json::PointerTo(json::PointerTo("", key), std::to_string(out.size()))] =
                document_.PositionOf(*element);
            out.push_back(std::move(text));
        }
    }

    // A table, or the JSON of an EventBridge rule: as text, or in a file.
    void ReadMatch() {
        const toml::node* match = keys_.Find("match");
        const toml::node* file = keys_.Find("match_file");
        std::string text;
        if (match && file) {
            keys_.scope().Error(*file, "a route has both 'match' and 'match_file'", "take out one of the two");
        } else if (file) {
            if (keys_.File("match_file", kMaxMatch, text)) ReadMatchJson(*file, text, "the file of 'match_file'");
        } else if (match && match->is_string()) {
            ReadMatchJson(*match, match->as_string()->get(), "'match'");
        } else if (const toml::table* table = keys_.FindTable("match")) {
            json::Value value;
            if (ToJson(keys_.scope(), *table, "/match", value, elements_)) route_.rule.match = std::move(value);
        }
    }

    // Faults in it have the place of the whole, and say where in the JSON they are.
    void ReadMatchJson(const toml::node& node, const std::string& text, const std::string& what) {
        elements_["/match"] = document_.PositionOf(node);
        match_is_json_ = true;
        auto value = json::Parse(text);
        if (value && value->is_object()) {
            route_.rule.match = *std::move(value);
        } else {
            keys_.scope().Error(node, what + (value ? " is not a JSON object" : " is " + value.error().message),
                                "match = '{\"data\": {\"action\": [\"create\"]}}'");
        }
    }

    void ReadTo() {
        const toml::node* node = keys_.Find("to");
        if (!node) {
            if (document_.MayHaveLost("to")) return;
            draft_.report.Error(route_.where, "route " + Quoted(route_.rule.name) + " has no 'to'",
                                "say where its events go: to = [\"name-of-a-destination\"]");
            return;
        }
        const toml::array* list = node->as_array();
        if (list && list->empty()) {
            keys_.scope().Error(*node, "'to' is an empty list", "name at least one destination");
        } else if (list) {
            for (const toml::node& element : *list) ReadTarget(element);
        } else {
            ReadTarget(*node);
        }
    }

    // A destination's name, or a table that names it.
    void ReadTarget(const toml::node& node) {
        const toml::node* named = &node;
        std::shared_ptr<const shape::Shape> shape;
        if (const toml::table* table = node.as_table()) {
            Keys keys(keys_.scope(), *table, "an entry of 'to'");
            named = keys.Find("destination");
            shape = ReadShape(keys).shape;
            keys.RefuseUnknown();
            if (!named) {
                keys_.scope().Error(node, "an entry of 'to' names no destination", "write { destination = \"name\" }");
                return;
            }
        }
        std::string name;
        if (!ReadString(keys_.scope(), *named, named == &node ? "to" : "destination", name)) return;
        std::vector<std::string>& to = route_.rule.to;
        if (std::find(to.begin(), to.end(), name) != to.end()) {
            keys_.scope().Error(*named, "'to' names destination " + Quoted(name) + " twice",
                                "take one out: an event goes to a destination once");
            return;
        }
        elements_["/to/" + std::to_string(to.size())] = document_.PositionOf(*named);
        to.push_back(std::move(name));
        route_.shapes.push_back(std::move(shape));
    }

    void ReportRuleFaults() {
        for (route::RuleFault& fault : route::Check(route_.rule)) {
            if (fault.pointer == "/to") continue;  // what is wrong with it as a whole, ReadTo has said
            const Position where = PositionOf(fault.pointer);
            const bool in_json = match_is_json_ && fault.pointer.starts_with("/match/");
            if (!in_json && draft_.report.HasErrorAt(where)) continue;
            std::string message = in_json ? fault.pointer.substr(std::string_view("/match").size()) + ": " : "";
            draft_.report.Error(where, message + fault.message, std::move(fault.hint));
        }
    }

    // Of the element itself, or of what holds it.
    Position PositionOf(std::string pointer) const {
        while (true) {
            const auto found = elements_.find(pointer);
            if (found != elements_.end()) return found->second;
            pointer.resize(pointer.empty() ? 0 : pointer.rfind('/'));
        }
    }

    Draft& draft_;
    const Document& document_;
    const toml::table& table_;
    Keys keys_;
    Route route_;
    ElementPositions elements_;
    bool match_is_json_ = false;
};

}  // namespace

void ReadRoutes(Draft& draft, const Document& document) {
    ReadListedTables(draft, document, "route",
                     [&](const toml::table& table) { RouteReader(draft, document, table).Read(); });
}

}  // namespace fanfare::config
