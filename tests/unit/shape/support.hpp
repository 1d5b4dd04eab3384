// Events, and shapes compiled for one test.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "shape/shape.hpp"

namespace fanfare::shape {

inline model::Envelope EventWith(std::string data, std::string content_type = "application/json") {
    model::Envelope envelope;
    envelope.event.id = "e-1";
    envelope.event.source = "/shop";
    envelope.event.type = "order.placed";
    envelope.event.content_type = std::move(content_type);
    envelope.event.data = std::move(data);
    envelope.realm = "prod";
    envelope.received_at = base::Time(std::chrono::seconds(1'700'000'000));
    return envelope;
}

inline Spec TemplateOf(std::string text, std::string content_type = "text/plain") {
    Spec spec;
    spec.payload = PayloadKind::kTemplate;
    spec.text = std::move(text);
    spec.content_type = std::move(content_type);
    return spec;
}

inline std::vector<Fault> FaultsOf(const Spec& spec) {
    auto compiled = Shape::Compile(spec);
    const auto* const faults = std::get_if<std::vector<Fault>>(&compiled);
    return faults == nullptr ? std::vector<Fault>() : *faults;
}

// "part:line:column: message (hint)", a line each.
inline std::string Show(const std::vector<Fault>& faults) {
    std::string out;
    for (const Fault& fault : faults) {
        out += out.empty() ? "" : "\n";
        out +=
            fault.part + ":" + std::to_string(fault.line) + ":" + std::to_string(fault.column) + ": " + fault.message;
        if (!fault.hint.empty()) out += " (" + fault.hint + ")";
    }
    return out;
}

struct Rendered {
    model::Request request;
    std::string error;  // empty: none

    std::string body() const { return request.payload ? request.payload->body : "no payload"; }
    // What was made, or why nothing was.
    std::string text() const { return error.empty() ? body() : "error: " + error; }
};

inline Rendered Render(const Spec& spec, const model::Envelope& envelope) {
    Rendered rendered;
    auto compiled = Shape::Compile(spec);
    const auto* const shape = std::get_if<std::shared_ptr<const Shape>>(&compiled);
    if (shape == nullptr) {
        rendered.error = "does not compile: " + Show(std::get<std::vector<Fault>>(compiled));
        return rendered;
    }
    if (const auto status = (*shape)->Render(envelope, rendered.request); !status) {
        EXPECT_EQ(status.error().code, base::Code::kUnprocessable);
        rendered.error = status.error().message;
    }
    return rendered;
}

// The result of a template, or "error: " and why there is none.
inline std::string Text(const std::string& text, const model::Envelope& envelope,
                        const std::string& content_type = "text/plain") {
    return Render(TemplateOf(text, content_type), envelope).text();
}
inline std::string Text(const std::string& text, const std::string& data,
                        const std::string& content_type = "text/plain") {
    return Text(text, EventWith(data), content_type);
}

inline std::string Field(Place place, const std::string& text, const model::Envelope& envelope) {
    auto compiled = Options::Compile({{"/option", text, place}}, Missing::kError);
    const auto* const options = std::get_if<std::shared_ptr<const Options>>(&compiled);
    if (options == nullptr) return "does not compile: " + Show(std::get<std::vector<Fault>>(compiled));
    model::Request request;
    if (const auto status = (*options)->Render(envelope, request); !status) return "error: " + status.error().message;
    EXPECT_EQ(request.options.size(), 1u);
    EXPECT_EQ(request.options[0].first, "/option");
    return request.options[0].second;
}
inline std::string Field(Place place, const std::string& text, const std::string& data) {
    return Field(place, text, EventWith(data));
}

}  // namespace fanfare::shape
