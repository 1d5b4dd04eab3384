// What input costs that makes backtracking matchers exponential or templates quadratic: the best of many runs each.
//   hostile_bench
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>

#include "json/value.hpp"
#include "route/topic.hpp"
#include "schema/schema.hpp"
#include "shape/shape.hpp"

namespace fanfare {
namespace {

using Clock = std::chrono::steady_clock;

std::string Repeat(std::string_view text, std::size_t count) {
    std::string out;
    while (count-- > 0) out += text;
    return out;
}

void Measure(const std::string& what, std::size_t size, const auto& use) {
    double best = std::numeric_limits<double>::infinity();
    const auto end = Clock::now() + std::chrono::milliseconds(100);
    for (auto now = Clock::now(); now < end;) {
        const auto before = now;
        use();
        now = Clock::now();
        best = std::min(best, std::chrono::duration<double, std::micro>(now - before).count());
    }
    std::printf("%-58s %8zu %12.1f us\n", what.c_str(), size, best);
}

std::unique_ptr<const schema::Schema> GadzSchema() {
    std::ifstream file(FANFARE_PROFILES "/gadz-v1.schema.json", std::ios::binary);
    auto compiled =
        schema::Schema::Compile(std::string(std::istreambuf_iterator<char>(file), {}), schema::Subject::kData);
    if (!compiled) std::abort();
    return *std::move(compiled);
}

void MeasureSchema(const schema::Schema& schema, const char* key, const std::string& hostile) {
    json::Value body{{"event_name", "a.b"},
                     {"event_uuid", "3f0c3c2e-7d5b-4d7e-9f61-0b1c6f2d8a11"},
                     {"event_creation_time", "2026-11-20T09:00:00Z"},
                     {"event_sender_id", "x"},
                     {"data", json::Value::object()}};
    body[key] = hostile;
    Measure(std::string("gadz-v1 schema, ") + key, hostile.size(), [&] {
        if (schema.Check(body).empty()) std::abort();
    });
}

void MeasureTopic(const std::string& type) {
    const auto pattern = *route::TopicPattern::Parse("#.a.#.a.#.a.#.a.#.b");
    Measure("topic pattern #.a.#.a.#.a.#.a.#.b", type.size(), [&] {
        if (pattern.Matches(type)) std::abort();
    });
}

void MeasureShape(const char* what, shape::Spec spec, const std::string& data) {
    const auto shape = std::get<0>(shape::Shape::Compile(spec));
    model::Envelope envelope;
    envelope.event.id = "1";
    envelope.event.type = "t";
    envelope.event.content_type = "application/json";
    envelope.event.data = data;
    Measure(what, data.size(), [&] {
        model::Request request;
        static_cast<void>(shape->Render(envelope, request).ok());
    });
}

shape::Spec JsonTemplate(const std::string& text) {
    shape::Spec spec;
    spec.payload = shape::PayloadKind::kTemplate;
    spec.content_type = "application/json";
    spec.text = text;
    return spec;
}

void Run() {
    const auto schema = GadzSchema();
    for (const std::size_t size : {25u, 100u, 1000u, 10000u}) {
        MeasureSchema(*schema, "event_name", Repeat("a", size) + "!");
        MeasureSchema(*schema, "event_name", Repeat("a.", size / 2) + ".");
        MeasureSchema(*schema, "event_creation_time", "2026-11-20T" + Repeat("1", size));
        MeasureSchema(*schema, "event_creation_time", "2026-11-20T09:00:00." + Repeat("1", size) + ":");
        MeasureTopic(Repeat("a.", size / 2) + "a");
    }
    for (const std::size_t size : {1000u, 10000u, 1000000u}) {
        MeasureShape("template, quotes and line ends in a JSON string", JsonTemplate(R"({"a":"{{data.v}}"})"),
                     "{\"v\":\"" + Repeat("\\\"\\r\\n", size / 6) + "\"}");
    }
}

}  // namespace
}  // namespace fanfare

int main() { fanfare::Run(); }
