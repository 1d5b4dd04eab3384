#include <array>
#include <utility>

#include "shape/preset.hpp"

namespace fanfare::shape {

base::Result<model::Payload> MakeObject(Facts& facts) {
    const Change& change = facts.change();
    if (!change.missing.empty()) {
        return base::MakeError(base::Code::kUnprocessable,
                               "the event is no change: it has no " + change.missing +
                                   "; send changes, or give the destination another payload");
    }
    const std::array<std::pair<std::string_view, const Value*>, 4> members = {
        {{"object_type", &*change.object_type},
         {"object_id", &*change.object_id},
         {"event_type", &*change.event_type},
         {"object_serialization", &*change.object_serialization}}};
    std::string out;
    for (const auto& [name, value] : members) {
        out += out.empty() ? "{\"" : ",\"";
        out += name;
        out += "\":";
        AppendJson(out, *value);
    }
    out += '}';
    return model::Payload{"application/json", std::move(out)};
}

}  // namespace fanfare::shape
