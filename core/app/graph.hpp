// The configuration as a picture: realms -> routes -> destinations, as text for Graphviz or Mermaid. Pure.
//
// A route shows its types and a short form of its match; what is too long for a picture is cut, and says so.
// Destinations that are switched off are dashed, fallback routes say that they are. What nothing leads to stands alone.
// Names and patterns are the operator's, but no text of theirs can leave its label, whatever it holds.
// Source: graphviz.org/doc/info/lang.html and .../info/attrs.html#k:escString; mermaid.js.org/syntax/flowchart.html.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "config/config.hpp"

namespace fanfare::app {

enum class GraphFormat { kDot, kMermaid };

// "dot" or "mermaid". Errors: kInvalid, with both words.
base::Result<GraphFormat> ParseGraphFormat(std::string_view text);

// `config` must be without errors. Ends with a newline.
std::string Graph(const config::Config& config, GraphFormat format);

}  // namespace fanfare::app
