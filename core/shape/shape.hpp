// What a destination is to be sent for an event: the payload and headers of its `shape`, rendered. Pure.
//
// A Spec is compiled once, when the configuration is loaded, and every fault that it has shows then: never at event
// time. Rendering costs time linear in the event and the result, whatever strangers put into the event, and a value
// cannot leave the field that it is put into (confinement).
//
// Names that a template knows: the CloudEvents attributes (id source type subject time datacontenttype dataschema and
// the extensions), realm, received_at, data with everything below it (data.tags.0.name), and for change events the
// words of the hooks that they came from: event_type, object_type, object_id, object_serialization.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "model/event.hpp"
#include "model/request.hpp"

namespace fanfare::shape {

enum class PayloadKind {
    kData,         // the event's bytes as they came, its attributes beside them
    kCloudEvents,  // one structured CloudEvent in JSON
    kEnvelope,     // the Gadz.org envelope (SEED-SYSTEMS A23, A24)
    kObject,       // object_type, object_id, event_type, object_serialization of a change (A43)
    kTemplate,
};

enum class Missing { kError, kEmpty };

struct Spec {
    PayloadKind payload = PayloadKind::kData;
    std::string text;                                        // kTemplate: the template
    std::string content_type = "text/plain; charset=utf-8";  // kTemplate: what it makes, and so how values are escaped
    Missing missing = Missing::kError;
    std::vector<std::pair<std::string, std::string>> headers;  // name, template
};

// A template for one option of a destination's plugin, from its JSON Schema's "format": "fanfare-template-...".
enum class Place {
    kUrl,   // no change of scheme, host or path above the literal prefix
    kLine,  // one line of text: no control characters
    kText,
    kHtml,
};
struct OptionSpec {
    std::string pointer;  // of the option
    std::string text;
    Place place = Place::kLine;
};

struct Fault {
    std::string part;      // "template", "content_type", "headers", a header's name, or an option's pointer
    std::size_t line = 0;  // in the text of the part, from 1; 0: the part as a whole
    std::size_t column = 0;
    std::string message;
    std::string hint;  // what to do, or empty
};

template <class T>
using Compiled = std::variant<std::shared_ptr<const T>, std::vector<Fault>>;

// Threads: immutable, safe from every thread.
class Shape {
public:
    // All faults at once.
    static Compiled<Shape> Compile(const Spec& spec);
    virtual ~Shape() = default;
    // Adds payload and headers to `out`. Errors: kUnprocessable; the message says which name, header or field, and is
    // the reason that the delivery is dead with.
    virtual base::Status Render(const model::Envelope& envelope, model::Request& out) const = 0;
};

// True if the text has a tag: an option without one is sent as it is configured, and costs nothing.
bool IsTemplate(std::string_view text);

class Options {
public:
    static Compiled<Options> Compile(const std::vector<OptionSpec>& specs, Missing missing);
    virtual ~Options() = default;
    // The same for options.
    virtual base::Status Render(const model::Envelope& envelope, model::Request& out) const = 0;
};

// Headers as text (A37): one "Name: value" a line, LF or CRLF, split at the first colon, trimmed, empty lines skipped.
// Faults name the line.
std::variant<std::vector<std::pair<std::string, std::string>>, std::vector<Fault>> ParseHeaders(std::string_view text);

}  // namespace fanfare::shape
