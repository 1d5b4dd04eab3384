// The trace that a request belongs to, carried on with its events as their extensions "traceparent" and "tracestate".
// Source: W3C Trace Context, 3.2 and 3.3; CloudEvents distributed tracing extension. Pure.
#pragma once

#include <string_view>

#include "http/server.hpp"
#include "model/event.hpp"

namespace fanfare::ingest {

// Version, trace id, parent id, flags, in lower-case hexadecimal; neither id all zero. Later versions may be longer.
bool IsTraceParent(std::string_view text);

// An event that brings a trace of its own keeps it. A header that is none is ignored, as the standard asks.
void AddTrace(const http::RequestHead& head, model::Event& event);

}  // namespace fanfare::ingest
