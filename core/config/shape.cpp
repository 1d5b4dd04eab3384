// `shape` of a destination and of an entry of a route's `to`: what is sent.
#include <utility>

#include "config/draft.hpp"

namespace fanfare::config {
namespace {

constexpr std::size_t kMaxTemplate = 1u << 20;
constexpr shape::PayloadKind kPayloads[] = {shape::PayloadKind::kData, shape::PayloadKind::kCloudEvents,
                                            shape::PayloadKind::kEnvelope, shape::PayloadKind::kObject};

class ShapeReader {
public:
    explicit ShapeReader(Keys& keys) : keys_(keys) {}

    Shaping Read() {
        const std::size_t before = keys_.scope().report.errors();
        const bool has_payload = ReadPayload();
        const bool has_template = ReadTemplate(has_payload);
        const bool has_type = ReadContentType(has_template);
        const bool has_missing = ReadMissing();
        const bool has_headers = ReadHeaders();
        Shaping shaping;
        shaping.missing = spec_.missing;
        const bool is_written = has_payload || has_template || has_type || has_missing || has_headers;
        if (is_written && keys_.scope().report.errors() == before) shaping.shape = Compile();
        return shaping;
    }

private:
    bool ReadPayload() {
        if (const auto choice = keys_.Choice("payload", {"data", "cloudevents", "envelope", "object"}))
            spec_.payload = kPayloads[*choice];
        return keys_.Find("payload") != nullptr;
    }

    bool ReadTemplate(bool has_payload) {
        const toml::node* const text = keys_.Find("template");
        const toml::node* const file = keys_.Find("template_file");
        template_ = text ? text : file;
        if (!template_) return false;
        spec_.payload = shape::PayloadKind::kTemplate;
        if (text && file) {
            keys_.scope().Error(*file, "both 'template' and 'template_file' are set", "take out one of the two");
        } else if (has_payload) {
            keys_.scope().Error(*keys_.Find("payload"), "'payload' has no effect beside a template",
                                "take out one of the two");
        } else if (text) {
            keys_.String("template", spec_.text);
        } else {
            keys_.File("template_file", kMaxTemplate, spec_.text);
        }
        return true;
    }

    bool ReadContentType(bool has_template) {
        const toml::node* const node = keys_.Find("content_type");
        if (!node) return false;
        keys_.String("content_type", spec_.content_type);
        if (!has_template) {
            keys_.scope().report.Warning(keys_.PositionOf("content_type"),
                                         "'content_type' has no effect without a template",
                                         "take it out: other payloads say themselves what they are");
        }
        return true;
    }

    bool ReadMissing() {
        if (const auto choice = keys_.Choice("missing", {"error", "empty"}))
            spec_.missing = *choice == 0 ? shape::Missing::kError : shape::Missing::kEmpty;
        return keys_.Find("missing") != nullptr;
    }

    // A table, or text with one header a line.
    bool ReadHeaders() {
        const toml::node* const node = keys_.Find("headers");
        if (!node) return false;
        if (const toml::table* const table = node->as_table()) {
            for (const Member& member : Members(*table, keys_.scope().document)) {
                std::string value;
                header_positions_[std::string(member.name)] = member.where;
                if (ReadString(keys_.scope(), *member.value, member.name, value))
                    spec_.headers.emplace_back(member.name, std::move(value));
            }
        } else if (node->is_string()) {
            auto parsed = shape::ParseHeaders(node->as_string()->get());
            if (auto* const faults = std::get_if<1>(&parsed)) {
                for (const shape::Fault& fault : *faults) Report(fault);
            } else {
                spec_.headers = std::get<0>(std::move(parsed));
            }
        } else {
            keys_.scope().Error(*node, "'headers' must be a table or text with one \"Name: value\" a line",
                                "headers = { X-Kind = \"{{type}}\" }");
        }
        return true;
    }

    std::shared_ptr<const shape::Shape> Compile() {
        auto compiled = shape::Shape::Compile(spec_);
        if (auto* const shape = std::get_if<0>(&compiled)) return std::move(*shape);
        for (const shape::Fault& fault : std::get<1>(compiled)) Report(fault);
        return nullptr;
    }

    void Report(const shape::Fault& fault) const {
        std::string where;
        if (fault.line != 0) {
            where = "line " + std::to_string(fault.line);
            if (fault.column != 0) where += ", column " + std::to_string(fault.column);
            where += ": ";
        }
        keys_.scope().report.Error(PositionOf(fault.part), where + fault.message, fault.hint);
    }

    Position PositionOf(const std::string& part) const {
        const auto header = header_positions_.find(part);
        if (header != header_positions_.end()) return header->second;
        if (part == "template") return keys_.scope().document.PositionOf(*template_);
        return keys_.PositionOf(part == "content_type" ? part : "headers");
    }

    Keys& keys_;
    shape::Spec spec_;
    const toml::node* template_ = nullptr;
    std::map<std::string, Position> header_positions_;
};

}  // namespace

Shaping ReadShape(Keys& keys) { return ShapeReader(keys).Read(); }

}  // namespace fanfare::config
