#include "shape/render.hpp"

#include <utility>

#include "json/reader.hpp"

namespace fanfare::shape {
namespace {

// What a node costs beside the bytes that it looks at.
constexpr std::size_t kNodeCost = 16;

class Renderer {
public:
    Renderer(const Program& program, const Rendering& rendering)
        : program_(program), scope_(rendering.scope), work_(rendering.work), missing_(rendering.missing) {}

    base::Result<std::string> Run() {
        if (auto status = Nodes(0, program_.nodes.size()); !status) return std::move(status).error();
        return std::move(out_);
    }

private:
    // As deep as the sections of the template, which the parser bounds.
    base::Status Nodes(std::size_t at, std::size_t end) {
        while (at < end) {
            const Node& node = program_.nodes[at];
            work_.Charge(kNodeCost);
            if (auto status = One(node, at); !status) return status;
            if (work_.spent()) return Error(node, "it costs too much work for this event");
            if (out_.size() > kMaxOutput) return Error(node, "the result is larger than 4 MiB");
            at = node.kind == Node::Kind::kSection || node.kind == Node::Kind::kInverted ? node.behind : at + 1;
        }
        return {};
    }

    base::Status One(const Node& node, std::size_t at) {
        switch (node.kind) {
            case Node::Kind::kText:
                Append(program_.TextOf(node));
                return {};
            case Node::Kind::kValue:
                return Print(node);
            case Node::Kind::kSection:
                return Section(node, at + 1);
            case Node::Kind::kInverted: {
                Mark();
                const auto value = Look(node);
                if (value && !IsFalse(*value, work_)) return {};
                return Nodes(at + 1, node.behind);
            }
        }
        return {};
    }

    base::Status Section(const Node& node, std::size_t body) {
        Mark();
        const auto value = Look(node);
        if (!value || IsFalse(*value, work_)) return {};
        const Node* const outer = std::exchange(section_, &node);
        auto status = value->kind == json::Kind::kArray ? Each(node, body, *value) : With(node, body, *value);
        section_ = outer;
        return status;
    }

    base::Status Each(const Node& node, std::size_t body, const Value& list) {
        work_.Charge(list.text.size());
        json::Reader reader(list.text);
        reader.Enter();
        while (reader.NextElement()) {
            if (auto status = With(node, body, OfJson(reader.Take())); !status) return status;
            if (work_.spent()) return Error(node, "it costs too much work for this event");
        }
        return {};
    }

    base::Status With(const Node& node, std::size_t body, const Value& value) {
        scope_.Push(value);
        auto status = Nodes(body, node.behind);
        scope_.Pop();
        return status;
    }

    std::optional<Value> Look(const Node& node) {
        if (node.name == Node::kCurrent) return scope_.current();
        return scope_.Find(node.name);
    }

    base::Status Print(const Node& node) {
        Mark();
        Filtered filtered(Look(node));
        for (const Filter& filter : node.filters) {
            if (auto status = filtered.Apply(filter, work_); !status) return Error(node, Of(node, status.error()));
            if (work_.spent()) return {};
        }
        const auto& value = filtered.value();
        if (!value) return PrintMissing(node);
        work_.Charge(value->text.size());
        if (work_.spent()) return {};
        if (auto status = AppendEscaped(out_, *value, node.escape); !status) {
            return Error(node, Of(node, status.error()));
        }
        return {};
    }

    base::Status PrintMissing(const Node& node) {
        if (missing_ == Missing::kEmpty) {
            // The empty of JSON: nothing at all would not be a value.
            if (node.escape == Escape::kJsonValue) Append("null");
            return {};
        }
        const std::string name(program_.TextOf(node));
        if (section_ == nullptr) return Error(node, "the event has no " + name);
        const std::string section(program_.TextOf(*section_));
        return Error(node, "neither the section " + section + " nor the event has " + name);
    }

    void Append(std::string_view text) {
        work_.Charge(text.size());
        out_ += text;
    }

    void Mark() {
        if (program_.format == Format::kUrl) out_ += kUrlMark;
    }

    std::string Of(const Node& node, const base::Error& error) const {
        return std::string(program_.TextOf(node)) + " " + error.message;
    }

    base::Error Error(const Node& node, const std::string& message) const {
        std::string place = program_.label;
        if (program_.source.find('\n') != std::string::npos) {
            place += ", line " + std::to_string(Locate(program_.source, node.begin).line);
        }
        return base::MakeError(base::Code::kUnprocessable, place + ": " + message);
    }

    const Program& program_;
    Scope& scope_;
    Work& work_;
    Missing missing_;
    std::string out_;
    const Node* section_ = nullptr;  // the innermost one that is open
};

}  // namespace

base::Result<std::string> RenderProgram(const Program& program, const Rendering& rendering) {
    return Renderer(program, rendering).Run();
}

}  // namespace fanfare::shape
