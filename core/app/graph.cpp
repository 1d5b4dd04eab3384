#include "app/graph.hpp"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "app/match_text.hpp"

namespace fanfare::app {
namespace {

enum class Kind { kAnyRealm, kRealm, kRoute, kDestination, kDisabledDestination };

struct Node {
    Kind kind;
    std::string id;
    std::vector<std::string> lines;  // of the label, not escaped
};

struct Edge {
    std::string from;
    std::string to;
    bool dashed = false;
};

std::string Join(const std::vector<std::string>& words) {
    constexpr std::size_t kMost = 5;
    std::string out;
    for (std::size_t i = 0; i < std::min(words.size(), kMost); ++i) out += (i == 0 ? "" : ", ") + words[i];
    if (words.size() > kMost) out += ", and " + std::to_string(words.size() - kMost) + " more";
    return out;
}

// Nodes and edges in the order in which the operator wrote them.
class Picture {
public:
    explicit Picture(const config::Config& config) : config_(config) {
        for (const config::Realm& realm : config.realms) AddRealm(realm.name);
        for (const config::Destination& destination : config.destinations) AddDestination(destination);
        for (const config::Route& route : config.routes) AddRoute(route.rule);
    }

    const std::vector<Node>& nodes() const { return nodes_; }
    const std::vector<Edge>& edges() const { return edges_; }

private:
    // The id of the realm's node, made if it is not there: realms need not be declared.
    std::string AddRealm(const std::string& name) {
        const auto found = std::find(realms_.begin(), realms_.end(), name);
        const std::string id = "realm" + std::to_string(found - realms_.begin());
        if (found != realms_.end()) return id;
        realms_.push_back(name);
        nodes_.push_back({Kind::kRealm, id, {"realm " + ShortText(name)}});
        return id;
    }

    std::string AddAnyRealm() {
        const std::string id = "any_realm";
        if (!std::exchange(has_any_realm_, true)) nodes_.push_back({Kind::kAnyRealm, id, {"any realm, or none"}});
        return id;
    }

    void AddDestination(const config::Destination& destination) {
        Node node{Kind::kDestination,
                  "destination" + std::to_string(destinations_.size()),
                  {destination.name, destination.plugin}};
        if (!destination.enabled) {
            node.kind = Kind::kDisabledDestination;
            node.lines.push_back("disabled");
        }
        destinations_.push_back(destination.name);
        nodes_.push_back(std::move(node));
    }

    void AddRoute(const route::Rule& rule) {
        Node node{Kind::kRoute, "route" + std::to_string(routes_++), {rule.name}};
        if (rule.fallback) node.lines.push_back("fallback: only what no other route takes");
        if (!rule.types.empty()) node.lines.push_back("types: " + ShortText(Join(rule.types)));
        for (std::string& line : MatchLines(rule.match)) node.lines.push_back(std::move(line));
        if (rule.realms.empty()) edges_.push_back({AddAnyRealm(), node.id, rule.fallback});
        for (const std::string& realm : rule.realms) edges_.push_back({AddRealm(realm), node.id, rule.fallback});
        for (const std::string& name : rule.to) AddDelivery(node.id, name);
        nodes_.push_back(std::move(node));
    }

    void AddDelivery(const std::string& route, const std::string& name) {
        const auto found = std::find(destinations_.begin(), destinations_.end(), name);
        if (found == destinations_.end()) return;
        const auto index = static_cast<std::size_t>(found - destinations_.begin());
        edges_.push_back({route, "destination" + std::to_string(index), !config_.destinations[index].enabled});
    }

