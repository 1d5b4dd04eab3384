#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "json/reader.hpp"
#include "json/scan.hpp"
#include "model/media_type.hpp"
#include "route/decimal.hpp"
#include "route/matcher.hpp"

namespace fanfare::route {
namespace {

// A clause is one field of one table, numbered over all tables; a table's clauses follow one another.
using Clauses = std::vector<std::uint32_t>;
constexpr std::uint32_t kRetracted = std::numeric_limits<std::uint32_t>::max();

struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};
template <class T>
using TextMap = std::unordered_map<std::string, T, TextHash, std::equal_to<>>;

// A place in events that rules name, and which clauses each value there satisfies.
struct Node {
    TextMap<std::unique_ptr<Node>> children;
    TextMap<Clauses> texts;
    TextMap<Clauses> numbers;  // by Decimal
    Clauses trues;
    Clauses falses;
    Clauses nulls;
};

std::string NumberText(const json::Value& number) {
    if (!number.is_number_float()) return number.dump();
    std::array<char, 32> text;
    const auto end = std::to_chars(text.data(), text.data() + text.size(), number.get<double>()).ptr;
    return {text.data(), end};
}

const Clauses* FindIn(const TextMap<Clauses>& map, std::string_view key) {
    const auto it = map.find(key);
    return it == map.end() ? nullptr : &it->second;
}

void Append(Clauses& to, const Clauses* more) {
    if (more) to.insert(to.end(), more->begin(), more->end());
}

void SortUnique(Clauses& clauses) {
    std::sort(clauses.begin(), clauses.end());
    clauses.erase(std::unique(clauses.begin(), clauses.end()), clauses.end());
}

// Collects the clauses that a JSON text satisfies, in one pass.
class DataWalk {
public:
    DataWalk(const Node& root, std::string_view text) : reader_(text) { Value(root); }

    Clauses Run() {
        while (!frames_.empty()) {
            const Frame frame = frames_.back();
            if (frame.object ? Member(frame) : Element(frame)) continue;
            visits_.resize(frame.first_visit);
            frames_.pop_back();
        }
        SortUnique(clauses_);
        return std::move(clauses_);
    }

private:
    struct Frame {
        const Node* node;
        bool object;
        std::size_t first_visit;
    };
    // A member that rules name, and where its clauses begin; they end where those of the next one begin.
    struct Visit {
        const Node* node;
        std::size_t first_clause;
    };

    bool Element(const Frame& frame) {
        if (!reader_.NextElement()) return false;
        Value(*frame.node);
        return true;
    }

    bool Member(const Frame& frame) {
        std::string_view name;
        if (!reader_.NextMember(name)) return false;
        const bool escaped = name.find('\\') != std::string_view::npos;
        const auto& children = frame.node->children;
        const auto child = escaped ? children.find(json::UnescapeName(name)) : children.find(name);
        if (child == children.end()) {
            reader_.Take();
            return true;
        }
        RetractTwin(frame, child->second.get());
        visits_.push_back({child->second.get(), clauses_.size()});
        Value(*child->second);
        return true;
    }

    void RetractTwin(const Frame& frame, const Node* node) {
        for (std::size_t i = frame.first_visit; i < visits_.size(); ++i) {
            if (visits_[i].node != node) continue;
            const std::size_t end = i + 1 < visits_.size() ? visits_[i + 1].first_clause : clauses_.size();
            for (std::size_t clause = visits_[i].first_clause; clause < end; ++clause) clauses_[clause] = kRetracted;
            // What is retracted may pass to the visit before it.
            visits_.erase(visits_.begin() + static_cast<std::ptrdiff_t>(i));
            return;
        }
    }

    void Value(const Node& node) {
        switch (reader_.kind()) {
            case json::Kind::kObject:
                if (node.children.empty()) {
                    reader_.Take();
                    return;
                }
                Enter(node, true);
                return;
            case json::Kind::kArray: Enter(node, false); return;
            case json::Kind::kString: Text(node, reader_.Take()); return;
            case json::Kind::kNumber: Number(node, reader_.Take().text); return;
            case json::Kind::kBoolean:
                Append(clauses_, reader_.Take().text == "true" ? &node.trues : &node.falses);
                return;
            case json::Kind::kNull:
                reader_.Take();
                Append(clauses_, &node.nulls);
                return;
        }
    }

    void Enter(const Node& node, bool object) {
        reader_.Enter();
        frames_.push_back({&node, object, visits_.size()});
    }

    void Text(const Node& node, const json::Raw& raw) {
        if (node.texts.empty() || raw.text.size() < 2) return;
        if (raw.text.find('\\') == std::string_view::npos) {
            Append(clauses_, FindIn(node.texts, raw.text.substr(1, raw.text.size() - 2)));
        } else {
            Append(clauses_, FindIn(node.texts, json::Unescape(raw)));
        }
    }

    void Number(const Node& node, std::string_view text) {
        if (node.numbers.empty()) return;
        if (const auto decimal = Decimal::Parse(text)) Append(clauses_, FindIn(node.numbers, decimal->text()));
    }

