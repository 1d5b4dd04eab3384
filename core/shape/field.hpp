// A template whose result must not leave the field that it is put into: a header, a line, a URL. Inside of the room.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "shape/program.hpp"
#include "shape/render.hpp"

namespace fanfare::shape {

struct Field {
    Program program;
    Place place = Place::kLine;
};

// `label` is what messages at event time call it; `part` is that of the faults.
struct FieldName {
    std::string label;
    std::string part;
};
Field CompileField(const FieldName& name, std::string text, Place place, NameTree& names, std::vector<Fault>& faults);

base::Result<std::string> RenderField(const Field& field, const Rendering& rendering);

// Why no header may have this name, or an empty message. The part of it is the name.
Fault CheckHeaderName(std::string_view name);

}  // namespace fanfare::shape
