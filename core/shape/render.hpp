// Makes the text of a program for one event. Inside of the room.
#pragma once

#include <string>

#include "base/result.hpp"
#include "shape/program.hpp"
#include "shape/scope.hpp"
#include "shape/work.hpp"

namespace fanfare::shape {

// In the result of a program of Format::kUrl: a value or section starts here, even if it has printed nothing. The rest
// of such a result has no control characters.
inline constexpr char kUrlMark = '\x01';

struct Rendering {
    Scope& scope;
    Work& work;
    Missing missing = Missing::kError;
};

// At most kMaxOutput. Errors: kUnprocessable; the message names the program, the line and the name.
base::Result<std::string> RenderProgram(const Program& program, const Rendering& rendering);

}  // namespace fanfare::shape
