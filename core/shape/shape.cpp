#include "shape/shape.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/text.hpp"
#include "model/media_type.hpp"
#include "model/quote.hpp"
#include "shape/field.hpp"
#include "shape/preset.hpp"
#include "shape/xml_check.hpp"

namespace fanfare::shape {
namespace {

bool EndsWith(std::string_view text, std::string_view end) {
    return text.size() >= end.size() && base::EqualsIgnoreCase(text.substr(text.size() - end.size()), end);
}

Format FormatOf(std::string_view content_type, std::string_view essence) {
    if (model::IsJson(content_type)) return Format::kJson;
    if (EndsWith(essence, "/xml") || EndsWith(essence, "+xml")) return Format::kXml;
    return base::EqualsIgnoreCase(essence, "text/html") ? Format::kHtml : Format::kText;
}

// The hooks' own words (SEED-SYSTEMS 1D.3), which operators search for.
base::Status CheckResult(Format format, std::string_view text) {
    if (format == Format::kJson) {
        if (auto raw = json::Scan(text, kJsonLimits); !raw) {
            return base::MakeError(base::Code::kUnprocessable, "Payload is an invalid JSON: " + raw.error().message);
        }
    }
    if (format == Format::kXml) {
        if (auto status = CheckXml(text); !status) {
            return base::MakeError(base::Code::kUnprocessable, "Payload is an invalid XML: " + status.error().message);
        }
    }
    return {};
}

class CompiledShape final : public Shape {
public:
    std::vector<Fault> Compile(const Spec& spec) {
        payload_ = spec.payload;
        missing_ = spec.missing;
        if (payload_ == PayloadKind::kTemplate) CompileTemplate(spec);
        for (const auto& [name, text] : spec.headers) CompileHeader(name, text);
        return std::move(faults_);
    }

    base::Status Render(const model::Envelope& envelope, model::Request& out) const override {
        Work work(envelope.event.data.size());
        Facts facts(envelope, work);
        Scope scope(names_, facts, work);
        const Rendering rendering{scope, work, missing_};
        if (payload_ != PayloadKind::kData) {
            auto payload = MakePayload(envelope, facts, rendering);
            if (!payload) return std::move(payload).error();
            out.payload = *std::move(payload);
        }
        for (const auto& [name, field] : headers_) {
            auto value = RenderField(field, rendering);
            if (!value) return std::move(value).error();
            out.headers.emplace_back(name, *std::move(value));
        }
        return {};
    }

private:
    void CompileTemplate(const Spec& spec) {
        content_type_ = spec.content_type;
        const auto type = model::ParseMediaType(content_type_);
        if (!type) {
            faults_.push_back({"content_type", 0, 0, model::Quote(content_type_) + " is not a media type",
                               "write one such as application/json"});
        } else if (!type->charset.empty() && !base::EqualsIgnoreCase(type->charset, "utf-8")) {
            faults_.push_back({"content_type", 0, 0, "templates make UTF-8, not " + model::Quote(type->charset),
                               "write charset=utf-8"});
        }
        const Format format = type ? FormatOf(content_type_, type->essence) : Format::kText;
        template_ = Parse(spec.text, format, "template", names_, faults_);
        template_.label = "the template";
        if (!template_.IsConstant() || !faults_.empty()) return;
        std::string text;
        for (const Node& node : template_.nodes) text += template_.TextOf(node);
        if (const auto status = CheckResult(format, text); !status) {
            faults_.push_back({"template", 0, 0, status.error().message, ""});
        }
    }

    void CompileHeader(const std::string& name, const std::string& text) {
        if (Fault fault = CheckHeaderName(name); !fault.message.empty()) faults_.push_back(std::move(fault));
        const bool twice = std::any_of(headers_.begin(), headers_.end(),
                                       [&](const auto& header) { return base::EqualsIgnoreCase(header.first, name); });
        if (twice) faults_.push_back({name, 0, 0, "the header " + name + " is set twice", "remove one of them"});
        headers_.emplace_back(name, CompileField({"the header " + name, name}, text, Place::kLine, names_, faults_));
    }

    base::Result<model::Payload> MakePayload(const model::Envelope& envelope, Facts& facts,
                                             const Rendering& rendering) const {
        switch (payload_) {
            case PayloadKind::kData:
            case PayloadKind::kTemplate:
                break;
            case PayloadKind::kCloudEvents:
                return MakeCloudEvent(envelope.event, facts);
            case PayloadKind::kEnvelope:
                return MakeEnvelope(envelope, facts);
            case PayloadKind::kObject:
                return MakeObject(facts);
        }
        auto text = RenderProgram(template_, rendering);
        if (!text) return std::move(text).error();
        if (auto status = CheckResult(template_.format, *text); !status) return std::move(status).error();
        return model::Payload{content_type_, *std::move(text)};
    }

    PayloadKind payload_ = PayloadKind::kData;
    Missing missing_ = Missing::kError;
    std::string content_type_;
    NameTree names_;
    Program template_;
    std::vector<std::pair<std::string, Field>> headers_;
    std::vector<Fault> faults_;
};

class CompiledOptions final : public Options {
public:
    std::vector<Fault> Compile(const std::vector<OptionSpec>& specs, Missing missing) {
        missing_ = missing;
        std::vector<Fault> faults;
        for (const OptionSpec& spec : specs) {
            const FieldName name{"the option " + spec.pointer, spec.pointer};
            options_.emplace_back(spec.pointer, CompileField(name, spec.text, spec.place, names_, faults));
        }
        return faults;
    }

    base::Status Render(const model::Envelope& envelope, model::Request& out) const override {
        Work work(envelope.event.data.size());
        Facts facts(envelope, work);
        Scope scope(names_, facts, work);
        const Rendering rendering{scope, work, missing_};
        for (const auto& [pointer, field] : options_) {
            auto text = RenderField(field, rendering);
            if (!text) return std::move(text).error();
            out.options.emplace_back(pointer, *std::move(text));
        }
        return {};
    }

private:
    Missing missing_ = Missing::kError;
    NameTree names_;
    std::vector<std::pair<std::string, Field>> options_;
};

}  // namespace

Compiled<Shape> Shape::Compile(const Spec& spec) {
    auto shape = std::make_shared<CompiledShape>();
    if (auto faults = shape->Compile(spec); !faults.empty()) return faults;
    return std::shared_ptr<const Shape>(std::move(shape));
}

bool IsTemplate(std::string_view text) { return text.find("{{") != std::string_view::npos; }

Compiled<Options> Options::Compile(const std::vector<OptionSpec>& specs, Missing missing) {
    auto options = std::make_shared<CompiledOptions>();
    if (auto faults = options->Compile(specs, missing); !faults.empty()) return faults;
    return std::shared_ptr<const Options>(std::move(options));
}

}  // namespace fanfare::shape