    const config::Config& config_;
    std::vector<std::string> realms_;
    std::vector<std::string> destinations_;
    std::size_t routes_ = 0;
    bool has_any_realm_ = false;
    std::vector<Node> nodes_;
    std::vector<Edge> edges_;
};

class Dot {
public:
    static std::string Write(const Picture& picture) {
        std::string out =
            "digraph fanfare {\n"
            "    rankdir=LR;\n"
            "    node [fontname=\"sans-serif\", fontsize=11];\n"
            "    edge [fontname=\"sans-serif\", fontsize=10];\n";
        for (const Node& node : picture.nodes())
            out += "    " + node.id + " [label=" + Label(node) + ", " + Style(node.kind) + "];\n";
        for (const Edge& edge : picture.edges())
            out += "    " + edge.from + " -> " + edge.to + (edge.dashed ? " [style=dashed]" : "") + ";\n";
        return out + "}\n";
    }

private:
    static std::string Style(Kind kind) {
        switch (kind) {
            case Kind::kAnyRealm:
                return "shape=ellipse, style=dotted";
            case Kind::kRealm:
                return "shape=ellipse";
            case Kind::kRoute:
                return "shape=box, style=\"rounded,filled\", fillcolor=\"#eef3fb\"";
            case Kind::kDestination:
                return "shape=box, style=filled, fillcolor=\"#eaf5ea\"";
            case Kind::kDisabledDestination:
                return "shape=box, style=dashed, fontcolor=\"#777777\"";
        }
        return {};
    }

    // A route's lines stand below each other from the left; the rest is centred.
    static std::string Label(const Node& node) {
        const char* const line_end = node.kind == Kind::kRoute ? "\\l" : "\\n";
        std::string out = "\"";
        for (std::size_t i = 0; i < node.lines.size(); ++i) {
            if (i > 0 && node.kind != Kind::kRoute) out += line_end;
            out += Escape(node.lines[i]);
            if (node.kind == Kind::kRoute) out += line_end;
        }
        return out + "\"";
    }

    // A quoted string ends at '"'; in labels '\' begins an escape and '&' an entity.
    static std::string Escape(std::string_view text) {
        std::string out;
        for (const char c : text) {
            if (c == '"' || c == '\\') out += '\\';
            out += c;
            if (c == '&') out += "amp;";
        }
        return out;
    }
};

class Mermaid {
public:
    static std::string Write(const Picture& picture) {
        std::string out = "flowchart LR\n";
        for (const Node& node : picture.nodes()) out += "    " + node.id + Shape(node) + "\n";
        for (const Edge& edge : picture.edges())
            out += "    " + edge.from + (edge.dashed ? " -.-> " : " --> ") + edge.to + "\n";
        for (const Node& node : picture.nodes()) {
            if (node.kind == Kind::kDisabledDestination) out += "    style " + node.id + " stroke-dasharray: 5 5\n";
        }
        return out;
    }

private:
    static std::string Shape(const Node& node) {
        std::string label = "\"";
        for (std::size_t i = 0; i < node.lines.size(); ++i) label += (i == 0 ? "" : "<br/>") + Escape(node.lines[i]);
        label += '"';
        switch (node.kind) {
            case Kind::kAnyRealm:
            case Kind::kRealm:
                return "([" + label + "])";
            case Kind::kRoute:
                return "(" + label + ")";
            case Kind::kDestination:
            case Kind::kDisabledDestination:
                return "[" + label + "]";
        }
        return {};
    }

    // Everything but plain text as a numeric entity, which Mermaid writes "#35;": a label is read as Markdown and then
    // as HTML, and "%%" begins a comment anywhere.
    static std::string Escape(std::string_view text) {
        constexpr std::string_view kPlain = " .,:/()-=?!+";
        std::string out;
        for (const char c : text) {
            const auto byte = static_cast<unsigned char>(c);
            const bool is_word =
                byte >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
            out += is_word || kPlain.find(c) != std::string_view::npos ? std::string(1, c)
                                                                       : "#" + std::to_string(byte) + ";";
        }
        return out;
    }
};

}  // namespace

base::Result<GraphFormat> ParseGraphFormat(std::string_view text) {
    if (text == "dot") return GraphFormat::kDot;
    if (text == "mermaid") return GraphFormat::kMermaid;
    return base::MakeError(base::Code::kInvalid, "there is no graph format '" + std::string(text) +
                                                     "'; write --graph dot or --graph mermaid");
}

std::string Graph(const config::Config& config, GraphFormat format) {
    const Picture picture(config);
    switch (format) {
        case GraphFormat::kDot:
            return Dot::Write(picture);
        case GraphFormat::kMermaid:
            return Mermaid::Write(picture);
    }
    return {};
}

}  // namespace fanfare::app