    json::Reader reader_;
    std::vector<Frame> frames_;
    std::vector<Visit> visits_;
    Clauses clauses_;
};

class ExactMatcher final : public Matcher {
public:
    explicit ExactMatcher(const std::vector<json::Value>& tables) {
        for (const json::Value& table : tables) AddTable(table);
    }

    Positions Match(const model::Envelope& envelope, Positions candidates) const override {
        if (next_clause_ == 0) return candidates;
        const Clauses known = AttributeClauses(envelope);
        bool needs_data = false;
        std::erase_if(candidates, [&](std::uint32_t position) {
            const Table& table = tables_[position];
            if (!HasAll(known, table.first, table.data)) return true;
            needs_data = needs_data || table.data != table.end;
            return false;
        });
        if (!needs_data) return candidates;
        const Clauses found = DataClauses(envelope.event);
        std::erase_if(candidates, [&](std::uint32_t position) {
            return !HasAll(found, tables_[position].data, tables_[position].end);
        });
        return candidates;
    }

private:
    // Clauses [first, data) are on attributes, [data, end) on data.
    struct Table {
        std::uint32_t first;
        std::uint32_t data;
        std::uint32_t end;
    };

    void AddTable(const json::Value& table) {
        Table range{next_clause_, 0, 0};
        if (table.is_object()) {
            for (const auto& [name, values] : table.items()) {
                if (name != "data") AddAttribute(name, values);
            }
        }
        range.data = next_clause_;
        if (table.is_object() && table.contains("data")) AddData(table["data"], data_);
        range.end = next_clause_;
        tables_.push_back(range);
    }

    void AddAttribute(const std::string& name, const json::Value& values) {
        const std::uint32_t clause = next_clause_++;
        TextMap<Clauses>& texts = attributes_[name];
        ForEach(values, [&](const json::Value& value) {
            texts[value.is_string() ? value.get<std::string>() : value.dump()].push_back(clause);
        });
    }

    void AddData(const json::Value& field, Node& node) {
        if (field.is_object()) {
            for (const auto& [name, below] : field.items()) {
                auto& child = node.children[name];
                if (!child) child = std::make_unique<Node>();
                AddData(below, *child);
            }
            return;
        }
        const std::uint32_t clause = next_clause_++;
        ForEach(field, [&](const json::Value& value) { AddValue(value, node, clause); });
    }

    static void AddValue(const json::Value& value, Node& node, std::uint32_t clause) {
        if (value.is_string()) {
            node.texts[value.get<std::string>()].push_back(clause);
        } else if (value.is_boolean()) {
            (value.get<bool>() ? node.trues : node.falses).push_back(clause);
        } else if (value.is_null()) {
            node.nulls.push_back(clause);
        } else if (const auto decimal = value.is_number() ? Decimal::Parse(NumberText(value)) : std::nullopt) {
            node.numbers[std::string(decimal->text())].push_back(clause);
        }
    }

    template <class Use>
    static void ForEach(const json::Value& values, const Use& use) {
        if (!values.is_array()) return use(values);
        for (const json::Value& value : values) use(value);
    }

    Clauses AttributeClauses(const model::Envelope& envelope) const {
        Clauses clauses;
        if (attributes_.empty()) return clauses;
        const auto look = [&](std::string_view name, std::string_view value) {
            const auto texts = attributes_.find(name);
            if (texts != attributes_.end()) Append(clauses, FindIn(texts->second, value));
        };
        const auto look_if_there = [&](std::string_view name, std::string_view value) {
            if (!value.empty()) look(name, value);
        };
        const model::Event& event = envelope.event;
        look_if_there("id", event.id);
        look_if_there("source", event.source);
        look_if_there("type", event.type);
        look_if_there("subject", event.subject);
        look_if_there("time", event.time);
        look_if_there("datacontenttype", event.content_type);
        look_if_there("dataschema", event.data_schema);
        look_if_there("realm", envelope.realm);
        for (const model::Attribute& extension : event.extensions) {
            if (extension.name != "realm") look(extension.name, extension.value);
        }
        SortUnique(clauses);
        return clauses;
    }

    Clauses DataClauses(const model::Event& event) const {
        // Data that says it is JSON was scanned when it came in; what says nothing may be anything.
        const bool json =
            event.content_type.empty() ? json::Scan(event.data).has_value() : model::IsJson(event.content_type);
        if (!json || event.data.empty()) return {};
        return DataWalk(data_, event.data).Run();
    }

    // Whether all of [first, end) stand in `clauses`, which are sorted and unique.
    static bool HasAll(const Clauses& clauses, std::uint32_t first, std::uint32_t end) {
        if (first == end) return true;
        const auto from = std::lower_bound(clauses.begin(), clauses.end(), first);
        const auto count = static_cast<std::ptrdiff_t>(end - first);
        return clauses.end() - from >= count && *(from + count - 1) == end - 1;
    }

    TextMap<TextMap<Clauses>> attributes_;
    Node data_;
    std::vector<Table> tables_;
    std::uint32_t next_clause_ = 0;
};

}  // namespace

std::unique_ptr<const Matcher> Matcher::Compile(const std::vector<json::Value>& tables) {
    return std::make_unique<ExactMatcher>(tables);
}

}  // namespace fanfare::route
